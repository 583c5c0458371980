/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From answers to what the kernel is told: pinholes, rewriting, and what the same bytes become
 * when they are sent again, in other pieces, or after a worker forgot them.
 */
#include "broker/rig_test.h"

/* Of answers: the client announces a port of its own, 4 digits at `off`. */
static struct link_answer announce(uint32_t id, uint32_t off)
{
	struct link_answer a = { .id = id, .outcome = OUTCOME_FOUND, .n_claims = 1, .n_edits = 1 };

	a.claims[0] = (struct claim){
		.from = PARTY_SERVER, .to = PARTY_CLIENT, .l4 = IPPROTO_TCP, .port = 2049
	};
	a.edits[0] = (struct edit){ .off = off, .len = 4, .form = EDIT_DECIMAL_PORT };
	return a;
}

static uint32_t next_id;

static void begin(void)
{
	rig_open();
	rig_employ(10);
	rig.granted = 10000;
	next_id = 1;
}

/* Queues a packet of the translated TCP flow and answers it; what the kernel is told. */
static const char *judge(uint32_t seq, const char *payload, const struct link_answer *a)
{
	struct link_answer answer = a ? *a : (struct link_answer){ 0 };

	rig_queue(&(struct queued){ .id = next_id, .payload = payload, .seq = seq, .nated = true });
	rig_worker();
	answer.id = next_id++;
	rig_send_answer(&answer);
	rig_turn();
	return rig_kernel();
}

static const struct link_answer at5 = {
	.outcome = OUTCOME_FOUND,
	.n_claims = 1,
	.n_edits = 1,
	.claims = { { .from = PARTY_SERVER, .to = PARTY_CLIENT, .l4 = IPPROTO_TCP, .port = 2049 } },
	.edits = { { .off = 5, .len = 4, .form = EDIT_DECIMAL_PORT } },
};

static void test_again(void)
{
	struct link_answer a = announce(0, 15);

	begin();
	is_str(judge(1000, "PORT 2049;", &at5), "ct:1005:0:1 v1=PORT 10000;", "rewritten");
	is_int(rig.n_open, 1, "and open");
	is_str(judge(1000, "PORT 2049;", NULL), "v2=PORT 10000;", "sent again: the same");
	is_str(judge(1002, "RT 2049;", NULL), "v3=RT 10000;", "a part of it");
	is_str(judge(1000, "PORT 2049;more", NULL), "v4=PORT 10000;more", "with more");
	is_str(judge(1000, "PORT 20", NULL), "v5=PORT 100", "cut: what stands before the boundary");
	is_str(judge(1000, "PORT 2049;PORT 2049;", &a), "ct:1005:0:2 v6=PORT 10000;PORT 10000;",
	       "with a second one: both, from the first on");
	is_str(judge(1000, "PORT 2049;PORT 2049;", NULL), "v7=PORT 10000;PORT 10000;", "again");
	is_str(judge(1020, "PORT 2049;", &at5), "ct:1025:2:3 v8=PORT 10000;", "a third counts on");
	is_int((long long)rig.counters.opened, 3, "three pinholes");
	is_int((long long)rig.counters.rewritten, 8, "packets");
	rig_close();
}

/* A new worker does not know what its predecessor asked for. */
static void test_forgetful_worker(void)
{
	begin();
	judge(1000, "PORT 2049;", &at5);
	is_str(judge(1000, "PORT 2049;", &at5), "v2=PORT 10000;", "asked again: not added twice");
	is_int(rig.n_open, 2, "and open");
	rig.granted = 20000;
	is_str(judge(1000, "PORT 2049;", &at5), "v3=PORT 10000;",
	       "another port for the same bytes: they stay as they were");
	is_int(rig.n_open, 2, "and it is closed");
	is_int((long long)rig.counters.refusals[REFUSED_not_editable], 1, "counted");
	rig.granted = 10000;
	is_str(judge(990, "PORT 2049;", &at5), "v4", "before what was written: not any more");
	is_str(judge(990, "PORT 2049;PORT 2049;", &at5), "v5=PORT 2049;PORT 10000;",
	       "nor in one segment with it");
	is_int(rig.n_open, 2, "closed");
	rig_close();
}

static void test_new_connection(void)
{
	begin();
	judge(1000, "PORT 2049;", &at5);
	rig_queue(&(struct queued){
		.id = 9, .seq = 1000, .nated = true, .flags = PACKET_TCP_SYN | PACKET_TCP_ACK });
	rig_kernel();
	is_str(judge(1000, "PORT 2049;", NULL), "v2=PORT 10000;", "SYN of the other end, late");
	rig_queue(&(struct queued){ .id = 9, .seq = 999, .nated = true, .flags = PACKET_TCP_SYN });
	rig_kernel();
	is_str(judge(1000, "PORT 2049;", NULL), "v3", "a new connection: not rewritten unasked");
	is_str(judge(1010, "PORT 2049;", &at5), "ct:1015:0:1 v4=PORT 10000;", "counts from 0");
	rig_close();
}

static void test_without_worker(void)
{
	begin();
	judge(1000, "PORT 2049;", &at5);
	rig_kill();
	rig.now += LANE_DEADLINE_MS + 1;
	lane_tick(rig.lane);
	rig_queue(&(struct queued){ .id = 7, .payload = "PORT 2049;", .seq = 1000, .nated = true });
	is_str(rig_kernel(), "v7=PORT 10000;", "what was written needs no worker");
	rig_close();
}

static void test_state(void)
{
	struct link_answer a = at5;

	begin();
	a.set_state = 1;
	is_str(judge(1000, "PORT 2049;", &a), "ct:1005:0:1+4 v1=PORT 10000;",
	       "with the adjustment, where the verdict would adjust too");
	a.n_claims = a.n_edits = 0;
	is_str(judge(1000, "PORT 2049;", &a), "v2=PORT 10000;", "not with a changed length alone");
	is_str(judge(1010, "x", &a), "v3+4", "with a plain verdict");
	rig.granted = 3000;
	a = at5;
	a.set_state = 1;
	is_str(judge(1020, "PORT 2049;", &a), "v4+4=PORT 3000;", "with the same length");
	rig_queue(&(struct queued){
		.id = 8, .payload = "PORT 2049;", .nated = true, .l4 = IPPROTO_UDP });
	rig.granted = 10000;
	a.id = next_id;
	rig_send_answer(&a);
	rig_turn();
	is_str(rig_kernel(), "v8+4=PORT 10000;", "with any datagram");
	rig_close();
}

/* To be accepted by a rule's queue would adjust the flow's numbers, too. */
static void test_by_rule(void)
{
	struct queued q = { .id = 1, .payload = "PORT 2049;", .seq = 1000, .nated = true,
			    .status = IPS_CONFIRMED };
	struct link_answer a = announce(1, 5);

	rig.by_rule = true;
	begin();
	rig.granted = 3000;
	rig_queue(&q);
	rig_send_answer(&a);
	rig_turn();
	is_str(rig_kernel(), "v1=PORT 3000;", "the same length: accepted");
	rig.granted = 10000;
	q.seq = 1010;
	rig_queue(&q);
	a.id = 2;
	rig_send_answer(&a);
	rig_turn();
	is_str(rig_kernel(), "ct:1015:0:1 v1=PAST=PORT 10000;", "a longer one: past the rule");
	q = (struct queued){ .id = 2, .info = IP_CT_ESTABLISHED_REPLY, .status = IPS_CONFIRMED };
	rig_queue(&q);
	is_str(rig_kernel(), "v2=PAST", "so are those that were queued before the adjustment");
	rig_close();
	rig.by_rule = false;
}

static void test_refused(void)
{
	struct link_answer a = at5;

	begin();
	rig.refusal = REFUSED_clash;
	is_str(judge(1000, "PORT 2049;", &at5), "v1", "refused: as it is");
	is_int((long long)rig.counters.refusals[REFUSED_clash], 1, "its reason");
	rig.refusal = REFUSED_NOT;
	a.claims[0].port = 80;
	is_str(judge(1000, "PORT 2049;", &a), "v2", "refused by the gate");
	is_int((long long)rig.counters.refusals[REFUSED_low_port], 1, "its reason");
	is_int((long long)rig.counters.refused, 2, "both counted");
	a = at5;
	a.edits[0].off = EDIT_ELSEWHERE;
	is_str(judge(1000, "PORT 2049;", &a), "v3", "elsewhere");
	a.edits[0].off = 7;
	is_str(judge(1000, "PORT 2049;", &a), "v4", "outside");
	a.edits[0].off = 0;
	is_str(judge(1000, "PORT 2049;", &a), "v5", "over what announces nothing");
	is_int((long long)rig.counters.refusals[REFUSED_not_editable], 3, "their reason");
	is_int(rig.n_open, 0, "nothing stays open");
	is_int((long long)rig.counters.rewritten, 0, "nothing is rewritten");
	rig.granted = 0;
	is_str(judge(1000, "PORT 2049;", &at5), "v6", "the announced port: nothing to be changed");
	is_int(rig.n_open, 1, "open");
	rig_close();
}

static void test_unchangeable(void)
{
	static char large[65531 - 40 + 1];
	struct queued q = { .id = 1, .payload = "PORT 2049;" };
	struct link_answer a = announce(1, 5);

	begin();
	rig_queue(&q);
	rig_send_answer(&a);
	rig_turn();
	is_str(rig_kernel(), "v1", "never a byte without NAT");
	is_int(rig.n_open, 1, "open");
	q.nated = q.gso = true;
	rig_queue(&q);
	a.id = 2;
	rig_send_answer(&a);
	rig_turn();
	is_str(rig_kernel(), "v1", "several segments in one packet");
	is_int(rig.n_open, 1, "closed again");
	memset(large, 'x', sizeof(large));
	memcpy(large, "PORT 2049;", 10);
	q = (struct queued){ .id = 3, .payload = large, .len = 65531 - 40, .nated = true };
	rig_queue(&q);
	a.id = 3;
	rig_send_answer(&a);
	rig_turn();
	is_str(rig_kernel(), "v3", "too large for an attribute when grown");
	is_int(rig.n_open, 1, "closed again");
	q.len--;
	q.seq = 100000;
	rig_queue(&q);
	a.id = 4;
	rig_send_answer(&a);
	rig_turn();
	ok(!strncmp(rig_kernel(), "ct:100005:0:1 v3=PORT 10000;xx", 30), "just fits");
	is_int((long long)strlen(rig_words), (long long)strlen("ct:100005:0:1 v3=") + 65531 - 40,
	       "all of it");
	rig_close();
}

/* The beginning of an announcement on a translated flow. */
static const struct link_answer half = { .outcome = OUTCOME_MORE, .hold = 1 };

/* Its rest: the number at 5 from where the message began, `back` bytes before. */
static struct link_answer rest(uint16_t back)
{
	struct link_answer a = at5;

	a.back = back;
	return a;
}

static void test_hold(void)
{
	static const char whole[] = "PORT 2049;";
	struct link_answer a;

	begin();
	for (uint16_t cut = 1; cut < 10; cut++) {
		char left[16] = "", right[16], want[128];
		const char *got;
		uint32_t seq = 1000 + 100u * cut, id = next_id;

		memcpy(left, whole, cut);
		snprintf(right, sizeof(right), "%s", whole + cut);
		is_str(judge(seq, left, &half), "", "kept back, cut at %u", cut);
		ok(lane_is_busy(rig.lane), "with an eye on the clock");
		a = rest(cut);
		got = judge(seq + cut, right, &a);
		if (cut <= 5)
			snprintf(want, sizeof(want), "v%u ct:%u:%d:%d v%u=%.*s10000;", id, seq + 5,
				 cut - 1, cut, id + 1, 5 - cut, whole + cut);
		else if (cut == 9) /* right behind the number */
			snprintf(want, sizeof(want), "ct:%u:8:9 v%u=PORT 10000 v%u", seq + 5, id,
				 id + 1);
		else
			snprintf(want, sizeof(want), "v%u=PORT %.*s ct:%u:%d:%d v%u=%s;", id,
				 cut - 5, "10000", seq + cut, cut - 1, cut, id + 1,
				 &"10000"[cut - 5]);
		is_str(got, want, "both go on");
	}
	is_int((long long)rig.counters.held, 9, "counted");
	is_int(rig.n_open, 9, "open");
	is_int(rig.lane->holding.n, 0, "nothing is left behind");
	rig_close();
}

static void test_hold_ends(void)
{
	struct link_answer a = rest(7), plain_half = half;

	begin();
	is_str(judge(1000, "PORT 20", &half), "", "kept back");
	rig.now += LANE_HOLD_MS - 1;
	lane_tick(rig.lane);
	is_str(rig_kernel(), "", "for a time");
	rig.now++;
	lane_tick(rig.lane);
	is_str(rig_kernel(), "v1", "then it goes on");
	is_str(judge(1007, "49;", &a), "v2", "the rest comes too late");
	is_int((long long)rig.counters.refusals[REFUSED_not_editable], 1, "counted");
	is_int(rig.n_open, 0, "closed again");

	is_str(judge(2000, "PORT 20", &half), "", "kept back");
	a = at5;
	a.old = 7;
	is_str(judge(2000, "PORT 2049;", &a), "v3=DROP ct:2005:0:1 v4=PORT 10000;",
	       "sent again as a whole: one of the two is enough");
	is_str(judge(3000, "PO", &half), "", "kept back");
	is_str(judge(3002, "RT 20", &half), "", "with more of it");
	a = rest(7);
	is_str(judge(3007, "49;", &a), "v5 v6=RT 10 ct:3007:1:2 v7=000;", "three pieces");
	is_str(judge(4000, "PORT 20", &half), "", "kept back");
	is_str(judge(4007, "xx;", NULL), "v8 v9", "it was no announcement");
	is_str(judge(5000, "PORT 20", &half), "", "kept back");
	is_str(judge(500, "old", NULL), "ct:500:0:0 v11 ct:3007:1:2",
	       "an old packet passes, to where it belongs");
	rig_queue(&(struct queued){ .id = 91, .seq = 5007, .nated = true });
	is_str(rig_kernel(), "v91", "an acknowledgement passes it");
	rig_kill();
	rig_employ(11);
	is_str(rig_kernel(), "v10", "a new worker does not know it");
	rig_queue(&(struct queued){ .id = 90, .payload = "PORT 20", .seq = 1 });
	plain_half.id = 11;
	rig_worker();
	plain_half.id = next_id;
	rig_send_answer(&plain_half);
	rig_turn();
	is_str(rig_kernel(), "v90", "never without NAT");
	next_id++;
	is_str(judge(6000, "PORT 20", &half), "", "kept back");
	rig_queue(&(struct queued){ .id = 92, .seq = 6007, .flags = PACKET_TCP_RST, .nated = true });
	is_str(rig_kernel(), "v13 v92", "the connection's end does not pass it");
	rig_close();
}

/* A worker that lies about what begins in a packet. */
static void test_hold_apart(void)
{
	begin();
	is_str(judge(1000, "PO", &half), "", "kept back");
	is_str(judge(2000, "PO", &half), "v2", "one that does not follow goes on");
	is_str(judge(1500, "x", NULL), "v3", "so does what lies between");
	is_str(judge(990, "x", &half), "v4", "and what lies before");
	rig.now += LANE_HOLD_MS;
	lane_tick(rig.lane);
	is_str(rig_kernel(), "v1", "and it, in the end");
	rig_close();
}

static void test_hold_all(void)
{
	begin();
	for (uint32_t i = 0; i < HOLD_CHAIN_MAX; i++)
		is_str(judge(1000 + i, "x", &half), "", "kept back");
	judge(1000 + HOLD_CHAIN_MAX, "x", &half);
	ok(strstr(rig_words, "v1 v2 ") == rig_words && strstr(rig_words, " v33"), "then all go on");
	is_int(rig.lane->holding.n, 0, "all");
	rig_queue(&(struct queued){ .id = 90, .payload = "x", .nated = true, .l4 = IPPROTO_UDP });
	rig_send_answer(&(struct link_answer){ .id = next_id, .hold = 1 });
	rig_turn();
	is_str(rig_kernel(), "v90", "no datagram");
	rig_close();
}

static void test_dark(void)
{
	struct link_answer done = { .outcome = OUTCOME_DONE };

	begin();
	is_str(judge(1000, "PORT 2049;", &at5), "ct:1005:0:1 v1=PORT 10000;", "rewritten");
	is_str(judge(1010, "BYE", &done), "v2", "done");
	is_int((long long)rig.counters.dark, 1, "counted");
	rig_queue(&(struct queued){ .id = 7, .payload = "x", .seq = 1013, .nated = true });
	is_str(rig_worker(), "", "the worker is not asked any more");
	is_str(rig_kernel(), "v7", "it passes");
	rig_queue(&(struct queued){ .id = 8, .payload = "PORT 2049;", .seq = 1000, .nated = true });
	is_str(rig_kernel(), "v8=PORT 10000;", "what is sent again stays rewritten");
	rig_queue(&(struct queued){ .id = 9, .seq = 999, .nated = true, .flags = PACKET_TCP_SYN });
	rig_kernel();
	rig_worker();
	rig_queue(&(struct queued){ .id = 10, .payload = "x", .seq = 1000, .nated = true });
	ok(strstr(rig_worker(), ":x") != NULL, "a new connection is parsed again");
	rig_close();
}

/* Orders about a policy, and what becomes of a claim to a third party. */
static void test_policy(void)
{
	struct order network = { .kind = ORDER_NETWORK, .prefix_len = 24 };
	struct order host = { .kind = ORDER_HOST, .host = "db.example" };
	struct order whole = { .kind = ORDER_POLICY, .l3 = AF_INET6 };
	struct link_answer a = { .outcome = OUTCOME_FOUND, .n_claims = 1 };

	addr_from_text("203.0.113.0", 11, &network.addr);
	addr_from_text("203.0.113.7", 11, &host.addr);
	a.claims[0] = (struct claim){
		.from = PARTY_CLIENT, .to = PARTY_OTHER, .l4 = IPPROTO_TCP, .port = 2049
	};
	addr_from_text("203.0.113.9", 11, &a.claims[0].other);
	begin();
	judge(1000, "x", &a);
	is_int((long long)rig.counters.refusals[REFUSED_third_party], 1, "none without a policy");
	lane_set_policy(rig.lane, &network);
	judge(1001, "x", &a);
	is_int((long long)rig.counters.refusals[REFUSED_third_party], 2, "nor with half of one");
	lane_set_policy(rig.lane, &whole);
	judge(1002, "x", &a);
	is_int((long long)rig.counters.refusals[REFUSED_third_party], 3, "nor with IPv6's");
	whole.l3 = AF_INET;
	lane_set_policy(rig.lane, &network);
	lane_set_policy(rig.lane, &host);
	lane_set_policy(rig.lane, &whole);
	judge(1003, "x", &a);
	is_int(rig.n_open, 1, "the network's are allowed");
	memset(&a.claims[0].other, 0, sizeof(a.claims[0].other));
	a.claims[0].to = PARTY_NAMED;
	memcpy(a.host, "db.example", 10);
	judge(1004, "x", &a);
	is_int(rig.n_open, 2, "and the host by name");
	whole.min_port = 3000;
	lane_set_policy(rig.lane, &whole);
	judge(1005, "x", &a);
	is_int((long long)rig.counters.refusals[REFUSED_low_port], 1, "a new policy replaces the old");
	rig_close();
}

int main(void)
{
	test_policy();
	test_hold();
	test_hold_ends();
	test_hold_apart();
	test_hold_all();
	test_dark();
	test_again();
	test_forgetful_worker();
	test_new_connection();
	test_without_worker();
	test_state();
	test_by_rule();
	test_refused();
	test_unchangeable();
	return done_testing();
}
