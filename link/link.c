/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Range checks of what crosses between worker and broker.
 */
#include "link/link.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static bool claim_ok(const struct claim *c, const struct manifest *m)
{
	static const struct addr none;

	if (c->from > PARTY_LAST || c->to > PARTY_LAST || c->to == PARTY_ANY)
		return false;
	if (c->l4 != IPPROTO_TCP && c->l4 != IPPROTO_UDP)
		return false;
	if (c->class >= m->n_classes || c->permanent > 1)
		return false;
	if (c->from == PARTY_OTHER || c->to == PARTY_OTHER)
		return c->other.family == AF_INET || c->other.family == AF_INET6;
	return addr_equal(&c->other, &none);
}

static bool is_length_form(uint8_t form)
{
	return form == EDIT_BE16_LENGTH || form == EDIT_BE32_LENGTH || form == EDIT_RECORD_MARK ||
	       form == EDIT_DECIMAL_LENGTH;
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
		if (!is_length_form(e->form) && e->claim >= a->n_claims)
			return false;
		if (e->off == EDIT_ELSEWHERE)
			continue;
		if (e->off < end || e->off > LINK_PAYLOAD_MAX)
			return false;
		end = e->off + e->len;
	}
	return true;
}

bool link_answer_check(const void *data, size_t len, const struct manifest *m,
		       struct link_answer *ret)
{
	struct link_answer a;

	if (len != sizeof(a))
		return false;
	memcpy(&a, data, sizeof(a));
	if (!a.id || a.outcome > OUTCOME_LAST || a.set_state > 1)
		return false;
	if (a.n_claims > OUTPUT_CLAIMS_MAX || a.n_edits > OUTPUT_EDITS_MAX)
		return false;
	if (a.note >= HELPER_NOTES_MAX || (a.set_state && !m->state_len))
		return false;
	for (unsigned i = 0; i < a.n_claims; i++)
		if (!claim_ok(&a.claims[i], m))
			return false;
	if (!edits_ok(&a))
		return false;
	*ret = a;
	return true;
}

bool link_packet_check(const void *data, size_t len, struct link_packet *ret,
		       const uint8_t **ret_payload)
{
	struct link_packet p;

	if (len < sizeof(p))
		return false;
	memcpy(&p, data, sizeof(p));
	if (!p.id || p.len != len - sizeof(p) || p.len > p.total_len || p.direction > 1 ||
	    p.state_len > HELPER_STATE_MAX)
		return false;
	*ret = p;
	*ret_payload = (const uint8_t *)data + sizeof(p);
	return true;
}
