/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a lane remembers of flows, so that neither a worker's nor a broker's death costs more than the
 * message under way.
 */
#ifndef PINHOLE_BROKER_MEMORY_H
#define PINHOLE_BROKER_MEMORY_H

#include "broker/rewrite.h"
#include "broker/slot.h"

#define LANE_FLOWS	 2048 /* flows that something is remembered of */

/* What outlives a worker: forgotten when another flow needs the place, which costs little. */
struct lane_flow {
	uint32_t id;	  /* the kernel's; 0: empty. Written last: a broker can die at any point */
	bool dark;	  /* needs no parser any more */
	bool repeated;	  /* its first packet was sent round again */
	bool adjusted;	  /* its sequence numbers, by us */
	bool has_begun;	  /* `begun` is set */
	uint32_t begun;	  /* sequence number of the server's first byte */
	bool known[2];	  /* by direction: `next` is set */
	uint32_t next[2]; /* sequence number at which a message begins */
	bool lost[2];	  /* packets went on that no worker has read */
	bool has_sent[2]; /* `sent` is set */
	uint32_t sent[2]; /* sequence number behind the last byte that went on, as sent */
	bool has_read[2]; /* `read` is set */
	uint32_t read[2]; /* sequence number behind the last byte that a broker has got */
	bool line[2];	  /* and that byte is a line feed */
};

/* What outlives a broker: its successor finds it in shared memory. All zero at first. */
struct lane_memory {
	struct rewrites rewrites;
	uint32_t newest; /* id of the last packet that was read */
	struct lane_flow flows[LANE_FLOWS]; /* by id modulo */
};

/* What is remembered of a packet's flow; a new entry if need be. */
struct lane_flow *memory_flow(struct lane_memory *m, const struct slot *s);

/* A connection begins: what is known under its number was its predecessor's. */
void memory_begin(struct lane_memory *m, const struct slot *s);

/* The same by the answer to its SYN, which nobody had seen: both messages begin there, the client's as in
 * `client`. False: it has come before. */
bool memory_begin_both(struct lane_memory *m, const struct slot *answer, const struct slot *client);

/* The packet was read. */
void memory_note_read(struct lane_memory *m, const struct slot *s);

/* Learns from a packet that no worker sees where the stream's first message begins. */
void memory_note_begin(struct lane_memory *m, const struct slot *s);

/* A message begins behind this packet. */
void memory_set_boundary(struct lane_memory *m, const struct slot *s);
bool memory_ends_line(const struct slot *s);

/* What a new worker must know of a stream's packet: LINK_PACKET_MIDWAY, LINK_PACKET_LOST. */
uint8_t memory_flags(struct lane_memory *m, const struct slot *s);

/* The last broker died. `lines`: the protocol has lines. */
void memory_inherit(struct lane_memory *m, bool lines);

#endif
