/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fuzz target of streams and feed.
 *
 *	byte 0: bits 0: records, not lines; 1: with a SYN; 2: arbitrary packets; 3: sent by the server
 *
 * Differential: then the length of the plan, the plan, the stream. The stream goes in byte by byte,
 * which is the reference, then in segments as the plan says: the same claims and the same state.
 * Arbitrary packets: then packets with any flags, numbers and flows; the answers must be sound.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/rig_test.h"

#define STREAM_MAX 3000 /* one packet may hold it as newlines alone: below the feed's cap */
#define SEQ	   0xfffffe00u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct feed_limits wide = { .flows = 2, .blocks = 1, .hold = STREAM_MAX };
static const struct feed_limits narrow = { .flows = 3, .blocks = 2, .hold = 40 };

struct stream_input {
	const uint8_t *plan, *bytes;
	uint32_t n_plan, len;
	enum direction direction;
};

static void send_part(struct rig *rig, const struct stream_input *in, uint32_t start, uint32_t end)
{
	if (end > in->len)
		end = in->len;
	if (start < end)
		rig_send_cut(rig, in->direction, 0, SEQ + start, in->bytes + start, end - start, 0);
}

/* A byte of the plan: bits 0..5 the length; 6, 7: in order | the next segment first | doubled, with
 * a keep-alive | reaching back. When the plan is at its end it starts again. */
static bool send_planned(struct rig *rig, const struct stream_input *in)
{
	uint32_t at = 0;
	bool lost = false;

	for (uint32_t i = 0; at < in->len; i++) {
		uint8_t op = in->n_plan ? in->plan[i % in->n_plan] : 0xff;
		uint32_t n = in->n_plan ? 1u + (op & 63) * (op & 63) : in->len;
		uint32_t back = op & 31;

		if (op >> 6 == 1)
			send_part(rig, in, at + n, at + n + back);
		lost |= rig->answer.lost;
		if (op >> 6 == 3 && in->n_plan)
			send_part(rig, in, at > back ? at - back : 0, at + n);
		else
			send_part(rig, in, at, at + n);
		lost |= rig->answer.lost;
		if (op >> 6 == 2) {
			send_part(rig, in, at, at + n);
			rig_send_cut(rig, in->direction, 0, SEQ + at, "\xff", at ? 1 : 0, 0);
		}
		at += n;
	}
	return lost;
}

static void compare(const struct helper *helper, bool syn, const struct stream_input *in)
{
	struct rig *a = rig_new(helper, IPPROTO_TCP, &wide);
	struct rig *b = rig_new(helper, IPPROTO_TCP, &wide);
	bool lost;

	if (syn) {
		rig_send(a, in->direction, LINK_PACKET_SYN, SEQ, "");
		rig_send(b, in->direction, LINK_PACKET_SYN, SEQ, "");
	} else {
		send_part(b, in, 0, 1);
	}
	for (uint32_t i = 0; i < in->len; i++)
		send_part(a, in, i, i + 1);
	lost = send_planned(b, in);
	assert(!a->n_bad_answers && !b->n_bad_answers);
	assert(!memcmp(a->state, b->state, sizeof(struct toy_state)));
	assert(lost || a->n_ports == b->n_ports);
	assert(lost || !memcmp(a->ports, b->ports, a->n_ports * sizeof(a->ports[0])));
	assert(feed_counts(a->feed).guarded == feed_counts(b->feed).guarded);
	assert(feed_counts(a->feed).broken == feed_counts(b->feed).broken);
	rig_free(a);
	rig_free(b);
}

/* Per packet: flow and direction, flags, sequence number (4 bits of it absolute), length, cut. */
static void send_arbitrary(const struct helper *helper, uint8_t l4, const uint8_t *data, size_t len)
{
	struct rig *rig = rig_new(helper, l4, &narrow);
	struct cursor c = cursor_over(data, len);

	while (c.left > 6) {
		uint8_t who = cursor_u8(&c), flags = cursor_u8(&c);
		uint16_t number = cursor_be16(&c);
		uint8_t size = cursor_u8(&c), cut = cursor_u8(&c);
		uint32_t seq = number & 0xf000 ? (uint32_t)number << 17 : SEQ + number;
		uint32_t n = size < c.left ? size : (uint32_t)c.left;

		rig->packet.flow_id = who & 7;
		rig->packet.orig.src.bytes[3] = who >> 3 & 1;
		rig->packet.state_len = who >> 4 & 1 ? HELPER_STATE_MAX : 0;
		/* now and then only, so that streams live for a while */
		flags = flags & 0xf0 ? 0 : flags & 7;
		cut = cut & 0xc0 ? 0 : cut;
		rig_send_cut(rig, who & 0x80 ? DIRECTION_REPLY : DIRECTION_ORIG, flags, seq,
			     cursor_bytes(&c, n), n, cut);
		assert(!rig->n_bad_answers);
	}
	rig_free(rig);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct stream_input in;
	const struct helper *helper;

	if (len < 2)
		return 0;
	helper = data[0] & 1 ? &toy_records : &toy_lines;
	if (data[0] & 4) {
		send_arbitrary(helper, data[0] & 2 ? IPPROTO_UDP : IPPROTO_TCP, data + 1, len - 1);
		return 0;
	}
	in.n_plan = data[1] < len - 2 ? data[1] : (uint32_t)(len - 2);
	in.plan = data + 2;
	in.bytes = in.plan + in.n_plan;
	in.len = (uint32_t)(len - 2 - in.n_plan);
	in.direction = data[0] & 8 ? DIRECTION_REPLY : DIRECTION_ORIG;
	if (in.len <= STREAM_MAX)
		compare(helper, data[0] & 2, &in);
	return 0;
}
