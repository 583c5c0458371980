/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works
 *
 * Each claim of an answer passes the gate and then the kernel; what it was granted is rendered
 * over the announcement. Only then does the packet go on, so that the pinhole is there before its
 * announcement arrives. If the announcement would have to change and cannot, the pinhole is closed
 * again. Whatever happens, the packet passes: traffic fails open, pinholes fail closed.
 *
 * A packet that changes its length goes out as two messages in one send: the flow's new sequence
 * adjustment, then the verdict with the new packet. The kernel would adjust by itself, but wrongly
 * for IPv6.
 *
 * On a NATed flow a packet that ends in the beginning of an announcement is kept back (broker/hold.h)
 * until the rest has come, or LANE_HOLD_MS have gone by: then all of them are rewritten together.
 * A sender that waits for an acknowledgement of the first part (Nagle) sends none: the time runs
 * out, and the announcement is refused, as its beginning is gone.
 */
#include "broker/judge.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/netfilter.h> /* behind netinet/in.h, which it would otherwise contradict */

#include "broker/claim.h"
#include "broker/gate.h"

/* The verdict, its new packet, and adjustments around it. */
static char large[2 * NL_REQUEST_SIZE + QUEUE_VERDICT_SIZE + PACKET_LEN_MAX + 1]
	__attribute__((aligned(8)));

/* To queue a packet once more costs as much as some rules, and is there for what the kernel would do too early:
 * to confirm the flow, and to adjust its sequence numbers. */
static uint32_t go_on(struct lane *l, const struct slot *s)
{
	const struct queue_packet *p = &s->packet;
	bool early = !p->has_flow || !(p->flow.status & IPS_CONFIRMED) || p->flow.status & IPS_SEQ_ADJUST ||
		     memory_flow(l->memory, s)->adjusted;

	return queue_go_on(l->by_rule && early);
}

static void send_verdict(struct lane *l, const struct slot *s, const uint8_t *state)
{
	struct queue_verdict v = { .id = s->packet.id,
				   .verdict = go_on(l, s),
				   .helper = s->packet.flow.helper,
				   .state = state,
				   .state_len = l->manifest->state_len };

	lane_send(l, s, &v);
	lane_judged(l, s);
}

void judge_pass(struct lane *l, const struct slot *s)
{
	send_verdict(l, s, NULL);
}

void judge_drop(struct lane *l, const struct slot *s)
{
	lane_send(l, s, &(struct queue_verdict){ .id = s->packet.id, .verdict = NF_DROP });
	lane_judged(l, s);
}

/* Builds the new packet in `out`, PACKET_LEN_MAX bytes. Returns its length, or 0 if impossible. */
static uint32_t build(const struct slot *s, const struct replacement *what, unsigned n,
		      uint8_t *out)
{
	struct packet at = s->at;
	size_t len = (size_t)((int64_t)at.payload_len + render_delta(what, n));
	struct span payload = { s->packet.data + at.payload_off, at.payload_len };

	/* An attribute with the headers of more would not say its own length. */
	if (at.truncated || s->packet.gso || len + at.payload_off > QUEUE_RANGE_MAX)
		return 0;
	memcpy(out, s->packet.data, at.payload_off);
	render_apply(what, n, payload, out + at.payload_off);
	if (!packet_set_payload_len(out, &at, len))
		return 0;
	packet_fix_checksums(out, at.payload_off + len, &at);
	return (uint32_t)(at.payload_off + len);
}

/* Builds the adjustment of the flow's sequence numbers behind what `large` holds already. */
static size_t put_adjustment(struct lane *l, const struct slot *s, const struct ct_seqadj *adjust,
			     const uint8_t *state, size_t used)
{
	const struct nlmsghdr *nlh = ct_seqadj_put(&l->queue, large + used, &s->packet.flow,
						   slot_direction(s) == DIRECTION_REPLY, adjust,
						   state, l->manifest->state_len);

	memory_flow(l->memory, s)->adjusted = true;
	return used + MNL_ALIGN(nlh->nlmsg_len);
}

/* Sends the verdict with what `w` says: rewritten, the stream's adjustment before it where that
 * changes, and for a misplaced segment another adjustment around it. False, nothing sent, when the
 * packet cannot be built. */
static bool send_rewritten(struct lane *l, const struct slot *s, const struct rewriting *w,
			   const uint8_t *state)
{
	static uint8_t packet[PACKET_LEN_MAX];
	struct queue_verdict v = { .id = s->packet.id };
	bool resized = s->at.l4 == IPPROTO_TCP && render_delta(w->what, w->n);
	size_t used = 0;

	if (w->n) {
		v.packet = packet;
		v.packet_len = build(s, w->what, w->n, packet);
		if (!v.packet_len)
			return false;
	}
	if (w->adjusts || w->misplaced)
		used = put_adjustment(l, s, w->adjusts ? &w->adjust : &w->once, state, used);
	if (!used && state && !resized) {
		/* Else it stays behind: with it the kernel would adjust the stream again. */
		v.helper = s->packet.flow.helper;
		v.state = state;
		v.state_len = l->manifest->state_len;
	}
	v.verdict = go_on(l, s);
	used += MNL_ALIGN(queue_verdict_put(&l->queue, large + used, l->queue_num, &v)->nlmsg_len);
	if (w->misplaced)
		used = put_adjustment(l, s, &w->adjust, NULL, used);
	lane_flush(l);
	lane_send_now(l, large, used);
	lane_judged(l, s);
	l->counters->rewritten += w->n != 0;
	return true;
}

static struct segment segment_of(struct lane *l, const struct slot *s)
{
	enum direction direction = slot_direction(s);
	const struct lane_flow *f = memory_flow(l->memory, s);

	return (struct segment){ .flow_id = s->packet.flow.id,
				 .direction = (uint8_t)direction,
				 .seq = s->at.seq,
				 .len = s->at.payload_len,
				 .has_sent = f->has_sent[direction],
				 .sent = f->sent[direction] };
}

static void note_sent(struct lane *l, const struct slot *s)
{
	uint32_t end = s->at.seq + s->at.payload_total;
	enum direction direction = slot_direction(s);
	struct lane_flow *f = memory_flow(l->memory, s);

	if (!s->at.payload_total ||
	    (f->has_sent[direction] && (int32_t)(end - f->sent[direction]) <= 0))
		return;
	f->has_sent[direction] = true;
	f->sent[direction] = end;
}

/* A stream's packet goes on, with `what` written into it, and what was written into its part of the stream
 * before. False, nothing sent, when that is impossible. */
static bool send_planned(struct lane *l, const struct slot *s, const struct replacement *what,
			 unsigned n, const uint8_t *state)
{
	static struct rewriting w; /* large */
	struct segment segment = segment_of(l, s);
	const struct ct_seqadj *known = &s->packet.flow.seqadj[segment.direction];

	if (rewrites_plan(&l->memory->rewrites, &segment, known, what, n, &w) < 0)
		return false;
	if (w.n || w.misplaced) {
		if (!send_rewritten(l, s, &w, state))
			return false;
	} else {
		send_verdict(l, s, state);
	}
	rewrites_keep(&l->memory->rewrites, &segment, &w);
	note_sent(l, s);
	return true;
}

/* The same of any packet. Nothing is ever written into a flow without NAT. */
static bool send_with(struct lane *l, const struct slot *s, const struct replacement *what,
		      unsigned n, const uint8_t *state)
{
	if (s->at.l4 == IPPROTO_TCP && (n || gate_flow_is_nated(&s->packet.flow)))
		return send_planned(l, s, what, n, state);
	send_verdict(l, s, state);
	if (s->at.l4 == IPPROTO_TCP)
		note_sent(l, s);
	return true;
}

static void pass_with_state(struct lane *l, const struct slot *s, const uint8_t *state)
{
	if (send_with(l, s, NULL, 0, state))
		return;
	l->counters->refusals[REFUSED_not_editable]++;
	send_verdict(l, s, state);
	note_sent(l, s);
}

/* ---- packets kept back ---- */

/* A message and the packets that brought it: those kept back, then the one at hand. */
struct chain {
	const struct held *held[HOLD_CHAIN_MAX];
	const struct slot *last;
	unsigned n_held;
	uint32_t ahead; /* payload bytes of those kept back */
	uint32_t first; /* of all the payload, the first byte that has not gone on before */
	bool redundant; /* all of the one at hand is among those kept back */
	bool apart;	/* others are kept back that it does not follow */
};

static uint32_t end_of(const struct slot *s)
{
	return s->at.seq + s->at.payload_len;
}

static void pass_held(struct lane *l, const struct held *one)
{
	pass_with_state(l, &one->slot, one->has_state ? one->state : NULL);
}

static void pass_beside(struct lane *l, const struct held *const held[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		pass_held(l, held[i]);
	while (n)
		hold_remove(&l->holding, held[--n]);
}

void judge_again(struct lane *l, const struct slot *s)
{
	const struct held *held[HOLD_CHAIN_MAX];

	if (l->holding.n && slot_keeps_order(s))
		pass_beside(l, held, hold_find(&l->holding, s, held));
	pass_with_state(l, s, NULL);
}

void judge_release(struct lane *l, int64_t until)
{
	for (unsigned i = 0; i < l->holding.n;)
		if (l->holding.list[i].slot.since <= until) {
			pass_held(l, &l->holding.list[i]);
			hold_remove(&l->holding, &l->holding.list[i]);
		} else {
			i++;
		}
}

static void drop(struct lane *l, const struct held *one)
{
	judge_drop(l, &one->slot);
	hold_remove(&l->holding, one);
}

static bool covers(const struct slot *a, const struct slot *b)
{
	return (int32_t)(a->at.seq - b->at.seq) <= 0 && (int32_t)(end_of(a) - end_of(b)) >= 0;
}

/* Bytes of the stream from `seq` on that have gone on. */
static uint32_t sent_behind(struct lane *l, const struct slot *s, uint32_t seq)
{
	const struct lane_flow *f = memory_flow(l->memory, s);
	enum direction direction = slot_direction(s);
	int32_t n = (int32_t)(f->sent[direction] - seq);

	return f->has_sent[direction] && n > 0 ? (uint32_t)n : 0;
}

/* Which of the packets kept back belong before `s`. Those that are sent again in `s` are dropped:
 * they have not gone on, and `s` brings all of them. If they in turn hold all of `s`, it is
 * redundant. Where the two overlap otherwise, the older ones go on. */
static struct chain chain_of(struct lane *l, const struct slot *s, uint16_t old)
{
	struct chain c = { .last = s, .first = old };
	unsigned n = hold_find(&l->holding, s, c.held), n_found = n;
	uint32_t begin;

	if (!n)
		return c;
	begin = c.held[0]->slot.at.seq;
	if ((int32_t)(s->at.seq - begin) >= 0 &&
	    (int32_t)(end_of(s) - end_of(&c.held[n - 1]->slot)) <= 0) {
		c.redundant = true;
		return c;
	}
	while (n && covers(s, &c.held[n - 1]->slot))
		drop(l, c.held[--n]);
	if (n && s->at.seq == end_of(&c.held[n - 1]->slot)) {
		c.n_held = n;
		c.ahead = s->at.seq - begin;
		c.first = sent_behind(l, s, begin);
		return c;
	}
	if (n && (int32_t)(s->at.seq - end_of(&c.held[n - 1]->slot)) < 0 &&
	    (int32_t)(end_of(s) - begin) > 0) {
		pass_beside(l, c.held, n);
		n = 0;
	}
	c.apart = n != 0;
	if (n < n_found)
		c.first = sent_behind(l, s, s->at.seq);
	return c;
}

static struct span chain_payload(const struct chain *c)
{
	static uint8_t joined[HOLD_CHAIN_MAX * HOLD_PACKET_MAX + PACKET_LEN_MAX];
	struct span last = { c->last->packet.data + c->last->at.payload_off,
			     c->last->at.payload_len };
	size_t len = 0;

	if (!c->n_held)
		return last;
	for (unsigned i = 0; i < c->n_held; i++) {
		const struct slot *s = &c->held[i]->slot;

		memcpy(joined + len, s->packet.data + s->at.payload_off, s->at.payload_len);
		len += s->at.payload_len;
	}
	memcpy(joined + len, last.data, last.len);
	return (struct span){ joined, len + last.len };
}

/* Turns the answer's offsets into those of the chain's payload. */
static void place_edits(const struct chain *c, const struct link_answer *a, struct edit *ret)
{
	for (unsigned i = 0; i < a->n_edits; i++) {
		int64_t off = (int64_t)a->edits[i].off - a->back + c->ahead;

		ret[i] = a->edits[i];
		if (ret[i].off != EDIT_ELSEWHERE)
			ret[i].off = off < c->first ? EDIT_ELSEWHERE : (uint32_t)off;
	}
}

/* Moves those of `what` that lie before `end` to ret, counted from `begin`, and cuts one that the
 * boundary runs through. Returns how many; -1 when it cannot be cut. */
static int take_part(struct replacement *what, unsigned *n, uint32_t begin, uint32_t end,
		     struct replacement *ret)
{
	unsigned n_ret = 0;

	while (*n && what->off < end) {
		struct replacement left = *what, right = { 0 };

		if (left.off + left.len > end &&
		    !rewrite_split(what, end - what->off, &left, &right))
			return -1;
		left.off -= begin;
		ret[n_ret++] = left;
		if (right.len) {
			*what = right;
			break;
		}
		memmove(what, what + 1, --*n * sizeof(*what));
	}
	return (int)n_ret;
}

/* Sends all packets of the chain, with what is to be written into them. False, nothing sent, when
 * that is impossible. */
static bool send_chain(struct lane *l, struct chain *c, struct replacement *what, unsigned n,
		       const uint8_t *state)
{
	static struct replacement parts[HOLD_CHAIN_MAX + 1][OUTPUT_EDITS_MAX];
	int n_parts[HOLD_CHAIN_MAX + 1];
	uint32_t begin = 0;

	if (!c->n_held)
		return send_with(l, c->last, what, n, state);
	if (n && (c->last->packet.gso || c->last->at.truncated))
		return false;
	for (unsigned i = 0; i <= c->n_held; i++) {
		const struct slot *s = i < c->n_held ? &c->held[i]->slot : c->last;

		n_parts[i] = take_part(what, &n, begin, begin + s->at.payload_len, parts[i]);
		if (n_parts[i] < 0)
			return false;
		begin += s->at.payload_len;
	}
	for (unsigned i = 0; i < c->n_held; i++) {
		const struct held *one = c->held[i];

		if (!send_with(l, &one->slot, parts[i], (unsigned)n_parts[i],
			       one->has_state ? one->state : NULL))
			pass_with_state(l, &one->slot, NULL);
	}
	if (!send_with(l, c->last, parts[c->n_held], (unsigned)n_parts[c->n_held], state))
		pass_with_state(l, c->last, state);
	while (c->n_held)
		hold_remove(&l->holding, c->held[--c->n_held]);
	return true;
}

static void pass_chain(struct lane *l, struct chain *c, const uint8_t *state)
{
	for (unsigned i = 0; i < c->n_held; i++)
		pass_held(l, c->held[i]);
	pass_with_state(l, c->last, state);
	while (c->n_held)
		hold_remove(&l->holding, c->held[--c->n_held]);
}

/* The flow needs no parser any more, and no packet of it is queued any more: a rule looks at its label;
 * else the kernel, where it can, takes the helper from it. Behind the verdict, which still needs the
 * helper. A stream whose sequence numbers are adjusted goes on to be queued: what is sent again has to
 * be rewritten again. */
static void go_dark(struct lane *l, const struct slot *s, const struct link_answer *a)
{
	const struct ct_flow *flow = &s->packet.flow;
	int r;

	if (!flow->id || memory_flow(l->memory, s)->dark)
		return;
	memory_flow(l->memory, s)->dark = true;
	l->counters->dark++;
	if (a->n_claims || l->cannot_detach || !(flow->status & IPS_CONFIRMED) ||
	    flow->status & IPS_SEQ_ADJUST)
		return;
	lane_flush(l);
	r = l->by_rule ? ct_unqueue(l->ct, flow) : ct_detach(l->ct, flow);
	l->cannot_detach = r == -EOPNOTSUPP;
	l->counters->detached += r == 0;
}

/* Those kept back of a stream are a piece of it without a gap, whatever the worker says. */
static bool may_hold(const struct slot *s, const struct link_answer *a, const struct chain *c)
{
	return a->hold && !c->apart && !a->n_edits &&
	       gate_flow_is_nated(&s->packet.flow);
}

/* Seconds that a datagram's flow shall live for at least: as long as what it has opened. 0: as it would. */
static uint32_t flow_timeout(const struct lane *l, const struct slot *s,
			     const struct link_answer *a, uint32_t of_claims)
{
	const struct ct_flow *flow = &s->packet.flow;
	uint32_t wanted = a->n_messages > a->n_malformed ? l->manifest->flow_timeout : 0;
	bool known = flow->status & IPS_CONFIRMED;

	if (wanted < of_claims)
		wanted = of_claims;
	if (flow->status & IPS_FIXED_TIMEOUT || (known && wanted <= flow->timeout))
		return 0;
	return wanted;
}

static void send_whole(struct lane *l, const struct slot *s, const struct queue_verdict *v)
{
	const struct nlmsghdr *nlh;

	if (!v->packet && !v->expect) {
		lane_send(l, s, v);
		return;
	}
	lane_flush(l);
	nlh = queue_verdict_put(&l->queue, large, l->queue_num, v);
	lane_send_now(l, nlh, nlh->nlmsg_len);
}

/* All goes with the verdict: the new payload, the state, the flow's time, an expectation. */
static void judge_datagram(struct lane *l, const struct slot *s, const struct link_answer *a)
{
	static uint8_t packet[PACKET_LEN_MAX];
	static struct openings o; /* large */
	struct replacement what[OUTPUT_EDITS_MAX];
	struct asked q = { .lane = l,
			   .slot = s,
			   .answer = a,
			   .payload = { s->packet.data + s->at.payload_off, s->at.payload_len } };
	struct queue_verdict v = { .id = s->packet.id,
				   .verdict = go_on(l, s),
				   .helper = s->packet.flow.helper,
				   .state = a->set_state ? a->state : NULL,
				   .state_len = l->manifest->state_len };
	int n = 0;
	bool keeps;

	if (!memory_flow(l->memory, s)->repeated && claims_should_wait(&q)) {
		memory_flow(l->memory, s)->repeated = true;
		v = (struct queue_verdict){ .id = v.id, .verdict = NF_REPEAT };
		send_whole(l, s, &v);
		return;
	}
	claims_open(&q, &o);
	v.flow_timeout = flow_timeout(l, s, a, claims_lifetime(&q, &o));
	if (a->n_edits && gate_flow_is_nated(&s->packet.flow))
		n = render(a->edits, a->n_edits, o.grants, q.payload, what);
	if (n > 0)
		v.packet_len = build(s, what, (unsigned)n, packet);
	v.packet = v.packet_len ? packet : NULL;
	keeps = n == 0 || v.packet;
	if (keeps && o.attached >= 0)
		v.expect = &o.expectations[o.attached];
	send_whole(l, s, &v);
	lane_judged(l, s);
	l->counters->rewritten += v.packet != NULL;
	if (keeps)
		claims_keep(&q, &o);
	else
		claims_close(&q, &o);
}

static void judge_segment(struct lane *l, const struct slot *s, const struct link_answer *a)
{
	static struct openings o; /* large */
	struct replacement what[OUTPUT_EDITS_MAX];
	struct edit edits[OUTPUT_EDITS_MAX];
	struct chain chain = chain_of(l, s, a->old);
	const uint8_t *state = a->set_state ? a->state : NULL;
	struct asked q = {
		.lane = l, .slot = s, .answer = a, .payload = chain_payload(&chain), .ahead = chain.ahead
	};
	int n = 0;

	if (chain.redundant) {
		judge_drop(l, s);
		return;
	}
	claims_open(&q, &o);
	if (may_hold(s, a, &chain) && hold_add(&l->holding, s, state)) {
		claims_keep(&q, &o);
		l->counters->held++;
		return;
	}
	/* Never a byte on a flow without NAT. */
	if (a->n_edits && gate_flow_is_nated(&s->packet.flow)) {
		place_edits(&chain, a, edits);
		n = render(edits, a->n_edits, o.grants, q.payload, what);
	}
	if (n >= 0 && send_chain(l, &chain, what, (unsigned)n, state)) {
		claims_keep(&q, &o);
	} else {
		claims_close(&q, &o);
		pass_chain(l, &chain, state);
	}
	if (a->outcome == OUTCOME_DONE)
		go_dark(l, s, a);
}

/* Nearly every packet asks for nothing. */
static bool asks_nothing(const struct lane *l, const struct slot *s, const struct link_answer *a)
{
	if (a->n_claims || a->n_edits)
		return false;
	return s->at.l4 == IPPROTO_TCP ? !a->hold && !l->holding.n : !flow_timeout(l, s, a, 0);
}

void judge_answer(struct lane *l, const struct slot *s, const struct link_answer *a)
{
	if (asks_nothing(l, s, a)) {
		pass_with_state(l, s, a->set_state ? a->state : NULL);
		if (s->at.l4 == IPPROTO_TCP && a->outcome == OUTCOME_DONE)
			go_dark(l, s, a);
	} else if (s->at.l4 == IPPROTO_TCP) {
		judge_segment(l, s, a);
	} else {
		judge_datagram(l, s, a);
	}
}
