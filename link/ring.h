/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The memory that a broker shares with a worker: packets go down, answers come up, and many of them
 * cost no system call more than one. A worker that sleeps is woken by a byte in the link, the broker by
 * its bell, an eventfd.
 *
 * How it works
 *
 *	down  written by the broker, read-only for the worker
 *	      struct link_packet and its payload, one behind the other, from `begin` to `end`; a packet that
 *	      would not fit before the end of the bytes begins at their beginning
 *	up    written by the worker; the broker believes nothing of it
 *	      one struct link_answer for each packet that wants one, in order
 *
 * Positions only ever grow and are taken modulo the size. Each side keeps its own in memory that the
 * other cannot reach. What the worker could do to the broker: let it find no room (then the packet under
 * way has no answer, and the deadline ends it), or say that there is an answer where none is: every one
 * is copied before it is looked at, and checked as link.h says.
 */
#ifndef PINHOLE_LINK_RING_H
#define PINHOLE_LINK_RING_H

#include "link/link.h"

/* Descriptors on which a worker finds the memory, and the broker's bell. */
#define RING_FD (LINK_FD + 1)
#define BELL_FD (LINK_FD + 2)

#define RING_BYTES   (256 * 1024) /* of packets; a power of two */
#define RING_ANSWERS 128	  /* at least as many as packets are under way; a power of two */

struct ring_down {
	_Alignas(64) _Atomic uint32_t end;
	_Alignas(64) uint8_t bytes[RING_BYTES];
};

struct ring_up {
	_Alignas(64) _Atomic uint32_t begin; /* bytes that the worker is done with */
	_Atomic uint32_t sleeps;	     /* 1: it waits for a byte on the link */
	_Atomic uint32_t given;		     /* answers */
	_Alignas(64) struct link_answer answers[RING_ANSWERS];
};

struct ring {
	struct ring_down *down; /* NULL: none */
	struct ring_up *up;
	uint32_t begin, end; /* of the bytes, as far as this side knows */
	uint32_t given;	     /* answers given, or taken */
};

/* Makes the memory, all zero, of a size that nobody can change: a descriptor, close-on-exec, or -errno. */
int ring_make(void);

/* Makes a bell: whoever watches it edge-triggered hears each ring, and never needs to read it. A descriptor,
 * close-on-exec, or -errno. */
int ring_make_bell(void);

/* Maps it; the descriptor is not needed any more then. 0 or -errno. */
int ring_map(struct ring *ret, int fd, bool as_worker);
void ring_unmap(struct ring *r);

/* ---- the broker's side */

/* Copies a packet and p->len bytes of payload. False: no room. */
bool ring_put(struct ring *r, const struct link_packet *p, const uint8_t *payload);

/* Shows the worker what was put. True: it sleeps, wake it. Nothing was put: it may sleep on. */
bool ring_show(struct ring *r);

/* The next answer: a struct link_answer in the shared memory, which the worker can change at any time, until the
 * ring has gone round. link_answer_check() copies it before it looks. NULL: there is none. */
const void *ring_take(struct ring *r);

/* ---- the worker's side */

/* The next packet, its payload in the shared memory. 1; 0: there is none; -1: it makes no sense. */
int ring_next(struct ring *r, struct link_packet *ret, const uint8_t **ret_payload);

/* Where the answer to it is to be written, and: it is written. */
struct link_answer *ring_answer(struct ring *r);
void ring_give(struct ring *r);

/* Done with the packet, answered or not. */
void ring_done(struct ring *r, const struct link_packet *p);

/* Wakes the broker. */
void ring_bell(int bell);

/* About to sleep. False: do not, another packet has come. */
bool ring_may_sleep(struct ring *r);

#endif
