/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A lane and its worker's memory: positions that lie, and who is woken.
 */
#include "broker/rig_test.h"

#include <stdatomic.h>

static const char *const three[] = { "a", "b", "c", NULL };
static const char zeros[32768];

/* The worker's memory begins to lie. */
static void test_positions(void)
{
	static const uint32_t lies[] = { 1, RING_BYTES, UINT32_MAX, 1u << 31 };

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		rig_open();
		rig_employ(10);
		rig_queue_texts(1, three);
		atomic_store(&rig.ring.up->begin, rig.lane->ring.end + lies[i]);
		for (uint32_t id = 4; id < 4 + RING_BYTES / 32768; id++)
			rig_queue(&(struct queued){ .id = id, .payload = zeros, .len = 32768 });
		rig.now += LANE_DEADLINE_MS + 1;
		ok(lane_tick(rig.lane), "no room is no answer: another worker is asked for (%zu)", i);
		is_str(rig_kernel(), "", "nothing passes unread");
		rig_employ(11);
		is_str(rig_kernel(), "v1", "but what it was at");
		is_str(rig_worker_some(2), "2:b 3:c", "the next one reads them");
		rig_close();
	}
}

/* Asleep or not, it is woken once; what it says of its sleep costs a byte at most. */
static void test_sleep(void)
{
	char byte[2];

	rig_open();
	rig_employ(10);
	rig_queue_texts(1, three);
	ok(read(rig.worker, byte, sizeof(byte)) < 0, "who is awake is not woken");
	rig_worker();
	ok(ring_may_sleep(&rig.ring), "nothing to do");
	rig_queue_texts(4, three);
	is_int(read(rig.worker, byte, sizeof(byte)), 1, "woken");
	ok(read(rig.worker, byte, sizeof(byte)) < 0, "once");
	ok(!ring_may_sleep(&rig.ring), "there is something to do");
	rig_queue(&(struct queued){ .id = 7, .flags = PACKET_TCP_SYN });
	atomic_store(&rig.ring.up->sleeps, 77);
	rig_queue(&(struct queued){ .id = 8, .flags = PACKET_TCP_FIN });
	rig_queue_texts(9, three);
	is_int(read(rig.worker, byte, sizeof(byte)), 1, "woken, whatever it calls it");
	ok(read(rig.worker, byte, sizeof(byte)) < 0, "once");
	rig_close();
}

/* It says that it sleeps, and reads no byte. */
static void test_full_link(void)
{
	rig_open();
	rig_employ(10);
	ok(fcntl(rig.worker, F_SETPIPE_SZ, 4096) == 4096, "a link with little room");
	for (uint32_t id = 1; id <= 5000; id++) {
		atomic_store(&rig.ring.up->sleeps, 1);
		rig_queue(&(struct queued){ .id = id, .payload = "x" });
		rig_worker();
		rig_answer(id);
	}
	ok(rig.lane->link >= 0, "it stays");
	is_int((long long)rig.counters.parsed, 5000, "all are read");
	rig_close();
}

int main(void)
{
	test_positions();
	test_full_link();
	test_sleep();
	return done_testing();
}
