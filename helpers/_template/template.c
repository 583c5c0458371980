/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * template: an example of a helper, to be replaced by a protocol.
 *
 *    0         4         6
 *   +---------+---------+---------+
 *   | "WANT"  | number  |              from the client
 *   +---------+---------+---------+
 *   | "OPEN"  | number  | port    |    from the server
 *   +---------+---------+---------+
 *
 * What is opened, as nftables would say it:
 *
 *   ip saddr CLIENT ip daddr SERVER udp dport PORT accept
 */
#include <netinet/in.h>
#include <string.h>

#include "helpers/helper.h"
#include "helpers/template/notes.h"
#include "wire/cursor.h"

#define MAGIC_WANT 0x57414e54
#define MAGIC_OPEN 0x4f50454e
#define PORT_MIN   1024

/* Kept with the flow by the kernel. */
struct state {
	uint16_t number; /* of the last question */
	uint8_t asked;
	uint8_t unused;
};

_Static_assert(sizeof(struct state) == 4, "contract with the kernel");

static enum outcome refuse(struct output *out, enum outcome outcome, uint8_t note)
{
	out->note = note;
	return outcome;
}

static enum outcome parse_question(struct cursor *c, struct state *s, struct output *out)
{
	uint32_t magic = cursor_be32(c);
	uint16_t number = cursor_be16(c);

	if (c->bad || magic != MAGIC_WANT)
		return refuse(out, OUTCOME_MALFORMED, NOTE_HEADER);
	*s = (struct state){ .number = number, .asked = 1 };
	return OUTCOME_NOTHING;
}

static enum outcome parse_answer(struct cursor *c, struct state *s, struct output *out)
{
	uint32_t magic = cursor_be32(c);
	uint16_t number = cursor_be16(c);
	uint32_t off = (uint32_t)cursor_off(c);
	uint16_t port = cursor_be16(c);

	if (c->bad || magic != MAGIC_OPEN)
		return refuse(out, OUTCOME_MALFORMED, NOTE_HEADER);
	if (!s->asked || number != s->number)
		return refuse(out, OUTCOME_NOTHING, NOTE_UNASKED);
	s->asked = 0;
	if (port < PORT_MIN)
		return refuse(out, OUTCOME_NOTHING, NOTE_PORT);
	out->claims[out->n_claims++] = (struct claim){
		.from = PARTY_CLIENT,
		.to = PARTY_SERVER,
		.l4 = IPPROTO_UDP,
		.port = port,
	};
	/* Where the port stands: the broker may have to grant another one under NAT. */
	out->edits[out->n_edits++] = (struct edit){ .off = off, .len = 2, .form = EDIT_BE16_PORT };
	return OUTCOME_FOUND;
}

static enum outcome parse(const struct input *in, void *state, struct output *out)
{
	struct cursor c = cursor_over(in->data, in->len);
	enum outcome outcome = OUTCOME_NOTHING;
	struct state s;

	memcpy(&s, state, sizeof(s));
	switch (in->direction) {
	case DIRECTION_ORIG:
		outcome = parse_question(&c, &s, out);
		break;
	case DIRECTION_REPLY:
		outcome = parse_answer(&c, &s, out);
		break;
	}
	memcpy(state, &s, sizeof(s));
	return outcome;
}

extern const struct manifest manifest_template;
extern const struct helper helper_template;
const struct helper helper_template = { .manifest = &manifest_template, .parse = parse };
