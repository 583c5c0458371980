/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One direction of a TCP connection as a stream of messages: order, bounds and recovery.
 * Refuses to know: helpers, claims, flows.
 */
#ifndef PINHOLE_WORKER_STREAM_H
#define PINHOLE_WORKER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stream_state {
	STREAM_UNSEEN, /* no byte yet, and no SYN that says which is the first */
	STREAM_OPEN,
	STREAM_RESYNC, /* bytes are dropped up to the next LF */
	STREAM_LOST,   /* the same after a gap, or from the start: further holes do not matter */
	STREAM_CLOSED, /* ended or given up: nothing is read any more */
};

/* All zero: UNSEEN. Sequence numbers are as the sender sent them. */
struct stream {
	uint32_t start; /* sequence number of the first byte */
	uint32_t next;	/* of the first byte not yet taken */
	uint32_t skip;	/* bytes from `next` on that nobody wants to see */
	uint32_t fin;	/* of the end of the stream, once has_fin */
	uint32_t block; /* 1 + index into the pool; 0: none */
	uint8_t state;	/* enum stream_state */
	bool has_data, has_fin;
	bool gap; /* bytes before the message at hand were never read */
};

/* What became of the bytes that a reader was given. */
enum stream_step {
	STREAM_TAKEN, /* *ret_consumed bytes are done with, at least 1; may exceed what was given */
	STREAM_WAIT,  /* the message is not complete */
	STREAM_REFUSED, /* not a message: resync, or give the direction up */
	STREAM_GIVE_UP, /* no more of this direction */
};

struct stream_reader {
	/* `data` starts with the first byte, of sequence number seq, of a message. */
	enum stream_step (*read)(struct stream_reader *reader, const uint8_t *data, size_t len,
				 uint32_t seq, size_t *ret_consumed);
};

struct stream_segment {
	uint32_t seq;
	const uint8_t *data;
	uint32_t len;
	uint32_t missing; /* bytes that the packet had behind these, cut off by the kernel */
	bool fin;
	bool midway;   /* of a stream that is not known: it may begin in the middle of a message */
	bool lost;     /* and it does, or behind one that was not read */
	uint8_t share; /* which share of the pool it may charge: the client's, hashed */
	/* Answers. What the reader saw of this very segment for the first time: positions within
	 * can be changed on the wire. Up to date whenever the reader is called. */
	uint32_t fresh_seq, fresh_len;
	unsigned faults; /* gaps, contradictions, endless messages that it brought to light */
};

#define STREAM_HELD_MAX 16 /* early pieces kept per direction */
#define STREAM_SHARES	64

/* Blocks of a share, oldest first: 1 + index, 0: none. */
struct stream_share {
	uint32_t oldest, newest, n_blocks;
};

/* The memory of all streams of a worker, and how they behave. */
struct stream_pool {
	uint8_t *memory;
	size_t block_size;
	uint32_t n_blocks;
	uint32_t n_touched; /* blocks above were never used */
	uint32_t free;	    /* list of those that came back: 1 + index */
	uint32_t tail;	    /* longest message, bytes */
	uint32_t hold;	    /* early bytes kept per direction */
	bool resync_line;
	uint64_t evicted, gaps, conflicts;
	struct stream_share shares[STREAM_SHARES];
};

/* Bytes that stream_pool_init() needs. */
size_t stream_pool_size(uint32_t n_blocks, uint32_t tail, uint32_t hold);

/* `memory` is all zero, aligned to 64 and stays the caller's. */
void stream_pool_init(struct stream_pool *pool, void *memory, uint32_t n_blocks, uint32_t tail,
		      uint32_t hold, bool resync_line);

/* A SYN was seen; seq is that of the first byte behind it. Counts only before the first byte. */
void stream_syn(struct stream *s, uint32_t seq);

/* Handles one segment, SYN not included: gives what is in order to the reader. */
void stream_segment(struct stream_pool *pool, struct stream *s, struct stream_segment *seg,
		    struct stream_reader *reader);

/* A message begins with the byte behind what was read, and nothing is kept. */
static inline bool stream_is_at_boundary(const struct stream *s)
{
	return s->state == STREAM_OPEN && !s->block && !s->skip;
}

/* Later bytes came already, but some before them are missing. */
bool stream_has_hole(const struct stream_pool *pool, const struct stream *s);

/* Nothing of this direction is wanted any more; its memory goes back. */
void stream_close(struct stream_pool *pool, struct stream *s);

#endif
