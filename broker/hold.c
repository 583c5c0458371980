/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A list. It is short, and empty nearly always.
 */
#include "broker/hold.h"

#include <string.h>

static bool is_beside(const struct slot *a, const struct slot *b)
{
	return a->packet.flow.id == b->packet.flow.id && slot_direction(a) == slot_direction(b);
}

bool hold_add(struct holding *h, const struct slot *s, const uint8_t *state)
{
	unsigned n_chain = 0;
	struct held *one;

	for (unsigned i = 0; i < h->n; i++)
		n_chain += is_beside(&h->list[i].slot, s);
	if (h->n == HOLD_MAX || n_chain == HOLD_CHAIN_MAX || s->packet.len > HOLD_PACKET_MAX ||
	    s->packet.gso || s->at.truncated)
		return false;
	one = &h->list[h->n++];
	one->slot = *s;
	memcpy(one->packet, s->packet.data, s->packet.len);
	one->slot.packet.data = one->packet;
	one->slot.message = NULL;
	one->has_state = state != NULL;
	if (state)
		memcpy(one->state, state, sizeof(one->state));
	return true;
}

unsigned hold_find(const struct holding *h, const struct slot *s,
		   const struct held *ret[HOLD_CHAIN_MAX])
{
	unsigned n = 0;

	for (unsigned i = 0; i < h->n && n < HOLD_CHAIN_MAX; i++)
		if (is_beside(&h->list[i].slot, s))
			ret[n++] = &h->list[i];
	return n;
}

void hold_remove(struct holding *h, const struct held *one)
{
	unsigned i = (unsigned)(one - h->list);

	h->n--;
	memmove(&h->list[i], &h->list[i + 1], (h->n - i) * sizeof(h->list[0]));
	for (; i < h->n; i++)
		h->list[i].slot.packet.data = h->list[i].packet;
}
