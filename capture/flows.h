/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The flows of a capture, as conntrack would keep them: who opened each, and its number.
 * Refuses to know: NAT (a capture shows one side of it), what the flows say.
 */
#ifndef PINHOLE_CAPTURE_FLOWS_H
#define PINHOLE_CAPTURE_FLOWS_H

#include "wire/addr.h"

#define FLOWS_MAX 65536 /* kept at once; the one that was silent for longest gives way */

struct capture_flow {
	struct tuple orig;
	uint32_t id;  /* from 1, in the order of their beginnings */
	int64_t last; /* when its last packet came, microseconds */
	bool syn[2];  /* seen, by enum direction */
	uint8_t fins; /* 1 << direction */
	bool reset;
	bool sent[2];	       /* any payload, by enum direction */
	uint32_t end[2];       /* TCP: of the payload that was sent so far */
	uint32_t next;	       /* in its chain: 1 + index, 0: none */
	uint32_t older, newer; /* by last packet */
	uint32_t head;
};

struct flows;

/* NULL: there is no memory. */
struct flows *flows_new(void);
void flows_free(struct flows *flows);

/* The flow of a packet, which counts as heard of; `*ret_reply`: it goes to who opened it. NULL: none. */
struct capture_flow *flows_find(struct flows *flows, const struct tuple *packet, bool *ret_reply);

/* A flow that is not there. */
struct capture_flow *flows_add(struct flows *flows, const struct tuple *orig);

/* The same tuple begins anew: another flow. */
void flows_renew(struct flows *flows, struct capture_flow *f);

unsigned flows_begun(const struct flows *flows);
unsigned flows_evicted(const struct flows *flows);

#endif
