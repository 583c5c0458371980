/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What broker and worker say to each other: one `struct link_packet` with its payload behind it
 * goes down, one `struct link_answer` of fixed size comes back, through memory that they share (ring.h).
 * The link is a pipe down: a byte in it wakes the worker, its end tells either side of the other's.
 * Both ends are of one build on one machine: host byte order, C layout.
 *
 * The worker is not trusted. link_answer_check() is all that stands between its bytes and the
 * broker's code: after it every count, enumerator and length in the answer is in range. Whether
 * what is asked may be had is the gate's business, not this file's.
 */
#ifndef PINHOLE_LINK_LINK_H
#define PINHOLE_LINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helpers/helper.h"

#define LINK_PAYLOAD_MAX 65535

/* Descriptor on which a worker finds its link, to be read. */
#define LINK_FD 3

#define LINK_PACKET_FIN 1
#define LINK_PACKET_SYN 2
#define LINK_PACKET_RST 4
#define LINK_PACKET_TRUNCATED 8 /* the kernel cut the payload: len < total_len */
#define LINK_PACKET_MIDWAY 32 /* of a stream, and nobody remembers whether a message begins here */
#define LINK_PACKET_LOST 64   /* of a stream, and what came before it was not read to its end */
#define LINK_PACKET_NOTICE 16 /* judged already: the worker shall know of it but not answer */

/* Broker to worker. All of it comes from the kernel, only the payload from the network. */
struct link_packet {
	uint32_t id;        /* names the packet until it is answered; never 0 */
	uint32_t flow_id;   /* the kernel's CTA_ID */
	uint32_t seq;       /* TCP: sequence number of the first payload byte (SYN not counted) */
	uint32_t len;       /* payload bytes that follow this struct */
	uint32_t total_len; /* payload bytes that the packet had */
	uint16_t zone;
	uint8_t direction;  /* enum direction */
	uint8_t flags;      /* LINK_PACKET_* */
	uint8_t state_len;  /* bytes of `state` the kernel had for the flow; 0: none */
	uint8_t unused[3];
	uint8_t state[HELPER_STATE_MAX];
	struct tuple orig, reply;
};

/* Worker to broker: exactly one for each packet but notices, in the order of the packets. `outcome`
 * is the strongest of those of the messages that the packet finished: DONE, FOUND, MALFORMED, MORE,
 * NOTHING. Offsets of edits count from `back` bytes before the packet's payload, where a message
 * began that the packet finished; EDIT_ELSEWHERE: bytes of it went on before, out of order. */
struct link_answer {
	uint32_t id;
	uint8_t outcome;   /* enum outcome */
	uint8_t note;      /* manifest.notes, 0 = none */
	uint8_t n_claims;
	uint8_t n_edits;
	uint8_t set_state; /* 1: the kernel shall keep `state` with the flow */
	uint8_t n_messages;  /* messages that the packet finished, saturating (for counters) */
	uint8_t n_malformed; /* of them malformed */
	uint8_t lost;        /* claims that did not fit, saturating */
	uint8_t hold;        /* 1: ends in the beginning of an announcement, see struct output */
	uint8_t boundary;    /* 1: stream: a message begins behind the packet, nothing waits for more */
	uint16_t back;       /* bytes before the payload, which earlier packets brought */
	uint16_t old;        /* bytes of the payload that were seen before: a retransmission */
	uint8_t state[HELPER_STATE_MAX];
	char host[HELPER_HOST_SIZE]; /* as in struct output */
	struct claim claims[OUTPUT_CLAIMS_MAX];
	struct edit edits[OUTPUT_EDITS_MAX];
};

/* True when `data` is a well-formed answer for a helper with this manifest; then *ret holds a
 * copy: the worker cannot change it any more. Else *ret is worthless. `data` may change all the time. */
bool link_answer_check(const void *data, size_t len, const struct manifest *m,
		       struct link_answer *ret);

/* One claim of it; `host` has HELPER_HOST_SIZE bytes. Whether its port is any good is not asked here. */
bool link_claim_check(const struct claim *c, const char *host, const struct manifest *m);

/* The same for the other direction, of a packet that begins at `data`; *ret_payload points behind the
 * header inside of it. A worker trusts its broker; this guards against our own mistakes. */
bool link_packet_check(const void *data, size_t len, struct link_packet *ret,
		       const uint8_t **ret_payload);

#endif
