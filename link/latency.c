/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Buckets and percentiles. It knows no clock.
 */
#include "link/latency.h"

#define LAST (LATENCY_BUCKETS - 1)

unsigned latency_bucket(uint64_t us)
{
	unsigned i = us > 1 ? 64 - (unsigned)__builtin_clzll(us - 1) : 0;

	return i < LAST ? i : LAST;
}

void latency_add(struct latency *l, uint64_t us)
{
	l->sum += us;
	l->buckets[latency_bucket(us)]++;
}

uint64_t latency_count(const struct latency *l)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
		n += l->buckets[i];
	return n;
}

static uint64_t lower_bound(unsigned bucket)
{
	return bucket ? UINT64_C(1) << (bucket - 1) : 0;
}

uint64_t latency_percentile(const struct latency *l, unsigned percent)
{
	uint64_t n = latency_count(l), rank, before = 0;
	unsigned i = 0;

	if (!n)
		return 0;
	rank = n / 100 * percent +
	       (n % 100 * percent + 99) / 100; /* n * percent might be too much */
	while (i < LAST && before + l->buckets[i] < rank)
		before += l->buckets[i++];
	if (i == LAST)
		return lower_bound(LAST);
	if (rank <= before) /* percent 0 */
		return lower_bound(i);
	return lower_bound(i) + (uint64_t)((double)((UINT64_C(1) << i) - lower_bound(i)) *
					   (double)(rank - before) / (double)l->buckets[i]);
}
