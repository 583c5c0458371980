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
 */
#include "broker/judge.h"

#include <netinet/in.h>
#include <string.h>

#include <linux/netfilter.h> /* behind netinet/in.h, which it would otherwise contradict */

#include "base/log.h"
#include "broker/gate.h"
#include "broker/pinhole.h"

/* The verdict, its new packet, and the adjustment before it. */
static char large[NL_REQUEST_SIZE + QUEUE_VERDICT_SIZE + PACKET_LEN_MAX + 1]
	__attribute__((aligned(8)));

static void send_verdict(struct lane *l, const struct slot *s, const uint8_t *state)
{
	char buf[QUEUE_VERDICT_SIZE] __attribute__((aligned(4)));
	struct queue_verdict v = { .id = s->packet.id,
				   .verdict = NF_ACCEPT,
				   .helper = s->packet.flow.helper,
				   .state = state,
				   .state_len = l->manifest->state_len };

	lane_send(l, queue_verdict_put(&l->queue, buf, l->queue_num, &v));
}

void judge_pass(struct lane *l, const struct slot *s)
{
	send_verdict(l, s, NULL);
}

static uint8_t direction_of(const struct slot *s)
{
	return s->packet.ct_info >= IP_CT_IS_REPLY ? DIRECTION_REPLY : DIRECTION_ORIG;
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

/* Sends the verdict with the packet rewritten; `adjust` when its flow's stream changes length by
 * that, for the first time. False, nothing sent, when the packet cannot be built. */
static bool send_rewritten(struct lane *l, const struct slot *s, const struct replacement *what,
			   unsigned n, const struct ct_seqadj *adjust, const uint8_t *state)
{
	static uint8_t packet[PACKET_LEN_MAX];
	const struct ct_flow *flow = &s->packet.flow;
	struct queue_verdict v = { .id = s->packet.id, .verdict = NF_ACCEPT, .packet = packet };
	struct nlmsghdr *nlh;
	size_t used = 0;

	v.packet_len = build(s, what, n, packet);
	if (!v.packet_len)
		return false;
	if (adjust) {
		nlh = ct_seqadj_put(&l->queue, large, flow, direction_of(s) == DIRECTION_REPLY,
				    adjust, state, l->manifest->state_len);
		used = MNL_ALIGN(nlh->nlmsg_len);
	} else if (state && (s->at.l4 != IPPROTO_TCP || !render_delta(what, n))) {
		/* Else it stays behind: with it the kernel would adjust the stream again. */
		v.helper = flow->helper;
		v.state = state;
		v.state_len = l->manifest->state_len;
	}
	nlh = queue_verdict_put(&l->queue, large + used, l->queue_num, &v);
	lane_flush(l);
	lane_send_now(l, large, used + MNL_ALIGN(nlh->nlmsg_len));
	l->counters->rewritten++;
	return true;
}

/* Accepts the packet with `what` written into it, and what was written into its part of a stream
 * before. False, nothing sent, when that is impossible. */
static bool send_with(struct lane *l, const struct slot *s, const struct replacement *what,
		      unsigned n, const uint8_t *state)
{
	const struct ct_flow *flow = &s->packet.flow;
	struct segment segment = { flow->id, direction_of(s), s->at.seq, s->at.payload_len };
	struct rewriting w;

	if (s->at.l4 != IPPROTO_TCP && n)
		return send_rewritten(l, s, what, n, NULL, state);
	if (s->at.l4 == IPPROTO_TCP) {
		if (rewrites_plan(&l->rewrites, &segment, &flow->seqadj[segment.direction], what, n,
				  &w) < 0)
			return false;
		if (w.n) {
			if (!send_rewritten(l, s, w.what, w.n, w.adjusts ? &w.adjust : NULL, state))
				return false;
			rewrites_keep(&l->rewrites, &segment, &w);
			return true;
		}
	}
	send_verdict(l, s, state);
	return true;
}

static void pass_with_state(struct lane *l, const struct slot *s, const uint8_t *state)
{
	if (send_with(l, s, NULL, 0, state))
		return;
	l->counters->refusals[REFUSED_not_editable]++;
	send_verdict(l, s, state);
}

void judge_again(struct lane *l, const struct slot *s)
{
	pass_with_state(l, s, NULL);
}

static void log_refusal(struct lane *l, const struct slot *s, const struct claim *c,
			enum refusal why)
{
	static struct log_limit limit;
	struct expectation e = { .tuple = { .l4 = c->l4,
					    .dport = c->port,
					    .src = c->other,
					    .dst = c->other },
				 .master = s->packet.flow.orig,
				 .class = c->class };
	char text[PINHOLE_TEXT_SIZE];

	l->counters->refused++;
	l->counters->refusals[why]++;
	if (!log_allowed(&limit))
		return;
	memcpy(e.helper, s->packet.flow.helper, sizeof(e.helper));
	warn("refused=%s %s", refusal_name(why), pinhole_text(text, &e));
}

/* What the announcement's writer called the place that the pinhole leads to. */
static struct addr announced_addr(const struct ct_flow *flow, const struct claim *c,
				  const struct expectation *e)
{
	if (!e->nat.present)
		return e->tuple.dst;
	return c->to == PARTY_CLIENT ? flow->orig.src : flow->reply.src;
}

/* One claim through gate and kernel. */
static bool open_one(struct lane *l, const struct slot *s, const struct claim *c,
		     const char *host, struct expectation *e, struct grant *ret)
{
	const struct manifest_class *class = &l->manifest->classes[c->class];
	const struct ct_flow *flow = &s->packet.flow;
	const struct gate_policy *policy = lane_policy(l, flow, c->class);
	enum refusal why = gate_check(l->manifest, policy, flow, c, host, e);
	enum opened how = OPENED_NOT;

	if (why == REFUSED_NOT)
		how = pinhole_open(l->ct, l->manifest, gate_min_port(class, policy), e, &why);
	switch (how) {
	case OPENED_NOT:
		log_refusal(l, s, c, why);
		return false;
	case OPENED_NEW:
		l->counters->opened++;
		break;
	case OPENED_RENEWED:
		l->counters->refreshed++;
		break;
	}
	*ret = (struct grant){
		.given = true,
		.addr = e->tuple.dst,
		.port = e->tuple.dport,
		.announced_addr = announced_addr(flow, c, e),
		.announced_port = c->port,
	};
	return true;
}

static void close_all(struct lane *l, const struct slot *s, const struct link_answer *a,
		      const struct expectation *e, const struct grant *grants)
{
	for (unsigned i = 0; i < a->n_claims; i++)
		if (grants[i].given) {
			pinhole_close(l->ct, &e[i]);
			log_refusal(l, s, &a->claims[i], REFUSED_not_editable);
		}
}

static void log_opened(const struct expectation *e, const struct grant *grants, unsigned n)
{
	static struct log_limit limit;
	char text[PINHOLE_TEXT_SIZE];

	for (unsigned i = 0; i < n; i++)
		if (grants[i].given && log_allowed(&limit))
			info("opened %s", pinhole_text(text, &e[i]));
}

void judge_answer(struct lane *l, const struct slot *s, const struct link_answer *a)
{
	struct expectation e[OUTPUT_CLAIMS_MAX];
	struct grant grants[OUTPUT_CLAIMS_MAX] = { 0 };
	struct replacement what[OUTPUT_EDITS_MAX];
	struct span payload = { s->packet.data + s->at.payload_off, s->at.payload_len };
	const uint8_t *state = a->set_state ? a->state : NULL;
	int n = 0;

	for (unsigned i = 0; i < a->n_claims; i++)
		open_one(l, s, &a->claims[i], a->host, &e[i], &grants[i]);
	/* Never a byte on a flow without NAT. */
	if (a->n_edits && gate_flow_is_nated(&s->packet.flow))
		n = render(a->edits, a->n_edits, grants, payload, what);
	if (n >= 0 && send_with(l, s, what, (unsigned)n, state)) {
		log_opened(e, grants, a->n_claims);
		return;
	}
	close_all(l, s, a, e, grants);
	pass_with_state(l, s, state);
}
