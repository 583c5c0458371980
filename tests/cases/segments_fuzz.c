/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fuzz target: the real helpers behind the real stream engine, one flow cut in two ways. The input:
 *
 *	byte 0		which helper
 *	byte 1		1: segments of one byte are the reference, else whole chunks; 2: IPv6;
 *			4: translated
 *	byte 2		how many bytes of plan follow, and the plan
 *	then chunks	be16: bit 15 from the server, the rest a length; that many bytes
 *
 * A chunk ends before the next one begins, so that what is said and what is answered keep their
 * order. A byte of the plan is one step within a chunk: bits 0..5 how long the segment is; 6, 7: in
 * order | the next one comes first | twice | reaching back.
 *
 * Contract: the same claims, in the same order, and the same state in the end. Where the engine says
 * that it lost bytes, nothing is asked but sound answers.
 */
#include <assert.h>

#include "worker/rig_test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define CHUNKS_MAX 4000 /* bytes of both directions: what is held never overflows */
#define CLAIMS_MAX 1024
#define SEQ	   0xfffffc00u

static const struct feed_limits limits = { .flows = 2, .blocks = 4, .hold = CHUNKS_MAX };

struct play {
	struct rig *rig;
	uint32_t sent[2]; /* bytes of each direction, chunks before this one */
	struct claim claims[CLAIMS_MAX];
	unsigned n_claims;
	bool lost;
	uint8_t state[HELPER_STATE_MAX]; /* the parser's own: the kernel is not told of every change */
};

struct plan {
	const uint8_t *steps; /* NULL: whole chunks */
	uint32_t n, at;
};

static const struct helper *helper; /* the one at hand */
static uint8_t *state;		    /* of the play at hand */

static enum outcome parse(const struct input *in, void *its_state, struct output *out)
{
	enum outcome outcome = helper->parse(in, its_state, out);

	if (outcome != OUTCOME_MORE)
		memcpy(state, its_state, helper->manifest->state_len);
	return outcome;
}

static struct addr address(bool v6, uint8_t host)
{
	const uint8_t bytes[16] = { v6 ? 0x20 : 192, v6 ? 1 : 0, v6 ? 0x0d : 2,
				    v6 ? 0xb8 : host, [15] = v6 ? host : 0 };

	return addr_from_bytes(v6 ? AF_INET6 : AF_INET, bytes);
}

static void begin(struct play *p, const struct helper *watched, uint8_t how)
{
	bool v6 = how & 2, nat = how & 4;

	*p = (struct play){ .rig = rig_new(watched, IPPROTO_TCP, &limits) };
	p->rig->packet.orig.src = address(v6, 10);
	p->rig->packet.orig.dst = address(v6, nat ? 99 : 1);
	p->rig->packet.orig.dport = helper->manifest->port;
	p->rig->packet.reply.src = address(v6, 1);
	p->rig->packet.reply.dst = address(v6, nat ? 98 : 10);
	p->rig->packet.reply.sport = helper->manifest->port;
	rig_send(p->rig, DIRECTION_ORIG, LINK_PACKET_SYN, SEQ, "");
	rig_send(p->rig, DIRECTION_REPLY, LINK_PACKET_SYN, SEQ, "");
}

static void emit(struct play *p, enum direction d, const uint8_t *chunk, uint32_t from, uint32_t to)
{
	const struct link_answer *a;

	if (from >= to)
		return;
	a = rig_send_cut(p->rig, d, 0, SEQ + p->sent[d] + from, chunk + from, to - from, 0);
	assert(!p->rig->n_bad_answers);
	p->lost |= a->lost;
	for (unsigned i = 0; i < a->n_claims && p->n_claims < CLAIMS_MAX; i++)
		p->claims[p->n_claims++] = a->claims[i];
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void emit_chunk(struct play *p, enum direction d, const uint8_t *chunk, uint32_t len,
		       struct plan *plan)
{
	for (uint32_t at = 0, end; at < len; at = end) {
		uint8_t step = plan->steps ? plan->steps[plan->at++ % plan->n] : 0;
		uint32_t back = step & 31;

		end = plan->steps ? least(len, at + 1 + (step & 63) * (step & 63) / 4) : len;
		if (step >> 6 == 1)
			emit(p, d, chunk, end, least(len, end + back));
		emit(p, d, chunk, step >> 6 == 3 && at > back ? at - back : at, end);
		if (step >> 6 == 2)
			emit(p, d, chunk, at, end);
	}
	p->sent[d] += len;
}

static void play(struct play *p, const uint8_t *data, size_t len, struct plan *plan)
{
	state = p->state;
	while (len >= 2) {
		enum direction d = data[0] & 0x80 ? DIRECTION_REPLY : DIRECTION_ORIG;
		uint32_t n = (data[0] & 0x7fu) << 8 | data[1];

		data += 2;
		len -= 2;
		n = least(n, (uint32_t)len);
		emit_chunk(p, d, data, n, plan);
		data += n;
		len -= n;
	}
}

static void compare(const struct play *a, const struct play *b)
{
	if (a->lost || b->lost)
		return;
	assert(a->n_claims == b->n_claims);
	for (unsigned i = 0; i < a->n_claims; i++) {
		const struct claim *x = &a->claims[i], *y = &b->claims[i];

		assert(x->from == y->from && x->to == y->to && x->l4 == y->l4);
		assert(x->class == y->class && x->port == y->port && x->from_port == y->from_port);
		assert(x->permanent == y->permanent && addr_equal(&x->other, &y->other));
	}
	assert(!memcmp(a->state, b->state, sizeof(a->state)));
	assert(feed_counts(a->rig->feed).guarded == feed_counts(b->rig->feed).guarded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t bytewise[1];
	static struct play a, b;
	struct plan whole = { 0 }, fine = { bytewise, 1, 0 }, planned;
	struct helper watched = { .parse = parse };
	unsigned n_helpers = 0;

	while (helpers[n_helpers])
		n_helpers++;
	if (len < 4 || len > CHUNKS_MAX || data[2] > len - 3)
		return 0;
	planned = (struct plan){ data[2] ? data + 3 : bytewise, data[2] ? data[2] : 1, 0 };
	helper = helpers[data[0] % n_helpers];
	watched.manifest = helper->manifest;
	begin(&a, &watched, data[1]);
	begin(&b, &watched, data[1]);
	play(&a, data + 3 + data[2], len - 3 - data[2], data[1] & 1 ? &fine : &whole);
	play(&b, data + 3 + data[2], len - 3 - data[2], &planned);
	compare(&a, &b);
	rig_free(a.rig);
	rig_free(b.rig);
	return 0;
}
