/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Sun RPC portmapper: GETPORT of version 2 over UDP.
 */
#include <netinet/in.h>
#include <string.h>

#include "helpers/helper.h"
#include "helpers/rpc/notes.h"
#include "wire/cursor.h"

/* One call waiting for its answer. */
struct state {
	uint32_t xid, waiting, l4, unused;
};

_Static_assert(sizeof(struct state) == 16, "contract with the kernel");

extern const struct manifest manifest_rpc;

static enum outcome parse_call(struct cursor *c, uint32_t xid, struct state *s)
{
	uint32_t rpcvers = cursor_be32(c), prog = cursor_be32(c);
	uint32_t vers = cursor_be32(c), proc = cursor_be32(c), l4;

	for (int i = 0; i < 2; i++) {
		cursor_skip(c, 4);
		cursor_skip(c, (cursor_be32_max(c, 400) + 3) & ~3u);
	}
	cursor_skip(c, 8);
	l4 = cursor_be32(c);
	if (c->bad || rpcvers != 2)
		return OUTCOME_MALFORMED;
	if (prog != 100000 || vers != 2 || proc != 3 || (l4 != IPPROTO_TCP && l4 != IPPROTO_UDP))
		return OUTCOME_NOTHING;
	*s = (struct state){ .xid = xid, .waiting = 1, .l4 = l4 };
	return OUTCOME_NOTHING;
}

static enum outcome parse_reply(struct cursor *c, uint32_t xid, struct state *s, struct output *out)
{
	uint32_t denied = cursor_be32(c), status, port;

	cursor_skip(c, 4);
	cursor_skip(c, (cursor_be32_max(c, 400) + 3) & ~3u);
	status = cursor_be32(c);
	port = cursor_be32(c);
	if (!s->waiting || s->xid != xid) {
		out->note = NOTE_UNASKED;
		return OUTCOME_NOTHING;
	}
	s->waiting = 0;
	if (c->bad || denied || status || port < manifest_rpc.classes[0].min_port || port > 65535) {
		out->note = NOTE_PORT;
		return OUTCOME_NOTHING;
	}
	out->claims[out->n_claims++] = (struct claim){
		.from = PARTY_CLIENT,
		.to = PARTY_SERVER,
		.l4 = (uint8_t)s->l4,
		.port = (uint16_t)port,
		.permanent = 1,
	};
	out->edits[out->n_edits++] = (struct edit){
		.off = (uint32_t)cursor_off(c) - 4,
		.len = 4,
		.form = EDIT_BE32_PORT,
	};
	return OUTCOME_FOUND;
}

static enum outcome parse(const struct input *in, void *state, struct output *out)
{
	struct cursor c = cursor_over(in->data, in->len);
	uint32_t xid, type;
	struct state s;
	enum outcome outcome;

	if (in->orig.l4 == IPPROTO_TCP)
		return OUTCOME_DONE;
	memcpy(&s, state, sizeof(s));
	xid = cursor_be32(&c);
	type = cursor_be32(&c);
	if (c.bad || type > 1)
		return OUTCOME_MALFORMED;
	if ((in->direction == DIRECTION_REPLY) != type)
		return OUTCOME_NOTHING;
	outcome = type ? parse_reply(&c, xid, &s, out) : parse_call(&c, xid, &s);
	memcpy(state, &s, sizeof(s));
	return outcome;
}

extern const struct helper helper_rpc;
const struct helper helper_rpc = { .manifest = &manifest_rpc, .parse = parse };
