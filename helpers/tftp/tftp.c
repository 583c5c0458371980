/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Trivial File Transfer Protocol, RFC 1350, and its options, RFC 2347.
 *
 * How it works. A client asks port 69 for a file. The server answers from a port that it has just
 * chosen, and the whole transfer runs between that port and the one that the client asked from. So
 * the request itself opens the way, before anybody has answered; no port is announced, and the rest
 * of the transfer is no business of this helper.
 *
 *    0        2
 *   +--------+-----------+---+------+---+----------+---+---------+---+
 *   | opcode | file name | 0 | mode | 0 | option   | 0 | value   | 0 | ...
 *   +--------+-----------+---+------+---+----------+---+---------+---+
 *     1: read, 2: write                  any number of pairs, or none
 *
 * What is opened, as nftables would say it for a request from CLIENT's port 40000:
 *
 *   ip saddr SERVER ip daddr CLIENT udp dport 40000 accept
 */
#include <netinet/in.h>

#include "helpers/helper.h"
#include "helpers/tftp/notes.h"
#include "wire/cursor.h"

#define REQUEST_MAX 512 /* RFC 2347 */
#define OPTIONS_MAX 16	/* there are ten or so */

/* RFC 1350 5, RFC 2347 */
enum opcode { OPCODE_READ = 1, OPCODE_WRITE, OPCODE_DATA, OPCODE_ACK, OPCODE_ERROR, OPCODE_OACK };

extern const struct manifest manifest_tftp;

/* The bytes up to the next NUL, which is read too. */
static struct span read_text(struct cursor *c)
{
	struct span text = { .data = c->at };

	while (cursor_u8(c))
		text.len++;
	return text;
}

/* `word` is of small letters; those of the text may be of either case. */
static bool is_word(const struct span *text, const char *word)
{
	size_t i = 0;

	while (i < text->len && word[i] && (text->data[i] | 0x20) == word[i])
		i++;
	return i == text->len && !word[i];
}

/* RFC 1350 1: mail is only ever written. */
static bool is_mode(const struct span *mode, uint16_t opcode)
{
	return is_word(mode, "netascii") || is_word(mode, "octet") ||
	       (opcode == OPCODE_WRITE && is_word(mode, "mail"));
}

static enum outcome parse_request(struct cursor *c, uint16_t opcode, struct output *out)
{
	struct span name = read_text(c), mode = read_text(c);
	bool multicast = false;

	if (c->bad || !name.len)
		return malformed(out, NOTE_REQUEST);
	if (!is_mode(&mode, opcode))
		return malformed(out, NOTE_MODE);
	for (unsigned n = 0; c->left; n++) {
		struct span option = read_text(c);

		(void)read_text(c);
		if (c->bad || !option.len || n == OPTIONS_MAX)
			return malformed(out, NOTE_OPTION);
		multicast = multicast || is_word(&option, "multicast");
	}
	if (multicast)
		return nothing(out, NOTE_MULTICAST);
	out->claims[out->n_claims++] = (struct claim){
		.from = PARTY_SERVER,
		.to = PARTY_CLIENT,
		.l4 = IPPROTO_UDP,
		.back = 1,
	};
	return OUTCOME_FOUND;
}

static enum outcome parse(const struct input *in, void *state, struct output *out)
{
	struct cursor c = cursor_over(in->data, in->len);
	uint16_t opcode = cursor_be16(&c);

	(void)state;
	if (in->direction == DIRECTION_REPLY)
		return nothing(out, NOTE_REPLY);
	if (opcode >= OPCODE_DATA && opcode <= OPCODE_OACK)
		return nothing(out, NOTE_TRANSFER);
	if (opcode != OPCODE_READ && opcode != OPCODE_WRITE)
		return malformed(out, NOTE_OPCODE);
	if (in->len > REQUEST_MAX)
		return malformed(out, NOTE_LENGTH);
	return parse_request(&c, opcode, out);
}

extern const struct helper helper_tftp;
const struct helper helper_tftp = { .manifest = &manifest_tftp, .parse = parse };
