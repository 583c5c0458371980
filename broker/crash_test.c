/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Packets that end workers: suspected, convicted, barred, kept.
 */
#include "broker/rig_test.h"

static const char *const bomb[] = { "bomb", NULL };
static const char *const others[] = { "a", "bomb", "b", NULL };

static void test_blamed(void)
{
	rig_open();
	rig_employ(10);
	rig_queue_texts(1, others);
	rig_answer(1);
	rig_kernel();
	rig_kill();
	rig.blamed = true;
	rig_employ(11);
	is_str(rig_kernel(), "v2", "the packet that it died of passes");
	is_str(rig_worker(), "3:b", "no other worker sees it");
	ok(rig.kept, "it is to be kept");
	is_int(rig.lane->crash.len, 44, "all of it");
	ok(!memcmp(rig.lane->crash.data + 40, "bomb", 4), "with its payload");
	is_int((long long)rig.counters.crashes, 1, "counted");
	rig_answer(3);
	rig_queue_texts(4, others);
	is_str(rig_worker(), "4:a 5:b", "nor the same bytes again");
	is_str(rig_kernel(), "v3 v5", "they pass at once");
	is_int((long long)rig.counters.barred, 1, "counted");
	rig_queue(&(struct queued){ .id = 9, .payload = "bomb", .info = IP_CT_ESTABLISHED_REPLY });
	is_str(rig_worker(), "6:bomb", "in the other direction they are other bytes");
	lane_set_crash_policy(rig.lane, AF_INET, false);
	rig_queue_texts(10, bomb);
	is_str(rig_worker(), "7:bomb", "a reload shows them again");
	rig_close();
}

static void test_not_blamed(void)
{
	rig_open();
	rig_employ(10);
	rig_queue_texts(1, bomb);
	rig_kill();
	rig_employ(11);
	ok(!rig.kept, "somebody killed it: nothing is kept");
	is_str(rig_worker(), "1:bomb", "its successor reads it");
	rig_answer(1);
	rig_queue_texts(2, bomb);
	is_str(rig_worker(), "2:bomb", "nothing is barred");
	rig_close();
}

static void test_nobody_at_anything(void)
{
	rig_open();
	rig_employ(10);
	rig_kill();
	rig.blamed = true;
	rig_employ(11);
	ok(!rig.kept, "a worker that was at nothing died of nothing");
	is_int((long long)rig.counters.crashes, 0, "not counted");
	rig_close();
}

/* A hang can be the machine's, or somebody's who stopped the process. */
static void test_silence(void)
{
	rig_open();
	rig_employ(10);
	for (uint32_t i = 1; i <= 2; i++) {
		rig.now += LANE_YOUNG_MS;
		rig_queue_texts(i, bomb);
		ok(strstr(rig_worker(), ":bomb") != NULL, "shown, time %u", i);
		rig.now += LANE_DEADLINE_MS + 1;
		ok(lane_tick(rig.lane), "another worker is asked for");
		is_int(rig.lane->fall, FALL_SILENT, "since it was silent");
		rig_employ(10 + (int32_t)i);
		ok(rig.kept, "the packet is kept");
		ok(strstr(rig_kernel(), "v") != NULL, "and passes");
	}
	rig_queue_texts(3, bomb);
	is_str(rig_worker(), "", "not shown a third time");
	is_str(rig_kernel(), "v3", "passes");
	rig_close();
}

/* On a busy machine a new worker may not have come to read anything. */
static void test_young_silence(void)
{
	rig_open();
	rig_employ(10);
	for (uint32_t i = 1; i <= 4; i++) {
		rig_queue_texts(i, bomb);
		ok(strstr(rig_worker(), ":bomb") != NULL, "shown, time %u", i);
		rig.now += LANE_DEADLINE_MS + 1;
		lane_tick(rig.lane);
		rig_employ(10 + (int32_t)i);
		is_int(rig.lane->fall, FALL_SILENT, "a new worker is silent");
	}
	rig_kernel();
	rig_close();
}

static void test_violation(void)
{
	rig_open();
	rig_employ(10);
	rig_queue_texts(1, bomb);
	rig_send_answer(&(struct link_answer){ .id = 77 });
	rig_turn();
	is_int(rig.lane->fall, FALL_VIOLATION, "an answer that no worker may give");
	rig_employ(11);
	ok(rig.kept, "what it was at is kept");
	is_str(rig_worker(), "", "and not shown again");
	rig_close();
}

static void test_drops(void)
{
	rig_open();
	lane_set_crash_policy(rig.lane, AF_INET6, true);
	rig_employ(10);
	rig_queue_texts(1, bomb);
	rig_kill();
	rig.blamed = true;
	rig_employ(11);
	is_str(rig_kernel(), "v1", "a policy for IPv6 is none for IPv4");
	lane_set_crash_policy(rig.lane, AF_INET, true);
	rig_queue_texts(2, bomb);
	rig_kill();
	rig_employ(12);
	is_str(rig_kernel(), "v2=DROP", "dropped");
	rig_queue_texts(3, bomb);
	is_str(rig_kernel(), "v3=DROP", "and its like");
	rig_queue_texts(4, others);
	rig_kill();
	rig.now += LANE_DEADLINE_MS + 1;
	lane_tick(rig.lane);
	is_str(rig_kernel(), "v5=DROP v4=DROP v6", "no worker came: only the suspect is dropped");
	rig_close();
}

static void test_pause(void)
{
	rig_open();
	rig_employ(10);
	rig_queue_texts(1, others);
	rig_kill();
	ok(lane_pause(rig.lane, true), "the last one is kept, too");
	is_str(rig_kernel(), "until3", "all pass");
	ok(!lane_is_busy(rig.lane), "nobody has to look at the clock");
	rig_queue_texts(4, others);
	is_str(rig_kernel(), "v4 v5 v6", "and so does what comes");
	ok(!lane_tick(rig.lane), "no worker is asked for");
	rig_employ(11);
	rig_queue_texts(7, others);
	ok(strstr(rig_worker(), ":bomb") != NULL, "a new worker ends it");
	rig_close();
}

static void test_many(void)
{
	char text[16];

	rig_open();
	rig.blamed = true;
	for (int32_t i = 0; i <= CRASH_BARRED_MAX; i++) {
		rig_employ(100 + i);
		snprintf(text, sizeof(text), "bomb %d", (int)i);
		rig_queue(&(struct queued){ .id = 1, .payload = text });
		rig_kill();
	}
	rig_employ(10);
	rig_worker();
	rig_queue(&(struct queued){ .id = 1, .payload = "bomb 1" });
	is_str(rig_worker(), "", "so many are barred");
	rig_queue(&(struct queued){ .id = 1, .payload = "bomb 0" });
	ok(strstr(rig_worker(), ":bomb 0") != NULL, "one more, and the oldest is forgotten");
	is_int((long long)rig.counters.crashes, CRASH_BARRED_MAX + 1, "all were counted");
	rig_close();
}

int main(void)
{
	test_blamed();
	test_not_blamed();
	test_nobody_at_anything();
	test_silence();
	test_young_silence();
	test_violation();
	test_drops();
	test_pause();
	test_many();
	return done_testing();
}
