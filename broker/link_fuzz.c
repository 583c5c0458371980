/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a worker that belongs to the enemy can do: any answer, to any packet. The input:
 *
 *	byte 0		1: TCP, 2: IPv6, 4: source translated, 8: destination too, 16: loopback,
 *			32: the answer is mended, so that more of them pass the first check
 *	byte 1		added to each announced port by the kernel
 *	byte 2		how far the next packet of the stream begins behind this one
 *	then		an answer, field by field as read_answer() says, zeros behind the input's end;
 *			the rest is the packet's payload
 *
 * Inputs do not know the layout of struct link_answer: a new field goes to the end of read_answer(),
 * or the corpus dies without a word.
 *
 * Contract: link_answer_check() lets only answers pass whose counts, enumerators and places are in
 * range; gate, render and rewrites then stay within theirs, whatever is asked.
 */
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/gate.h"
#include "broker/rewrite.h"
#include "link/link.h"
#include "wire/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct manifest liberal = {
	.name = "liberal",
	.state_len = 32,
	.n_classes = 1,
	.classes = { { .name = "all",
		       .l4s = MANIFEST_TCP | MANIFEST_UDP,
		       .permanent = true,
		       .from_any = true } },
};

static struct addr address(const char *v4, const char *v6, bool is_v6)
{
	const char *text = is_v6 ? v6 : v4;
	struct addr a = { 0 };

	assert(addr_from_text(text, strlen(text), &a));
	return a;
}

static struct ct_flow make_flow(uint8_t how, const struct manifest *m)
{
	bool v6 = how & 2;
	struct addr client = how & 16 ? address("127.0.0.1", "::1", v6)
				      : address("10.0.0.1", "fd00::1", v6);
	struct addr server = how & 16 ? address("127.0.0.2", "::1", v6)
				      : address("192.0.2.1", "2001:db8::1", v6);
	struct ct_flow flow = { .id = 1 };

	flow.orig = (struct tuple){ .src = client,
				    .dst = server,
				    .sport = 700,
				    .dport = 111,
				    .l4 = how & 1 ? IPPROTO_TCP : IPPROTO_UDP };
	flow.reply = (struct tuple){
		.src = server, .dst = client, .sport = 111, .dport = 700, .l4 = flow.orig.l4
	};
	if (how & 4)
		flow.reply.dst = address("198.51.100.9", "2001:db8::9", v6);
	if (how & 8)
		flow.orig.dst = address("203.0.113.200", "2001:db8:ffff::200", v6);
	memcpy(flow.helper, m->name, strlen(m->name));
	return flow;
}

/* Of fixed width, whatever they say. */
static void read_claim(struct cursor *c, struct claim *claim)
{
	claim->from = cursor_u8(c);
	claim->to = cursor_u8(c);
	claim->l4 = cursor_u8(c);
	claim->class = cursor_u8(c);
	claim->port = cursor_be16(c);
	claim->from_port = cursor_be16(c);
	claim->permanent = cursor_u8(c);
	claim->other.family = cursor_u8(c);
	for (size_t i = 0; claim->other.family && i < sizeof(claim->other.bytes); i++)
		claim->other.bytes[i] = cursor_u8(c);
}

static void read_edit(struct cursor *c, struct edit *edit)
{
	edit->off = cursor_be32(c);
	edit->len = cursor_be32(c);
	edit->cover = cursor_be32(c);
	edit->form = cursor_u8(c);
	edit->claim = cursor_u8(c);
}

static void read_answer(struct cursor *c, struct link_answer *a)
{
	uint8_t n;

	memset(a, 0, sizeof(*a));
	a->id = cursor_u8(c);
	a->outcome = cursor_u8(c);
	a->note = cursor_u8(c);
	a->n_claims = cursor_u8(c);
	a->n_edits = cursor_u8(c);
	a->set_state = cursor_u8(c);
	a->hold = cursor_u8(c);
	a->boundary = cursor_u8(c);
	a->back = cursor_be16(c);
	a->old = cursor_be16(c);
	n = cursor_u8(c);
	for (size_t i = 0; i < n && i < sizeof(a->host); i++)
		a->host[i] = (char)cursor_u8(c);
	for (unsigned i = 0; i < a->n_claims && i < OUTPUT_CLAIMS_MAX; i++)
		read_claim(c, &a->claims[i]);
	for (unsigned i = 0; i < a->n_edits && i < OUTPUT_EDITS_MAX; i++)
		read_edit(c, &a->edits[i]);
}

static void mend(struct link_answer *a)
{
	uint32_t end = 0;

	a->id |= 1;
	a->outcome %= OUTCOME_LAST + 1;
	a->note %= HELPER_NOTES_MAX;
	a->set_state &= 1;
	a->hold &= 1;
	a->boundary &= 1;
	a->n_claims %= OUTPUT_CLAIMS_MAX + 1;
	a->n_edits %= OUTPUT_EDITS_MAX + 1;
	for (unsigned i = 0; i < a->n_claims; i++) {
		struct claim *c = &a->claims[i];

		c->from %= PARTY_ANY + 1;
		c->to &= 1;
		c->l4 = c->l4 & 1 ? IPPROTO_TCP : IPPROTO_UDP;
		c->class = 0;
		c->permanent &= 1;
		c->other.family = 0;
	}
	for (unsigned i = 0; i < a->n_edits; i++) {
		struct edit *e = &a->edits[i];

		e->form %= EDIT_LAST + 1;
		e->claim %= a->n_claims ? a->n_claims : 1;
		e->len = e->len % 64 + 1;
		e->cover %= 512;
		if (e->off == EDIT_ELSEWHERE)
			continue;
		e->off = end + e->off % 64;
		end = e->off + e->len;
	}
}

static void check_answer(const struct link_answer *a, const struct manifest *m)
{
	uint64_t end = 0;

	assert(a->id && a->outcome <= OUTCOME_LAST && a->note < HELPER_NOTES_MAX);
	assert(a->n_claims <= OUTPUT_CLAIMS_MAX && a->n_edits <= OUTPUT_EDITS_MAX);
	assert(!a->set_state || (a->set_state == 1 && m->state_len));
	for (unsigned i = 0; i < a->n_claims; i++) {
		const struct claim *c = &a->claims[i];

		assert(c->class < m->n_classes && c->from <= PARTY_LAST && c->to <= PARTY_LAST);
		assert(c->to != PARTY_ANY && c->permanent <= 1);
		assert(c->l4 == IPPROTO_TCP || c->l4 == IPPROTO_UDP);
	}
	for (unsigned i = 0; i < a->n_edits; i++) {
		const struct edit *e = &a->edits[i];

		assert(e->form <= EDIT_LAST && e->len);
		assert(e->claim < a->n_claims || e->form >= EDIT_BE16_LENGTH);
		if (e->off == EDIT_ELSEWHERE)
			continue;
		assert(e->off >= end && e->off <= LINK_PAYLOAD_MAX);
		end = (uint64_t)e->off + e->len;
	}
}

static bool is_of_flow(const struct addr *a, const struct ct_flow *f)
{
	return addr_equal(a, &f->orig.src) || addr_equal(a, &f->orig.dst) ||
	       addr_equal(a, &f->reply.src) || addr_equal(a, &f->reply.dst);
}

static struct grant decide(const struct manifest *m, const struct ct_flow *flow,
			   const struct claim *c, const char *host, uint8_t moved)
{
	struct gate_policy policy = { .loose = moved & 1 };
	struct expectation e;

	if (gate_check(m, &policy, flow, c, host, NULL, &e) != REFUSED_NOT)
		return (struct grant){ 0 };
	assert(c->back || gate_port(m, m->classes[c->class].min_port, e.tuple.dport) == REFUSED_NOT);
	assert(e.tuple.dport == (c->back ? flow->reply.dport : c->port) && e.class == c->class);
	assert(tuple_equal(&e.master, &flow->orig) && e.zone == flow->zone);
	assert(is_of_flow(&e.tuple.dst, flow) ||
	       (policy.loose && addr_equal(&e.tuple.dst, &c->other)));
	assert(e.wild ? c->from == PARTY_ANY || c->from == PARTY_ASKED : is_of_flow(&e.tuple.src, flow));
	assert(e.nat.present == (gate_flow_is_nated(flow) && c->to != PARTY_OTHER));
	if (e.nat.present)
		assert(e.nat.port == (c->back ? flow->orig.sport : c->port) && is_of_flow(&e.nat.addr, flow));
	return (struct grant){
		.given = true,
		.addr = e.tuple.dst,
		.port = (uint16_t)(c->port + (e.nat.present ? moved : 0)),
		.announced_addr = c->to == PARTY_SERVER ? flow->reply.src : flow->orig.src,
		.announced_port = c->port,
	};
}

/* Applies what is sorted, disjoint and inside, in memory of exactly the sizes. */
static void apply(const struct replacement *what, unsigned n, struct span payload)
{
	int64_t len = (int64_t)payload.len + render_delta(what, n);
	uint64_t end = 0;
	uint8_t *out;

	assert(n <= OUTPUT_EDITS_MAX && len >= 0);
	for (unsigned i = 0; i < n; i++) {
		assert(what[i].off >= end && what[i].text_len <= RENDER_FIELD_SIZE);
		end = (uint64_t)what[i].off + what[i].len;
		assert(end <= payload.len);
	}
	out = malloc(len ? (size_t)len : 1);
	if (!out)
		return;
	render_apply(what, n, payload, out);
	free(out);
}

/* All of the stream sent again as one segment. */
static void send_whole(const struct rewrites *kept, uint32_t seq, uint32_t len)
{
	const struct ct_seqadj known = { 0 };
	struct segment s = { .flow_id = 1, .seq = seq, .len = len };
	uint8_t *bytes = calloc(1, len + 1);
	struct rewriting w;

	if (bytes && rewrites_plan(kept, &s, &known, NULL, 0, &w) == 0)
		apply(w.what, w.n, (struct span){ bytes, len });
	free(bytes);
}

/* The packet in six places of a stream, then all of them again, and in other pieces. */
static void stream(const struct replacement *what, unsigned n, struct span payload, uint8_t step)
{
	static struct rewrites kept;
	const struct ct_seqadj known = { 0 };
	struct rewriting w;

	memset(&kept, 0, sizeof(kept));
	for (int again = 0; again < 2; again++)
		for (uint32_t i = 0; i < 6; i++) {
			uint32_t seq = UINT32_MAX - 20 + (i ^ 1) * step;
			uint32_t from = again && payload.len > i ? i : 0;
			struct segment s = { .flow_id = 1, .seq = seq + from,
					     .len = (uint32_t)payload.len - from };
			unsigned n_now = from ? 0 : n;

			if (rewrites_plan(&kept, &s, &known, what, n_now, &w) < 0)
				continue;
			assert(w.n >= w.n_fresh && w.n_fresh <= n_now && (!w.adjusts || w.n_fresh));
			apply(w.what, w.n, (struct span){ payload.data + from, s.len });
			rewrites_keep(&kept, &s, &w);
			assert(rewrites_plan(&kept, &s, &known, NULL, 0, &w) == 0 && !w.n_fresh);
		}
	send_whole(&kept, UINT32_MAX - 20, 5u * step + (uint32_t)payload.len);
}

static void judge(const struct link_answer *a, const struct manifest *m, const uint8_t *how,
		  struct span payload)
{
	struct replacement what[OUTPUT_EDITS_MAX];
	struct grant grants[OUTPUT_CLAIMS_MAX] = { 0 };
	struct ct_flow flow = make_flow(how[0], m);
	int n;

	for (unsigned i = 0; i < a->n_claims; i++)
		grants[i] = decide(m, &flow, &a->claims[i], a->host, how[1]);
	n = render(a->edits, a->n_edits, grants, payload, what);
	if (n < 0)
		return;
	apply(what, (unsigned)n, payload);
	stream(what, (unsigned)n, payload, how[2]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct manifest *const *known = manifests;
	const struct manifest *m = &liberal;
	struct link_answer raw, a;
	struct span payload;
	struct cursor c;

	if (size < 3 || size > LINK_PAYLOAD_MAX)
		return 0;
	c = cursor_over(data + 3, size - 3);
	read_answer(&c, &raw);
	if (data[0] & 32)
		mend(&raw);
	payload = (struct span){ data + size - (c.bad ? 0 : c.left), c.bad ? 0 : c.left };
	for (; m; m = *known++) {
		assert(!link_answer_check(data, size, m, &a) || size == sizeof(a));
		if (!link_answer_check(&raw, sizeof(raw), m, &a))
			continue;
		check_answer(&a, m);
		judge(&a, m, data, payload);
	}
	return 0;
}
