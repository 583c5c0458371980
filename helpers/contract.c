/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The contract of helpers/helper.h.
 */
#include "helpers/contract.h"

#include <netinet/in.h>
#include <string.h>

#include "wire/text.h"

/* More than any message can be: guards against lengths that wrapped. */
#define CONSUMED_MAX (1u << 30)

/* Bytes of forms with a fixed length; 0: any. */
static uint32_t form_len(uint8_t form)
{
	if (form == EDIT_BE16_PORT || form == EDIT_BE16_LENGTH)
		return 2;
	if (form == EDIT_BE32_PORT || form == EDIT_BE32_LENGTH || form == EDIT_RECORD_MARK)
		return 4;
	return 0;
}

static const char *claim_broken(const struct manifest *m, const struct input *in,
				const struct claim *c, const char *host)
{
	static const struct addr none;
	const struct manifest_class *class = &m->classes[c->class];

	if ((c->from > PARTY_OTHER && c->from != PARTY_ASKED) || c->to > PARTY_NAMED ||
	    c->to == PARTY_ANY)
		return "claim: no such party";
	if (c->class >= m->n_classes)
		return "claim: no such class";
	if (c->l4 != IPPROTO_TCP && c->l4 != IPPROTO_UDP)
		return "claim: l4 is neither TCP nor UDP";
	if (!(class->l4s & (c->l4 == IPPROTO_TCP ? MANIFEST_TCP : MANIFEST_UDP)))
		return "claim: l4 is not in the class";
	if (c->to == PARTY_NAMED && !text_is_host(host, HELPER_HOST_SIZE))
		return "claim: no host name";
	if (c->back ? c->port || c->to != PARTY_CLIENT || c->l4 != IPPROTO_UDP : !c->port)
		return c->back ? "claim: back, but not to where the client sends from"
			       : "claim: port 0";
	if ((c->back || c->from == PARTY_ASKED) > class->back || c->follow > class->follow)
		return "claim: back or followed, the class is not";
	if (c->follow && c->l4 != in->orig.l4)
		return "claim: followed, but of another l4";
	if (c->permanent > class->permanent)
		return "claim: permanent, the class is not";
	if (c->from == PARTY_ANY && !class->from_any)
		return "claim: from anybody, the class forbids it";
	if (c->from != PARTY_OTHER && c->to != PARTY_OTHER)
		return memcmp(&c->other, &none, sizeof(none)) ? "claim: other is set" : NULL;
	if (c->other.family != in->orig.src.family)
		return "claim: other is of another family";
	return NULL;
}

static const char *edits_broken(const struct input *in, const struct output *out)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < out->n_edits; i++) {
		const struct edit *e = &out->edits[i];

		if (e->form > EDIT_LAST || !e->len)
			return "edit: no such form, or no length";
		if (form_len(e->form) && form_len(e->form) != e->len)
			return "edit: length is not the form's";
		if (!edit_is_length(e->form) && e->claim >= out->n_claims)
			return "edit: no such claim";
		if (!edit_is_length(e->form) && out->claims[e->claim].back)
			return "edit: its claim leads back, nothing was announced";
		if (!edit_is_length(e->form) && e->cover)
			return "edit: covers, but is no length";
		if (e->off == EDIT_ELSEWHERE)
			continue;
		if (e->off < end)
			return "edits: not sorted, or they overlap";
		end = (uint64_t)e->off + e->len;
		if (end + e->cover > in->len)
			return "edit: outside the data";
	}
	return NULL;
}

static const char *consumed_broken(const struct input *in, enum outcome outcome, size_t consumed)
{
	bool stream = in->orig.l4 == IPPROTO_TCP;

	if (!stream)
		return consumed ? "consumed: set for a datagram" : NULL;
	if (outcome == OUTCOME_MORE || outcome == OUTCOME_MALFORMED)
		return consumed ? "consumed: set with MORE or MALFORMED" : NULL;
	if (!consumed && outcome != OUTCOME_DONE)
		return "consumed: 0, the parser would be called for ever";
	return consumed > CONSUMED_MAX ? "consumed: absurd" : NULL;
}

static unsigned count_notes(const struct manifest *m)
{
	unsigned n = 1;

	while (m->notes && m->notes[n])
		n++;
	return n;
}

const char *contract_broken(const struct manifest *m, const struct input *in, const void *before,
			    const void *after, enum outcome outcome, const struct output *out)
{
	const char *broken;

	if (outcome > OUTCOME_LAST)
		return "outcome: no such";
	if (out->n_claims > OUTPUT_CLAIMS_MAX || out->n_edits > OUTPUT_EDITS_MAX)
		return "more claims or edits than there is room for";
	if (outcome == OUTCOME_FOUND && !out->n_claims)
		return "FOUND without a claim";
	if (outcome != OUTCOME_FOUND && outcome != OUTCOME_DONE && (out->n_claims || out->n_edits))
		return "claims or edits without FOUND or DONE";
	if (out->hold > (outcome == OUTCOME_MORE))
		return "hold without MORE";
	if (out->minor > (outcome == OUTCOME_NOTHING || outcome == OUTCOME_FOUND))
		return "minor: not a yes or no of a message that was understood";
	if (outcome == OUTCOME_MORE && in->orig.l4 != IPPROTO_TCP)
		return "MORE for a datagram";
	if (out->note >= count_notes(m))
		return "note: no such";
	if (outcome == OUTCOME_MALFORMED && memcmp(before, after, m->state_len))
		return "MALFORMED, but the state changed";
	for (unsigned i = 0; i < out->n_claims; i++)
		if ((broken = claim_broken(m, in, &out->claims[i], out->host)))
			return broken;
	broken = edits_broken(in, out);
	return broken ? broken : consumed_broken(in, outcome, out->consumed);
}
