/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Range checks of what crosses between worker and broker.
 */
#include "link/link.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#include "wire/text.h"

/* PARTY_OTHER has an address, the others have none. */
static bool parties_ok(const struct claim *c)
{
	static const struct addr none;

	if ((c->from > PARTY_OTHER && c->from != PARTY_ASKED) || c->to > PARTY_NAMED ||
	    c->to == PARTY_ANY)
		return false;
	if (c->from == PARTY_OTHER || c->to == PARTY_OTHER)
		return c->other.family == AF_INET || c->other.family == AF_INET6;
	return addr_equal(&c->other, &none);
}

bool link_claim_check(const struct claim *c, const char *host, const struct manifest *m)
{
	if (c->to == PARTY_NAMED && !text_is_host(host, HELPER_HOST_SIZE))
		return false;
	if (c->l4 != IPPROTO_TCP && c->l4 != IPPROTO_UDP)
		return false;
	if (c->back > 1 || c->follow > 1 || (c->back && (c->port || c->to != PARTY_CLIENT)))
		return false;
	return c->class < m->n_classes && c->permanent <= 1 && parties_ok(c);
}

/* Elsewhere stands for "before this packet", so such edits come first. */
static bool edits_ok(const struct link_answer *a)
{
	uint32_t end = 0;

	for (unsigned i = 0; i < a->n_edits; i++) {
		const struct edit *e = &a->edits[i];

		if (e->form > EDIT_LAST || !e->len || e->len > LINK_PAYLOAD_MAX ||
		    e->cover > LINK_PAYLOAD_MAX)
			return false;
		if (!edit_is_length(e->form) &&
		    (e->claim >= a->n_claims || a->claims[e->claim].back))
			return false;
		if (e->off == EDIT_ELSEWHERE)
			continue;
		if (e->off < end || e->off > LINK_PAYLOAD_MAX + (uint32_t)a->back)
			return false;
		end = e->off + e->len;
	}
	return true;
}

bool link_answer_check(const void *data, size_t len, const struct manifest *m,
		       struct link_answer *ret)
{
	const struct link_answer *a = ret; /* nothing of `data` is looked at but this copy */

	if (len != sizeof(*a))
		return false;
	memcpy(ret, data, sizeof(*ret));
	atomic_signal_fence(memory_order_seq_cst); /* the compiler must not read there again */
	if (!a->id || a->outcome > OUTCOME_LAST || a->set_state > 1 || a->hold > 1 || a->boundary > 1)
		return false;
	if (a->n_claims > OUTPUT_CLAIMS_MAX || a->n_edits > OUTPUT_EDITS_MAX)
		return false;
	if (a->note >= HELPER_NOTES_MAX || (a->set_state && !m->state_len))
		return false;
	for (unsigned i = 0; i < a->n_claims; i++)
		if (!link_claim_check(&a->claims[i], a->host, m))
			return false;
	return edits_ok(a);
}

bool link_packet_check(const void *data, size_t len, struct link_packet *ret,
		       const uint8_t **ret_payload)
{
	struct link_packet p;

	if (len < sizeof(p))
		return false;
	memcpy(&p, data, sizeof(p));
	if (!p.id || p.len > len - sizeof(p) || p.len > p.total_len || p.direction > 1 ||
	    p.state_len > HELPER_STATE_MAX)
		return false;
	*ret = p;
	*ret_payload = (const uint8_t *)data + sizeof(p);
	return true;
}
