/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A parser has no place for a context, so the listener is global.
 */
#include "capture/said.h"

#include <string.h>

#include "helpers/contract.h"

static struct {
	const struct helper *helper;
	struct said *said;
	bool all;
	struct manifest manifest;
	struct helper listener;
} ear;

static size_t message_len(const struct input *in, enum outcome outcome, const struct output *out)
{
	if (outcome == OUTCOME_MORE || outcome == OUTCOME_MALFORMED || !out->consumed)
		return in->len;
	return out->consumed < in->len ? out->consumed : in->len;
}

static void keep(const struct input *in, enum outcome outcome, const struct output *out)
{
	struct said *said = ear.said;
	struct said_message *m;

	if (!ear.all && (outcome == OUTCOME_MORE || outcome == OUTCOME_NOTHING) && !out->note)
		return;
	if (said->n == SAID_MAX) {
		said->n_lost++;
		return;
	}
	m = &said->list[said->n++];
	m->outcome = outcome;
	m->out = *out;
	m->gap = in->gap;
	m->len = message_len(in, outcome, out);
	memcpy(m->bytes, in->data, m->len < sizeof(m->bytes) ? m->len : sizeof(m->bytes));
}

static enum outcome listen_and_parse(const struct input *in, void *state, struct output *out)
{
	uint8_t before[HELPER_STATE_MAX] = { 0 };
	enum outcome outcome;
	const char *broken;

	memcpy(before, state, ear.manifest.state_len);
	outcome = ear.helper->parse(in, state, out);
	broken = contract_broken(&ear.manifest, in, before, state, outcome, out);
	if (broken) {
		ear.said->broken = broken;
		return outcome; /* nothing in it can be relied upon: not shown */
	}
	ear.said->n_malformed += outcome == OUTCOME_MALFORMED;
	if (outcome == OUTCOME_FOUND || outcome == OUTCOME_DONE)
		ear.said->n_claims += out->n_claims;
	keep(in, outcome, out);
	return outcome;
}

const struct helper *said_listen(const struct helper *helper, struct said *said, bool all)
{
	ear.helper = helper;
	ear.said = said;
	ear.all = all;
	ear.manifest = *helper->manifest;
	ear.listener = (struct helper){ .manifest = &ear.manifest, .parse = listen_and_parse };
	return &ear.listener;
}

void said_forget(struct said *said)
{
	said->n = said->n_lost = said->n_malformed = said->n_claims = 0;
	said->broken = NULL;
}
