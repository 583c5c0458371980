/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Both sides of a ring, in one process and in two threads.
 */
#include "link/ring.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/tap.h"

static struct ring broker, worker;
static uint8_t bytes[LINK_PAYLOAD_MAX];

static void open_both(void)
{
	int fd = ring_make();

	ring_unmap(&broker);
	ring_unmap(&worker);
	if (fd < 0 || ring_map(&broker, fd, false) < 0 || ring_map(&worker, fd, true) < 0)
		abort();
	close(fd);
}

static bool put(uint32_t id, uint32_t len)
{
	struct link_packet p = { .id = id, .len = len, .total_len = len };

	memset(bytes, (int)(id & 0xff), len);
	return ring_put(&broker, &p, bytes);
}

static bool is_filled(const uint8_t *payload, const struct link_packet *p)
{
	for (uint32_t i = 0; i < p->len; i++)
		if (payload[i] != (p->id & 0xff))
			return false;
	return true;
}

/* The next packet's id, 0 for none, UINT32_MAX for one that is wrong. */
static uint32_t next(void)
{
	struct link_packet p;
	const uint8_t *payload;
	int r = ring_next(&worker, &p, &payload);

	if (r <= 0)
		return r ? UINT32_MAX : 0;
	ring_done(&worker, &p);
	return is_filled(payload, &p) ? p.id : UINT32_MAX;
}

static uint32_t answered(void)
{
	const struct link_answer *a = ring_take(&broker);

	return a ? a->id : 0;
}

static void test_order(void)
{
	open_both();
	is_int(next(), 0, "nothing");
	ok(put(1, 5) && put(2, 0) && put(3, LINK_PAYLOAD_MAX), "three packets");
	is_int(next(), 0, "are not seen before they are shown");
	ok(!ring_show(&broker), "nobody sleeps");
	is_int(next(), 1, "the first");
	is_int(next(), 2, "an empty one");
	is_int(next(), 3, "the largest");
	is_int(next(), 0, "no more");
	is_int(answered(), 0, "no answer");
	ring_answer(&worker)->id = 1;
	is_int(answered(), 0, "nor while it is written");
	ring_give(&worker);
	is_int(answered(), 1, "an answer");
	is_int(answered(), 0, "one");
}

/* Packets of all lengths, so that every one of them begins anywhere. */
static void test_round(void)
{
	uint32_t wrong = 0, id = 1;

	open_both();
	for (uint32_t len = 0; len < 3000; len++, id++) {
		wrong += !put(id, len * 21 % LINK_PAYLOAD_MAX);
		ring_show(&broker);
		wrong += next() != id;
	}
	is_int(wrong, 0, "round and round");
	broker.end = broker.begin = worker.begin = worker.end = UINT32_MAX - 7;
	atomic_store(&broker.up->begin, broker.begin);
	for (uint32_t i = 0; i < 1000; i++, id++) {
		wrong += !put(id, i);
		ring_show(&broker);
		wrong += next() != id;
	}
	is_int(wrong, 0, "over the end of the positions");
}

static void test_full(void)
{
	uint32_t id = 1, got = 0;

	open_both();
	while (put(id, 10000))
		id++;
	ring_show(&broker);
	ok(id > 20, "full after %u", id - 1);
	is_int(next(), 1, "one is read");
	ok(put(id, 100), "there is room for a small one");
	ring_show(&broker);
	for (uint32_t n; (n = next()); got = n)
		if (n != (got ? got + 1 : 2))
			ok(false, "packet %u behind %u", n, got);
	is_int(got, id, "all of them");
	while (put(++id, 1))
		;
	ring_show(&broker);
	for (got = 0; next(); got++)
		;
	ok(got > RING_BYTES / 160, "many small ones: %u", got);
}

static void test_sleep(void)
{
	open_both();
	ok(ring_may_sleep(&worker), "nothing to do: it sleeps");
	put(1, 1);
	ok(ring_show(&broker), "and is to be woken");
	put(2, 1);
	ok(!ring_show(&broker), "once");
	ok(!ring_may_sleep(&worker), "it stays awake as long as something is there");
	next();
	ok(!ring_may_sleep(&worker), "another");
	next();
	ok(ring_may_sleep(&worker), "nothing");
	ok(!ring_show(&broker), "nothing was put: it sleeps on");
}

/* What the worker may not do to the memory, and what nobody may. */
static void test_memory(void)
{
	int fd = ring_make(), ends[2];
	struct ring r;

	ok(fd >= 0 && ftruncate(fd, 0) < 0, "it cannot become smaller");
	ok(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) < 0, "nor be sealed further");
	ok(fcntl(fd, F_GETFD) & FD_CLOEXEC, "no program gets it by chance");
	is_int(ring_map(&r, fd, true), 0, "mapped");
	ok(pipe(ends) == 0 && write(ends[1], "ab", 2) == 2, "a byte for each part");
	ok(read(ends[0], r.down, 1) < 0, "the worker cannot write where packets are");
	is_int(read(ends[0], r.up, 1), 1, "but where its answers are");
	ring_unmap(&r);
	ok(!r.down && !r.up, "and gone");
	ring_unmap(&r);
	close(fd);
	ok(ring_map(&r, fd, true) < 0 && !r.down, "without descriptor no ring");
}

#define THREADED 20000

static void *play_worker(void *data)
{
	struct link_packet p;
	const uint8_t *payload;
	uint32_t wrong = 0, expected = 1;

	(void)data;
	while (expected <= THREADED) {
		int r = ring_next(&worker, &p, &payload);

		if (r == 0) {
			sched_yield();
			continue;
		}
		wrong += r < 0 || p.id != expected || !is_filled(payload, &p);
		*ring_answer(&worker) = (struct link_answer){ .id = p.id };
		ring_give(&worker);
		ring_done(&worker, &p);
		expected++;
	}
	return (void *)(uintptr_t)wrong;
}

static void test_threads(void)
{
	uint32_t id = 1, n = 0, wrong = 0, answer;
	pthread_t thread;
	void *wrong_there;

	open_both();
	if (pthread_create(&thread, NULL, play_worker, NULL))
		abort();
	while (n < THREADED) {
		while (id <= THREADED && id - n <= RING_ANSWERS && put(id, id % 300))
			id++;
		ring_show(&broker);
		while ((answer = answered()))
			wrong += answer != ++n;
		sched_yield();
	}
	pthread_join(thread, &wrong_there);
	is_int(wrong, 0, "%d answers in order", THREADED);
	is_int((long long)(uintptr_t)wrong_there, 0, "and as many packets");
}

int main(void)
{
	test_order();
	test_round();
	test_full();
	test_sleep();
	test_memory();
	test_threads();
	return done_testing();
}
