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
		uint32_t seq;		 /* of the first replaced byte, as sent */
		int32_t total;		 /* added to the stream from here on */
		struct ct_seqadj adjust; /* what the kernel was told last */
		struct replacement what; /* its `off` is unused */
	} kept[REWRITES_KEPT];

	unsigned next;
};

/* A piece of one direction of a stream. */
struct segment {
	uint32_t flow_id;
	uint8_t direction;
	uint32_t seq, len; /* of the payload, as sent */
	bool has_sent;
	uint32_t sent; /* behind the last byte of the stream that has gone on */
};

/* What becomes of a segment. */
struct rewriting {
	unsigned n, n_fresh;
	struct replacement what[OUTPUT_EDITS_MAX];  /* all, sorted and disjoint */
	struct replacement fresh[OUTPUT_EDITS_MAX]; /* of them, what is not kept yet */
	int32_t before; /* what the stream had grown by at the first fresh one */
	bool adjusts;	/* the fresh ones change the stream's length: */
	struct ct_seqadj adjust;
	/* The kernel would send the segment to a wrong place, as it knows the newest change only: it
	 * must be told `once` before the verdict, and `adjust` again behind it. */
	bool misplaced;
	struct ct_seqadj once;
};

/* Joins what was written into this segment before with what is to be written now. -1, *ret then
 * undefined, when it cannot be done: a kept one is cut by the segment's edge, or what is to be
 * written now contradicts it, or lies before what has gone on already. `known` is
 * the kernel's word of the stream's growth, which lags behind packets that are under way. */
int rewrites_plan(const struct rewrites *r, const struct segment *s, const struct ct_seqadj *known,
		  const struct replacement *now, unsigned n, struct rewriting *ret);

/* Cuts a replacement in two where a boundary between segments runs through it, `at` bytes behind its
 * start (0 < at < len). One part keeps its length, so that the kernel's one position per direction
 * can tell the two apart. False: no part can. */
bool rewrite_split(const struct replacement *whole, uint32_t at, struct replacement *ret_left,
		   struct replacement *ret_right);

/* Keeps the fresh replacements of a segment that went out. */
void rewrites_keep(struct rewrites *r, const struct segment *s, const struct rewriting *done);

/* Forgets what a broker that died cannot have meant. */
void rewrites_check(struct rewrites *r);

/* A connection begins: what was kept under its name was its predecessor's. */
void rewrites_forget(struct rewrites *r, uint32_t flow_id);

#endif
