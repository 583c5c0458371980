/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The packet that a worker was at when it went, and what looks like one that killed: its bytes are
 * shown to no worker again. Refuses to know: why workers end, and what becomes of the packet.
 */
#ifndef PINHOLE_BROKER_CRASH_H
#define PINHOLE_BROKER_CRASH_H

#include "base/siphash.h"
#include "broker/slot.h"

#define CRASH_BARRED_MAX 64 /* payloads of one lane; the oldest gives way */

enum fall {
	FALL_GONE,	/* it ended; the supervisor knows why */
	FALL_SILENT,	/* it did not answer in time */
	FALL_VIOLATION, /* it answered what no worker may */
};

struct crash {
	uint8_t key[SIPHASH_KEY_SIZE];
	uint64_t barred[CRASH_BARRED_MAX];
	unsigned n_barred, next_barred;
	uint64_t silent; /* hash of the last payload that a worker was silent on; 0: none */
	/* the suspect */
	bool present;
	uint64_t hash;
	struct tuple flow; /* orig */
	enum direction direction;
	uint32_t len; /* from the network header on, as the kernel queued it */
	uint8_t data[QUEUE_RANGE_MAX];
};

/* Draws the key. 0 or -errno. */
int crash_init(struct crash *c);

/* Keeps a copy of the packet that the worker was at. */
void crash_suspect(struct crash *c, const struct slot *s);

/* The suspect is guilty: its payload is barred. A payload on which a worker was only silent is
 * barred the second time: the machine may have been busy, or somebody stopped the process. */
void crash_convict(struct crash *c, enum fall fall);

/* Is the packet's payload, in its direction, one that is barred? */
bool crash_is_barred(const struct crash *c, const struct slot *s);

/* All payloads are shown again. */
void crash_forget(struct crash *c);

#endif
