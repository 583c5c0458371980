/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works
 *
 * We stand beside the road: a segment that we saw goes on to the receiver whether we understood it
 * or not, we see no acknowledgement and can ask for nothing again. The promise to the reader: each
 * byte at most once, in order, and a message is either whole or never shown as such.
 *
 *                     next
 *      . . . consumed  |  in order    hole     held      hole   held
 *      --------[ tail ]|- - - - - -|.........|########|.......|####|
 *               message that       ^ the segment at hand, mostly
 *               is not complete
 *
 * `next` is the sequence number of the first byte not yet taken. A segment that starts there is
 * read where it lies, in the packet. Only what remains of a message that is not complete is
 * copied: the tail. The following segment is appended to it, and the reader sees both as one. It
 * never sees more than pool->tail bytes at once, so that what it answers cannot depend on how the
 * stream was cut.
 *
 * Before `next`: a retransmission. Bytes are never read twice; the first ones win. Where the old
 * ones are still at hand (in the tail, or held) they are compared, and a sender who contradicts
 * himself is not believed any more: we cannot know which version the receiver has. One old byte
 * is a keep-alive, whose byte may be anything (RFC 9293 3.8.4).
 *
 * Behind `next`: segments overtook each other, or one was lost before it came to us. Such bytes
 * are held, a bounded number in a bounded number of pieces, until the hole is filled. When no
 * more can be held the hole is taken for a gap: the tail is dropped, and reading goes on behind
 * the next LF, if the protocol has lines; else the direction is given up. A gap that lies within
 * bytes which the reader asked to skip is none.
 *
 * Tail and held bytes live in a block from a pool that all streams of the worker share. When it
 * is empty, a block is taken from the share (the clients, by hash) that has the most, the oldest
 * first: a client who fills the pool with halves of messages takes from himself.
 *
 * A stream may be picked up midway, after a restart. Its first bytes are then no message's
 * beginning that could be believed: where the protocol has lines, reading begins behind the next LF.
 * Elsewhere it begins at once if nobody knows better: a parser of such a protocol knows a beginning
 * when it sees one.
 *
 * Sequence numbers are compared by their distance (RFC 9293 3.4): they wrap.
 */
#include "worker/stream.h"

#include <assert.h>
#include <string.h>

#define BLOCK_ALIGN 64

/* A piece of early bytes: `off` counts in the block's hold area. */
struct held {
	uint32_t seq, off, len;
};

/* Pieces are sorted, disjoint, and behind the stream's `next`. */
struct block {
	struct stream *owner;
	uint32_t older, newer; /* in its share: 1 + index; `newer` also links the free list */
	uint32_t tail_len;
	uint32_t hold_used; /* bytes of the hold area, handed out in order of arrival */
	uint8_t n_held, share;
	struct held held[STREAM_HELD_MAX];
	uint8_t data[]; /* the tail, then the hold area */
};

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* From b to a; positive when a is later. */
static int32_t distance(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static size_t block_size(uint32_t tail, uint32_t hold)
{
	size_t len = sizeof(struct block) + tail + hold;

	return (len + BLOCK_ALIGN - 1) & ~(size_t)(BLOCK_ALIGN - 1);
}

size_t stream_pool_size(uint32_t n_blocks, uint32_t tail, uint32_t hold)
{
	return n_blocks * block_size(tail, hold);
}

void stream_pool_init(struct stream_pool *pool, void *memory, uint32_t n_blocks, uint32_t tail,
		      uint32_t hold, bool resync_line)
{
	*pool = (struct stream_pool){ .memory = memory,
				      .block_size = block_size(tail, hold),
				      .n_blocks = n_blocks,
				      .tail = tail,
				      .hold = hold,
				      .resync_line = resync_line };
}

/* ---- the pool ---- */

/* 1 + index; NULL for 0. */
static struct block *block_at(const struct stream_pool *pool, uint32_t i)
{
	return i ? (struct block *)(pool->memory + (i - 1) * pool->block_size) : NULL;
}

static void share_remove(struct stream_pool *pool, const struct block *b)
{
	struct stream_share *share = &pool->shares[b->share];

	if (b->older)
		block_at(pool, b->older)->newer = b->newer;
	else
		share->oldest = b->newer;
	if (b->newer)
		block_at(pool, b->newer)->older = b->older;
	else
		share->newest = b->older;
	share->n_blocks--;
}

static void share_append(struct stream_pool *pool, uint32_t i)
{
	struct block *b = block_at(pool, i);
	struct stream_share *share = &pool->shares[b->share];

	b->older = share->newest;
	b->newer = 0;
	if (share->newest)
		block_at(pool, share->newest)->newer = i;
	else
		share->oldest = i;
	share->newest = i;
	share->n_blocks++;
}

static void block_put(struct stream_pool *pool, struct stream *s)
{
	struct block *b = block_at(pool, s->block);

	if (!b)
		return;
	share_remove(pool, b);
	b->owner = NULL;
	b->newer = pool->free;
	pool->free = s->block;
	s->block = 0;
}

/* Bytes of the stream are gone for good: an unfinished message, or a hole. */
static void lose(struct stream_pool *pool, struct stream *s)
{
	struct block *b = block_at(pool, s->block);

	if (b)
		b->tail_len = 0;
	s->skip = 0;
	s->gap = true;
	s->state = pool->resync_line ? STREAM_LOST : STREAM_CLOSED;
}

/* The share with the most blocks gives its oldest. */
static void evict(struct stream_pool *pool)
{
	const struct stream_share *most = &pool->shares[0];
	struct stream *s;

	for (unsigned i = 1; i < STREAM_SHARES; i++)
		if (pool->shares[i].n_blocks > most->n_blocks)
			most = &pool->shares[i];
	s = block_at(pool, most->oldest)->owner;
	if (block_at(pool, most->oldest)->tail_len)
		lose(pool, s);
	block_put(pool, s);
	pool->evicted++;
}

/* The stream's block, a new one if it has none. */
static struct block *block_get(struct stream_pool *pool, struct stream *s, uint8_t share)
{
	struct block *b;

	if (s->block)
		return block_at(pool, s->block);
	if (!pool->free && pool->n_touched == pool->n_blocks)
		evict(pool);
	if (pool->free) {
		s->block = pool->free;
		pool->free = block_at(pool, s->block)->newer;
	} else {
		s->block = ++pool->n_touched;
	}
	b = block_at(pool, s->block);
	b->owner = s;
	b->tail_len = 0;
	b->hold_used = 0;
	b->n_held = 0;
	b->share = share % STREAM_SHARES;
	share_append(pool, s->block);
	return b;
}

void stream_close(struct stream_pool *pool, struct stream *s)
{
	block_put(pool, s);
	s->skip = 0;
	s->state = STREAM_CLOSED;
}

/* ---- reading what is in order ---- */

static bool is_reading(const struct stream *s)
{
	return s->state != STREAM_UNSEEN && s->state != STREAM_CLOSED;
}

/* The reader is done with `consumed` bytes, counted from the start of the tail. Returns how many
 * of `len` new ones these are. */
static uint32_t take(struct stream *s, struct block *b, size_t consumed, uint32_t len)
{
	uint32_t tail_len = b ? b->tail_len : 0;

	if (consumed < tail_len) {
		b->tail_len = tail_len - (uint32_t)consumed;
		memmove(b->data, b->data + consumed, b->tail_len);
		return 0;
	}
	if (b)
		b->tail_len = 0;
	consumed -= tail_len;
	if (consumed <= len)
		return (uint32_t)consumed;
	s->skip = (uint32_t)(consumed - len);
	return len;
}

/* What to do with a message that is none; `in` starts with it. */
static uint32_t refuse(struct stream_pool *pool, struct stream *s, struct block *b,
		       const uint8_t *in, uint32_t in_len, uint32_t len)
{
	const uint8_t *lf = memchr(in, '\n', in_len);

	if (!pool->resync_line) {
		s->state = STREAM_CLOSED;
		return len;
	}
	if (!lf)
		s->state = STREAM_RESYNC;
	return take(s, b, lf ? (size_t)(lf - in) + 1 : in_len, len);
}

/* Keeps what is left of the segment until more comes. */
static uint32_t keep(struct stream_pool *pool, struct stream *s, uint8_t share, const uint8_t *data,
		     uint32_t len)
{
	struct block *b = block_get(pool, s, share);

	if (!b->tail_len)
		memcpy(b->data, data, len);
	b->tail_len += len;
	assert(b->tail_len < pool->tail);
	return len;
}

/* Shows the reader one message, or what there is of it. Returns how many bytes of data are taken;
 * 0 when the tail alone became shorter. */
static uint32_t read_message(struct stream_pool *pool, struct stream *s, struct stream_segment *seg,
			     struct stream_reader *reader, const uint8_t *data, uint32_t len)
{
	struct block *b = block_at(pool, s->block);
	uint32_t tail_len = b ? b->tail_len : 0;
	uint32_t in_len = min_u32(len, pool->tail - tail_len);
	const uint8_t *in = data;
	size_t consumed = 0;

	if (tail_len) {
		memcpy(b->data + tail_len, data, in_len);
		in = b->data;
	}
	in_len += tail_len;
	switch (reader->read(reader, in, in_len, s->next - tail_len, &consumed)) {
	case STREAM_TAKEN:
		s->gap = false;
		if (consumed)
			return take(s, b, consumed, len);
		break;
	case STREAM_WAIT:
		if (in_len < pool->tail)
			return keep(pool, s, seg->share, data, len);
		seg->faults++;
		return refuse(pool, s, b, in, in_len, len);
	case STREAM_REFUSED:
		return refuse(pool, s, b, in, in_len, len);
	case STREAM_GIVE_UP:
		break;
	}
	s->state = STREAM_CLOSED;
	return len;
}

/* Drops bytes up to the LF. */
static uint32_t drop_line(struct stream *s, const uint8_t *data, uint32_t len)
{
	const uint8_t *lf = memchr(data, '\n', len);

	if (!lf)
		return len;
	s->state = STREAM_OPEN;
	return (uint32_t)(lf - data) + 1;
}

/* Gives len bytes, the first of which is s->next, to whom they belong. */
static void deliver(struct stream_pool *pool, struct stream *s, struct stream_segment *seg,
		    struct stream_reader *reader, const uint8_t *data, uint32_t len)
{
	while (len && is_reading(s)) {
		uint32_t n;

		if (s->skip) {
			n = min_u32(len, s->skip);
			s->skip -= n;
		} else if (s->state != STREAM_OPEN) {
			n = drop_line(s, data, len);
		} else {
			n = read_message(pool, s, seg, reader, data, len);
		}
		s->next += n;
		data += n;
		len -= n;
	}
}

/* ---- early bytes ---- */

/* Passes over bytes nobody wants to see, towards seq, without having them. */
static void skip_to(struct stream *s, uint32_t seq)
{
	int32_t ahead = distance(seq, s->next);

	if (ahead > 0 && s->skip) {
		uint32_t n = min_u32((uint32_t)ahead, s->skip);

		s->skip -= n;
		s->next += n;
	}
}

static void held_remove_first(struct block *b)
{
	b->n_held--;
	memmove(&b->held[0], &b->held[1], b->n_held * sizeof(b->held[0]));
}

/* Delivers held pieces as far as they follow without a hole. */
static void drain(struct stream_pool *pool, struct stream *s, struct stream_segment *seg,
		  struct stream_reader *reader)
{
	struct block *b = block_at(pool, s->block);

	if (!b)
		return;
	while (b->n_held && is_reading(s)) {
		struct held h = b->held[0];
		uint32_t old;

		skip_to(s, h.seq);
		if (distance(h.seq, s->next) > 0)
			return;
		held_remove_first(b);
		old = s->next - h.seq;
		if (old < h.len)
			deliver(pool, s, seg, reader, b->data + pool->tail + h.off + old,
				h.len - old);
	}
	if (!b->n_held)
		b->hold_used = 0;
}

/* Inserts a piece that overlaps no other before the i-th. False: no room. */
static bool hold_piece(const struct stream_pool *pool, struct block *b, unsigned i, uint32_t seq,
		       const uint8_t *data, uint32_t len)
{
	struct held *before = i ? &b->held[i - 1] : NULL;
	uint32_t off = b->hold_used;

	if (len > pool->hold - off)
		return false;
	if (before && before->seq + before->len == seq && before->off + before->len == off) {
		before->len += len;
	} else {
		if (b->n_held == STREAM_HELD_MAX)
			return false;
		memmove(&b->held[i + 1], &b->held[i], (b->n_held - i) * sizeof(b->held[0]));
		b->held[i] = (struct held){ .seq = seq, .off = off, .len = len };
		b->n_held++;
	}
	memcpy(b->data + pool->tail + off, data, len);
	b->hold_used += len;
	return true;
}

/* Holds what is not held yet of an early segment. False: no room for all of it. */
static bool hold(struct stream_pool *pool, struct stream *s, const struct stream_segment *seg)
{
	struct block *b = block_get(pool, s, seg->share);
	const uint8_t *data = seg->data;
	uint32_t seq = seg->seq, len = seg->len, n;
	unsigned i = 0;

	while (len) {
		while (i < b->n_held && distance(b->held[i].seq + b->held[i].len, seq) <= 0)
			i++;
		if (i < b->n_held && distance(b->held[i].seq, seq) <= 0) {
			n = min_u32(len, b->held[i].seq + b->held[i].len - seq);
		} else {
			n = i < b->n_held ? min_u32(len, b->held[i].seq - seq) : len;
			if (!hold_piece(pool, b, i, seq, data, n))
				return false;
		}
		seq += n;
		data += n;
		len -= n;
	}
	return true;
}

/* ---- one segment ---- */

/* False when two runs of bytes overlap and differ there. */
static bool same_bytes(uint32_t seq_a, const uint8_t *a, uint32_t len_a, uint32_t seq_b,
		       const uint8_t *b, uint32_t len_b)
{
	uint32_t ahead = seq_b - seq_a, behind = seq_a - seq_b;

	if (ahead < len_a)
		return !memcmp(a + ahead, b, min_u32(len_a - ahead, len_b));
	if (behind < len_b)
		return !memcmp(a, b + behind, min_u32(len_b - behind, len_a));
	return true;
}

/* Does the segment say the same as the bytes that are still here? */
static bool agrees(const struct stream_pool *pool, const struct stream *s,
		   const struct stream_segment *seg)
{
	const struct block *b = block_at(pool, s->block);

	if (!b)
		return true;
	if (!same_bytes(s->next - b->tail_len, b->data, b->tail_len, seg->seq, seg->data, seg->len))
		return false;
	for (unsigned i = 0; i < b->n_held; i++) {
		const struct held *h = &b->held[i];

		if (!same_bytes(h->seq, b->data + pool->tail + h->off, h->len, seg->seq, seg->data,
				seg->len))
			return false;
	}
	return true;
}

/* The segment starts at or before s->next. */
static void read_segment(struct stream_pool *pool, struct stream *s, struct stream_segment *seg,
			 struct stream_reader *reader)
{
	const struct block *b = block_at(pool, s->block);
	uint32_t old = s->next - seg->seq;

	if (old >= seg->len)
		return;
	seg->fresh_seq = s->next;
	seg->fresh_len = seg->len - old;
	if (b && b->n_held)
		seg->fresh_len = min_u32(seg->fresh_len, b->held[0].seq - s->next);
	deliver(pool, s, seg, reader, seg->data + old, seg->len - old);
	drain(pool, s, seg, reader);
}

/* The bytes from s->next up to seq will not come. */
static void gap(struct stream_pool *pool, struct stream *s, struct stream_segment *seg,
		uint32_t seq)
{
	if (s->state == STREAM_OPEN) {
		pool->gaps++;
		seg->faults++;
	}
	lose(pool, s);
	s->next = seq;
}

/* Each turn reads the segment, or holds it, or gives up the hole before the first bytes at hand. */
static void place(struct stream_pool *pool, struct stream *s, struct stream_segment *seg,
		  struct stream_reader *reader)
{
	while (is_reading(s)) {
		const struct block *b;
		uint32_t first = seg->seq;

		skip_to(s, seg->seq);
		if (distance(seg->seq, s->next) <= 0) {
			read_segment(pool, s, seg, reader);
			return;
		}
		if (s->state != STREAM_LOST && hold(pool, s, seg))
			return;
		b = block_at(pool, s->block);
		if (b && b->n_held && distance(b->held[0].seq, first) < 0)
			first = b->held[0].seq;
		gap(pool, s, seg, first);
		drain(pool, s, seg, reader);
	}
}

/* Bytes behind the segment that the kernel cut off. */
static void lose_missing(struct stream_pool *pool, struct stream *s, struct stream_segment *seg,
			 struct stream_reader *reader)
{
	uint32_t end = seg->seq + seg->len + seg->missing;

	if (!seg->missing || !is_reading(s) || s->next != seg->seq + seg->len)
		return;
	skip_to(s, end);
	if (s->next != end)
		gap(pool, s, seg, end);
	drain(pool, s, seg, reader);
}

static void note_fin(struct stream *s, const struct stream_segment *seg)
{
	uint32_t fin = seg->seq + seg->len + seg->missing;

	if (seg->fin && !s->has_fin && is_reading(s) && distance(fin, s->next) >= 0) {
		s->has_fin = true;
		s->fin = fin;
	}
	if (s->has_fin && distance(s->next, s->fin) >= 0)
		s->state = STREAM_CLOSED;
}

/* Gives back the block that is not needed any more. */
static void settle(struct stream_pool *pool, struct stream *s)
{
	const struct block *b = block_at(pool, s->block);

	if (!is_reading(s))
		stream_close(pool, s);
	else if (b && !b->tail_len && !b->n_held)
		block_put(pool, s);
}

void stream_syn(struct stream *s, uint32_t seq)
{
	if (s->has_data || s->state > STREAM_OPEN)
		return;
	s->state = STREAM_OPEN;
	s->start = s->next = seq;
}

bool stream_has_hole(const struct stream_pool *pool, const struct stream *s)
{
	const struct block *b = block_at(pool, s->block);

	return b && b->n_held;
}

void stream_segment(struct stream_pool *pool, struct stream *s, struct stream_segment *seg,
		    struct stream_reader *reader)
{
	bool keep_alive;

	seg->fresh_seq = seg->seq;
	seg->fresh_len = 0;
	seg->faults = 0;
	if (s->state == STREAM_UNSEEN && seg->len) {
		stream_syn(s, seg->seq);
		s->gap |= seg->midway;
		if (seg->midway && pool->resync_line)
			s->state = STREAM_LOST;
		else if (seg->midway && seg->lost)
			s->state = STREAM_CLOSED;
	}
	if (!is_reading(s))
		return;
	keep_alive = seg->len == 1 && distance(seg->seq, s->next) < 0;
	if (seg->len && !keep_alive) {
		s->has_data = true;
		if (agrees(pool, s, seg)) {
			place(pool, s, seg, reader);
		} else {
			pool->conflicts++;
			seg->faults++;
			s->state = STREAM_CLOSED;
		}
	}
	lose_missing(pool, s, seg, reader);
	note_fin(s, seg);
	settle(pool, s);
}
