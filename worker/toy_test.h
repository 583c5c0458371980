/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Helpers for the tests of the feed: toy_lines reads commands, one to a line, toy_http the same where
 * HTTP is expected, and toy_records reads records with a length in front. All fold each message into their state, so that a byte
 * that is lost, doubled or out of order shows there.
 *
 *	OPEN port | PAIR port port | MANY n | SKIP n | QUIT | NOTE n | BAD n
 *	?anything is refused when the line is complete, !anything at sight
 */
#ifndef PINHOLE_WORKER_TOY_TEST_H
#define PINHOLE_WORKER_TOY_TEST_H

#include <netinet/in.h>
#include <string.h>

#include "helpers/helper.h"
#include "wire/cursor.h"

#define TOY_TAIL 64

struct toy_state {
	uint32_t n, sum;
};

static inline void toy_fold(void *state, const uint8_t *data, size_t len)
{
	struct toy_state s;

	memcpy(&s, state, sizeof(s));
	s.n++;
	for (size_t i = 0; i < len; i++)
		s.sum = (s.sum ^ data[i]) * 16777619u;
	memcpy(state, &s, sizeof(s));
}

static inline struct claim toy_claim(uint32_t port)
{
	return (struct claim){
		.from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = IPPROTO_TCP, .port = (uint16_t)port
	};
}

/* A number of the line: its value, where it stands. */
static inline uint32_t toy_number(struct cursor *c, struct edit *ret)
{
	uint32_t v = 0;

	*ret = (struct edit){ .off = (uint32_t)cursor_off(c), .form = EDIT_DECIMAL_PORT };
	while (c->left && *c->at >= '0' && *c->at <= '9' && v < 100000)
		v = v * 10 + cursor_u8(c) - '0';
	ret->len = (uint32_t)cursor_off(c) - ret->off;
	return v;
}

/* Ways to break the contract, by number; 0 is sound. */
static inline void toy_break_claim(struct claim *c, uint32_t how)
{
	c->to = how == 11 ? PARTY_ANY : how == 17 ? PARTY_OTHER : c->to;
	c->from = how == 12 ? PARTY_LAST + 1 : c->from;
	c->port = how == 13 ? 0 : c->port;
	c->class = how == 14;
	c->l4 = how == 15 ? IPPROTO_ICMP : c->l4;
	c->permanent = how == 16 ? 2 : 0;
	c->other.family = how == 18 ? 2 : 0;
}

static inline void toy_break_edits(struct edit *e, uint32_t how)
{
	e[0] = (struct edit){ .off = 0, .len = 1, .form = EDIT_DECIMAL_PORT };
	e[1] = (struct edit){ .off = 1, .len = 1, .form = EDIT_DECIMAL_PORT };
	e[1].off = how == 5 ? 0 : how == 6 ? TOY_TAIL + 1 : 1;
	e[1].len = how == 7 ? UINT32_MAX : 1;
	e[0].claim = how == 8;
	e[0].form = how == 9 ? EDIT_LAST + 1 : EDIT_DECIMAL_PORT;
	e[0].cover = how == 10 ? 65536 : 0;
	e[0].len = how == 24 ? 0 : 1;
}

static inline enum outcome toy_break(struct output *out, uint32_t how)
{
	out->claims[0] = toy_claim(2000);
	toy_break_claim(&out->claims[0], how);
	toy_break_edits(out->edits, how);
	out->n_claims = how == 2 ? 0 : how == 3 ? OUTPUT_CLAIMS_MAX + 1 : 1;
	out->n_edits = how == 4 ? OUTPUT_EDITS_MAX + 1 : 2;
	if (how == 1)
		out->consumed = 0;
	if (how == 23)
		out->consumed = (size_t)UINT32_MAX + 1;
	if (how == 19)
		out->note = HELPER_NOTES_MAX;
	return how == 20   ? OUTCOME_NOTHING
	       : how == 21 ? (enum outcome)(OUTCOME_LAST + 1)
	       : how == 22 ? OUTCOME_MORE
			   : /* with consumed */
		       OUTCOME_FOUND;
}

#define TOY_BREAKS 24

static inline enum outcome toy_open(struct cursor *c, struct output *out, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		out->claims[i] = toy_claim(toy_number(c, &out->edits[i]));
		out->edits[i].claim = (uint8_t)i;
		if (!out->claims[i].port)
			return OUTCOME_MALFORMED;
		cursor_skip(c, c->left > 0);
	}
	out->n_claims = out->n_edits = n;
	return OUTCOME_FOUND;
}

static inline enum outcome toy_command(struct cursor *c, struct output *out)
{
	const uint8_t *word = cursor_bytes(c, c->left < 5 ? c->left : 5);
	size_t len = c->left + cursor_off(c);
	struct edit e;
	uint32_t v;

	if (cursor_off(c) == 5 && !memcmp(word, "OPEN ", 5))
		return toy_open(c, out, 1);
	if (cursor_off(c) == 5 && !memcmp(word, "PAIR ", 5))
		return toy_open(c, out, 2);
	if (len == 4 && !memcmp(word, "QUIT", 4))
		return OUTCOME_DONE;
	if (word && cursor_off(c) && word[0] == '?')
		return OUTCOME_MALFORMED;
	v = toy_number(c, &e);
	if (cursor_off(c) < 5)
		return OUTCOME_NOTHING;
	if (!memcmp(word, "SKIP ", 5))
		out->consumed += v;
	if (!memcmp(word, "NOTE ", 5))
		out->note = (uint8_t)(v % HELPER_NOTES_MAX);
	if (!memcmp(word, "BAD", 3))
		return toy_break(out, v);
	if (memcmp(word, "MANY ", 5) || !v || v > OUTPUT_CLAIMS_MAX)
		return OUTCOME_NOTHING;
	for (; out->n_claims < v; out->n_claims++)
		out->claims[out->n_claims] = toy_claim(3000 + out->n_claims);
	return OUTCOME_FOUND;
}

static enum outcome toy_parse_lines(const struct input *in, void *state, struct output *out)
{
	const uint8_t *lf = memchr(in->data, '\n', in->len);
	size_t len = lf ? (size_t)(lf - in->data) : in->len;
	struct cursor c = cursor_over(in->data, len);

	if (in->data[0] == '!')
		return OUTCOME_MALFORMED;
	toy_fold(state, in->data, len); /* before MORE too: it must be undone */
	if (!lf)
		return OUTCOME_MORE;
	out->consumed = len + 1;
	return toy_command(&c, out);
}

/* length be16, then a type: P port be16, S be32 to skip, D done, ? malformed. */
static enum outcome toy_parse_records(const struct input *in, void *state, struct output *out)
{
	struct cursor c = cursor_over(in->data, in->len);
	uint16_t len = cursor_be16(&c);
	uint8_t type;

	if (!c.bad && len > TOY_TAIL - 2)
		return OUTCOME_MALFORMED;
	if (c.bad || len > c.left)
		return OUTCOME_MORE;
	c.left = len;
	type = cursor_u8(&c);
	toy_fold(state, in->data, (size_t)len + 2);
	out->consumed = (size_t)len + 2;
	if (type == 'P') {
		out->claims[0] = toy_claim(cursor_be16(&c));
		out->edits[0] = (struct edit){ .off = 3, .len = 2, .form = EDIT_BE16_PORT };
		if (c.bad || !out->claims[0].port)
			return OUTCOME_MALFORMED;
		out->n_claims = out->n_edits = 1;
		return OUTCOME_FOUND;
	}
	if (type == 'S')
		out->consumed += cursor_be32(&c);
	return type == 'D' ? OUTCOME_DONE : type == '?' ? OUTCOME_MALFORMED : OUTCOME_NOTHING;
}

#define TOY_MANIFEST(word, resync)                                                                \
	{                                                                                         \
		.name = word, .l4s = MANIFEST_TCP | MANIFEST_UDP, .state_len = 8, .n_classes = 1, \
		.tail = TOY_TAIL, .resync_line = resync                                           \
	}

static const struct manifest toy_lines_manifest = TOY_MANIFEST("lines", true);
static const struct manifest toy_records_manifest = TOY_MANIFEST("records", false);
static const struct manifest toy_http_manifest = {
	.name = "http",
	.l4s = MANIFEST_TCP,
	.state_len = 8,
	.n_classes = 1,
	.tail = TOY_TAIL,
	.resync_line = true,
	.http = true,
};
static const struct helper toy_lines = { &toy_lines_manifest, toy_parse_lines };
static const struct helper toy_http = { &toy_http_manifest, toy_parse_lines };
static const struct helper toy_records = { &toy_records_manifest, toy_parse_records };

#endif
