/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * UPnP: discovery over UDP (SSDP), descriptions and events over TCP (UPnP Device Architecture).
 *
 * How it works. A control point asks all devices of a network, or one, with M-SEARCH. Those that
 * feel meant answer from any port of theirs to the port that asked; the answer's LOCATION is where
 * the device's description can be fetched. Later the control point subscribes to events with a
 * request of its own over TCP, whose CALLBACK is where the device shall send them to.
 *
 *   control point                        device             opened
 *   M-SEARCH        -> group:1900                           devices -> the port that asked
 *                   <- any port          200, LOCATION      control point -> LOCATION's port
 *   GET description -> LOCATION's port
 *   SUBSCRIBE       -> any port                             device -> CALLBACK's port
 *                   <-                   200, SID
 *                   <- any port          NOTIFY             (nothing: events)
 *
 * The answers come as a flow of their own, opened by the device: it is read by this helper, too, as
 * the search's claim says, and there the device is the flow's client. An answer from port 1900 to a
 * search that went to one device belongs to the search's flow, and the device is its server. Both
 * are told from a search by the message and its direction. What is opened by an answer leads to the
 * host that answers, whatever else it names.
 *
 * Nothing is remembered of a flow: by contract the kernel keeps no byte for us. So a CALLBACK opens
 * when it is asked for, not with the device's 200. It could not wait anyway: devices (MiniDLNA, for
 * one) send the first event before they answer. And a chunk of a body, which begins with its size
 * alone in a line, is known by its own looks: no request begins so.
 *
 * Web pages can make a browser send requests, even SUBSCRIBE with any CALLBACK, to a host that
 * allows it (CORS). Browsers say so, in fields that pages cannot take away: such a flow is not
 * believed. Bodies are skipped by their length, or the flow is not read on.
 *
 * What is opened, as nftables would say it, for a search of a group, an answer and a CALLBACK:
 *
 *   ip saddr NETWORK ip daddr CONTROLPOINT udp dport SEARCHING accept
 *   ip saddr CONTROLPOINT ip daddr DEVICE tcp dport LOCATION accept
 *   ip saddr DEVICE ip daddr CONTROLPOINT tcp dport CALLBACK accept
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "helpers/helper.h"
#include "helpers/ssdp/head.h"
#include "helpers/ssdp/notes.h"
#include "helpers/ssdp/url.h"
#include "wire/text.h"

#define SSDP_PORT    1900
#define URLS_MAX     OUTPUT_CLAIMS_MAX
#define BODY_MAX     (1u << 29)
#define SKIP_ALWAYS  (1u << 29) /* of bytes that nobody reads */
#define CHUNK_DIGITS 8
#define STATUS_OK    200

/* ---- what both transports need ---- */

/* The value of a field that must stand there once. */
static enum ssdp_note find_once(struct span fields, const char *name, enum ssdp_note if_missing,
				struct span *ret)
{
	unsigned n = ssdp_field_find(fields, name, ret);

	return n == 1 ? SSDP_NOTE_NONE : n ? NOTE_REPEATED : if_missing;
}

static bool is_number(struct span s, uint32_t max, uint32_t *ret)
{
	return s.len && text_get_decimal((const char *)s.data, s.len, max, ret) == s.len;
}

/* Does a URL name the host itself, by one of two addresses? */
static enum ssdp_note check_host(const struct ssdp_url *url, const struct addr *own,
				 const struct addr *known_as)
{
	if (url->addr.family != own->family || addr_is_special(&url->addr))
		return NOTE_ADDRESS;
	return addr_equal(&url->addr, own) || addr_equal(&url->addr, known_as) ? SSDP_NOTE_NONE
									       : NOTE_OTHER;
}

static void add_edit(const struct input *in, struct output *out, enum edit_form form,
		     struct span at, unsigned claim)
{
	out->edits[out->n_edits++] = (struct edit){
		.off = at.len ? (uint32_t)(at.data - in->data) : EDIT_ELSEWHERE,
		.len = at.len ? (uint32_t)at.len : 1,
		.form = (uint8_t)form,
		.claim = (uint8_t)claim,
	};
}

/* A way over TCP to where the URL says, from the flow's other end to `to`. */
static void add_url(const struct input *in, struct output *out, enum party to,
		    const struct ssdp_url *url)
{
	unsigned i = 0;

	while (i < out->n_claims && out->claims[i].port != url->port)
		i++;
	if (i == out->n_claims)
		out->claims[out->n_claims++] = (struct claim){
			.from = to == PARTY_CLIENT ? PARTY_SERVER : PARTY_CLIENT,
			.to = (uint8_t)to,
			.l4 = IPPROTO_TCP,
			.port = url->port,
			.permanent = 1,
		};
	add_edit(in, out, EDIT_ADDRESS, url->addr_text, i);
	add_edit(in, out, EDIT_DECIMAL_PORT, url->port_text, i);
}

/* ---- UDP: searches and answers ---- */

/* The flow's server listens where devices are asked; behind destination NAT only one of the two
 * tuples shows it. */
static bool is_to_device(const struct input *in)
{
	return in->orig.dport == SSDP_PORT || in->reply.sport == SSDP_PORT;
}

/* Some devices want the quotes, others do not look. */
static bool is_discover(struct span s)
{
	return ssdp_is_word(s, "\"ssdp:discover\"") || ssdp_is_word(s, "ssdp:discover");
}

/* UDA 2.0 1.3.2 and 1.3.3: MAN, ST, and MX if a group is asked. */
static enum ssdp_note check_search(struct span fields, bool group)
{
	struct span value = { 0 };
	enum ssdp_note note = find_once(fields, "MAN", NOTE_MAN, &value);
	uint32_t seconds;

	if (!note && !is_discover(value))
		note = NOTE_MAN;
	if (!note)
		note = find_once(fields, "ST", NOTE_TARGET, &value);
	if (!note && !value.len)
		note = NOTE_TARGET;
	if (note)
		return note;
	note = find_once(fields, "MX", group ? NOTE_MX : SSDP_NOTE_NONE, &value);
	if (!note && group && !is_number(value, UINT32_MAX, &seconds))
		note = NOTE_MX;
	return note;
}

static enum outcome parse_search(struct span fields, const struct input *in, struct output *out)
{
	enum ssdp_note note;

	if (in->direction != DIRECTION_ORIG || !is_to_device(in))
		return nothing(out, NOTE_DIRECTION);
	note = check_search(fields, addr_is_multicast(&in->orig.dst));
	if (note)
		return nothing(out, note);
	out->claims[out->n_claims++] = (struct claim){
		.from = PARTY_ASKED,
		.to = PARTY_CLIENT,
		.l4 = IPPROTO_UDP,
		.permanent = 1,
		.back = 1,
		.follow = 1,
	};
	return OUTCOME_FOUND;
}

/* Who answers is the flow's client, if the answer came as a flow of its own. */
static enum outcome parse_answer(struct span fields, const struct input *in, struct output *out)
{
	bool own_flow = in->direction == DIRECTION_ORIG;
	const struct addr *own = own_flow ? &in->orig.src : &in->reply.src;
	const struct addr *known_as = own_flow ? own : &in->orig.dst;
	struct ssdp_url url;
	struct span value;
	enum ssdp_note note;

	/* Nobody can have asked from a group, and who asks from port 1900 cannot be told from who is
	 * answered without having asked. */
	if (own_flow == is_to_device(in) || addr_is_multicast(&in->orig.dst))
		return nothing(out, NOTE_UNASKED);
	note = find_once(fields, "LOCATION", NOTE_MISSING, &value);
	if (!note)
		note = ssdp_url_read(value, &url);
	if (!note)
		note = check_host(&url, own, known_as);
	if (note)
		return nothing(out, note);
	add_url(in, out, own_flow ? PARTY_CLIENT : PARTY_SERVER, &url);
	return OUTCOME_FOUND;
}

/* RFC 9112 4: "HTTP/1.1 200 OK". 0: no status line. */
static unsigned read_status(struct span line)
{
	uint32_t status;

	if (line.len < 12 || !(ssdp_begins(line, "HTTP/1.1 ") || ssdp_begins(line, "HTTP/1.0 ")) ||
	    text_get_decimal((const char *)line.data + 9, line.len - 9, 999, &status) != 3)
		return 0;
	return line.len == 12 || line.data[12] == ' ' ? status : 0;
}

static enum outcome parse_datagram(const struct input *in, struct output *out)
{
	struct span text = { in->data, in->len < SSDP_HEAD_MAX ? in->len : SSDP_HEAD_MAX };
	struct span line = { 0 }, fields;
	size_t end;
	enum ssdp_note note = ssdp_line_read(text, 0, &line, &end);
	unsigned status = read_status(line);

	if (!note && end && !status && !ssdp_begins(line, "M-SEARCH ") &&
	    !ssdp_begins(line, "NOTIFY "))
		note = NOTE_START;
	if (!note && end)
		note = ssdp_fields_read(text, end, false, &fields, &end);
	if (!note && !end)
		note = in->len < SSDP_HEAD_MAX ? NOTE_CUT : NOTE_LONG;
	if (note)
		return malformed(out, note);
	if (status)
		return status == STATUS_OK ? parse_answer(fields, in, out)
					   : nothing(out, NOTE_STATUS);
	if (ssdp_begins(line, "NOTIFY "))
		return nothing(out, NOTE_NOTIFY);
	if (!ssdp_is_word(line, "M-SEARCH * HTTP/1.1") &&
	    !ssdp_is_word(line, "M-SEARCH * HTTP/1.0"))
		return malformed(out, NOTE_START);
	return parse_search(fields, in, out);
}

/* ---- TCP: requests ---- */

/* RFC 9112 3: three words with one blank between them. */
static bool is_request(struct span line)
{
	const uint8_t *blank = memchr(line.data, ' ', line.len);
	size_t method = blank ? (size_t)(blank - line.data) : 0;
	struct span rest;

	if (!method)
		return false;
	for (size_t i = 0; i < method; i++)
		if ((line.data[i] < 'A' || line.data[i] > 'Z') && line.data[i] != '-')
			return false;
	rest = (struct span){ blank + 1, line.len - method - 1 };
	blank = memchr(rest.data, ' ', rest.len);
	if (!blank || blank == rest.data)
		return false;
	rest.len -= (size_t)(blank - rest.data) + 1;
	rest.data = blank + 1;
	return ssdp_is_word(rest, "HTTP/1.1") || ssdp_is_word(rest, "HTTP/1.0");
}

/* -1: it is none. */
static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 9112 7.1: "1a", perhaps "1a;name=value". */
static bool is_chunk(struct span line, uint64_t *ret_size)
{
	uint64_t size = 0;
	size_t n = 0;

	for (; n < line.len && hex_digit(line.data[n]) >= 0; n++)
		size = n < CHUNK_DIGITS ? size << 4 | (unsigned)hex_digit(line.data[n])
					: UINT64_MAX;
	*ret_size = size;
	if (!n)
		return false;
	while (n < line.len && (line.data[n] == ' ' || line.data[n] == '\t'))
		n++;
	return n == line.len || line.data[n] == ';';
}

/* The line's chunk is one message, without the line end behind its data. So is the last one, which
 * has no data, with the empty line that ends the body. */
static enum outcome parse_chunk(struct span text, uint64_t size, size_t end, struct output *out)
{
	struct span line;
	size_t empty;

	if (size > BODY_MAX)
		return malformed(out, NOTE_CHUNK);
	out->consumed = end + size;
	if (size)
		return OUTCOME_NOTHING;
	out->consumed = 0;
	if (ssdp_line_read(text, end, &line, &empty) || (empty && line.len))
		return malformed(out, NOTE_CHUNK);
	if (!empty)
		return text.len < SSDP_HEAD_MAX ? OUTCOME_MORE : malformed(out, NOTE_LONG);
	out->consumed = empty;
	return OUTCOME_NOTHING;
}

/* RFC 9112 6: how long the body is that follows a request's head. One in chunks: 0, they are
 * messages of their own. */
static enum ssdp_note body_length(struct span fields, uint32_t *ret)
{
	struct span length, coding;
	unsigned n_length = ssdp_field_find(fields, "Content-Length", &length);
	unsigned n_coding = ssdp_field_find(fields, "Transfer-Encoding", &coding);

	*ret = 0;
	if (n_coding)
		return n_coding == 1 && !n_length && ssdp_is_word(coding, "chunked")
			       ? SSDP_NOTE_NONE
			       : NOTE_CODING;
	if (n_length && (n_length > 1 || !is_number(length, BODY_MAX, ret)))
		return NOTE_LENGTH;
	return SSDP_NOTE_NONE;
}

static bool has_field(struct span fields, const char *name)
{
	struct span value;

	return ssdp_field_find(fields, name, &value) > 0;
}

/* Fetch standard: browsers add the first to what a page sends to another host, the second to all
 * that they send to trustworthy ones. Behind CONNECT and Upgrade comes something else than HTTP. */
static bool is_of_web(struct span line, struct span fields)
{
	return has_field(fields, "Origin") || has_field(fields, "Sec-Fetch-Site") ||
	       has_field(fields, "Sec-Fetch-Mode") || has_field(fields, "Upgrade") ||
	       ssdp_begins(line, "CONNECT ") || ssdp_begins(line, "OPTIONS /");
}

/* Players ask for pieces, or as DLNA has it: gigabytes may follow, subscriptions never do. */
static bool is_for_media(struct span line, struct span fields)
{
	return ssdp_begins(line, "GET ") &&
	       (has_field(fields, "Range") || has_field(fields, "transferMode.dlna.org"));
}

/* The URL in angle brackets that *s begins with, blanks before it ignored. */
static enum ssdp_note take_callback(struct span *s, struct span *ret)
{
	const uint8_t *close;

	while (s->len && (s->data[0] == ' ' || s->data[0] == '\t')) {
		s->data++;
		s->len--;
	}
	close = s->len && s->data[0] == '<' ? memchr(s->data, '>', s->len) : NULL;
	if (!close)
		return NOTE_URL;
	*ret = (struct span){ s->data + 1, (size_t)(close - s->data) - 1 };
	s->len -= ret->len + 2;
	s->data += ret->len + 2;
	return SSDP_NOTE_NONE;
}

/* UDA 2.0 4.1.2: "<http://...>", or several. What another host is said to want does not count, but
 * all of them must be URLs. */
static enum ssdp_note read_callbacks(struct span s, const struct input *in, struct output *out)
{
	enum ssdp_note passed = NOTE_MISSING;

	for (unsigned n = 0; s.len; n++) {
		struct ssdp_url url;
		struct span text;
		enum ssdp_note note = n < URLS_MAX ? take_callback(&s, &text) : NOTE_URL;

		if (!note)
			note = ssdp_url_read(text, &url);
		if (note == NOTE_URL || note == NOTE_PORT)
			return note;
		if (!note)
			note = check_host(&url, &in->orig.src, &in->orig.src);
		if (note)
			passed = note;
		else
			add_url(in, out, PARTY_CLIENT, &url);
	}
	return out->n_claims ? SSDP_NOTE_NONE : passed;
}

static enum ssdp_note parse_subscribe(struct span fields, const struct input *in,
				      struct output *out)
{
	struct span value = { 0 };
	enum ssdp_note note;

	if (has_field(fields, "SID"))
		return NOTE_RENEWAL;
	note = find_once(fields, "NT", NOTE_EVENT, &value);
	if (!note && !ssdp_is_word(value, "upnp:event"))
		note = NOTE_EVENT;
	if (!note)
		note = find_once(fields, "CALLBACK", NOTE_MISSING, &value);
	return note ? note : read_callbacks(value, in, out);
}

static enum outcome parse_request(struct span line, struct span fields, size_t head_len,
				  const struct input *in, struct output *out)
{
	enum ssdp_note note;
	uint32_t length;

	if (is_of_web(line, fields) || is_for_media(line, fields)) {
		out->note = is_of_web(line, fields) ? NOTE_WEB : NOTE_MEDIA;
		return OUTCOME_DONE;
	}
	note = body_length(fields, &length);
	if (note)
		return malformed(out, note);
	out->consumed = head_len + length;
	note = ssdp_begins(line, "SUBSCRIBE ") ? parse_subscribe(fields, in, out) : NOTE_REQUEST;
	if (!note)
		return OUTCOME_FOUND;
	out->n_claims = 0;
	out->n_edits = 0;
	return nothing(out, note);
}

/* The head is not whole. Might a CALLBACK be in it? */
static enum outcome wait_for_more(struct span text, struct output *out)
{
	static const uint8_t verb[] = "SUBSCRIBE ";
	size_t len = text.len < sizeof(verb) - 1 ? text.len : sizeof(verb) - 1;

	if (text.len == SSDP_HEAD_MAX)
		return malformed(out, NOTE_LONG);
	out->hold = !memcmp(text.data, verb, len);
	return OUTCOME_MORE;
}

static enum outcome parse_stream(const struct input *in, struct output *out)
{
	struct span text = { in->data, in->len < SSDP_HEAD_MAX ? in->len : SSDP_HEAD_MAX };
	struct span line, fields;
	enum ssdp_note note;
	size_t end, head_len;
	uint64_t size;

	if (in->direction == DIRECTION_REPLY) {
		out->consumed = SKIP_ALWAYS;
		return OUTCOME_NOTHING;
	}
	if (in->gap) {
		out->note = NOTE_GAP;
		return OUTCOME_DONE;
	}
	note = ssdp_line_read(text, 0, &line, &end);
	if (note)
		return malformed(out, note);
	if (!end)
		return wait_for_more(text, out);
	if (!line.len) { /* RFC 9112 2.2, and behind a chunk's data */
		out->consumed = end;
		return OUTCOME_NOTHING;
	}
	if (is_chunk(line, &size))
		return parse_chunk(text, size, end, out);
	if (!is_request(line))
		return malformed(out, NOTE_START);
	note = ssdp_fields_read(text, end, true, &fields, &head_len);
	if (note)
		return malformed(out, note);
	return head_len ? parse_request(line, fields, head_len, in, out) : wait_for_more(text, out);
}

static enum outcome parse(const struct input *in, void *state, struct output *out)
{
	(void)state;
	return in->orig.l4 == IPPROTO_TCP ? parse_stream(in, out) : parse_datagram(in, out);
}

extern const struct manifest manifest_ssdp;
extern const struct helper helper_ssdp;
const struct helper helper_ssdp = { .manifest = &manifest_ssdp, .parse = parse };
