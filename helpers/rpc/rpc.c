/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Sun RPC: the portmapper (version 2) and rpcbind (versions 3 and 4), RFC 1833.
 *
 * How it works. A client asks port 111 where a program listens; the answer names the port to
 * which it connects next. Calls from the client are remembered in the flow's state by transaction
 * id, with the shape that the answer will have and the protocol that was asked for. An answer is
 * believed only from the server, only for a remembered call, once. All of this is the same for
 * datagrams and streams: parse_message() reads one message from its first byte, and says MORE as
 * long as the bytes it needs are not there, so that its judgement never depends on how the bytes
 * were cut. Over TCP (RFC 5531 11) a message comes as a record of fragments; parse_stream() puts
 * the head of a record together from them and skips the rest unseen.
 *
 *    0          4          8          12         16         20
 *   +----------+----------+----------+----------+----------+----------+------------+------------+
 *   | xid      | 0: call  | 2        | program  | version  | procedure| credentials| verifier   |
 *   +----------+----------+----------+----------+----------+----------+------------+------------+
 *   | xid      | 1: reply | 0: taken | verifier            | 0: done  | result
 *   +----------+----------+----------+---------------------+----------+
 *
 * What is opened, as nftables would say it for a GETPORT answered with 2049 over TCP:
 *
 *   ip saddr CLIENT ip daddr SERVER tcp dport 2049 accept
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "helpers/helper.h"
#include "helpers/rpc/notes.h"
#include "wire/uaddr.h"
#include "wire/xdr.h"

#define PORTMAP_PROGRAM 100000
#define PORTMAP_PORT	111
#define AUTH_MAX	400	      /* RFC 5531 8.2 */
#define ACCEPT_STAT_MAX 5	      /* RFC 5531 9: SYSTEM_ERR */
#define TEXT_MAX	UADDR_MAX     /* any string that is read */
#define HEAD_MAX	2048	      /* bytes of a message that are ever looked at */
#define FRAGMENTS_MAX	16	      /* that the head may be spread over */
#define FRAGMENT_MAX	(1024 * 1024) /* a larger one is no portmapper's */
#define ENTRIES_MAX	32	      /* of a GETADDRLIST reply */
#define LAST_FRAGMENT	0x80000000u

/* Form of the answer to a remembered call. */
enum shape {
	SHAPE_NONE,    /* slot is free */
	SHAPE_OTHER,   /* names no port */
	SHAPE_LIST,    /* names ports, of which nobody says which will be used */
	SHAPE_PORT,    /* unsigned int */
	SHAPE_UADDR,   /* string */
	SHAPE_ENTRIES, /* list of addresses of one program */
};

#define SHAPE_LAST SHAPE_ENTRIES

/* What a call must be read for, to learn the protocol that its sender wants. */
enum asks {
	ASKS_NOTHING,
	ASKS_PROT,  /* struct mapping: IPPROTO_* */
	ASKS_NETID, /* struct rpcb: "udp", "tcp6" ... */
	ASKS_CALL,  /* a call passed on: always UDP, RFC 1833 2.2.1 */
};

static const struct procedure {
	uint8_t vers, proc, shape, asks;
} procedures[] = {
	{ 2, 3, SHAPE_PORT, ASKS_PROT },      /* PMAPPROC_GETPORT */
	{ 2, 4, SHAPE_LIST, ASKS_NOTHING },   /* PMAPPROC_DUMP */
	{ 2, 5, SHAPE_PORT, ASKS_CALL },      /* PMAPPROC_CALLIT */
	{ 3, 3, SHAPE_UADDR, ASKS_NETID },    /* RPCBPROC_GETADDR */
	{ 3, 4, SHAPE_LIST, ASKS_NOTHING },   /* RPCBPROC_DUMP */
	{ 3, 5, SHAPE_UADDR, ASKS_CALL },     /* RPCBPROC_CALLIT */
	{ 4, 3, SHAPE_UADDR, ASKS_NETID },    /* RPCBPROC_GETADDR */
	{ 4, 4, SHAPE_LIST, ASKS_NOTHING },   /* RPCBPROC_DUMP */
	{ 4, 5, SHAPE_UADDR, ASKS_CALL },     /* RPCBPROC_BCAST */
	{ 4, 9, SHAPE_UADDR, ASKS_NETID },    /* RPCBPROC_GETVERSADDR */
	{ 4, 10, SHAPE_UADDR, ASKS_CALL },    /* RPCBPROC_INDIRECT */
	{ 4, 11, SHAPE_ENTRIES, ASKS_NETID }, /* RPCBPROC_GETADDRLIST */
};

#define CALLS_MAX 3

/* Kept with the flow by the kernel. The predecessor keeps four words there, the last of them a
 * protocol number: its state has another tag and counts as none. */
struct state {
	uint32_t xid[CALLS_MAX];
	uint8_t kind[CALLS_MAX]; /* enum shape, and enum l4_code above it; 0: free */
	uint8_t tag;		 /* TAG, inside a record per direction, slot to give up next */
};

#define SHAPE_MASK	      15
#define KIND_L4_SHIFT	      4
#define TAG		      0xb0
#define TAG_MASK	      0xf0
#define TAG_INSIDE(direction) (4u << (direction))
#define TAG_NEXT	      3u

/* Protocol asked for, as `kind` holds it. */
enum l4_code { L4_OTHER, L4_TCP, L4_UDP };

_Static_assert(sizeof(struct state) == 16, "contract with the kernel");

/* One message as far as it is there, without record marks. */
struct message {
	struct cursor c;
	bool complete; /* no byte of it is missing */
	uint32_t xid;
	struct span text; /* universal address of the reply, if any */
	size_t value_off; /* where port or universal address begin, in the message */
	size_t value_len;
};

/* A record's fragments as far as they have been looked at. */
struct record {
	const uint8_t *data; /* head of the message: in place, or in the caller's buffer */
	size_t len;
	unsigned n_fragments;
	bool whole; /* nothing of the newest fragment is missing */
	bool last;
	size_t end; /* of the newest fragment, from in->data */

	struct {
		size_t at;  /* offset in the message */
		size_t off; /* offset of the mark in in->data */
	} fragments[FRAGMENTS_MAX];
};

extern const struct manifest manifest_rpc;

static void state_load(const void *from, struct state *s)
{
	bool ours;

	memcpy(s, from, sizeof(*s));
	ours = (s->tag & TAG_MASK) == TAG && (s->tag & TAG_NEXT) < CALLS_MAX;
	for (int i = 0; i < CALLS_MAX; i++)
		ours = ours && (s->kind[i] & SHAPE_MASK) <= SHAPE_LAST &&
		       s->kind[i] >> KIND_L4_SHIFT <= L4_UDP;
	if (!ours)
		*s = (struct state){ .tag = TAG };
}

/* The slot of a call that was seen, or -1. */
static int call_find(const struct state *s, uint32_t xid)
{
	for (int i = 0; i < CALLS_MAX; i++)
		if (s->kind[i] && s->xid[i] == xid)
			return i;
	return -1;
}

/* Remembers a call: in its own slot if it is sent again, else in a free one, else instead of one
 * that will open nothing, else instead of the one whose turn it is. */
static void call_remember(struct state *s, uint32_t xid, enum shape shape, enum l4_code l4)
{
	int slot = call_find(s, xid);

	for (int i = 0; slot < 0 && i < CALLS_MAX; i++)
		if (!s->kind[i])
			slot = i;
	for (int i = 0; slot < 0 && i < CALLS_MAX; i++)
		if ((s->kind[i] & SHAPE_MASK) <= SHAPE_LIST)
			slot = i;
	if (slot < 0) {
		slot = s->tag & TAG_NEXT;
		s->tag = (uint8_t)((s->tag & ~TAG_NEXT) | ((unsigned)slot + 1) % CALLS_MAX);
	}
	s->xid[slot] = xid;
	s->kind[slot] = (uint8_t)(shape | l4 << KIND_L4_SHIFT);
}

static enum l4_code l4_code(uint32_t l4)
{
	return l4 == IPPROTO_TCP ? L4_TCP : l4 == IPPROTO_UDP ? L4_UDP : L4_OTHER;
}

/* "tcp" or "udp", with a 6 behind it for IPv6. */
static bool is_netid(struct span s, const char base[3], bool v6)
{
	return s.len == (v6 ? 4 : 3) && !memcmp(s.data, base, 3) && (!v6 || s.data[3] == '6');
}

/* RFC 5665 5.1. The client decides by it how it will connect, so it counts more than the transport
 * of the call, although a server may answer for the latter (RFC 1833 2.1). */
static enum l4_code l4_of_netid(struct span netid, const struct input *in)
{
	if (!netid.len)
		return l4_code(in->orig.l4);
	if (is_netid(netid, "tcp", false) || is_netid(netid, "tcp", true))
		return L4_TCP;
	if (is_netid(netid, "udp", false) || is_netid(netid, "udp", true))
		return L4_UDP;
	return L4_OTHER;
}

/* RFC 5531 8.2: flavor, then at most 400 bytes. */
static bool skip_auth(struct cursor *c)
{
	xdr_u32(c);
	xdr_opaque(c, AUTH_MAX);
	return !c->wrong;
}

/* What to say when the cursor is bad. */
static enum outcome cut_short(const struct message *m, struct output *out, enum rpc_note note)
{
	if (!m->c.wrong && !m->complete)
		return OUTCOME_MORE;
	return malformed(out, note);
}

static const struct procedure *procedure_find(uint32_t vers, uint32_t proc)
{
	static const struct procedure other = { .shape = SHAPE_OTHER };

	for (size_t i = 0; i < sizeof(procedures) / sizeof(procedures[0]); i++)
		if (procedures[i].vers == vers && procedures[i].proc == proc)
			return &procedures[i];
	return &other;
}

/* Reads the arguments for the protocol that is asked for. */
static enum l4_code read_l4(struct cursor *c, enum asks asks, const struct input *in)
{
	enum l4_code l4 = L4_OTHER;

	switch (asks) {
	case ASKS_NOTHING:
		break;
	case ASKS_CALL:
		l4 = L4_UDP;
		break;
	case ASKS_PROT:
		cursor_skip(c, 8); /* program and version that are sought */
		l4 = l4_code(xdr_u32(c));
		cursor_skip(c, 4); /* a port, without meaning here */
		break;
	case ASKS_NETID:
		cursor_skip(c, 8);
		l4 = l4_of_netid(xdr_opaque(c, TEXT_MAX), in);
		break;
	}
	return l4;
}

static enum outcome parse_call(struct message *m, const struct input *in, struct state *s,
			       struct output *out)
{
	uint32_t rpcvers, prog, vers, proc;
	const struct procedure *p;
	struct cursor *c = &m->c;
	enum l4_code l4;

	rpcvers = xdr_u32(c);
	prog = xdr_u32(c);
	vers = xdr_u32(c);
	proc = xdr_u32(c);
	if (c->bad)
		return cut_short(m, out, NOTE_HEADER);
	if (rpcvers != 2)
		return malformed(out, NOTE_HEADER);
	if (!skip_auth(c) || !skip_auth(c))
		return malformed(out, NOTE_AUTH);
	if (c->bad)
		return cut_short(m, out, NOTE_HEADER);
	if (prog != PORTMAP_PROGRAM)
		return nothing(out, NOTE_SKIPPED);
	p = procedure_find(vers, proc);
	l4 = read_l4(c, p->asks, in);
	if (c->bad)
		return cut_short(m, out, NOTE_HEADER);
	call_remember(s, m->xid, p->shape, l4);
	return OUTCOME_NOTHING;
}

/* Whose address the server named. False: no host's. A server that names the unspecified address
 * means itself: clients take the port and stay with the host they dialed. */
static bool find_party(const struct addr *a, const struct input *in, struct claim *claim)
{
	static const uint8_t zero[16];

	claim->to = PARTY_SERVER;
	if (addr_equal(a, &in->reply.src) || addr_equal(a, &in->orig.dst))
		return true;
	if (a->family != in->reply.src.family)
		return false;
	if (!memcmp(a->bytes, zero, sizeof(zero)))
		return true;
	if (addr_is_special(a))
		return false;
	/* Behind destination NAT a server with several addresses cannot know by which one it was
	 * dialed and names any of them. The client could not use it; the dialed one leads there. */
	if (!addr_equal(&in->reply.src, &in->orig.dst))
		return true;
	claim->to = PARTY_OTHER;
	claim->other = *a;
	return true;
}

/* Judges the answer to a call of kind `kind`. The value is at m->value_off, m->value_len. */
static enum outcome judge(const struct message *m, const struct input *in, uint8_t kind,
			  uint32_t port, struct output *out)
{
	unsigned l4 = kind >> KIND_L4_SHIFT;
	struct claim claim = { .from = PARTY_CLIENT, .to = PARTY_SERVER, .permanent = 1 };
	uint16_t named;
	struct addr a;

	if (l4 == L4_OTHER)
		return nothing(out, NOTE_PROTOCOL);
	if ((kind & SHAPE_MASK) != SHAPE_PORT) {
		if (!m->text.len)
			return nothing(out, NOTE_UNREGISTERED);
		if (!uaddr_parse((const char *)m->text.data, m->text.len, &a, &named) ||
		    !find_party(&a, in, &claim))
			return nothing(out, NOTE_ADDRESS);
		port = named;
	}
	if (!port)
		return nothing(out, NOTE_UNREGISTERED);
	if (port > UINT16_MAX)
		return nothing(out, NOTE_PORT);
	if (port == PORTMAP_PORT)
		return nothing(out, NOTE_ITSELF);
	if (port < manifest_rpc.classes[0].min_port)
		return nothing(out, NOTE_PRIVILEGED);
	claim.port = (uint16_t)port;
	claim.l4 = l4 == L4_TCP ? IPPROTO_TCP : IPPROTO_UDP;
	out->claims[out->n_claims++] = claim;
	return OUTCOME_FOUND;
}

/* RFC 1833 2.1, rpcb_entry_list: the first entry of the protocol asked for and of the flow's
 * family. None: m->text stays empty. */
static void find_entry(struct message *m, const struct input *in, uint8_t kind)
{
	bool v6 = in->reply.src.family == AF_INET6;
	const char *base = kind >> KIND_L4_SHIFT == L4_TCP ? "tcp" : "udp";
	struct cursor *c = &m->c;

	for (unsigned n = 0; xdr_bool(c) && !c->bad; n++) {
		struct span text, netid;

		if (n == ENTRIES_MAX) {
			cursor_refuse(c);
			return;
		}
		m->value_off = cursor_off(c);
		text = xdr_opaque(c, TEXT_MAX);
		m->value_len = cursor_off(c) - m->value_off;
		netid = xdr_opaque(c, TEXT_MAX);
		if (!c->bad && is_netid(netid, base, v6)) {
			m->text = text;
			return;
		}
		xdr_u32(c);
		xdr_opaque(c, TEXT_MAX);
		xdr_opaque(c, TEXT_MAX);
	}
}

/* Reads the result of a successful call and judges it. */
static enum outcome parse_result(struct message *m, const struct input *in, uint8_t kind,
				 struct output *out)
{
	struct cursor *c = &m->c;
	uint32_t port = 0;

	m->value_off = cursor_off(c);
	switch ((enum shape)(kind & SHAPE_MASK)) {
	case SHAPE_NONE:
	case SHAPE_OTHER:
		return nothing(out, NOTE_SKIPPED);
	case SHAPE_LIST:
		return nothing(out, NOTE_LIST);
	case SHAPE_PORT:
		port = xdr_u32(c);
		m->value_len = 4;
		break;
	case SHAPE_UADDR:
		m->text = xdr_opaque(c, TEXT_MAX);
		m->value_len = cursor_off(c) - m->value_off;
		break;
	case SHAPE_ENTRIES:
		find_entry(m, in, kind);
		break;
	}
	if (c->bad)
		return cut_short(m, out, NOTE_RESULT);
	return judge(m, in, kind, port, out);
}

static enum outcome parse_reply(struct message *m, const struct input *in, struct state *s,
				struct output *out)
{
	struct cursor *c = &m->c;
	enum outcome outcome;
	uint32_t denied, status;
	int slot;

	denied = xdr_u32_max(c, 1);
	if (c->bad)
		return cut_short(m, out, NOTE_HEADER);
	slot = call_find(s, m->xid);
	if (slot < 0)
		return nothing(out, NOTE_UNASKED);
	if (denied) {
		outcome = nothing(out, NOTE_DENIED);
	} else {
		if (!skip_auth(c))
			return malformed(out, NOTE_AUTH);
		status = xdr_u32_max(c, ACCEPT_STAT_MAX);
		if (c->bad)
			return cut_short(m, out, NOTE_HEADER);
		outcome = status ? nothing(out, NOTE_DENIED)
				 : parse_result(m, in, s->kind[slot], out);
	}
	if (outcome == OUTCOME_NOTHING || outcome == OUTCOME_FOUND)
		s->kind[slot] = 0;
	return outcome;
}

/* MORE: bytes are missing; s and out are then as they were. */
static enum outcome parse_message(struct message *m, const struct input *in, struct state *s,
				  struct output *out)
{
	uint32_t type;

	m->xid = xdr_u32(&m->c);
	type = xdr_u32_max(&m->c, 1);
	if (m->c.bad)
		return cut_short(m, out, NOTE_HEADER);
	if (type != (in->direction == DIRECTION_REPLY))
		return nothing(out, NOTE_DIRECTION);
	return type ? parse_reply(m, in, s, out) : parse_call(m, in, s, out);
}

static void add_value_edit(const struct message *m, size_t off, struct output *out)
{
	out->edits[out->n_edits++] = (struct edit){
		.off = (uint32_t)off,
		.len = (uint32_t)m->value_len,
		.form = m->text.len ? EDIT_XDR_UADDR : EDIT_BE32_PORT,
	};
}

static enum outcome parse_datagram(const struct input *in, struct state *s, struct output *out)
{
	struct message m = { .c = cursor_over(in->data, in->len), .complete = true };
	enum outcome outcome = parse_message(&m, in, s, out);

	if (outcome == OUTCOME_FOUND)
		add_value_edit(&m, m.value_off, out);
	return outcome;
}

/* Finds the value in the fragments. A universal address may change its length: then its fragment
 * does too. A value that lies in two fragments cannot be edited. */
static void add_stream_edits(const struct message *m, const struct record *r, struct output *out)
{
	size_t mark, at, off;
	unsigned i = r->n_fragments - 1;

	while (r->fragments[i].at > m->value_off)
		i--;
	at = r->fragments[i].at;
	mark = r->fragments[i].off;
	off = mark + 4 + (m->value_off - at);
	if (i + 1 < r->n_fragments && m->value_off + m->value_len > r->fragments[i + 1].at) {
		add_value_edit(m, EDIT_ELSEWHERE, out);
		return;
	}
	if (m->text.len)
		out->edits[out->n_edits++] = (struct edit){
			.off = (uint32_t)mark,
			.len = 4,
			.cover = (uint32_t)(off + m->value_len - (mark + 4)),
			.form = EDIT_RECORD_MARK,
		};
	add_value_edit(m, off, out);
}

/* Adds the next fragment to the record: what is there of it and of use. A message that lies in one
 * fragment is read in place, else its head is gathered in `head`, HEAD_MAX bytes. FOUND: go on. */
static enum outcome next_fragment(const struct input *in, struct record *r, uint8_t *head,
				  struct output *out)
{
	struct cursor c = cursor_over(in->data, in->len);
	uint32_t mark, len;
	size_t n;

	cursor_skip(&c, r->end);
	mark = cursor_be32(&c);
	if (c.bad)
		return OUTCOME_MORE;
	len = mark & ~LAST_FRAGMENT;
	if (len > FRAGMENT_MAX || r->n_fragments == FRAGMENTS_MAX)
		return malformed(out, NOTE_RECORD);
	r->fragments[r->n_fragments].at = r->len;
	r->fragments[r->n_fragments].off = r->end;
	n = len < c.left ? len : c.left;
	if (n > HEAD_MAX - r->len)
		n = HEAD_MAX - r->len;
	if (!r->n_fragments) {
		r->data = c.at;
	} else {
		if (r->n_fragments == 1)
			memcpy(head, r->data, r->len);
		memcpy(head + r->len, c.at, n);
		r->data = head;
	}
	r->n_fragments++;
	r->len += n;
	r->end += 4 + len;
	r->whole = r->end <= in->len;
	r->last = mark & LAST_FRAGMENT;
	return OUTCOME_FOUND;
}

/* Rest of a record whose head has been read: fragment by fragment, unseen. */
static enum outcome skip_fragment(const struct input *in, struct state *s, struct output *out)
{
	struct cursor c = cursor_over(in->data, in->len);
	uint32_t mark = cursor_be32(&c);

	if (c.bad)
		return OUTCOME_MORE;
	if (!mark || (mark & ~LAST_FRAGMENT) > FRAGMENT_MAX)
		return malformed(out, NOTE_RECORD);
	out->consumed = 4 + (mark & ~LAST_FRAGMENT);
	if (mark & LAST_FRAGMENT)
		s->tag = (uint8_t)(s->tag & ~TAG_INSIDE(in->direction));
	return OUTCOME_NOTHING;
}

static enum outcome parse_stream(const struct input *in, struct state *s, struct output *out)
{
	struct record r = { 0 };
	uint8_t head[HEAD_MAX];
	struct message m;
	enum outcome outcome;

	if (s->tag & TAG_INSIDE(in->direction))
		return skip_fragment(in, s, out);
	do {
		outcome = next_fragment(in, &r, head, out);
		if (outcome != OUTCOME_FOUND)
			return outcome;
		m = (struct message){
			.c = cursor_over(r.data, r.len),
			.complete = (r.whole && r.last) || r.len == HEAD_MAX,
		};
		outcome = parse_message(&m, in, s, out);
	} while (outcome == OUTCOME_MORE && r.whole);
	if (outcome == OUTCOME_MORE || outcome == OUTCOME_MALFORMED)
		return outcome;
	if (outcome == OUTCOME_FOUND)
		add_stream_edits(&m, &r, out);
	out->consumed = r.end;
	if (!r.last)
		s->tag = (uint8_t)(s->tag | TAG_INSIDE(in->direction));
	return outcome;
}

static enum outcome parse(const struct input *in, void *state, struct output *out)
{
	enum outcome outcome;
	struct state s;

	state_load(state, &s);
	if (in->orig.l4 == IPPROTO_TCP)
		outcome = parse_stream(in, &s, out);
	else
		outcome = parse_datagram(in, &s, out);
	if (outcome == OUTCOME_NOTHING || outcome == OUTCOME_FOUND)
		memcpy(state, &s, sizeof(s));
	return outcome;
}

extern const struct helper helper_rpc;
const struct helper helper_rpc = { .manifest = &manifest_rpc, .parse = parse };
