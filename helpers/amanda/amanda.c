/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Amanda, the Advanced Maryland Automatic Network Disk Archiver, over UDP (auth "bsd", "bsdudp").
 *
 * How it works. The host with the tapes, Amanda's server, sends a request to amandad on the host
 * that shall be backed up: for us the first is the client, the second the server. A packet is text:
 *
 *   client   Amanda 3.5 REQ HANDLE 000-00000000 SEQ 1700000000
 *            SERVICE sendbackup
 *            ...
 *   server   Amanda 3.5 ACK HANDLE 000-00000000 SEQ 1700000000
 *   server   Amanda 3.5 REP HANDLE 000-00000000 SEQ 1700000000
 *            CONNECT DATA 50001 MESG 50002 INDEX 50003 STATE 50004
 *            OPTIONS features=...
 *
 * amandad listens at each of the ports, and the other host connects to all of them. -1 stands for a
 * stream that is not wanted. With auth "bsdudp" the first port carries all streams, and what is said
 * of the others is only how they are told apart in there: 499999, 499998 ... amandad writes the CONNECT line itself, and first of all: the text below
 * it is what a service says, file names and all, and nothing in it is believed.
 *
 * The equivalent nft rule, with the ports that were named:
 *
 *   ip saddr CLIENT ip daddr SERVER tcp dport { 50001, 50002, 50003, 50004 } accept
 */
#include <netinet/in.h>
#include <string.h>

#include "helpers/amanda/notes.h"
#include "helpers/helper.h"
#include "wire/cursor.h"
#include "wire/text.h"

#define WORD_MAX    64 /* bytes; a handle has 12 or so */
#define STREAMS_MAX 6

/* Numbers of streams within the first one's connection: amandad counts down from the second. */
#define INNER_MIN 400000
#define INNER_MAX 500000

struct word {
	char text[8];
	uint8_t len;
};

#define WORD(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

enum kind { KIND_REQ, KIND_REP, KIND_PREP, KIND_ACK, KIND_NAK };

static const struct word kinds[] = {
	[KIND_REQ] = WORD("REQ"), [KIND_REP] = WORD("REP"), [KIND_PREP] = WORD("PREP"),
	[KIND_ACK] = WORD("ACK"), [KIND_NAK] = WORD("NAK"),
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* DATA to CMD: of a backup. CTL and DATA: of amrecover's. MESG alone: of its index. */
static const struct word streams[STREAMS_MAX] = {
	WORD("DATA"), WORD("MESG"), WORD("INDEX"), WORD("STATE"), WORD("CMD"), WORD("CTL"),
};

_Static_assert(STREAMS_MAX <= OUTPUT_CLAIMS_MAX, "one claim each");

/* Takes the text if it comes next. */
static bool take(struct cursor *c, const char *text, size_t len)
{
	bool is = !c->bad && c->left >= len && !memcmp(c->at, text, len);

	cursor_skip(c, is ? len : 0);
	return is;
}

/* The text must come next. */
static void need(struct cursor *c, const char *text, size_t len)
{
	if (!take(c, text, len))
		cursor_refuse(c);
}

#define TAKE(c, text) take(c, text, sizeof(text) - 1)
#define NEED(c, text) need(c, text, sizeof(text) - 1)

/* What comes up to the next blank, control character or byte above 7 bits: not nothing. */
static struct span read_word(struct cursor *c)
{
	struct span s = { c->at, 0 };

	while (s.len < c->left && s.data[s.len] > ' ' && s.data[s.len] <= '~')
		s.len++;
	if (!s.len || s.len > WORD_MAX)
		cursor_refuse(c);
	if (!cursor_bytes(c, s.len))
		s.len = 0;
	return s;
}

/* Its place in the table, or n. */
static size_t find_word(struct span s, const struct word *table, size_t n)
{
	size_t i = 0;

	while (i < n && (s.len != table[i].len || memcmp(s.data, table[i].text, s.len)))
		i++;
	return i;
}

/* Digits, no zero in front. */
static uint32_t read_number(struct cursor *c, uint32_t max)
{
	uint32_t v = 0;
	size_t digits = 0;

	if (!c->bad)
		digits = text_get_decimal((const char *)c->at, c->left, max, &v);
	if (!digits || (digits > 1 && *c->at == '0'))
		cursor_refuse(c);
	cursor_skip(c, digits);
	return v;
}

/* "Amanda 3.5 REP HANDLE 000-00000000 SEQ 1700000000", LF. */
static size_t read_header(struct cursor *c)
{
	size_t kind;

	NEED(c, "Amanda ");
	read_number(c, UINT32_MAX);
	NEED(c, ".");
	read_number(c, UINT32_MAX);
	NEED(c, " ");
	kind = find_word(read_word(c), kinds, N_KINDS);
	if (kind == N_KINDS)
		cursor_refuse(c);
	NEED(c, " HANDLE ");
	read_word(c);
	NEED(c, " SEQ ");
	read_number(c, UINT32_MAX);
	NEED(c, "\n");
	return kind;
}

static bool is_claimed(const struct output *out, uint32_t port)
{
	for (unsigned i = 0; i < out->n_claims; i++)
		if (out->claims[i].port == port)
			return true;
	return false;
}

/* A stream's port, or a number that says that no connection is made for it. */
static enum amanda_note read_port(struct cursor *c, struct output *out)
{
	size_t off = cursor_off(c);
	uint32_t port;

	if (TAKE(c, "-1"))
		return AMANDA_NOTE_NONE;
	port = read_number(c, INNER_MAX);
	if (port >= INNER_MIN && out->n_claims)
		return AMANDA_NOTE_NONE;
	if (c->bad || !port || port > UINT16_MAX || is_claimed(out, port))
		return NOTE_PORT;
	out->edits[out->n_edits++] = (struct edit){ .off = (uint32_t)off,
						    .len = (uint32_t)(cursor_off(c) - off),
						    .form = EDIT_DECIMAL_PORT,
						    .claim = (uint8_t)out->n_claims };
	out->claims[out->n_claims++] = (struct claim){
		.from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = IPPROTO_TCP, .port = (uint16_t)port
	};
	return AMANDA_NOTE_NONE;
}

/* What stands behind CONNECT, up to the line's end. */
static enum amanda_note read_streams(struct cursor *c, struct output *out)
{
	bool seen[STREAMS_MAX + 1] = { [STREAMS_MAX] = true };

	do {
		enum amanda_note note;
		size_t stream;

		if (!TAKE(c, " "))
			return NOTE_LINE;
		stream = find_word(read_word(c), streams, STREAMS_MAX);
		if (seen[stream])
			return NOTE_STREAM;
		seen[stream] = true;
		if (!TAKE(c, " "))
			return NOTE_LINE;
		note = read_port(c, out);
		if (note)
			return note;
	} while (!TAKE(c, "\n"));
	return AMANDA_NOTE_NONE;
}

static enum outcome parse_reply(struct cursor *c, struct output *out)
{
	enum amanda_note note;

	if (!TAKE(c, "CONNECT"))
		return nothing(out, NOTE_SKIPPED);
	note = read_streams(c, out);
	if (!note && !out->n_claims)
		note = NOTE_NONE;
	if (!note)
		return OUTCOME_FOUND;
	*out = (struct output){ 0 }; /* nothing of it */
	return note == NOTE_NONE ? nothing(out, note) : malformed(out, note);
}

static enum outcome parse(const struct input *in, void *state, struct output *out)
{
	struct cursor c = cursor_over(in->data, in->len);
	size_t kind = read_header(&c);

	(void)state;
	if (c.bad)
		return malformed(out, NOTE_HEADER);
	switch ((enum kind)kind) {
	case KIND_REQ:
		return in->direction == DIRECTION_ORIG ? OUTCOME_NOTHING
						       : nothing(out, NOTE_DIRECTION);
	case KIND_REP:
		return in->direction == DIRECTION_REPLY ? parse_reply(&c, out)
							: nothing(out, NOTE_DIRECTION);
	case KIND_PREP:
		return nothing(out,
			       in->direction == DIRECTION_REPLY ? NOTE_SKIPPED : NOTE_DIRECTION);
	case KIND_ACK:
	case KIND_NAK:
		break;
	}
	return OUTCOME_NOTHING;
}

extern const struct manifest manifest_amanda;
extern const struct helper helper_amanda;
const struct helper helper_amanda = { .manifest = &manifest_amanda, .parse = parse };
