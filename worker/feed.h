/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Everything between a packet and its answer, as pure code: the flow table, the TCP stream engine
 * and one helper. No syscall, allocation, log, errno or time. One feed serves one helper on one
 * transport protocol, as one worker does.
 */
#ifndef PINHOLE_WORKER_FEED_H
#define PINHOLE_WORKER_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "helpers/helper.h"
#include "link/link.h"

/* Bounds of the memory. What is not used is not touched: it costs address space only. */
struct feed_limits {
	uint32_t flows;	 /* flows remembered at once, 1..2^20 */
	uint32_t blocks; /* TCP: directions that hold unfinished or early bytes at once, 1..2^20 */
	uint32_t hold;	 /* TCP: bytes of early segments kept per direction, 0..2^20 */
};

#define FEED_FLOWS  65536
#define FEED_BLOCKS 2048
#define FEED_HOLD   16384

/* Counted since feed_init(), over all flows. */
struct feed_counts {
	uint64_t flows;		 /* entries made */
	uint64_t flows_evicted;	 /* entries that made room for a new flow while alive */
	uint64_t blocks_evicted; /* unfinished messages that made room for others */
	uint64_t gaps;		 /* bytes of a stream that were never seen */
	uint64_t conflicts;	 /* segments that contradict bytes seen before */
	uint64_t broken;	 /* answers of the parser that break helper.h */
	uint64_t guarded;	 /* flows that begin as HTTP or TLS do */
};

struct feed;

/* Bytes that feed_init() needs. `l4` is IPPROTO_TCP or IPPROTO_UDP; limits NULL: the above. */
size_t feed_size(const struct manifest *m, uint8_t l4, const struct feed_limits *limits);

/* Builds a feed in `memory`: feed_size() bytes, all zero, aligned to 64 (a fresh mapping is both).
 * The caller keeps owning the memory; there is nothing to tear down. `key` must be random and
 * secret: it keeps flow tuples from being chosen to collide. */
struct feed *feed_init(void *memory, const struct helper *helper, uint8_t l4, const uint8_t key[16],
		       const struct feed_limits *limits);

/* Handles one packet that passed link_packet_check(); `payload` holds packet->len bytes and is not
 * kept. Always fills *ret with an answer that passes link_answer_check(). Entries of its arrays
 * behind n_claims and n_edits, and `state` without set_state, are left as they were: zero the
 * struct once, before the first packet.
 *
 * What a stream's parser may rely on: it never gets more than manifest->tail bytes at once, however
 * the stream was cut (a message that is not complete by then is refused as malformed), and what it
 * wrote to its state is undone when it answers MORE. A datagram is given whole.
 *
 * Edits with off == EDIT_ELSEWHERE can stand before, between and behind the others; those
 * others are sorted and disjoint. The claims and edits of one message are kept or lost together. */
void feed_packet(struct feed *feed, const struct link_packet *packet, const uint8_t *payload,
		 struct link_answer *ret);

/* A feed in memory of its own, with a random key, for as long as the process lives. NULL: there is no
 * memory. The one function here that asks the kernel for something. */
struct feed *feed_new(const struct helper *helper, uint8_t l4);

struct feed_counts feed_counts(const struct feed *feed);

#endif
