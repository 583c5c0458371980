/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The histogram's bounds, and percentiles of known distributions.
 */
#include "link/latency.h"

#include "tests/unit/tap.h"

static void test_buckets(void)
{
	is_int(latency_bucket(0), 0, "no time");
	is_int(latency_bucket(1), 0, "1 us is within the first");
	is_int(latency_bucket(2), 1, "2 us");
	is_int(latency_bucket(3), 2, "3 us");
	is_int(latency_bucket(4), 2, "4 us, a bound belongs to what is below");
	is_int(latency_bucket(5), 3, "5 us");
	for (unsigned i = 1; i < LATENCY_BUCKETS - 1; i++)
		if (latency_bucket(UINT64_C(1) << i) != i ||
		    latency_bucket((UINT64_C(1) << i) + 1) != i + 1)
			ok(false, "both sides of bound %u", i);
	is_int(latency_bucket(1 << 22), 22, "the last bound");
	is_int(latency_bucket((1 << 22) + 1), 23, "above it");
	is_int(latency_bucket(UINT64_MAX), 23, "for ever");
}

static void test_percentiles(void)
{
	struct latency l = { 0 };

	is_int((long long)latency_percentile(&l, 50), 0, "of nothing");
	latency_add(&l, 100);
	is_int((long long)latency_count(&l), 1, "one");
	is_int((long long)l.sum, 100, "its time");
	is_int((long long)latency_percentile(&l, 50), 128, "of one: its bucket's upper bound");
	is_int((long long)latency_percentile(&l, 100), 128, "the same");
	is_int((long long)latency_percentile(&l, 0), 0, "the smallest possible");
	l = (struct latency){ 0 };
	for (int i = 0; i < 90; i++)
		latency_add(&l, 60);
	for (int i = 0; i < 9; i++)
		latency_add(&l, 1000);
	latency_add(&l, 3000000);
	is_int((long long)latency_percentile(&l, 50), 32 + 32 * 50 / 90,
	       "p50, straight within its bucket");
	is_int((long long)latency_percentile(&l, 90), 64, "p90, the 90th of 90");
	is_int((long long)latency_percentile(&l, 91), 512 + 512 / 9, "p91, the first of the next");
	is_int((long long)latency_percentile(&l, 99), 1024, "p99");
	is_int((long long)latency_percentile(&l, 100), 1 << 22, "all");
}

static void test_extremes(void)
{
	struct latency l = { .buckets = { [LATENCY_BUCKETS - 1] = 5 } };

	is_int((long long)latency_percentile(&l, 1), 1 << 22, "the last bucket: its lower bound");
	l = (struct latency){ .buckets = { [0] = UINT64_MAX / 2 } };
	is_int((long long)latency_percentile(&l, 99), 0, "many of the first");
	is_int((long long)latency_percentile(&l, 100), 1, "all of them");
}

int main(void)
{
	test_buckets();
	test_percentiles();
	test_extremes();
	return done_testing();
}
