/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Packets that end in the beginning of an announcement, kept back until the rest has come: what
 * has gone on cannot be rewritten any more. Bounded in number, size and time; when there is no
 * room a packet simply goes on.
 */
#ifndef PINHOLE_BROKER_HOLD_H
#define PINHOLE_BROKER_HOLD_H

#include "broker/slot.h"

#define HOLD_MAX	32   /* packets of one lane */
#define HOLD_CHAIN_MAX	8    /* of them of one direction of one flow */
#define HOLD_PACKET_MAX 2048 /* bytes of a packet, headers included */

struct held {
	struct slot slot; /* its packet.data points into `packet` */
	bool has_state;
	uint8_t state[HELPER_STATE_MAX]; /* to be kept by the kernel when the packet goes on */
	uint8_t packet[HOLD_PACKET_MAX];
};

/* Oldest first. */
struct holding {
	unsigned n;
	struct held *list; /* HOLD_MAX of them */
};

/* Keeps a copy of a packet; state may be NULL. False: no room, or it must not be rewritten. */
bool hold_add(struct holding *h, const struct slot *s, const uint8_t *state);

/* Those of the same flow and direction as `s`, in the stream's order. Returns their number. */
unsigned hold_find(const struct holding *h, const struct slot *s,
		   const struct held *ret[HOLD_CHAIN_MAX]);

/* Forgets one that has been judged; pointers to others are stale then. */
void hold_remove(struct holding *h, const struct held *one);

#endif
