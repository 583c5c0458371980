/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What was written into TCP streams, by sequence number: a retransmission must be rewritten
 * identically, and the next rewrite needs the sum of what the earlier ones added.
 * Bounded: the oldest is forgotten, as its retransmissions are long over.
 */
#ifndef PINHOLE_BROKER_REWRITE_H
#define PINHOLE_BROKER_REWRITE_H

#include "broker/render.h"
#include "netfilter/ct.h"

#define REWRITES_KEPT 64

struct rewrites {
	struct rewrite {
		uint32_t flow_id; /* 0: empty */
		uint8_t direction;
		uint32_t seq; /* of the first replaced byte, as sent */
		int32_t total; /* added to the stream from here on */
		struct replacement what; /* its `off` is unused */
	} kept[REWRITES_KEPT];
	unsigned next;
};

/* Keeps the replacements of one packet whose payload begins at `seq`; `before` is what the stream
 * had grown by until then. */
void rewrites_keep(struct rewrites *r, uint32_t flow_id, uint8_t direction, uint32_t seq,
		   int32_t before, const struct replacement *what, unsigned n);

/* Finds those that fall into a payload of `len` bytes at `seq`, offsets set for it. Returns their
 * number; -1 when one is cut by the packet's edge: such a packet cannot be rendered. */
int rewrites_find(const struct rewrites *r, uint32_t flow_id, uint8_t direction, uint32_t seq,
		  uint32_t len, struct replacement ret[OUTPUT_EDITS_MAX]);

/* What the stream has grown by; `known` is the kernel's word, which lags behind packets that are
 * under way. */
int32_t rewrites_total(const struct rewrites *r, uint32_t flow_id, uint8_t direction,
		       const struct ct_seqadj *known);

#endif
