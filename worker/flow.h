/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The flows that a worker remembers: a table of fixed size with a keyed hash. What it costs to
 * find, add or replace a flow depends neither on how many there are nor on how they were chosen.
 */
#ifndef PINHOLE_WORKER_FLOW_H
#define PINHOLE_WORKER_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helpers/helper.h"
#include "link/link.h"
#include "worker/stream.h"

/* The flow as the kernel names it: original tuple, zone and the kernel's own number. No padding:
 * hashed and compared as bytes. */
struct flow_key {
	uint8_t src[16], dst[16];
	uint16_t sport, dport;
	uint16_t zone;
	uint8_t family, l4;
	uint32_t flow_id;
};

#define FLOW_USED  1
#define FLOW_DONE  2  /* dark: nothing is read any more */
#define FLOW_GUARD 4  /* the client's first bytes are still to be judged */
#define FLOW_RESET 8  /* an RST was seen */
#define FLOW_FIN_0 16 /* a FIN was seen: FLOW_FIN_0 << direction */
#define FLOW_FINS  (FLOW_FIN_0 | FLOW_FIN_0 << 1)

#define FLOW_FIRST_SIZE 9 /* bytes that the guard needs at most */

struct flow {
	struct flow_key key;
	uint32_t hash;
	uint32_t next, prev; /* in its chain: 1 + index, 0: none */
	uint8_t uses;	     /* clock: 0 goes first */
	uint8_t flags;	     /* FLOW_* */
	uint8_t share;	     /* of the stream pool, for its client */
	uint8_t n_first;
	uint8_t gaps; /* bit 1 << direction: its next message comes behind a loss */
	uint8_t first[FLOW_FIRST_SIZE]; /* of what the client sent */
	uint8_t state[HELPER_STATE_MAX];
	uint8_t told[HELPER_STATE_MAX]; /* what the kernel keeps of it */
	struct stream streams[2]; /* by enum direction */
};

struct flow_table {
	uint32_t *heads; /* 1 + index, 0: none */
	struct flow *flows;
	uint32_t mask;	 /* of heads */
	uint32_t n;	 /* entries */
	uint32_t n_used; /* entries ever used; those above were never touched */
	uint32_t hand;	 /* of the clock */
	uint8_t secret[16];
};

/* Bytes that flow_table_init() needs for n flows. */
size_t flow_table_size(uint32_t n);

/* `memory` is all zero, aligned to 64 and stays the caller's. */
void flow_table_init(struct flow_table *t, void *memory, uint32_t n, const uint8_t key[16]);

struct flow_key flow_key_of(const struct link_packet *packet);
uint32_t flow_hash(const struct flow_table *t, const struct flow_key *key);

/* NULL when it is not there. */
struct flow *flow_find(struct flow_table *t, const struct flow_key *key, uint32_t hash);

/* An entry for a flow that is not there. When the table is full an old flow makes room: *ret_old
 * then tells true and the entry still holds that flow's flags and streams, for the caller to
 * dissolve. In any case the caller fills in all but key, hash, chain and clock. */
struct flow *flow_add(struct flow_table *t, const struct flow_key *key, uint32_t hash,
		      bool *ret_old);

/* The flow is over: it is the first to make room. */
void flow_retire(struct flow *f);

#endif
