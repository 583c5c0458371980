/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Oracle Net, in its own word TNS: redirects of a listener.
 *
 * How it works. A client sends CONNECT to the listener. The listener may take the session itself
 * (ACCEPT), ask for the same once more (RESEND), refuse (REFUSE), or name the place to which the
 * client shall connect instead (REDIRECT). The last is what is followed here: of its descriptor the
 * first ADDRESS for TCP is the one that clients dial first, and the one that is claimed. After
 * ACCEPT the flow carries SQL and is never looked at again. The claim is permanent: pools connect many
 * times at once, all to be redirected to one port, and of equal expectations of several flows the
 * kernel keeps the first alone.
 *
 *    0         2         4    5     6         8
 *   +---------+---------+----+-----+---------+----------
 *   | length  | sum     |type|flags| sum     | body            length counts from here: byte 0
 *   +---------+---------+----+-----+---------+----------
 *   | 0       | length  |type|flags| sum     | body            the form for large packets
 *   +---------+---------+----+-----+---------+---------+------
 *   REDIRECT                                 | data len| data
 *   DATA                                     | flags   | data
 *                                            +---------+------
 *
 * What does not lie in the REDIRECT of its data follows in DATA packets. All of them are read as one
 * message, so that every length that counts the announcement can change with it. The data are a
 * list of keywords, and with a flag, behind a NUL, what the client shall send in its next CONNECT:
 *
 *   (DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=192.0.2.1)(PORT=3000))(CONNECT_DATA=...))
 *
 * The equivalent nft rule:
 *
 *   ip saddr CLIENT ip daddr SERVER tcp dport 3000 accept
 */
#include <netinet/in.h>
#include <string.h>

#include "helpers/helper.h"
#include "helpers/tns/descriptor.h"
#include "helpers/tns/notes.h"
#include "wire/cursor.h"
#include "wire/text.h"

#define HEADER_LEN  8
#define BODY_OFF    (HEADER_LEN + 2) /* of the data in REDIRECT and DATA */
#define CONNECT_MIN 28		     /* up to length and offset of the connect data */
#define CONNECT_MAX 8192
#define DATA_MAX    3072 /* redirect data that are read */
#define PACKETS_MAX 8	 /* that they may be spread over, the REDIRECT included */
#define FLAG_TWO    0x02 /* of a REDIRECT: descriptor, NUL, connect data */
#define VALUES_MAX  2

_Static_assert(DATA_MAX + PACKETS_MAX * BODY_OFF <= 4096, "a whole redirect fits the tail");

enum type {
	TYPE_CONNECT = 1,
	TYPE_ACCEPT = 2,
	TYPE_ACK = 3,
	TYPE_REFUSE = 4,
	TYPE_REDIRECT = 5,
	TYPE_DATA = 6,
	TYPE_NULL = 7,
	TYPE_ABORT = 9,
	TYPE_RESEND = 11,
	TYPE_MARKER = 12,
	TYPE_ATTENTION = 13,
	TYPE_CONTROL = 14,
};

#define BIT(type) (1u << (type))
#define CLIENTS	  BIT(TYPE_CONNECT)
#define SERVERS	  (BIT(TYPE_ACCEPT) | BIT(TYPE_REFUSE) | BIT(TYPE_REDIRECT) | BIT(TYPE_RESEND))
#define EITHERS                                                                                 \
	(BIT(TYPE_ACK) | BIT(TYPE_DATA) | BIT(TYPE_NULL) | BIT(TYPE_ABORT) | BIT(TYPE_MARKER) | \
	 BIT(TYPE_ATTENTION) | BIT(TYPE_CONTROL))

/* The one byte that the kernel keeps. The predecessor writes 0 and 1 there: both count as nothing
 * seen. */
enum state {
	STATE_NEW = 0,
	STATE_ASKED = 0xa1,    /* CONNECT seen, answer awaited */
	STATE_ANSWERED = 0xa2, /* redirected: nothing is believed before the next CONNECT */
	STATE_OVER = 0xa3,     /* accepted or refused */
};

struct packet {
	size_t off; /* in in->data */
	size_t len; /* as its header says */
	uint8_t type, flags;
	bool large;  /* length is the field of 32 bits */
	bool summed; /* a checksum forbids changes */
};

/* The data of a REDIRECT, put together. */
struct redirect {
	uint8_t text[DATA_MAX];
	size_t len;
	bool two; /* connect data follow a NUL */
	bool summed;
	size_t end; /* of the newest packet, in in->data */
	unsigned n_packets;

	struct {
		struct packet packet;
		size_t at; /* where its data begin, in text */
	} packets[PACKETS_MAX];
};

static struct packet read_header(struct cursor *c)
{
	struct packet p = { .off = cursor_off(c) };
	uint16_t first, second, sum;

	first = cursor_be16(c);
	second = cursor_be16(c);
	p.type = cursor_u8(c);
	p.flags = cursor_u8(c);
	sum = cursor_be16(c);
	p.large = !first;
	p.len = first ? first : second;
	p.summed = sum || (first && second);
	if (p.len < HEADER_LEN || p.type > TYPE_CONTROL ||
	    !(BIT(p.type) & (CLIENTS | SERVERS | EITHERS)))
		cursor_refuse(c);
	return p;
}

/* ---- what the address means ---- */

static bool is_letter(uint8_t b)
{
	return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
}

/* Some resolvers read names as numbers: the last label has a letter, and is not hexadecimal. */
static bool is_numeric(struct span name)
{
	size_t end = name.len, at = end;
	bool letter = false;

	while (at && name.data[at - 1] != '.')
		if (is_letter(name.data[--at]))
			letter = true;
	return !letter || (end - at > 1 && name.data[at] == '0' && (name.data[at + 1] | 32) == 'x');
}

/* A dot at the end changes nothing, and policies leave it out. */
static enum tns_note judge_name(struct span name, struct output *out)
{
	if (name.len > 1 && name.data[name.len - 1] == '.')
		name.len--;
	if (name.len >= HELPER_HOST_SIZE || is_numeric(name))
		return NOTE_HOST;
	memcpy(out->host, name.data, name.len);
	if (text_is_host(out->host, sizeof(out->host)))
		return TNS_NOTE_NONE;
	memset(out->host, 0, sizeof(out->host));
	return NOTE_HOST;
}

/* IPv6 in brackets, as in a URL: the edit must leave them. */
static void strip_brackets(struct span text, struct value *v)
{
	struct span s = value_text(text, v);

	if (s.len < 2 || s.data[0] != '[' || s.data[s.len - 1] != ']')
		return;
	v->at++;
	v->len -= 2;
}

static enum tns_note judge_host(struct span text, struct value *host, const struct input *in,
				struct claim *claim, struct output *out)
{
	struct addr a;
	struct span s;

	if (host->escaped)
		return NOTE_HOST;
	strip_brackets(text, host);
	s = value_text(text, host);
	if (!addr_from_text((const char *)s.data, s.len, &a)) {
		claim->to = PARTY_NAMED;
		return judge_name(s, out);
	}
	claim->to = PARTY_SERVER;
	if (addr_equal(&a, &in->reply.src) || addr_equal(&a, &in->orig.dst))
		return TNS_NOTE_NONE;
	if (a.family != in->orig.dst.family || addr_is_special(&a))
		return NOTE_ADDRESS;
	claim->to = PARTY_OTHER;
	claim->other = a;
	return TNS_NOTE_NONE;
}

static enum tns_note judge_port(struct span text, const struct value *v, struct claim *claim)
{
	struct span s = value_text(text, v);
	uint32_t port = 0;

	if (v->escaped || !s.len || s.data[0] == '0' ||
	    text_get_decimal((const char *)s.data, s.len, UINT16_MAX, &port) != s.len)
		return NOTE_PORT;
	claim->port = (uint16_t)port;
	return TNS_NOTE_NONE;
}

/* ---- edits ---- */

/* The packet that the whole value lies in, or PACKETS_MAX. */
static unsigned packet_of(const struct redirect *r, const struct value *v)
{
	for (unsigned i = 0; i < r->n_packets; i++) {
		size_t end = i + 1 < r->n_packets ? r->packets[i + 1].at : r->len;

		if (v->at >= r->packets[i].at && v->at + v->len <= end && v->at < end)
			return i;
	}
	return PACKETS_MAX;
}

static size_t off_of(const struct redirect *r, const struct value *v, unsigned packet)
{
	return r->packets[packet].packet.off + BODY_OFF + (v->at - r->packets[packet].at);
}

static void add_length(struct output *out, size_t off, bool large, size_t end)
{
	uint32_t len = large ? 4 : 2;

	out->edits[out->n_edits++] = (struct edit){
		.off = (uint32_t)off,
		.len = len,
		.cover = (uint32_t)(end - off - len),
		.form = large ? EDIT_BE32_LENGTH : EDIT_BE16_LENGTH,
	};
}

/* Announced values in the order of their places. */
struct announced {
	const struct value *v;
	uint8_t form;
	unsigned packet;
};

static void add_value(struct output *out, const struct redirect *r, const struct announced *a)
{
	out->edits[out->n_edits++] = (struct edit){
		.off = a->packet == PACKETS_MAX ? EDIT_ELSEWHERE
						: (uint32_t)off_of(r, a->v, a->packet),
		.len = (uint32_t)a->v->len,
		.form = a->form,
	};
}

/* The values, each behind the lengths that count it, then those that cannot be changed: cut in two by
 * a packet's border, or under a checksum. */
static void add_edits(const struct redirect *r, const struct announced *values, unsigned n,
		      struct output *out)
{
	size_t last = 0, ends[PACKETS_MAX] = { 0 };

	for (unsigned i = 0; i < n; i++)
		if (values[i].packet < PACKETS_MAX)
			last = ends[values[i].packet] =
				off_of(r, values[i].v, values[i].packet) + values[i].v->len;
	for (unsigned p = 0; last && p < r->n_packets; p++) {
		const struct packet *packet = &r->packets[p].packet;

		if (ends[p])
			add_length(out, packet->off, packet->large, ends[p]);
		if (!p)
			add_length(out, packet->off + HEADER_LEN, false, last);
		for (unsigned i = 0; i < n; i++)
			if (values[i].packet == p)
				add_value(out, r, &values[i]);
	}
	for (unsigned i = 0; i < n; i++)
		if (values[i].packet == PACKETS_MAX)
			add_value(out, r, &values[i]);
}

/* A third party's address and port are dialed as they stand, a name is the client's to look up. */
static void add_value_edits(const struct redirect *r, const struct address *a, uint8_t to,
			    struct output *out)
{
	struct announced values[VALUES_MAX];
	unsigned n = 0;

	if (to == PARTY_OTHER)
		return;
	if (to == PARTY_SERVER && a->host.at < a->port.at)
		values[n++] = (struct announced){ .v = &a->host, .form = EDIT_ADDRESS };
	values[n++] = (struct announced){ .v = &a->port, .form = EDIT_DECIMAL_PORT };
	if (to == PARTY_SERVER && a->host.at > a->port.at)
		values[n++] = (struct announced){ .v = &a->host, .form = EDIT_ADDRESS };
	for (unsigned i = 0; i < n; i++)
		values[i].packet = r->summed ? PACKETS_MAX : packet_of(r, values[i].v);
	add_edits(r, values, n, out);
}

/* ---- packets ---- */

/* The descriptor ends at a NUL: behind it are connect data, if the flag says so, or more NULs. */
static bool find_descriptor(const struct redirect *r, size_t *ret_len)
{
	size_t len = 0;

	while (len < r->len && r->text[len])
		len++;
	*ret_len = len;
	while (!r->two && len < r->len && !r->text[len])
		len++;
	return r->two || len == r->len;
}

static enum outcome judge(const struct redirect *r, const struct input *in, struct output *out)
{
	struct claim claim = { .from = PARTY_CLIENT, .l4 = IPPROTO_TCP, .permanent = 1 };
	struct span text = { .data = r->text };
	struct address a;
	enum tns_note note;

	if (!find_descriptor(r, &text.len))
		return nothing(out, NOTE_DESCRIPTOR);
	note = descriptor_read(text, &a);
	if (!note)
		note = judge_port(text, &a.port, &claim);
	if (!note)
		note = judge_host(text, &a.host, in, &claim, out);
	if (note)
		return nothing(out, note);
	out->claims[out->n_claims++] = claim;
	add_value_edits(r, &a, claim.to, out);
	return OUTCOME_FOUND;
}

/* Takes the data of a packet whose header was read, as far as they are there. False: more of it than
 * the redirect announced. */
static bool add_packet(struct cursor *c, const struct packet *p, size_t announced,
		       struct redirect *r)
{
	size_t len = p->len - BODY_OFF;
	const uint8_t *data;

	if (len > announced - r->len || r->n_packets == PACKETS_MAX)
		return false;
	r->packets[r->n_packets].packet = *p;
	r->packets[r->n_packets].at = r->len;
	r->n_packets++;
	r->summed |= p->summed;
	r->end = p->off + p->len;
	data = cursor_bytes(c, len);
	if (data)
		memcpy(r->text + r->len, data, len);
	r->len += data ? len : 0;
	return true;
}

/* A REDIRECT, and the DATA packets that its data come in. */
static enum outcome parse_redirect(struct cursor *c, struct packet p, const struct input *in,
				   struct output *out)
{
	struct redirect r = { .two = p.flags & FLAG_TWO };
	size_t announced;

	if (p.len < BODY_OFF)
		return malformed(out, NOTE_LENGTH);
	announced = cursor_be16(c);
	if (c->bad)
		return OUTCOME_MORE;
	out->consumed = p.len;
	if (announced > DATA_MAX)
		return nothing(out, NOTE_LONG);
	if (!announced && p.len == BODY_OFF)
		return nothing(out, NOTE_MISSING);
	for (;;) {
		if (!add_packet(c, &p, announced, &r))
			return malformed(out, NOTE_LENGTH);
		if (c->bad)
			return OUTCOME_MORE;
		if (r.len == announced)
			break;
		p = read_header(c);
		if (c->wrong || (!c->bad && (p.type != TYPE_DATA || p.len < BODY_OFF)))
			return malformed(out, NOTE_LENGTH);
		cursor_skip(c, 2); /* flags */
		if (c->bad)
			return OUTCOME_MORE;
	}
	out->consumed = r.end;
	return judge(&r, in, out);
}

/* No byte of a CONNECT is believed, but it must look like one: its connect data lie in it, or begin
 * where it ends, and then follow in a DATA packet. */
static enum outcome parse_connect(struct cursor *c, const struct packet *p, uint8_t *state,
				  struct output *out)
{
	uint16_t off;

	if (p->len < CONNECT_MIN || p->len > CONNECT_MAX)
		return malformed(out, NOTE_CONNECT);
	cursor_skip(c, CONNECT_MIN - HEADER_LEN - 2);
	off = cursor_be16(c);
	if (c->bad)
		return OUTCOME_MORE;
	if (off < CONNECT_MIN || off > p->len)
		return malformed(out, NOTE_CONNECT);
	*state = STATE_ASKED;
	return OUTCOME_NOTHING;
}

static enum outcome from_client(struct cursor *c, const struct packet *p, uint8_t *state,
				struct output *out)
{
	if (p->type == TYPE_CONNECT)
		return parse_connect(c, p, state, out);
	if (*state == STATE_NEW)
		return malformed(out, NOTE_CONNECT);
	if (BIT(p->type) & SERVERS)
		return nothing(out, NOTE_DIRECTION);
	/* long connect data */
	if (p->type == TYPE_DATA && *state == STATE_ASKED)
		return OUTCOME_NOTHING;
	return nothing(out, NOTE_SKIPPED);
}

static enum outcome from_server(struct cursor *c, const struct packet *p, const struct input *in,
				uint8_t *state, struct output *out)
{
	enum outcome outcome;

	if (BIT(p->type) & CLIENTS)
		return nothing(out, NOTE_DIRECTION);
	if (!(BIT(p->type) & SERVERS))
		return nothing(out, NOTE_SKIPPED);
	if (*state == STATE_NEW) { /* the CONNECT was not seen, or not yet: who knows what else */
		*state = STATE_OVER;
		out->note = NOTE_UNASKED;
		return OUTCOME_DONE;
	}
	if (*state != STATE_ASKED)
		return nothing(out, NOTE_UNASKED);
	if (p->type == TYPE_RESEND)
		return OUTCOME_NOTHING;
	if (p->type == TYPE_REDIRECT) {
		outcome = parse_redirect(c, *p, in, out);
		*state = STATE_ANSWERED;
		return outcome;
	}
	*state = STATE_OVER;
	out->note = p->type == TYPE_REFUSE ? NOTE_REFUSED : NOTE_ACCEPTED;
	return OUTCOME_DONE;
}

/* The bytes wait for the rest. Before it is known what the answer is it may be a redirect, whose
 * length is its first field. */
static enum outcome more(const struct input *in, uint8_t state, struct output *out)
{
	out->consumed = 0;
	out->hold = in->direction == DIRECTION_REPLY && state == STATE_ASKED &&
		    (in->len <= 4 || in->data[4] == TYPE_REDIRECT);
	return OUTCOME_MORE;
}

static enum outcome parse(const struct input *in, void *state, struct output *out)
{
	struct cursor c = cursor_over(in->data, in->len);
	uint8_t *kept = state, s = *kept;
	enum outcome outcome;
	struct packet p;

	if (s == STATE_OVER)
		return OUTCOME_DONE;
	if (s != STATE_ASKED && s != STATE_ANSWERED)
		s = STATE_NEW;
	p = read_header(&c);
	if (c.wrong)
		return malformed(out, NOTE_HEADER);
	if (c.bad)
		return more(in, s, out);
	out->consumed = p.len;
	if (in->direction == DIRECTION_ORIG)
		outcome = from_client(&c, &p, &s, out);
	else
		outcome = from_server(&c, &p, in, &s, out);
	if (outcome == OUTCOME_MORE)
		return more(in, *kept, out);
	if (outcome == OUTCOME_MALFORMED)
		out->consumed = 0;
	else
		*kept = s;
	return outcome;
}

extern const struct manifest manifest_tns;
extern const struct helper helper_tns;
const struct helper helper_tns = { .manifest = &manifest_tns, .parse = parse };
