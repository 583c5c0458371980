/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A ring of replacements.
 */
#include "broker/rewrite.h"

static const struct rewrite *nth_newest(const struct rewrites *r, unsigned i)
{
	return &r->kept[(r->next + REWRITES_KEPT - 1 - i) % REWRITES_KEPT];
}

void rewrites_keep(struct rewrites *r, uint32_t flow_id, uint8_t direction, uint32_t seq,
		   int32_t before, const struct replacement *what, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		before += (int32_t)what[i].text_len - (int32_t)what[i].len;
		r->kept[r->next++ % REWRITES_KEPT] = (struct rewrite){
			.flow_id = flow_id,
			.direction = direction,
			.seq = seq + what[i].off,
			.total = before,
			.what = what[i],
		};
	}
}

int rewrites_find(const struct rewrites *r, uint32_t flow_id, uint8_t direction, uint32_t seq,
		  uint32_t len, struct replacement ret[OUTPUT_EDITS_MAX])
{
	int n = 0;

	/* Oldest first: in the order of their offsets. */
	for (unsigned i = REWRITES_KEPT; i-- > 0 && n < OUTPUT_EDITS_MAX;) {
		const struct rewrite *w = nth_newest(r, i);
		int64_t off = (int32_t)(w->seq - seq);

		if (w->flow_id != flow_id || w->direction != direction)
			continue;
		if (off + w->what.len <= 0 || off >= len)
			continue;
		if (off < 0 || off + w->what.len > len)
			return -1;
		ret[n] = w->what;
		ret[n++].off = (uint32_t)off;
	}
	return n;
}

int32_t rewrites_total(const struct rewrites *r, uint32_t flow_id, uint8_t direction,
		       const struct ct_seqadj *known)
{
	for (unsigned i = 0; i < REWRITES_KEPT; i++) {
		const struct rewrite *w = nth_newest(r, i);

		if (w->flow_id == flow_id && w->direction == direction)
			return w->total;
	}
	return known->after;
}
