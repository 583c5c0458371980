/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The flow table: chains of entries behind a keyed hash, and a clock that chooses who makes room.
 *
 * A new flow enters with no use to its name and earns some with every further packet, so that a
 * flood of flows of one packet each replaces itself and not the flows that are alive.
 */
#include "worker/flow.h"

#include <assert.h>
#include <string.h>

#include "base/siphash.h"

#define PROBES_MAX   64 /* a chain this long does not happen by chance */
#define CLOCK_STEPS  32 /* entries looked at before one is taken anyway */
#define USES_MAX     3
#define TABLE_ALIGN  64
#define ALIGNED(len) (((len) + TABLE_ALIGN - 1) & ~(size_t)(TABLE_ALIGN - 1))

static_assert(sizeof(struct flow_key) == 44, "no padding: hashed as bytes");

static uint32_t heads_for(uint32_t n)
{
	uint32_t heads = 1;

	while (heads < n)
		heads <<= 1;
	return heads;
}

size_t flow_table_size(uint32_t n)
{
	return ALIGNED(heads_for(n) * sizeof(uint32_t)) + ALIGNED(n * sizeof(struct flow));
}

void flow_table_init(struct flow_table *t, void *memory, uint32_t n, const uint8_t key[16])
{
	uint32_t heads = heads_for(n);

	t->heads = memory;
	t->flows = (struct flow *)((uint8_t *)memory + ALIGNED(heads * sizeof(uint32_t)));
	t->mask = heads - 1;
	t->n = n;
	t->n_used = 0;
	t->hand = 0;
	memcpy(t->secret, key, sizeof(t->secret));
}

struct flow_key flow_key_of(const struct link_packet *packet)
{
	const struct tuple *orig = &packet->orig;
	struct flow_key key = { .sport = orig->sport,
				.dport = orig->dport,
				.zone = packet->zone,
				.family = orig->src.family,
				.l4 = orig->l4,
				.flow_id = packet->flow_id };

	memcpy(key.src, orig->src.bytes, sizeof(key.src));
	memcpy(key.dst, orig->dst.bytes, sizeof(key.dst));
	return key;
}

/* The kernel's number is the hash of a secret and the tuple (nf_ct_get_id()): as good as all of the key. */
uint32_t flow_hash(const struct flow_table *t, const struct flow_key *key)
{
	if (key->flow_id)
		return (uint32_t)siphash(&key->flow_id, sizeof(key->flow_id), t->secret);
	return (uint32_t)siphash(key, sizeof(*key), t->secret);
}

struct flow *flow_find(struct flow_table *t, const struct flow_key *key, uint32_t hash)
{
	uint32_t i = t->heads[hash & t->mask];

	for (unsigned probes = 0; i && probes < PROBES_MAX; probes++) {
		struct flow *f = &t->flows[i - 1];

		if (f->hash == hash && !memcmp(&f->key, key, sizeof(*key))) {
			if (f->uses < USES_MAX)
				f->uses++;
			return f;
		}
		i = f->next;
	}
	return NULL;
}

static void chain_remove(struct flow_table *t, const struct flow *f)
{
	if (f->prev)
		t->flows[f->prev - 1].next = f->next;
	else
		t->heads[f->hash & t->mask] = f->next;
	if (f->next)
		t->flows[f->next - 1].prev = f->prev;
}

/* The next entry that nothing was heard of since the hand last passed. */
static uint32_t clock_pick(struct flow_table *t)
{
	for (unsigned steps = 0;; steps++) {
		uint32_t i = t->hand;

		t->hand = i + 1 < t->n ? i + 1 : 0;
		if (!t->flows[i].uses || steps == CLOCK_STEPS)
			return i;
		t->flows[i].uses--;
	}
}

struct flow *flow_add(struct flow_table *t, const struct flow_key *key, uint32_t hash,
		      bool *ret_old)
{
	uint32_t *head = &t->heads[hash & t->mask];
	struct flow *f;
	uint32_t i;

	*ret_old = t->n_used == t->n;
	if (*ret_old) {
		i = clock_pick(t);
		chain_remove(t, &t->flows[i]);
	} else {
		i = t->n_used++;
	}
	f = &t->flows[i];
	f->key = *key;
	f->hash = hash;
	f->uses = 0;
	f->prev = 0;
	f->next = *head;
	if (*head)
		t->flows[*head - 1].prev = i + 1;
	*head = i + 1;
	return f;
}

void flow_retire(struct flow *f)
{
	f->uses = 0;
}
