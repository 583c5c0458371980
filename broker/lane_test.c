/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Scenarios of a lane's life, over real sockets and with the real judge; only the sender of a
 * netlink message, the time and the kernel's expectations are made up.
 */
#include "broker/rig_test.h"

#include <stdatomic.h>

static const char *const three[] = { "a", "b", "c", NULL };

static void test_order(void)
{
	rig_open();
	rig_employ(10);
	rig_queue_texts(1, three);
	is_str(rig_worker(), "1:a 2:b 3:c", "the worker gets them in order");
	is_str(rig_kernel(), "", "nothing is judged yet");
	ok(lane_is_busy(rig.lane), "busy");
	rig_answer(1);
	is_str(rig_kernel(), "v1", "one answer, one verdict");
	rig_answer(2);
	rig_answer(3);
	is_str(rig_kernel(), "v2 v3", "in order");
	ok(!lane_is_busy(rig.lane), "idle");
	rig_queue_texts(4, three);
	rig_send_answer(&(struct link_answer){
		.id = 4, .n_messages = 3, .n_malformed = 2, .lost = 1, .note = 7 });
	rig_send_answer(&(struct link_answer){ .id = 5, .set_state = 1 });
	rig_answer(6);
	is_str(rig_kernel(), "v4 v5+4 v6", "several at once; one with state");
	is_int((long long)rig.counters.packets, 6, "packets");
	is_int((long long)rig.counters.parsed, 6, "parsed");
	is_int((long long)rig.counters.messages, 3, "messages");
	is_int((long long)rig.counters.malformed, 2, "malformed");
	is_int((long long)rig.counters.lost_claims, 1, "lost claims");
	is_int((long long)rig.counters.notes[7], 1, "note");
	is_int((long long)rig.counters.violations, 0, "no violation");
	rig_close();
}

static void test_flows(void)
{
	rig_open();
	rig_employ(10);
	rig_queue(&(struct queued){ .id = 1, .payload = "q", .l4 = IPPROTO_UDP, .first = true });
	rig_queue(&(struct queued){ .id = 2, .payload = "q", .l4 = IPPROTO_UDP });
	is_int((long long)rig.counters.flows, 1, "a flow begins once");
	rig_close();
}

static void test_latency(void)
{
	const struct latency *latency = &rig.counters.latency;

	rig_open();
	rig_employ(10);
	rig_queue_texts(1, three);
	rig_turn();
	is_int((long long)latency_count(latency), 0, "no verdict, no time");
	rig.now += 7;
	rig_answer(1);
	is_int((long long)latency->sum, 7000, "from the queue to the verdict");
	is_int((long long)latency->buckets[latency_bucket(7000)], 1, "in its bucket");
	rig.now += 3;
	rig_answer(2);
	rig_answer(3);
	is_int((long long)latency_count(latency), 3, "each once");
	is_int((long long)latency->sum, 27000, "all three");
	rig_close();
}

static void rig_claim_answers(uint32_t n)
{
	atomic_fetch_add(&rig.ring.up->given, n);
	ring_bell(rig.bell);
}

/* Each is sent while packets 1 to 3 are under way; the link must go. */
static void test_violations(void)
{
	static const struct link_answer answers[] = {
		{ .id = 2 },
		{ .id = 3 },
		{ .id = 4 },
		{ .id = 0 },
		{ .id = UINT32_MAX },
		{ .id = 1u << 31 },
		{ .id = 1, .outcome = OUTCOME_LAST + 1 },
		{ .id = 1, .n_claims = OUTPUT_CLAIMS_MAX + 1 },
		{ .id = 1, .n_edits = 1 },
	};
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]) + 3; i++) {
		size_t n = sizeof(answers) / sizeof(answers[0]);

		rig_open();
		rig_employ(10);
		rig_queue_texts(1, three);
		if (i < n)
			rig_send_answer(&answers[i]);
		else if (i > n) /* one, or four thousand million, that nobody has written */
			rig_claim_answers(i == n + 1 ? 1 : UINT32_MAX);
		for (int twice = 0; i == n && twice < 2; twice++)
			rig_send_answer(&(struct link_answer){ .id = 1 });
		rig_turn();
		is_int((long long)rig.counters.violations, 1, "violation %zu", i);
		is_int(rig.lane->link, -1, "the link is gone");
		ok(lane_tick(rig.lane), "another worker is asked for");
		is_str(rig_kernel(), i == n ? "v1" : "", "no verdict from it");
		rig_close();
		is_int((long long)rig.counters.unanswered, i == n ? 2 : 3,
		       "all pass at the end");
	}
}

static void test_flood(void)
{
	int n = 0;

	rig_open();
	rig_employ(10);
	rig_queue_texts(1, three);
	rig_answer(1);
	is_str(rig_kernel(), "v1", "an answer");
	for (; n < 1000; n++)
		ring_bell(rig.bell);
	for (int i = 0; i < 2 * RING_ANSWERS; i++) {
		*ring_answer(&rig.ring) = (struct link_answer){ .id = 2 };
		ring_give(&rig.ring);
	}
	rig_turn();
	is_str(rig_kernel(), "v2", "one counts");
	is_int((long long)rig.counters.violations, 1, "one violation");
	ok(lane_tick(rig.lane), "another worker is asked for");
	rig_employ(11);
	is_str(rig_kernel(), "v3", "the next one is as if it were at it");
	rig_close();
}

static void test_death(void)
{
	rig_open();
	rig_employ(10);
	rig_queue_texts(1, three);
	rig_send_answer(&(struct link_answer){ .id = 1 });
	rig_kill(); /* with all three unread */
	is_str(rig_kernel(), "v1", "what it answered at the last counts");
	ok(lane_tick(rig.lane), "another one is asked for");
	ok(!lane_tick(rig.lane), "once");
	rig_employ(11);
	is_str(rig_kernel(), "", "nothing passes unread");
	is_str(rig_worker(), "2:b 3:c", "the rest is sent again");
	is_int((long long)rig.counters.unanswered, 0, "counted");
	is_int(rig.lane->worker, 11, "the new one's pid");
	rig_answer(2);
	rig_answer(3);
	is_str(rig_kernel(), "v2 v3", "and judged");
	rig_kill();
	rig_employ(12);
	is_str(rig_kernel(), "", "nobody was at anything");
	is_int((long long)rig.counters.worker_starts, 3, "three workers");
	rig_queue_texts(4, three);
	rig_send_answer(&(struct link_answer){ .id = 4 });
	rig_employ(13); /* before the lane knows of the death */
	is_str(rig_kernel(), "v4", "the answer is read first");
	is_str(rig_worker(), "5:b 6:c", "the rest is sent again");
	rig_close();
}

static void test_death_unsent(void)
{
	rig_open();
	rig_queue_texts(1, three);
	is_str(rig_kernel(), "", "without a worker they wait in the kernel");
	is_int((long long)rig.counters.packets, 0, "unread");
	ok(lane_tick(rig.lane), "a worker is asked for");
	rig_employ(10);
	is_str(rig_worker(), "1:a 2:b 3:c", "there they go");
	rig_kill();
	rig_queue_texts(4, three);
	is_int((long long)rig.counters.packets, 3, "others wait again");
	rig_employ(11);
	is_str(rig_kernel(), "", "none passes");
	is_str(rig_worker(), "1:a 2:b 3:c 4:a 5:b 6:c", "all in order");
	rig_kill();
	rig_employ(12);
	is_str(rig_kernel(), "v1", "what two workers were at passes");
	is_str(rig_worker(), "2:b 3:c 4:a 5:b 6:c", "all others in order");
	rig_close();
	is_int(rig.counters.unanswered, 6, "let go at the end");
}

static void test_hang(void)
{
	rig_open();
	rig_employ(10);
	rig_queue_texts(1, three);
	rig.now += LANE_DEADLINE_MS;
	ok(!lane_tick(rig.lane), "at the deadline it may still answer");
	rig.now++;
	ok(lane_tick(rig.lane), "then another one is asked for");
	is_int(rig.lane->link, -1, "its link is closed");
	is_str(rig_kernel(), "", "the packets wait for the next one");
	rig.now += LANE_DEADLINE_MS;
	ok(!lane_tick(rig.lane), "asked once");
	is_str(rig_kernel(), "", "they still wait");
	rig.now++;
	lane_tick(rig.lane);
	is_str(rig_kernel(), "until3", "none came: all pass");
	rig_queue_texts(4, three);
	is_str(rig_kernel(), "v4 v5 v6", "and so do the next, at once");
	is_int((long long)rig.counters.passed, 3, "counted");
	rig_employ(11);
	rig_queue_texts(7, three);
	is_str(rig_worker(), "4:a 5:b 6:c", "one came: they are parsed again");
	rig.now += LANE_DEADLINE_MS + 1;
	rig_send_answer(&(struct link_answer){ .id = 4 });
	rig_send_answer(&(struct link_answer){ .id = 5 });
	rig_send_answer(&(struct link_answer){ .id = 6 });
	ok(!lane_tick(rig.lane), "we were late, not the worker");
	is_str(rig_kernel(), "until9", "its answers count");
	ok(rig.lane->link >= 0, "it stays");
	rig_close();
}

static void test_full_ring(void)
{
	rig_open();
	rig_employ(10);
	for (uint32_t i = 1; i <= LANE_SLOTS + 2; i++)
		rig_queue(&(struct queued){ .id = i, .payload = "x" });
	is_int((long long)rig.counters.packets, LANE_SLOTS, "a full ring stops reading");
	rig_answer(1);
	is_int((long long)rig.counters.packets, LANE_SLOTS + 1, "one answer, one more");
	rig_worker();
	for (uint32_t i = 2; i <= LANE_SLOTS; i++)
		rig_send_answer(&(struct link_answer){ .id = i });
	rig_turn();
	is_int((long long)rig.counters.packets, LANE_SLOTS + 2, "and the rest");
	is_str(rig_worker() + strlen(rig_words) - 5, "130:x", "on to the worker");
	rig_close();
}

/* The worker's ring holds fewer packets of this size than ours. */
static void test_full_memory(void)
{
	static char payload[65000];
	uint32_t sent = 0, id = 1;

	memset(payload, 'y', sizeof(payload));
	rig_open();
	rig_employ(10);
	while (sent == rig.counters.packets && id < LANE_SLOTS) {
		rig_queue(
			&(struct queued){ .id = id++, .payload = payload, .len = sizeof(payload) });
		sent++;
	}
	ok(sent > 2 && sent < LANE_SLOTS, "full memory stops reading (after %u)", sent);
	for (uint32_t got = 0; got < sent; got++) {
		ok(strchr(rig_worker_some(1), ':') != NULL, "packet %u", got + 1);
		rig_answer(got + 1);
	}
	is_int((long long)rig.counters.packets, sent, "all were read");
	is_int((long long)rig.counters.parsed, sent, "all were judged");
	rig_close();
}

/* Not for the parser: judged at once. */
static void test_passed(void)
{
	static const struct {
		const char *what;
		struct queued packet;
		const char *worker;
	} rows[] = {
		{ "an acknowledgement", { .id = 9, .flags = PACKET_TCP_ACK }, "" },
		{ "SYN", { .id = 9, .flags = PACKET_TCP_SYN }, "notice:S" },
		{ "FIN", { .id = 9, .flags = PACKET_TCP_FIN | PACKET_TCP_ACK }, "notice:F" },
		{ "RST", { .id = 9, .flags = PACKET_TCP_RST }, "notice:R" },
		{ "another helper's", { .id = 9, .payload = "x", .helper = "ftp" }, "" },
		{ "nobody's", { .id = 9, .payload = "x", .helper = "" }, "" },
		{ "another's SYN", { .id = 9, .flags = PACKET_TCP_SYN, .helper = "ftp" }, "" },
		{ "no flow", { .id = 9, .payload = "x", .no_flow = true }, "" },
		{ "an error about it", { .id = 9, .payload = "x", .info = IP_CT_RELATED_REPLY }, "" },
		{ "an empty datagram", { .id = 9, .l4 = IPPROTO_UDP }, "" },
	};

	rig_open();
	rig_employ(10);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rig_queue(&rows[i].packet);
		is_str(rig_kernel(), "v9", "%s", rows[i].what);
		is_str(rig_worker(), rows[i].worker, "what the worker hears of it");
		is_int((long long)rig.counters.passed, (long long)i + 1, "counted");
	}
	rig_queue(&(struct queued){ .id = 9, .payload = "x", .flags = PACKET_TCP_FIN });
	is_str(rig_worker(), "1:x", "FIN with payload is for the parser");
	rig_answer(1);
	rig_queue(&(struct queued){ .id = 10, .payload = "x", .l4 = IPPROTO_UDP });
	is_str(rig_worker(), "2:x", "so is a datagram");
	rig_answer(2);
	rig_queue(&(struct queued){ .id = 11, .payload = "x", .info = IP_CT_RELATED });
	is_str(rig_worker(), "3:x", "and a flow through a pinhole that is not answered yet");
	rig_close();
}

static void test_malformed(void)
{
	struct queued q = { .id = 9, .payload = "four" }; /* no padding behind it */
	struct nlmsghdr *nlh = rig_message(&q);
	uint32_t len = nlh->nlmsg_len;
	struct nlmsgerr e = { .error = -EPERM };
	char buf[64] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *error = mnl_nlmsg_put_header(buf);

	rig_open();
	rig_employ(10);
	for (uint32_t cut = 1; cut < len; cut++)
		rig_write(nlh, cut);
	rig_turn();
	is_int((long long)rig.counters.packets, 0, "cut messages are no packets");
	nlh->nlmsg_len = UINT32_MAX;
	rig_write(nlh, len);
	nlh->nlmsg_len = len;
	nlh->nlmsg_type++;
	rig_write(nlh, len);
	nlh->nlmsg_type--;
	rig.sender = 1;
	rig_write(nlh, len);
	rig_turn();
	is_int((long long)rig.counters.packets, 0, "wrong length, type, sender");
	rig.sender = 0;
	for (uint32_t cut = NLMSG_HDRLEN; cut <= len - NLMSG_ALIGNTO;
	     cut++) { /* libmnl rounds up */
		nlh->nlmsg_len = cut;
		rig_write(nlh, len);
		rig_turn();
	}
	is_str(rig_worker(), "", "sound messages with cut attributes are not parsed");
	for (const char *at = rig_kernel(); *at; at += strcspn(at, " "), at += *at == ' ')
		if (strncmp(at, "v9", 2))
			ok(false, "those with an id pass");
	q.id = 0;
	rig_queue(&q);
	is_str(rig_kernel(), "", "no id, no verdict");
	error->nlmsg_type = NLMSG_ERROR;
	rig_write(error, error->nlmsg_len);
	memcpy(mnl_nlmsg_put_extra_header(error, sizeof(e)), &e, sizeof(e));
	rig_write(error, error->nlmsg_len);
	((struct nlmsgerr *)mnl_nlmsg_get_payload(error))->error = -ENOENT;
	rig_write(error, error->nlmsg_len);
	rig_turn();
	is_int((long long)rig.counters.kernel_errors, 1,
	       "an error counts, a vanished packet does not");
	rig_queue(&(struct queued){ .id = 10, .payload = "x" });
	is_str(rig_worker(), "1:x", "after all this, a packet");
	rig_close();
}

/* Positions wrap at 2^32, ids before. */
static void test_wrap(void)
{
	static const uint32_t positions[] = { (1u << 31) - 2, UINT32_MAX - 1 };

	for (size_t i = 0; i < 2; i++) {
		rig_open();
		rig.lane->head = rig.lane->unsent = rig.lane->tail = positions[i];
		rig_employ(10);
		rig_queue_texts(1, three);
		is_str(rig_worker(), "2147483647:a 2147483648:b 1:c", "ids around the wrap");
		rig_answer((1u << 31) - 1);
		rig_answer(1u << 31);
		rig_answer(1);
		is_str(rig_kernel(), "v1 v2 v3", "judged");
		rig_close();
	}
}

/* Where a new worker may begin to read. */
static void test_midway(void)
{
	struct link_answer whole = { .id = 1, .boundary = 1 };

	rig_open();
	rig_employ(10);
	rig_queue(&(struct queued){ .id = 1, .payload = "a", .seq = 100 });
	rig_worker();
	ok(rig.midway, "nothing is known of a flow that was there before");
	rig_send_answer(&whole);
	rig_turn();
	rig_queue(&(struct queued){ .id = 2, .payload = "b", .seq = 101 });
	rig_worker();
	ok(!rig.midway, "a message ended right before");
	rig_answer(2);
	rig_queue(&(struct queued){ .id = 3, .payload = "c", .seq = 102 });
	rig_worker();
	ok(rig.midway, "none did");
	rig_queue(&(struct queued){ .id = 4, .payload = "d", .seq = 101, .info = 3 });
	rig_worker();
	ok(rig.midway, "the other direction is another stream");
	rig_queue(&(struct queued){ .id = 5, .seq = 500, .flags = PACKET_TCP_SYN });
	rig_queue(&(struct queued){ .id = 6, .payload = "e", .seq = 501 });
	rig_worker();
	ok(!rig.midway, "a connection begins with a message");
	rig_queue(&(struct queued){ .id = 7, .payload = "f", .l4 = IPPROTO_UDP });
	rig_worker();
	ok(!rig.midway, "a datagram is whole");
	rig_close();
}

static const struct manifest lines = {
	.name = "toy",
	.state_len = 4,
	.n_classes = 1,
	.resync_line = true,
	.classes = { { .name = "toy", .l4s = MANIFEST_TCP, .min_port = 1024 } },
};

/* A broker that dies with three packets of two flows in its hands. */
static void test_succession(void)
{
	static const struct link_answer whole = { .id = 1, .boundary = 1 };

	rig_open();
	rig_employ(10);
	is_str(rig_kernel(), "", "nothing is judged at first");
	rig_queue(&(struct queued){ .id = 1, .payload = "a", .seq = 100 });
	rig_send_answer(&whole);
	rig_turn();
	is_str(rig_kernel(), "v1", "answered");
	rig_queue(&(struct queued){ .id = 2, .payload = "b", .seq = 500, .flow_id = 2 });
	rig_queue(&(struct queued){ .id = 3, .payload = "c", .seq = 501, .flow_id = 2 });
	rig_queue(&(struct queued){ .id = 4, .payload = "d", .l4 = IPPROTO_UDP, .flow_id = 3 });
	rig_succeed();
	is_str(rig_kernel(), "until4", "its successor passes what it had");
	rig_employ(11);
	rig_queue(&(struct queued){ .id = 6, .payload = "e", .seq = 101 });
	is_str(rig_kernel(), "until5", "and what it had no time to remember");
	is_str(rig_worker(), "1:e", "the next packet goes to the worker");
	ok(!rig.midway, "which knows that a message begins there");
	rig_answer(1);
	rig_queue(&(struct queued){ .id = 7, .payload = "f", .seq = 502, .flow_id = 2 });
	is_str(rig_kernel(), "v6", "only once");
	rig_worker();
	ok(rig.midway, "nobody has read the message before");
	is_int(rig.memory.flows[2].sent[0], 502, "what was in its hands counts as gone");
	rig_close();

	rig.manifest = &lines;
	rig_open();
	rig_employ(12);
	rig_queue(&(struct queued){ .id = 1, .payload = "a\n", .seq = 100 });
	rig_succeed();
	rig_employ(13);
	rig_queue(&(struct queued){ .id = 2, .payload = "b\n", .seq = 102 });
	rig_worker();
	ok(!rig.midway, "behind a line a message begins, whoever has read it");
	rig_close();
	rig.manifest = NULL;
}

/* What no worker reads does not go before what one is at. */
static void test_overtaking(void)
{
	const uint8_t fin = PACKET_TCP_FIN, rst = PACKET_TCP_RST;

	rig_open();
	rig_employ(10);
	rig_queue(&(struct queued){ .id = 1, .payload = "a", .seq = 100 });
	rig_queue(&(struct queued){ .id = 2, .seq = 101, .flags = fin });
	is_str(rig_kernel(), "", "the end waits for what was said before");
	rig_queue(&(struct queued){ .id = 3, .seq = 101 });
	rig_queue(&(struct queued){ .id = 4, .flags = fin, .info = IP_CT_ESTABLISHED_REPLY });
	rig_queue(&(struct queued){ .id = 5, .flags = fin, .flow_id = 2 });
	is_str(rig_kernel(), "v3 v4 v5", "no acknowledgement does, no other direction, no other flow");
	is_str(rig_worker(), "1:a notice:F notice:F notice:F", "the worker knows");
	rig_answer(1);
	is_str(rig_kernel(), "until2", "in order");
	rig_queue(&(struct queued){ .id = 6, .payload = "b", .flow_id = 3 });
	rig_queue(&(struct queued){ .id = 7, .payload = "c", .flow_id = 3 });
	is_str(rig_worker(), "3:b 4:c", "two");
	rig_send_answer(&(struct link_answer){ .id = 3, .outcome = OUTCOME_DONE });
	rig_turn();
	rig_queue(&(struct queued){ .id = 8, .payload = "d", .flow_id = 3 });
	is_str(rig_kernel(), "v6", "one flow is done with, but not all of it is judged");
	rig_answer(4);
	is_str(rig_kernel(), "until8", "now it is");
	rig_queue(&(struct queued){ .id = 9, .payload = "e", .flow_id = 4 });
	rig_queue(&(struct queued){ .id = 10, .flags = rst, .flow_id = 4 });
	rig_queue(&(struct queued){ .id = 11, .payload = "f", .flow_id = 5 });
	rig_kill();
	rig_employ(11);
	is_str(rig_worker(), "6:e notice:R 8:f", "the next worker, too");
	rig_answer(6);
	is_str(rig_kernel(), "until10", "in order");
	rig_queue(&(struct queued){ .id = 12, .flags = fin, .flow_id = 5 });
	rig_answer(8);
	is_str(rig_kernel(), "until12", "and of the other flow");
	rig_close();
}

/* A rule fills the queue: no SYN is seen, but its answer. */
static void test_by_rule(void)
{
	const uint8_t both = PACKET_TCP_SYN | PACKET_TCP_ACK;
	struct queued answer = { .id = 1, .flags = both, .seq = 500, .ack = 101,
				 .info = IP_CT_ESTABLISHED_REPLY };

	rig.by_rule = true;
	rig_open();
	rig_employ(10);
	rig_queue(&(struct queued){ .id = 9, .payload = "a", .seq = 101 });
	is_str(rig_worker(), "1:a", "a packet of a stream whose beginning nobody saw");
	ok(rig.midway, "is called so");
	rig_answer(1);
	is_str(rig_kernel(), "v9=PAST", "of a flow that is not confirmed: it goes past the rule");
	rig_queue(&(struct queued){ .id = 9, .no_flow = true });
	is_str(rig_kernel(), "v9=PAST", "so does one of no flow");
	rig_queue(&(struct queued){ .id = 9, .status = IPS_CONFIRMED | IPS_SEQ_ADJUST });
	is_str(rig_kernel(), "v9=PAST", "and one whose numbers the kernel adjusts");
	rig_queue(&(struct queued){ .id = 9, .status = IPS_CONFIRMED });
	is_str(rig_kernel(), "v9", "any other is accepted");
	rig_queue(&answer);
	is_str(rig_kernel(), "v1=PAST", "so does what no worker has to judge");
	is_str(rig_worker(), "notice:R notice:S notice:S", "one stream is over, two begin");
	rig_queue(&answer);
	is_str(rig_worker(), "notice:S", "the same again is no other beginning");
	rig_queue(&(struct queued){ .id = 2, .payload = "b", .seq = 101 });
	is_str(rig_worker(), "2:b", "the client's first");
	ok(!rig.midway, "is known for that");
	rig_queue(&(struct queued){ .id = 3, .payload = "c", .seq = 501, .info = IP_CT_ESTABLISHED_REPLY });
	is_str(rig_worker(), "3:c", "the server's first");
	ok(!rig.midway, "too");
	rig_answer(2);
	rig_answer(3);
	answer.seq = 900;
	rig_queue(&answer);
	is_str(rig_worker(), "notice:R notice:S notice:S", "the same tuple and number, another connection");
	rig_queue(&(struct queued){ .id = 4, .payload = "d", .seq = 101, .nated = true });
	(void)rig_kernel();
	rig_succeed();
	is_str(rig_kernel(), "until4=PAST", "a successor lets them go the same way");
	rig_close();
	rig.by_rule = false;
}

int main(void)
{
	test_order();
	test_flows();
	test_latency();
	test_violations();
	test_flood();
	test_death();
	test_death_unsent();
	test_hang();
	test_full_ring();
	test_full_memory();
	test_passed();
	test_malformed();
	test_wrap();
	test_midway();
	test_succession();
	test_overtaking();
	test_by_rule();
	return done_testing();
}
