/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Payloads are known by a keyed hash, so that nobody can make an innocent one look like another.
 */
#include "broker/crash.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

int crash_init(struct crash *c)
{
	return getrandom(c->key, sizeof(c->key), 0) == sizeof(c->key) ? 0 : -EIO;
}

static uint64_t hash_of(const struct crash *c, const struct slot *s)
{
	uint64_t h = siphash(s->packet.data + s->at.payload_off, s->at.payload_len, c->key);

	h ^= slot_direction(s);
	return h ? h : 1;
}

void crash_suspect(struct crash *c, const struct slot *s)
{
	c->present = true;
	c->hash = hash_of(c, s);
	c->flow = s->packet.flow.orig;
	c->direction = slot_direction(s);
	c->len = s->packet.len < sizeof(c->data) ? s->packet.len : sizeof(c->data);
	memcpy(c->data, s->packet.data, c->len);
}

static bool is_barred(const struct crash *c, uint64_t hash)
{
	for (unsigned i = 0; i < c->n_barred; i++)
		if (c->barred[i] == hash)
			return true;
	return false;
}

void crash_convict(struct crash *c, enum fall fall)
{
	if (is_barred(c, c->hash))
		return;
	if (fall == FALL_SILENT && c->silent != c->hash) {
		c->silent = c->hash;
		return;
	}
	c->barred[c->next_barred++ % CRASH_BARRED_MAX] = c->hash;
	if (c->n_barred < CRASH_BARRED_MAX)
		c->n_barred++;
}

bool crash_is_barred(const struct crash *c, const struct slot *s)
{
	return c->n_barred && is_barred(c, hash_of(c, s));
}

void crash_forget(struct crash *c)
{
	c->n_barred = c->next_barred = 0;
	c->silent = 0;
}
