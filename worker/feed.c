/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From a packet to its answer: finds the flow, lets the helper read what is new, and translates
 * what it asks for from the terms of its input into those of the packet.
 *
 * The helper's state lives here. The kernel's copy, which comes with each packet, is some packets
 * old when several of one flow are under way: it only counts for a flow that we do not know, after
 * a restart or an eviction.
 */
#include "worker/feed.h"

#include <assert.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/siphash.h"
#include "worker/flow.h"
#include "worker/guard.h"
#include "worker/stream.h"

/* Calls of the parser for one packet: 64 KiB of messages of 16 bytes. Who sends more of them in
 * one packet is not heard on. */
#define CALLS_MAX   4096
#define TAIL_MIN    16 /* more than the guard needs */
#define LIMIT_MAX   (1u << 20)
#define FEED_ALIGN  64
#define ALIGNED(n)  (((n) + FEED_ALIGN - 1) & ~(size_t)(FEED_ALIGN - 1))
#define GAPS_BOTH   3
#define CLIENT_SIZE 8 /* bytes of an address that tell clients apart: IPv4, or IPv6 /64 */

struct feed {
	const struct helper *helper;
	const struct manifest *manifest;
	uint8_t l4;
	uint8_t secret[16];
	struct feed_counts counts;
	struct flow_table flows;
	struct stream_pool pool;
	struct output out;
};

/* One packet under way. */
struct job {
	struct stream_reader reader; /* first: the stream engine hands it back */
	struct feed *feed;
	struct flow *flow;
	struct link_answer *ret;
	const struct link_packet *packet;
	const struct stream_segment *seg; /* TCP */
	struct input in;
	unsigned calls;
	bool tells; /* the state has changed in a way that the kernel shall know */
};

static_assert(TAIL_MIN > FLOW_FIRST_SIZE, "the guard decides before a tail is full");
static_assert(offsetof(struct job, reader) == 0, "cast back in read_stream()");

static const struct feed_limits default_limits = { .flows = FEED_FLOWS,
						   .blocks = FEED_BLOCKS,
						   .hold = FEED_HOLD };

static uint32_t clamp(uint32_t v, uint32_t min)
{
	return v < min ? min : v > LIMIT_MAX ? LIMIT_MAX : v;
}

static struct feed_limits limits_of(const struct feed_limits *limits)
{
	struct feed_limits l = limits ? *limits : default_limits;

	l.flows = clamp(l.flows, 1);
	l.blocks = clamp(l.blocks, 1);
	l.hold = clamp(l.hold, 0);
	return l;
}

static uint32_t tail_of(const struct manifest *m)
{
	return clamp(m->tail, TAIL_MIN);
}

size_t feed_size(const struct manifest *m, uint8_t l4, const struct feed_limits *limits)
{
	struct feed_limits l = limits_of(limits);
	size_t size = ALIGNED(sizeof(struct feed)) + flow_table_size(l.flows);

	if (l4 == IPPROTO_TCP)
		size += stream_pool_size(l.blocks, tail_of(m), l.hold);
	return size;
}

struct feed *feed_init(void *memory, const struct helper *helper, uint8_t l4, const uint8_t key[16],
		       const struct feed_limits *limits)
{
	struct feed_limits l = limits_of(limits);
	const struct manifest *m = helper->manifest;
	uint8_t *flows = (uint8_t *)memory + ALIGNED(sizeof(struct feed));
	struct feed *feed = memory;

	assert(m->state_len <= HELPER_STATE_MAX);
	feed->helper = helper;
	feed->manifest = m;
	feed->l4 = l4;
	memcpy(feed->secret, key, sizeof(feed->secret));
	flow_table_init(&feed->flows, flows, l.flows, key);
	if (l4 == IPPROTO_TCP)
		stream_pool_init(&feed->pool, flows + flow_table_size(l.flows), l.blocks,
				 tail_of(m), l.hold, m->resync_line);
	return feed;
}

struct feed_counts feed_counts(const struct feed *feed)
{
	struct feed_counts counts = feed->counts;

	counts.blocks_evicted = feed->pool.evicted;
	counts.gaps = feed->pool.gaps;
	counts.conflicts = feed->pool.conflicts;
	return counts;
}

/* ---- what the answer says ---- */

static void saturate(uint8_t *n, size_t add)
{
	*n = (uint8_t)(add > (size_t)(UINT8_MAX - *n) ? UINT8_MAX : *n + add);
}

/* The strongest outcome of a packet's messages wins. */
static void answer_outcome(struct link_answer *a, enum outcome outcome)
{
	static const uint8_t strength[] = { [OUTCOME_NOTHING] = 0,
					    [OUTCOME_MORE] = 1,
					    [OUTCOME_MALFORMED] = 2,
					    [OUTCOME_FOUND] = 3,
					    [OUTCOME_DONE] = 4 };

	static_assert(sizeof(strength) == OUTCOME_LAST + 1, "one strength for each outcome");
	if (strength[outcome] > strength[a->outcome])
		a->outcome = (uint8_t)outcome;
}

static void answer_malformed(struct link_answer *a, unsigned n)
{
	if (!n)
		return;
	saturate(&a->n_messages, n);
	saturate(&a->n_malformed, n);
	answer_outcome(a, OUTCOME_MALFORMED);
}

/* Where the edit's bytes lie, counted from job->ret->back. Those behind what is new in the packet
 * went on before, out of order. `seq` is that of the parser's first byte. */
static uint32_t place_edit(const struct job *job, const struct edit *e, uint32_t seq)
{
	const struct stream_segment *seg = job->seg;
	uint32_t end = seq + e->off + e->len, at;

	if (!seg || e->off == EDIT_ELSEWHERE)
		return e->off;
	at = seq + e->off - seg->seq + job->ret->back;
	if ((int32_t)(end - (seg->fresh_seq + seg->fresh_len)) > 0 || (int32_t)at < 0)
		return EDIT_ELSEWHERE; /* behind what is new, or further back than can be told */
	return at;
}

/* The packet's first message can have begun in an earlier one: at `seq`. */
static void answer_place(const struct job *job, uint32_t seq)
{
	int32_t back = job->seg ? (int32_t)(job->seg->seq - seq) : 0;

	if (back <= 0 || back > UINT16_MAX || job->ret->n_edits)
		return;
	job->ret->back = (uint16_t)back;
}

/* All that one message asks for, or nothing of it. */
static void answer_claims(const struct job *job, const struct output *out, uint32_t seq)
{
	struct link_answer *a = job->ret;
	unsigned first = a->n_claims;

	if (out->n_claims > (unsigned)OUTPUT_CLAIMS_MAX - a->n_claims ||
	    out->n_edits > (unsigned)OUTPUT_EDITS_MAX - a->n_edits ||
	    (a->host[0] && out->host[0])) {
		saturate(&a->lost, out->n_claims);
		return;
	}
	if (out->host[0])
		memcpy(a->host, out->host, sizeof(a->host));
	for (unsigned i = 0; i < out->n_claims; i++)
		a->claims[a->n_claims++] = out->claims[i];
	answer_place(job, seq);
	for (unsigned i = 0; i < out->n_edits; i++) {
		struct edit e = out->edits[i];

		e.off = place_edit(job, &out->edits[i], seq);
		e.claim = (uint8_t)(e.claim + first);
		a->edits[a->n_edits++] = e;
	}
}

/* ---- the parser's contract ---- */

static bool edits_ok(const struct output *out, size_t len)
{
	size_t end = 0;

	for (unsigned i = 0; i < out->n_edits; i++) {
		const struct edit *e = &out->edits[i];

		if (e->form > EDIT_LAST || !e->len || e->cover > LINK_PAYLOAD_MAX)
			return false;
		if (e->off != EDIT_ELSEWHERE &&
		    (e->off < end || e->off > len || e->len > len - e->off))
			return false;
		if (!edit_is_length(e->form) && e->claim >= out->n_claims)
			return false;
		if (e->claim >= OUTPUT_CLAIMS_MAX)
			return false;
		if (e->off != EDIT_ELSEWHERE)
			end = (size_t)e->off + e->len;
	}
	return true;
}

/* Does `out` say what helper.h lets it say? Claims count with FOUND and DONE alone. */
static bool output_ok(const struct job *job, enum outcome outcome, const struct output *out,
		      size_t len)
{
	bool opens = outcome == OUTCOME_FOUND || outcome == OUTCOME_DONE;
	bool reads = outcome == OUTCOME_FOUND || outcome == OUTCOME_NOTHING;

	if ((unsigned)outcome > OUTCOME_LAST || out->note >= HELPER_NOTES_MAX)
		return false;
	if (job->seg && ((reads && !out->consumed) || out->consumed > UINT32_MAX))
		return false;
	if (job->seg && outcome == OUTCOME_MORE && out->consumed)
		return false;
	if (out->hold > (outcome == OUTCOME_MORE))
		return false;
	if (!opens)
		return outcome != OUTCOME_NOTHING || (!out->n_claims && !out->n_edits);
	if (out->n_claims > OUTPUT_CLAIMS_MAX || out->n_edits > OUTPUT_EDITS_MAX)
		return false;
	if (outcome == OUTCOME_FOUND && !out->n_claims)
		return false;
	for (unsigned i = 0; i < out->n_claims; i++)
		if ((!out->claims[i].port && !out->claims[i].back) ||
		    !link_claim_check(&out->claims[i], out->host, job->feed->manifest))
			return false;
	return edits_ok(out, len);
}

static bool is_behind_gap(const struct job *job)
{
	const struct flow *f = job->flow;
	enum direction other = job->in.direction == DIRECTION_ORIG ? DIRECTION_REPLY
								   : DIRECTION_ORIG;

	return f->gaps >> job->in.direction & 1 || f->streams[job->in.direction].gap ||
	       stream_has_hole(&job->feed->pool, &f->streams[other]);
}

/* Shows the parser one message. False: it broke its contract, *ret_outcome is untouched. */
static bool parse(struct job *job, const uint8_t *data, size_t len, enum outcome *ret_outcome)
{
	struct output *out = &job->feed->out;
	uint8_t before[HELPER_STATE_MAX];
	enum outcome outcome;

	memset(out, 0, sizeof(*out));
	memcpy(before, job->flow->state, sizeof(before));
	job->in.data = data;
	job->in.gap = job->seg && is_behind_gap(job);
	job->in.len = len;
	outcome = job->feed->helper->parse(&job->in, job->flow->state, out);
	if (outcome == OUTCOME_MORE)
		memcpy(job->flow->state, before, sizeof(before));
	else if (!out->minor && memcmp(job->flow->state, before, sizeof(before)))
		job->tells = true;
	if (!output_ok(job, outcome, out, len)) {
		job->feed->counts.broken++;
		return false;
	}
	if (out->note)
		job->ret->note = out->note;
	*ret_outcome = outcome;
	return true;
}

/* The flow goes dark. */
static void finish(struct feed *feed, struct flow *f, struct link_answer *ret)
{
	f->flags |= FLOW_DONE;
	if (feed->l4 == IPPROTO_TCP)
		for (unsigned i = 0; i < 2; i++)
			stream_close(&feed->pool, &f->streams[i]);
	answer_outcome(ret, OUTCOME_DONE);
}

/* ---- datagrams ---- */

static void read_datagram(struct job *job, const uint8_t *payload)
{
	const struct link_packet *p = job->packet;
	struct link_answer *ret = job->ret;
	enum outcome outcome;

	if (!p->total_len)
		return;
	if (p->len < p->total_len || !parse(job, payload, p->len, &outcome) ||
	    outcome == OUTCOME_MORE || outcome == OUTCOME_MALFORMED) {
		answer_malformed(ret, 1);
		return;
	}
	saturate(&ret->n_messages, 1);
	answer_claims(job, &job->feed->out, 0);
	answer_outcome(ret, outcome);
	if (outcome == OUTCOME_DONE)
		finish(job->feed, job->flow, ret);
}

/* ---- streams ---- */

/* The parser sees nothing before this is decided: else it depended on how the bytes were cut. */
static enum stream_step guard_step(struct job *job, const uint8_t *data, size_t len, uint32_t seq)
{
	switch (guard_look(job->flow, job->feed->manifest->http, data, len, seq)) {
	case GUARD_CLEAR:
		return STREAM_TAKEN;
	case GUARD_OPEN:
		answer_outcome(job->ret, OUTCOME_MORE);
		return STREAM_WAIT;
	case GUARD_HIT:
		break;
	}
	job->feed->counts.guarded++;
	answer_malformed(job->ret, 1);
	job->flow->flags |= FLOW_DONE;
	return STREAM_GIVE_UP;
}

static enum stream_step take_message(struct job *job, enum outcome outcome, uint32_t seq,
				     size_t *ret_consumed)
{
	struct output *out = &job->feed->out;

	if (outcome == OUTCOME_MORE) {
		answer_outcome(job->ret, outcome);
		job->ret->hold = out->hold;
		return STREAM_WAIT;
	}
	if (outcome == OUTCOME_MALFORMED) {
		answer_malformed(job->ret, 1);
		return STREAM_REFUSED;
	}
	job->flow->gaps &= (uint8_t) ~(1u << job->in.direction);
	saturate(&job->ret->n_messages, 1);
	answer_claims(job, out, seq);
	answer_outcome(job->ret, outcome);
	if (outcome == OUTCOME_DONE) {
		job->flow->flags |= FLOW_DONE;
		return STREAM_GIVE_UP;
	}
	*ret_consumed = out->consumed;
	return STREAM_TAKEN;
}

static enum stream_step read_stream(struct stream_reader *reader, const uint8_t *data, size_t len,
				    uint32_t seq, size_t *ret_consumed)
{
	struct job *job = (struct job *)reader;
	enum stream_step step;
	enum outcome outcome;

	if (job->flow->flags & FLOW_GUARD && job->in.direction == DIRECTION_ORIG) {
		step = guard_step(job, data, len, seq);
		if (step != STREAM_TAKEN)
			return step;
	}
	if (++job->calls > CALLS_MAX || !parse(job, data, len, &outcome)) {
		answer_malformed(job->ret, 1);
		return STREAM_GIVE_UP;
	}
	return take_message(job, outcome, seq, ret_consumed);
}

static void flow_reset(struct feed *feed, struct flow *f)
{
	if (feed->l4 == IPPROTO_TCP) {
		for (unsigned i = 0; i < 2; i++) {
			stream_close(&feed->pool, &f->streams[i]);
			f->streams[i] = (struct stream){ 0 };
		}
	}
	f->flags = FLOW_USED | FLOW_GUARD;
	f->n_first = 0;
	f->gaps = 0;
}

static bool is_over(const struct flow *f)
{
	return f->flags & FLOW_RESET || (f->flags & FLOW_FINS) == FLOW_FINS;
}

/* SYN, FIN and RST tell where a connection begins and ends, in a dark flow too: its tuple, and the
 * kernel's number with it, can come again. */
static void read_flags(struct job *job)
{
	const struct link_packet *p = job->packet;
	struct flow *f = job->flow;

	if (p->flags & LINK_PACKET_SYN && job->in.direction == DIRECTION_ORIG && is_over(f)) {
		flow_reset(job->feed, f);
		memset(f->state, 0, sizeof(f->state));
		job->tells = true;
	}
	if (p->flags & LINK_PACKET_SYN && !(f->flags & FLOW_DONE))
		stream_syn(&f->streams[job->in.direction], p->seq);
	if (p->flags & LINK_PACKET_FIN)
		f->flags |= (uint8_t)(FLOW_FIN_0 << job->in.direction);
	if (p->flags & LINK_PACKET_LOST && f->streams[job->in.direction].state == STREAM_UNSEEN)
		f->gaps = GAPS_BOTH;
	if (p->flags & LINK_PACKET_RST) {
		f->flags |= FLOW_RESET;
		for (unsigned i = 0; i < 2; i++)
			stream_close(&job->feed->pool, &f->streams[i]);
	}
	if (is_over(f))
		flow_retire(f);
}

static void read_segment(struct job *job, const uint8_t *payload)
{
	const struct link_packet *p = job->packet;
	struct feed *feed = job->feed;
	struct flow *f = job->flow;
	struct stream *s = &f->streams[job->in.direction];
	struct stream_segment seg = { .seq = p->seq,
				      .data = payload,
				      .len = p->len,
				      .missing = p->total_len - p->len,
				      .fin = p->flags & LINK_PACKET_FIN,
				      .midway = p->flags & LINK_PACKET_MIDWAY,
				      .lost = p->flags & LINK_PACKET_LOST,
				      .share = f->share };

	read_flags(job);
	if (f->flags & FLOW_DONE)
		answer_outcome(job->ret, OUTCOME_DONE);
	if (f->flags & (FLOW_DONE | FLOW_RESET))
		return;
	job->seg = &seg;
	stream_segment(&feed->pool, s, &seg, &job->reader);
	job->ret->old = (uint16_t)(seg.fresh_seq - seg.seq);
	job->ret->boundary = stream_is_at_boundary(s) && s->next == p->seq + p->total_len;
	if (s->gap)
		f->gaps = GAPS_BOTH;
	answer_malformed(job->ret, seg.faults);
	if (f->streams[DIRECTION_ORIG].state == STREAM_CLOSED &&
	    f->streams[DIRECTION_REPLY].state == STREAM_CLOSED && !(f->flags & FLOW_FINS))
		f->flags |= FLOW_DONE;
	if (f->flags & FLOW_DONE)
		finish(feed, f, job->ret);
}

/* ---- packets ---- */

static struct flow *flow_begin(struct feed *feed, const struct link_packet *p,
			       const struct flow_key *key, uint32_t hash)
{
	static const uint8_t none[HELPER_STATE_MAX];
	size_t len = p->state_len;
	struct flow *f;
	bool old;

	f = flow_add(&feed->flows, key, hash, &old);
	if (old && !(f->flags & FLOW_DONE) && !is_over(f))
		feed->counts.flows_evicted++;
	feed->counts.flows++;
	flow_reset(feed, f);
	f->share = (uint8_t)siphash(f->key.src, CLIENT_SIZE, feed->secret);
	memset(f->state, 0, sizeof(f->state));
	if (len > feed->manifest->state_len)
		len = feed->manifest->state_len;
	memcpy(f->state, p->state, len);
	memcpy(f->told, f->state, sizeof(f->told));
	/* State is left of it: this is not its beginning. */
	if (memcmp(f->state, none, sizeof(none)))
		f->flags &= (uint8_t)~FLOW_GUARD;
	return f;
}

/* The packet's flow. NULL: unknown, and the packet is no reason to remember it. */
static struct flow *flow_of(struct feed *feed, const struct link_packet *p)
{
	struct flow_key key = flow_key_of(p);
	uint32_t hash = flow_hash(&feed->flows, &key);
	struct flow *f = flow_find(&feed->flows, &key, hash);

	if (f)
		return f;
	if (p->flags & LINK_PACKET_RST || (!p->len && !(p->flags & LINK_PACKET_SYN)))
		return NULL;
	return flow_begin(feed, p, &key, hash);
}

static void answer_begin(struct link_answer *ret, uint32_t id)
{
	ret->id = id;
	ret->outcome = OUTCOME_NOTHING;
	ret->note = 0;
	ret->n_claims = 0;
	ret->n_edits = 0;
	ret->set_state = 0;
	ret->n_messages = 0;
	ret->n_malformed = 0;
	ret->lost = 0;
	ret->hold = 0;
	ret->boundary = 0;
	ret->back = ret->old = 0;
	memset(ret->host, 0, sizeof(ret->host));
}

/* What the kernel knows already it is not told again. */
static void tell_state(struct flow *f, struct link_answer *ret)
{
	if (!memcmp(f->state, f->told, sizeof(f->told)))
		return;
	memcpy(f->told, f->state, sizeof(f->told));
	memcpy(ret->state, f->state, sizeof(ret->state));
	ret->set_state = 1;
}

void feed_packet(struct feed *feed, const struct link_packet *packet, const uint8_t *payload,
		 struct link_answer *ret)
{
	struct flow *f = flow_of(feed, packet);
	struct job job;

	answer_begin(ret, packet->id);
	if (!f || (f->flags & FLOW_DONE && feed->l4 != IPPROTO_TCP))
		return;
	job.reader.read = read_stream;
	job.feed = feed;
	job.flow = f;
	job.ret = ret;
	job.packet = packet;
	job.seg = NULL;
	job.in.direction = packet->direction ? DIRECTION_REPLY : DIRECTION_ORIG;
	job.in.orig = packet->orig;
	job.in.reply = packet->reply;
	job.in.query = feed->manifest->query;
	job.calls = 0;
	job.tells = false;
	if (feed->l4 == IPPROTO_TCP)
		read_segment(&job, payload);
	else
		read_datagram(&job, payload);
	if (job.tells && !(packet->flags & LINK_PACKET_NOTICE))
		tell_state(f, ret);
}
