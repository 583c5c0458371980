/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How long packets wait for their verdicts: a histogram whose bucket i counts up to 2^i microseconds,
 * above 2^(i-1). One writer, in shared memory; readers take what they find.
 */
#ifndef PINHOLE_LINK_LATENCY_H
#define PINHOLE_LINK_LATENCY_H

#include <stdint.h>

#define LATENCY_BUCKETS 24 /* the last one has no upper bound: above 2^22 us, 4.2 s */

struct latency {
	uint64_t sum; /* us */
	uint64_t buckets[LATENCY_BUCKETS];
};

unsigned latency_bucket(uint64_t us);
void latency_add(struct latency *l, uint64_t us);
uint64_t latency_count(const struct latency *l);

/* `percent` of the packets waited for at most so many us, as far as the buckets tell: straight
 * between the bounds of one. 0 when nothing was counted; of the last bucket, its lower bound. */
uint64_t latency_percentile(const struct latency *l, unsigned percent);

#endif
