/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A ring of replacements.
 *
 * A stream's replacements are kept in the stream's order: rewrites_plan() refuses any that would
 * lie before the newest. The kernel knows one position per direction: a segment that starts
 * behind it is moved by `after`, any other by `before`. When an older segment is sent again, it is
 * told for a moment what holds for that one. It is set to the first byte that changes
 * the length, so that a retransmission which starts in the middle of the segment is moved rightly.
 *
 * What has gone on is past changing, and so is what lies before it: bytes that came out of order
 * stand where they are.
 */
#include "broker/rewrite.h"

#include <string.h>

static const struct rewrite *nth_newest(const struct rewrites *r, unsigned i)
{
	return &r->kept[(r->next + REWRITES_KEPT - 1 - i) % REWRITES_KEPT];
}

static bool is_of(const struct rewrite *w, const struct segment *s)
{
	return w->flow_id && w->flow_id == s->flow_id && w->direction == s->direction;
}

static const struct rewrite *newest_of(const struct rewrites *r, const struct segment *s)
{
	for (unsigned i = 0; i < REWRITES_KEPT; i++) {
		const struct rewrite *w = nth_newest(r, i);

		if (is_of(w, s))
			return w;
	}
	return NULL;
}

static struct replacement part_of(const struct replacement *r, uint32_t off, uint32_t len,
				  uint32_t text_off, uint32_t text_len)
{
	struct replacement part = { .off = off, .len = len, .text_len = text_len };

	memcpy(part.text, r->text + text_off, text_len);
	return part;
}

bool rewrite_split(const struct replacement *whole, uint32_t at, struct replacement *ret_left,
		   struct replacement *ret_right)
{
	struct replacement r = *whole;
	uint32_t rest = r.len - at, n;

	if (at <= r.text_len)
		n = at;
	else if (rest <= r.text_len)
		n = r.text_len - rest;
	else
		return false;
	*ret_left = part_of(&r, r.off, at, 0, n);
	*ret_right = part_of(&r, r.off + at, rest, n, r.text_len - n);
	return true;
}

static int32_t delta_of(const struct replacement *r)
{
	return (int32_t)r->text_len - (int32_t)r->len;
}

/* How much of a replacement's text stands before a boundary `at` bytes behind its start: all that
 * it adds is added before its first boundary, as the kernel moves every segment behind the start
 * by the same sum. */
static uint32_t text_before(const struct replacement *r, int64_t at)
{
	int64_t n = at <= 0 ? 0 : at + delta_of(r);

	return n < 0 ? 0 : n > r->text_len ? r->text_len : (uint32_t)n;
}

/* Of a replacement at `off`, what falls into [0, len). */
static struct replacement clip(const struct replacement *r, int64_t off, uint32_t len)
{
	int64_t end = off + r->len, start = off < 0 ? 0 : off;
	uint32_t from = text_before(r, -off);
	uint32_t to = end > len ? text_before(r, len - off) : r->text_len;

	return part_of(r, (uint32_t)start, (uint32_t)((end > len ? len : end) - start), from,
		       to - from);
}

/* What has been added to the stream before the segment. */
static int32_t shift_of(const struct rewrites *r, const struct segment *s, int32_t known)
{
	const struct rewrite *first = NULL, *before = NULL;
	uint32_t at;

	for (unsigned i = REWRITES_KEPT; i-- > 0;) { /* oldest first */
		const struct rewrite *w = nth_newest(r, i);

		if (!is_of(w, s))
			continue;
		first = first ? first : w;
		if ((int32_t)(w->seq - s->seq) < 0)
			before = w;
	}
	if (!before)
		return first ? first->total - delta_of(&first->what) : known;
	at = s->seq - before->seq;
	if (at >= before->what.len)
		return before->total;
	/* It starts within: behind as much of the text as stands before it. */
	return before->total - delta_of(&before->what) + (int32_t)text_before(&before->what, at) -
	       (int32_t)at;
}

/* Where the kernel puts a segment. */
static int32_t kernel_shift(const struct ct_seqadj *adj, const struct segment *s)
{
	return (int32_t)(s->seq - adj->position) > 0 ? adj->after : adj->before;
}

/* Finds those that fall into the segment, clipped to it. Returns their number; -1 when there are
 * too many. */
static int find(const struct rewrites *r, const struct segment *s, struct replacement *ret)
{
	uint32_t end = 0;
	int n = 0;

	for (unsigned i = REWRITES_KEPT; i-- > 0;) { /* oldest first: in the stream's order */
		const struct rewrite *w = nth_newest(r, i);
		int64_t off = (int32_t)(w->seq - s->seq);

		if (!is_of(w, s))
			continue;
		if (off + w->what.len <= 0 || off >= s->len)
			continue;
		if (n == OUTPUT_EDITS_MAX || (off > 0 && off < end))
			return -1;
		ret[n] = clip(&w->what, off, s->len);
		end = ret[n].off + ret[n].len;
		n++;
	}
	return n;
}

static bool is_same(const struct replacement *a, const struct replacement *b)
{
	return a->off == b->off && a->len == b->len && a->text_len == b->text_len &&
	       !memcmp(a->text, b->text, a->text_len);
}

/* Puts those of `now` that are not among `what` behind them and into `fresh`. */
static int join(struct rewriting *ret, const struct replacement *now, unsigned n)
{
	unsigned n_old = ret->n;

	for (unsigned i = 0; i < n; i++) {
		uint32_t end = ret->n ? ret->what[ret->n - 1].off + ret->what[ret->n - 1].len : 0;
		bool known = false;

		for (unsigned j = 0; j < n_old; j++)
			known |= is_same(&ret->what[j], &now[i]);
		if (known)
			continue;
		if (now[i].off < end || ret->n == OUTPUT_EDITS_MAX)
			return -1;
		ret->what[ret->n++] = now[i];
		ret->fresh[ret->n_fresh++] = now[i];
	}
	return 0;
}

static uint32_t first_resized(const struct rewriting *w)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->what[i].text_len != w->what[i].len)
			return w->what[i].off;
	return 0;
}

/* Is the kernel about to misplace the segment? */
static void place(const struct rewrites *r, const struct segment *s, const struct ct_seqadj *known,
		  const struct rewrite *newest, struct rewriting *ret)
{
	int32_t shift = shift_of(r, s, known->after);

	ret->misplaced = newest && kernel_shift(&newest->adjust, s) != shift;
	ret->once = (struct ct_seqadj){ .position = s->seq, .before = shift, .after = shift };
}

int rewrites_plan(const struct rewrites *r, const struct segment *s, const struct ct_seqadj *known,
		  const struct replacement *now, unsigned n, struct rewriting *ret)
{
	const struct rewrite *newest = newest_of(r, s);
	int32_t start, fresh;
	int n_old;

	ret->n = ret->n_fresh = 0;
	ret->adjusts = ret->misplaced = false;
	ret->adjust = ret->once = (struct ct_seqadj){ 0 };
	ret->before = newest ? newest->total : known->after;
	n_old = find(r, s, ret->what);
	if (n_old < 0)
		return -1;
	ret->n = (unsigned)n_old;
	start = ret->before - render_delta(ret->what, ret->n);
	if (join(ret, now, n) < 0)
		return -1;
	if (newest)
		ret->adjust = newest->adjust;
	place(r, s, known, newest, ret);
	if (!ret->n_fresh)
		return 0;
	if (newest && (int32_t)(s->seq + ret->fresh[0].off - newest->seq) <= 0)
		return -1;
	if (s->has_sent && (int32_t)(s->seq + ret->fresh[0].off - s->sent) < 0)
		return -1;
	fresh = render_delta(ret->fresh, ret->n_fresh);
	ret->adjusts = fresh != 0;
	if (ret->adjusts) {
		ret->adjust = (struct ct_seqadj){ .position = s->seq + first_resized(ret),
						  .before = start,
						  .after = ret->before + fresh };
		ret->misplaced = false;
	}
	return 0;
}

void rewrites_keep(struct rewrites *r, const struct segment *s, const struct rewriting *done)
{
	int32_t total = done->before;

	for (unsigned i = 0; i < done->n_fresh; i++) {
		const struct replacement *w = &done->fresh[i];

		total += (int32_t)w->text_len - (int32_t)w->len;
		r->kept[r->next++ % REWRITES_KEPT] = (struct rewrite){
			.flow_id = s->flow_id,
			.direction = s->direction,
			.seq = s->seq + w->off,
			.total = total,
			.adjust = done->adjust,
			.what = *w,
		};
	}
}

void rewrites_forget(struct rewrites *r, uint32_t flow_id)
{
	for (unsigned i = 0; i < REWRITES_KEPT; i++)
		if (r->kept[i].flow_id == flow_id)
			r->kept[i].flow_id = 0;
}

void rewrites_check(struct rewrites *r)
{
	for (unsigned i = 0; i < REWRITES_KEPT; i++) {
		struct rewrite *k = &r->kept[i];

		if (k->direction > 1 || k->what.len > RENDER_FIELD_SIZE ||
		    k->what.text_len > RENDER_FIELD_SIZE)
			*k = (struct rewrite){ 0 };
	}
}
