/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * FTP, RFC 959, with RFC 1639 (LPRT, LPSV), RFC 2428 (EPRT, EPSV), RFC 2228 and RFC 4217 (AUTH).
 *
 * How it works. A line is a message. The client sends commands, the server answers each with one
 * final reply (2xx to 5xx), perhaps after preliminary ones (1xx); a reply may have many lines. The
 * data connection is announced either by the server, in its answer to PASV, EPSV or LPSV, or by
 * the client, in the argument of PORT, EPRT or LPRT. parse_command() notes in the flow's state
 * which requests wait for their answer and how many answers come before; parse_reply() counts
 * answers off and believes an announcement once, from the server, when it was asked for. Servers
 * that answer too often or too seldom are borne with: a 227 is believed while a PASV waits,
 * whatever the count says. Before the server's 220 nothing is believed at all.
 *
 *   client                        server               opened
 *                                 220 ready            (nothing counts before)
 *   PASV                          227 h,h,h,h,p,p      client -> server, with the 227
 *   EPSV                          229 (|||port|)       the same, with the 229
 *   PORT h,h,h,h,p,p              200 ok               server -> client, with the 200
 *   AUTH TLS                      234 go on            nothing any more: the rest is encrypted
 *
 * When a PORT opens. The client sends the transfer command only when the answer to PORT has come,
 * and that answer waits for us until the pinhole is there; so a refused PORT opens nothing. A
 * client that does not wait (pipelining) sends its next command early: this may be the transfer,
 * and the server's SYN could overtake the answer, so that command opens it. On a translated flow
 * the PORT opens at once: a port must be reserved and written before the command goes on.
 *
 * When something was lost on the way, nothing waits any more: the next answer could be any. A flow
 * of which the greeting or the client's first line was lost is not believed.
 *
 * The queue. Two requests can wait at a time; a third makes the first forgotten. PORT is always
 * the newest of them, since any further command ends its waiting: one address and port suffice.
 *
 * The kernel keeps the state, but a command of which only the count speaks is not worth telling it:
 * mostly its answer takes it off again at once. A worker that begins in between counts one too few.
 *
 * What is opened, as nftables would say it for a 227 and for a PORT:
 *
 *   ip saddr CLIENT ip daddr SERVER tcp dport PORT accept
 *   ip saddr SERVER ip daddr CLIENT tcp dport PORT accept
 *
 * The source port stays open: RFC 959 3.2 wants 20, servers without privileges, behind NAT or
 * over TLS use others.
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "helpers/ftp/announce.h"
#include "helpers/ftp/notes.h"
#include "helpers/helper.h"
#include "wire/cursor.h"
#include "wire/text.h"

#define IAC	      0xff /* RFC 854: "interpret as command", one more byte follows */
#define WAITING_MAX   2
#define CODE_GREETING 220
#define CODE_PBSZ     200

/* Requests that wait for an answer. */
enum request {
	REQUEST_NONE,
	REQUEST_PASV,
	REQUEST_EPSV,
	REQUEST_LPSV,
	REQUEST_PORT,  /* or EPRT, LPRT: opens when the server agrees */
	REQUEST_OTHER, /* the same for a third party, whose address is in the state */
	REQUEST_AUTH,
	REQUEST_PBSZ,
};

#define REQUEST_LAST REQUEST_PBSZ

/* Kept with the flow by the kernel. The predecessor keeps four sequence numbers there and then two
 * small counts, whose middle bytes are zero: where they are, `tag` stands. */
struct state {
	uint8_t other[16];	      /* REQUEST_OTHER: the third party */
	uint8_t outstanding;	      /* commands without a final reply; 255: or more */
	uint8_t tag;		      /* TAG, TAG_GREETED, TAG_SPOKEN */
	uint16_t multi;		      /* code of the server's unfinished reply, 0: none */
	uint16_t port;		      /* REQUEST_PORT, REQUEST_OTHER */
	uint8_t waiting[WAITING_MAX]; /* oldest first: enum request, final replies before it above */
};

#define TAG	     0xf0
#define TAG_GREETED  1
#define TAG_SPOKEN   2 /* the client's first line was seen, and was none of HTTP */
#define REQUEST_MASK 7u
#define BEHIND_ONE   8u
#define BEHIND_MAX   31u

_Static_assert(sizeof(struct state) == 24, "contract with the kernel");
_Static_assert(offsetof(struct state, tag) == 17, "a byte that the predecessor leaves zero");
_Static_assert(REQUEST_LAST <= REQUEST_MASK, "three bits");

static const struct verb {
	char word[4];
	uint8_t request; /* enum request */
	uint8_t form;	 /* REQUEST_PORT: enum edit_form */
} verbs[] = {
	{ { 'P', 'A', 'S', 'V' }, REQUEST_PASV, 0 },
	{ { 'E', 'P', 'S', 'V' }, REQUEST_EPSV, 0 },
	{ { 'L', 'P', 'S', 'V' }, REQUEST_LPSV, 0 },
	{ { 'P', 'O', 'R', 'T' }, REQUEST_PORT, EDIT_COMMA_V4 },
	{ { 'E', 'P', 'R', 'T' }, REQUEST_PORT, EDIT_EPRT },
	{ { 'L', 'P', 'R', 'T' }, REQUEST_PORT, EDIT_LPRT },
	{ { 'A', 'U', 'T', 'H' }, REQUEST_AUTH, 0 },
	{ { 'P', 'B', 'S', 'Z' }, REQUEST_PBSZ, 0 },
};

/* Methods of RFC 9110 9 and RFC 5789: a browser was made to speak to us (NAT slipstreaming). The
 * host looks at a flow's first bytes only. */
static const struct method {
	char word[8];
	size_t len;
} methods[] = {
	{ "GET", 3 },	{ "HEAD", 4 },	  { "POST", 4 },  { "PUT", 3 },	    { "DELETE", 6 },
	{ "PATCH", 5 }, { "OPTIONS", 7 }, { "TRACE", 5 }, { "CONNECT", 7 },
};

static enum outcome secured(struct output *out)
{
	out->note = NOTE_SECURED;
	return OUTCOME_DONE;
}

/* ---- text ---- */

static uint8_t upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

/* Does s begin with the word, in any case? Of a shorter s: may it still become so? */
static bool begins_with(struct span s, const char *word, size_t len)
{
	for (size_t i = 0; i < len && i < s.len; i++)
		if (upper(s.data[i]) != (uint8_t)word[i])
			return false;
	return true;
}

/* Three digits, as replies begin? */
static bool is_code(struct span s)
{
	uint32_t code;

	return text_get_decimal((const char *)s.data, s.len, 999, &code) == 3;
}

static bool is_word(struct span s, const char *word, size_t len)
{
	return s.len == len && begins_with(s, word, len);
}

static struct span behind(struct span s, size_t n)
{
	return (struct span){ s.data + n, s.len - n };
}

/* Blanks around an argument mean nothing. */
static struct span trim(struct span s)
{
	while (s.len && s.data[0] == ' ')
		s = behind(s, 1);
	while (s.len && s.data[s.len - 1] == ' ')
		s.len--;
	return s;
}

/* RFC 959 4.1.3: ABOR comes after telnet's "interrupt process" and "synch". */
static struct span skip_telnet(struct span s)
{
	while (s.len >= 2 && s.data[0] == IAC)
		s = behind(s, 2);
	return s;
}

/* ---- claims ---- */

static struct claim claim_to(enum party to, uint16_t port)
{
	return (struct claim){
		.from = to == PARTY_SERVER ? PARTY_CLIENT : PARTY_SERVER,
		.to = (uint8_t)to,
		.l4 = IPPROTO_TCP,
		.port = port,
	};
}

/* Whose address is it? A server that names none, or the unspecified one, means itself. */
static enum ftp_note find_party(const struct input *in, const struct addr *a, struct claim *ret)
{
	static const uint8_t zero[16];
	bool passive = ret->to == PARTY_SERVER;

	if (passive && !memcmp(a->bytes, zero, sizeof(zero)))
		return FTP_NOTE_NONE;
	if (a->family != in->orig.src.family)
		return NOTE_FAMILY;
	if (addr_equal(a, passive ? &in->reply.src : &in->orig.src) ||
	    addr_equal(a, passive ? &in->orig.dst : &in->reply.dst))
		return FTP_NOTE_NONE;
	if (addr_is_special(a))
		return NOTE_ADDRESS;
	ret->from = passive ? PARTY_CLIENT : PARTY_SERVER;
	ret->to = PARTY_OTHER;
	ret->other = *a;
	return FTP_NOTE_NONE;
}

static void add_claim(struct output *out, const struct claim *claim)
{
	out->claims[out->n_claims++] = *claim;
}

/* The claim with all that announces it in the line. */
static void add_announced(const struct input *in, struct output *out, const struct claim *claim,
			  const struct ftp_announcement *a)
{
	for (unsigned i = 0; i < a->n_spots; i++)
		out->edits[out->n_edits++] = (struct edit){
			.off = (uint32_t)(a->spots[i].data - in->data),
			.len = (uint32_t)a->spots[i].len,
			.form = a->form,
			.claim = (uint8_t)out->n_claims,
		};
	add_claim(out, claim);
}

/* ---- requests that wait ---- */

static bool is_port(unsigned waiting)
{
	unsigned request = waiting & REQUEST_MASK;

	return request == REQUEST_PORT || request == REQUEST_OTHER;
}

static void state_load(const void *from, struct state *s)
{
	bool ours;

	memcpy(s, from, sizeof(*s));
	ours = (s->tag & ~(TAG_GREETED | TAG_SPOKEN)) == TAG && (s->waiting[0] || !s->waiting[1]);
	for (unsigned i = 0; i < WAITING_MAX; i++)
		if ((s->waiting[i] && !(s->waiting[i] & REQUEST_MASK)) ||
		    (is_port(s->waiting[i]) && !s->port))
			ours = false;
	if (!ours)
		*s = (struct state){ .tag = TAG };
}

static void remove_waiting(struct state *s, unsigned i)
{
	for (; i + 1 < WAITING_MAX; i++)
		s->waiting[i] = s->waiting[i + 1];
	s->waiting[i] = 0;
}

/* All but the greeting. */
static void forget(struct state *s)
{
	*s = (struct state){ .tag = s->tag };
}

/* Remembers the command at hand. Who sends a request when all is answered waits for nothing
 * older, whatever became of it. */
static void await(struct state *s, enum request request, struct output *out)
{
	unsigned ahead = s->outstanding < BEHIND_MAX ? s->outstanding : BEHIND_MAX, i = 0;

	if (!s->outstanding)
		memset(s->waiting, 0, sizeof(s->waiting));
	if (s->waiting[WAITING_MAX - 1]) {
		remove_waiting(s, 0);
		out->note = NOTE_CROWDED;
	}
	while (s->waiting[i])
		i++;
	s->waiting[i] = (uint8_t)(request | ahead * BEHIND_ONE);
}

/* Index of the oldest request of a kind, or -1. */
static int waiting_find(const struct state *s, enum request request)
{
	for (int i = 0; i < WAITING_MAX; i++)
		if ((s->waiting[i] & REQUEST_MASK) == request)
			return i;
	return -1;
}

/* Opens what a PORT asked for and ends its waiting. */
static enum outcome open_port(struct state *s, unsigned i, const struct input *in,
			      struct output *out)
{
	bool other = (s->waiting[i] & REQUEST_MASK) == REQUEST_OTHER;
	struct claim claim = claim_to(other ? PARTY_OTHER : PARTY_CLIENT, s->port);

	if (other)
		claim.other = addr_from_bytes(in->orig.src.family, s->other);
	add_claim(out, &claim);
	remove_waiting(s, i);
	return OUTCOME_FOUND;
}

/* ---- the client ---- */

static enum outcome parse_active(struct span arg, enum edit_form form, const struct input *in,
				 struct state *s, struct output *out)
{
	struct ftp_announcement a = { 0 };
	struct claim claim;
	enum ftp_note note = ftp_announcement_read(arg, form, &a);

	claim = claim_to(PARTY_CLIENT, a.port);
	if (!note)
		note = find_party(in, &a.addr, &claim);
	if (note)
		return nothing(out, note);
	if (tuple_is_nated(&in->orig, &in->reply)) {
		add_announced(in, out, &claim, &a);
		return OUTCOME_FOUND;
	}
	await(s, claim.to == PARTY_OTHER ? REQUEST_OTHER : REQUEST_PORT, out);
	s->port = a.port;
	memcpy(s->other, claim.other.bytes, sizeof(s->other));
	return OUTCOME_NOTHING;
}

static enum outcome parse_verb(struct span verb, struct span arg, const struct input *in,
			       struct state *s, struct output *out)
{
	const struct verb *v = NULL;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (is_word(verb, verbs[i].word, sizeof(verbs[i].word)))
			v = &verbs[i];
	if (!v)
		return nothing(out, is_code(verb) ? NOTE_DIRECTION : FTP_NOTE_NONE);
	if (v->request == REQUEST_PORT)
		return parse_active(arg, (enum edit_form)v->form, in, s, out);
	/* RFC 2428 4: a promise to use nothing else, no request. */
	if (v->request != REQUEST_EPSV || !is_word(arg, "ALL", 3))
		await(s, (enum request)v->request, out);
	return OUTCOME_NOTHING;
}

static bool is_method(struct span verb)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (is_word(verb, methods[i].word, methods[i].len))
			return true;
	return false;
}

static enum outcome parse_command(struct span line, const struct input *in, struct state *s,
				  struct output *out)
{
	enum outcome opened = OUTCOME_NOTHING, outcome;
	struct span verb;

	line = skip_telnet(line);
	verb = line;
	for (verb.len = 0; verb.len < line.len && line.data[verb.len] != ' ';)
		verb.len++;
	if (is_method(verb)) {
		out->note = NOTE_FOREIGN;
		return OUTCOME_DONE;
	}
	if (!line.len)
		return OUTCOME_NOTHING;
	if (in->gap && !(s->tag & TAG_SPOKEN)) { /* its first line may have been one of HTTP */
		out->note = NOTE_GAP;
		return OUTCOME_DONE;
	}
	s->tag |= TAG_SPOKEN;
	if (!(s->tag & TAG_GREETED)) {
		outcome = nothing(out, NOTE_GREETING);
	} else {
		for (unsigned i = 0; i < WAITING_MAX; i++)
			if (is_port(s->waiting[i]))
				opened = open_port(s, i, in, out);
		outcome = parse_verb(verb, trim(behind(line, verb.len)), in, s, out);
	}
	if (s->outstanding < UINT8_MAX)
		s->outstanding++;
	return outcome == OUTCOME_NOTHING ? opened : outcome;
}

/* ---- the server ---- */

/* RFC 959 4.2: "227 text", or "227-text" when further lines follow. 0: no reply. */
static unsigned reply_code(struct span line, uint8_t *ret_separator)
{
	uint32_t code;

	if (text_get_decimal((const char *)line.data, line.len, 599, &code) != 3 || code < 100)
		return 0;
	*ret_separator = line.len > 3 ? line.data[3] : ' ';
	return *ret_separator == ' ' || *ret_separator == '-' ? code : 0;
}

/* The request that a reply of this code answers with an announcement. */
static enum request request_of(unsigned code)
{
	return code == 227   ? REQUEST_PASV
	       : code == 228 ? REQUEST_LPSV
	       : code == 229 ? REQUEST_EPSV
			     : REQUEST_NONE;
}

static enum edit_form form_of(unsigned code)
{
	return code == 227 ? EDIT_COMMA_V4 : code == 228 ? EDIT_LPRT : EDIT_EPSV;
}

static enum outcome parse_passive(unsigned code, struct span text, const struct input *in,
				  struct state *s, struct output *out)
{
	int i = waiting_find(s, request_of(code));
	struct ftp_announcement a = { 0 };
	struct claim claim;
	enum ftp_note note;

	if (i < 0)
		return nothing(out, NOTE_UNASKED);
	remove_waiting(s, (unsigned)i);
	note = ftp_announcement_find(text, form_of(code), &a);
	claim = claim_to(PARTY_SERVER, a.port);
	if (!note)
		note = find_party(in, &a.addr, &claim);
	if (note)
		return nothing(out, note);
	add_announced(in, out, &claim, &a);
	return OUTCOME_FOUND;
}

/* A good reply that is the own one of request i, by the count. */
static enum outcome parse_answer(unsigned code, unsigned i, const struct input *in, struct state *s,
				 struct output *out)
{
	unsigned request = s->waiting[i] & REQUEST_MASK;

	if (is_port(request) && code < 300)
		return open_port(s, i, in, out);
	/* RFC 4217 9: only after AUTH, so the channel is encrypted */
	if (request == REQUEST_PBSZ && code == CODE_PBSZ)
		return secured(out);
	if (request != REQUEST_AUTH)
		out->note = NOTE_SHAPE;
	return OUTCOME_NOTHING;
}

/* The last line of a final reply. */
static enum outcome parse_final(unsigned code, struct span text, const struct input *in,
				struct state *s, struct output *out)
{
	bool own[WAITING_MAX];
	enum outcome outcome = OUTCOME_NOTHING;

	for (unsigned i = 0; i < WAITING_MAX; i++) {
		own[i] = s->waiting[i] && s->waiting[i] < BEHIND_ONE;
		if (s->waiting[i] >= BEHIND_ONE)
			s->waiting[i] = (uint8_t)(s->waiting[i] - BEHIND_ONE);
	}
	if (s->outstanding)
		s->outstanding--;
	if (request_of(code))
		return parse_passive(code, text, in, s, out);
	/* RFC 2228 3, RFC 4217 4: the security exchange is complete */
	if (code == 234 || code == 235)
		return waiting_find(s, REQUEST_AUTH) < 0 ? nothing(out, NOTE_UNASKED)
							 : secured(out);
	for (unsigned i = 0; i < WAITING_MAX && outcome == OUTCOME_NOTHING; i++) {
		if (own[i] && code >= 400) {
			remove_waiting(s, i);
			return nothing(out, NOTE_DENIED);
		}
		if (own[i])
			outcome = parse_answer(code, i, in, s, out);
	}
	return outcome;
}

static enum outcome parse_reply(struct span line, const struct input *in, struct state *s,
				struct output *out)
{
	uint8_t separator = ' ';
	unsigned code = reply_code(line, &separator);

	if (s->multi ? code != s->multi || separator == '-' : separator == '-' && code) {
		if (!s->multi)
			s->multi = (uint16_t)code;
		return nothing(out, request_of(code) ? NOTE_INSIDE : FTP_NOTE_NONE);
	}
	s->multi = 0;
	if (!code)
		return nothing(out, line.len && upper(line.data[0]) >= 'A' ? NOTE_DIRECTION
									   : NOTE_REPLY);
	if (code < 200)
		return OUTCOME_NOTHING;
	if (s->tag & TAG_GREETED)
		return parse_final(code, behind(line, line.len > 3 ? 4 : 3), in, s, out);
	if (code != CODE_GREETING)
		return nothing(out, NOTE_GREETING);
	if (in->gap) /* who knows what the client has said before it */
		return nothing(out, NOTE_GAP);
	s->tag |= TAG_GREETED;
	return OUTCOME_NOTHING;
}

/* ---- lines ---- */

/* May the beginning of a line become an announcement that counts? */
static bool looks_announcing(struct span s, enum direction direction, const struct state *state)
{
	if (!(state->tag & TAG_GREETED) || memchr(s.data, 0, s.len))
		return false;
	if (direction == DIRECTION_ORIG) {
		s = skip_telnet(s);
		if (s.len == 1 && s.data[0] == IAC)
			return true;
		return begins_with(s, "PORT ", 5) || begins_with(s, "EPRT ", 5) ||
		       begins_with(s, "LPRT ", 5);
	}
	if (state->multi && !request_of(state->multi))
		return false;
	return (waiting_find(state, REQUEST_PASV) >= 0 && begins_with(s, "227 ", 4)) ||
	       (waiting_find(state, REQUEST_LPSV) >= 0 && begins_with(s, "228 ", 4)) ||
	       (waiting_find(state, REQUEST_EPSV) >= 0 && begins_with(s, "229 ", 4));
}

/* One more command waits for its answer, and that is all? */
static bool only_counts(const void *before, struct state now)
{
	struct state old;
	bool more;

	memcpy(&old, before, sizeof(old));
	more = now.outstanding > old.outstanding;
	now.outstanding = old.outstanding;
	return more && !memcmp(&old, &now, sizeof(old));
}

static enum outcome parse(const struct input *in, void *state, struct output *out)
{
	size_t len = in->len < FTP_LINE_MAX ? in->len : FTP_LINE_MAX;
	const uint8_t *lf = memchr(in->data, '\n', len);
	struct span line = { in->data, lf ? (size_t)(lf - in->data) : len };
	bool client = in->direction == DIRECTION_ORIG;
	enum outcome outcome;
	struct state s;

	state_load(state, &s);
	if (in->gap) /* nobody knows which answer is whose any more */
		forget(&s);
	/* A TLS record: the client knows better than we that the channel is encrypted. */
	if (client && line.len >= 2 && !memcmp(line.data, "\x16\x03", 2))
		return secured(out);
	if (!lf) {
		if (len == FTP_LINE_MAX)
			return malformed(out, NOTE_LONG);
		out->hold = looks_announcing(line, in->direction, &s);
		return OUTCOME_MORE;
	}
	if (memchr(line.data, 0, line.len))
		return malformed(out, NOTE_NUL);
	out->consumed = line.len + 1;
	if (line.len && line.data[line.len - 1] == '\r')
		line.len--;
	outcome = client ? parse_command(line, in, &s, out) : parse_reply(line, in, &s, out);
	out->minor = only_counts(state, s);
	memcpy(state, &s, sizeof(s));
	return outcome;
}

extern const struct manifest manifest_ftp;
extern const struct helper helper_ftp;
const struct helper helper_ftp = { .manifest = &manifest_ftp, .parse = parse };
