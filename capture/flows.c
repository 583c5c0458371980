/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A table of fixed size: chains behind a keyed hash that is the same for both directions, and a list
 * by age.
 */
#include "capture/flows.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/siphash.h"

#define HEADS 65536

struct flows {
	uint8_t key[SIPHASH_KEY_SIZE];
	uint32_t heads[HEADS]; /* 1 + index, 0: none */
	uint32_t oldest, newest;
	uint32_t n_used;
	unsigned begun, evicted;
	struct capture_flow list[FLOWS_MAX];
};

struct end {
	uint8_t addr[16];
	uint16_t port;
};

struct flows *flows_new(void)
{
	struct flows *flows = calloc(1, sizeof(*flows));

	if (flows && getrandom(flows->key, sizeof(flows->key), 0) != sizeof(flows->key)) {
		free(flows);
		return NULL;
	}
	return flows;
}

void flows_free(struct flows *flows)
{
	free(flows);
}

static struct end end_of(const struct addr *a, uint16_t port)
{
	struct end e = { .port = port };

	memcpy(e.addr, a->bytes, sizeof(e.addr));
	return e;
}

static uint32_t head_of(const struct flows *flows, const struct tuple *t)
{
	struct end ends[3] = { end_of(&t->src, t->sport), end_of(&t->dst, t->dport) };

	if (memcmp(&ends[0], &ends[1], sizeof(ends[0])) > 0) {
		ends[2] = ends[0];
		ends[0] = ends[1];
		ends[1] = ends[2];
	}
	memset(&ends[2], 0, sizeof(ends[2]));
	ends[2].addr[0] = t->l4;
	ends[2].addr[1] = t->src.family;
	return (uint32_t)siphash(ends, sizeof(ends), flows->key) % HEADS;
}

static void list_remove(struct flows *flows, const struct capture_flow *f)
{
	*(f->older ? &flows->list[f->older - 1].newer : &flows->oldest) = f->newer;
	*(f->newer ? &flows->list[f->newer - 1].older : &flows->newest) = f->older;
}

static void list_append(struct flows *flows, struct capture_flow *f)
{
	uint32_t i = (uint32_t)(f - flows->list) + 1;

	f->newer = 0;
	f->older = flows->newest;
	*(flows->newest ? &flows->list[flows->newest - 1].newer : &flows->oldest) = i;
	flows->newest = i;
}

static bool is_reply(const struct tuple *orig, const struct tuple *packet)
{
	return orig->l4 == packet->l4 && orig->sport == packet->dport &&
	       orig->dport == packet->sport && addr_equal(&orig->src, &packet->dst) &&
	       addr_equal(&orig->dst, &packet->src);
}

struct capture_flow *flows_find(struct flows *flows, const struct tuple *packet, bool *ret_reply)
{
	uint32_t i = flows->heads[head_of(flows, packet)];

	for (; i; i = flows->list[i - 1].next) {
		struct capture_flow *f = &flows->list[i - 1];
		bool same = tuple_equal(&f->orig, packet);

		if (!same && !is_reply(&f->orig, packet))
			continue;
		*ret_reply = !same;
		list_remove(flows, f);
		list_append(flows, f);
		return f;
	}
	return NULL;
}

static struct capture_flow *make_room(struct flows *flows)
{
	struct capture_flow *f;
	uint32_t *link;

	if (flows->n_used < FLOWS_MAX)
		return &flows->list[flows->n_used++];
	f = &flows->list[flows->oldest - 1];
	link = &flows->heads[f->head];
	while (*link != flows->oldest)
		link = &flows->list[*link - 1].next;
	*link = f->next;
	list_remove(flows, f);
	flows->evicted++;
	return f;
}

struct capture_flow *flows_add(struct flows *flows, const struct tuple *orig)
{
	struct capture_flow *f = make_room(flows);
	uint32_t head = head_of(flows, orig);

	*f = (struct capture_flow){ .orig = *orig, .head = head, .next = flows->heads[head] };
	flows->heads[head] = (uint32_t)(f - flows->list) + 1;
	list_append(flows, f);
	f->id = ++flows->begun;
	return f;
}

void flows_renew(struct flows *flows, struct capture_flow *f)
{
	f->id = ++flows->begun;
	memset(f->syn, 0, sizeof(f->syn));
	memset(f->sent, 0, sizeof(f->sent));
	f->fins = 0;
	f->reset = false;
}

unsigned flows_begun(const struct flows *flows)
{
	return flows->begun;
}

unsigned flows_evicted(const struct flows *flows)
{
	return flows->evicted;
}
