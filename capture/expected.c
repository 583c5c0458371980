/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Parties become addresses as in the gate of a broker whose policy allows everything.
 */
#include "capture/expected.h"

#include <sys/socket.h>

static const struct addr anybody;

/* Who may answer: in a group, or under a network's last address, whoever is there. */
static struct addr asked(const struct addr *dst)
{
	if (addr_is_multicast(dst) || (dst->family == AF_INET && dst->bytes[3] == 255))
		return anybody;
	return *dst;
}

static struct addr address_of(const struct claim *c, uint8_t party, const struct tuple *orig)
{
	switch ((enum party)party) {
	case PARTY_CLIENT:
		return orig->src;
	case PARTY_SERVER:
	case PARTY_NAMED:
		return orig->dst;
	case PARTY_OTHER:
		return c->other;
	case PARTY_ASKED:
		return asked(&orig->dst);
	case PARTY_ANY:
		break;
	}
	return anybody;
}

void expected_add(struct expected *e, const struct claim *c, const struct tuple *orig,
		  uint32_t timeout, int64_t now)
{
	if (!c->follow)
		return;
	e->list[e->n++ % EXPECTED_MAX] = (struct expectation){
		.from = address_of(c, c->from, orig),
		.to = address_of(c, c->to, orig),
		.from_port = c->from_port,
		.to_port = c->back ? orig->sport : c->port,
		.l4 = c->l4,
		.until = now + (int64_t)timeout * 1000000,
	};
}

bool expected_find(const struct expected *e, const struct tuple *packet, int64_t now)
{
	unsigned n = e->n < EXPECTED_MAX ? e->n : EXPECTED_MAX;

	for (unsigned i = 0; i < n; i++) {
		const struct expectation *x = &e->list[i];

		if (x->l4 == packet->l4 && x->to_port == packet->dport && now <= x->until &&
		    addr_equal(&x->to, &packet->dst) &&
		    (!x->from_port || x->from_port == packet->sport) &&
		    (!x->from.family || addr_equal(&x->from, &packet->src)))
			return true;
	}
	return false;
}
