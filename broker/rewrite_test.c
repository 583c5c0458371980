/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Retransmissions in every cut, and what the kernel is told of a stream's length. Streams here
 * begin shortly before sequence numbers wrap.
 */
#include "broker/rewrite.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/tap.h"

#define START 0xfffffff0u
#define FLOW  7

static const struct ct_seqadj none;
static struct rewrites r;
static struct rewriting w;

/* `len` bytes at `off` give way to `text`. */
static struct replacement make(uint32_t off, uint32_t len, const char *text)
{
	struct replacement m = { .off = off, .len = len, .text_len = (uint32_t)strlen(text) };

	memcpy(m.text, text, m.text_len);
	return m;
}

static struct segment segment(uint32_t off, uint32_t len)
{
	return (struct segment){ FLOW, 0, START + off, len };
}

static int plan(uint32_t off, uint32_t len, const struct replacement *now, unsigned n)
{
	struct segment s = segment(off, len);

	return rewrites_plan(&r, &s, &none, now, n, &w);
}

/* Writes into the stream as a packet that goes out does. */
static int write_one(uint32_t off, uint32_t len, struct replacement m)
{
	struct segment s = segment(off, len);
	int result = rewrites_plan(&r, &s, &none, &m, 1, &w);

	if (result == 0)
		rewrites_keep(&r, &s, &w);
	return result;
}

static void begin(void)
{
	memset(&r, 0, sizeof(r));
}

static void test_found_again(void)
{
	struct segment other = segment(0, 100);

	begin();
	is_int(write_one(0, 100, make(10, 4, "123456")), 0, "written, the number wraps");
	is_int(w.adjusts, true, "the stream grows");
	is_int(w.adjust.position, START + 10, "from its first byte on");
	is_int(w.adjust.before, 0, "by nothing before");
	is_int(w.adjust.after, 2, "by two behind");
	is_int(plan(0, 100, NULL, 0), 0, "the same again");
	is_int(w.n, 1, "found");
	is_int(w.n_fresh, 0, "not new");
	is_int(w.adjusts, false, "no second adjustment");
	is_int(w.what[0].off, 10, "in its place");
	is_int(w.what[0].text_len, 6, "with its text");
	plan(8, 50, NULL, 0);
	is_int(w.n == 1 && w.what[0].off == 2, true, "a segment that begins later");
	is_int(plan(10, 4, NULL, 0), 0, "no more than it");
	is_int(w.n, 1, "found");
	is_int(plan(0, 10, NULL, 0), 0, "ends before it");
	is_int(w.n, 0, "none");
	is_int(plan(14, 10, NULL, 0), 0, "begins behind it");
	is_int(w.n, 0, "none");
	is_int(plan(0, 13, NULL, 0), 0, "cut at its end");
	ok(w.n == 1 && w.what[0].len == 3 && w.what[0].text_len == 5 &&
		   !memcmp(w.what[0].text, "12345", 5), "what moves with the boundary");
	is_int(plan(11, 40, NULL, 0), 0, "cut at its start");
	ok(w.n == 1 && !w.what[0].off && w.what[0].len == 3 && w.what[0].text_len == 3 &&
		   !memcmp(w.what[0].text, "456", 3), "the rest of it");
	is_int(plan(11, 1, NULL, 0), 0, "within it");
	ok(w.n == 1 && w.what[0].text_len == 1 && w.what[0].text[0] == '4', "its part");
	begin();
	write_one(0, 100, make(10, 4, "1"));
	is_int(plan(0, 12, NULL, 0), -1, "more is gone than stands before the boundary");
	is_int(plan(0, 13, NULL, 0), 0, "just as much");
	is_int(w.what[0].text_len, 0, "nothing is left");
	is_int(plan(13, 5, NULL, 0), 0, "the rest");
	is_int(w.what[0].text_len, 1, "is all");
	begin();
	write_one(0, 100, make(10, 4, "123456"));
	is_int(plan(0, 0, NULL, 0), 0, "no payload");
	other.direction = 1;
	is_int(rewrites_plan(&r, &other, &none, NULL, 0, &w), 0, "the other direction");
	is_int(w.n, 0, "has none");
	other.direction = 0;
	other.flow_id++;
	is_int(rewrites_plan(&r, &other, &none, NULL, 0, &w), 0, "another flow");
	is_int(w.n, 0, "has none");
	other.flow_id = 0;
	is_int(rewrites_plan(&r, &other, &none, NULL, 0, &w), 0, "a flow without a name");
	is_int(w.n, 0, "does not match what is empty");
}

static void test_split(void)
{
	struct replacement whole = make(10, 4, "123456"), l, r2;

	ok(rewrite_split(&whole, 3, &l, &r2), "longer");
	ok(l.off == 10 && l.len == 3 && l.text_len == 3 && !memcmp(l.text, "123", 3), "left");
	ok(r2.off == 13 && r2.len == 1 && r2.text_len == 3 && !memcmp(r2.text, "456", 3), "right");
	whole = make(10, 6, "1234");
	ok(rewrite_split(&whole, 5, &l, &r2), "shorter, cut late");
	ok(l.len == 5 && l.text_len == 3 && r2.len == 1 && r2.text_len == 1, "the right part keeps");
	ok(rewrite_split(&whole, 4, &l, &r2), "as much as there is");
	ok(l.text_len == 4 && r2.len == 2 && !r2.text_len, "nothing is left");
	whole = make(10, 6, "12");
	ok(!rewrite_split(&whole, 3, &l, &r2), "too short for either part");
}

static void test_total(void)
{
	struct segment s = segment(0, 50);
	const struct ct_seqadj known = { .after = 5 };
	struct replacement three[] = { make(0, 1, "a"), make(10, 2, "abcd"), make(20, 3, "") };

	begin();
	is_int(rewrites_plan(&r, &s, &known, three, 3, &w), 0, "three at once");
	is_int(w.n, 3, "all of them");
	is_int(w.adjust.position, START + 10, "the first that changes the length");
	is_int(w.adjust.before, 5, "the kernel's word, as nobody knows better");
	is_int(w.adjust.after, 4, "grown and shrunk");
	rewrites_keep(&r, &s, &w);
	s = segment(50, 50);
	is_int(rewrites_plan(&r, &s, &none, three + 1, 1, &w), 0, "the next segment");
	is_int(w.adjust.before, 4, "our word before the kernel's, which lags");
	is_int(w.adjust.after, 6, "counted on");
	is_int(rewrites_plan(&r, &s, &none, three, 1, &w), 0, "one that keeps the length");
	is_int(w.adjusts, false, "needs no adjustment");
	is_int(w.n_fresh, 1, "but is kept");
}

/* A sender joins what it sends again with what comes next. */
static void test_joined(void)
{
	struct replacement now[] = { make(10, 4, "123456"), make(60, 4, "12345") };
	struct replacement other = make(10, 4, "654321"), beside = make(12, 4, "x");

	begin();
	write_one(0, 50, make(10, 4, "123456"));
	is_int(plan(0, 100, now + 1, 1), 0, "old and new in one segment");
	is_int(w.n, 2, "both are written");
	is_int(w.what[0].off == 10 && w.what[1].off == 60, true, "in order");
	is_int(w.n_fresh, 1, "one is new");
	is_int(w.fresh[0].off, 60, "the second");
	is_int(w.adjust.before, 0, "where the segment begins, nothing was added");
	is_int(w.adjust.after, 3, "where it ends, both");
	is_int(w.before, 2, "totals count on from the first");
	is_int(plan(0, 100, now, 2), 0, "a worker that asks for both again");
	is_int(w.n == 2 && w.n_fresh == 1, true, "the same");
	is_int(plan(0, 50, now, 1), 0, "for the old one alone");
	is_int(w.n == 1 && !w.n_fresh && !w.adjusts, true, "nothing is added twice");
	is_int(plan(0, 50, &other, 1), -1, "otherwise than before: refused");
	is_int(plan(0, 50, &beside, 1), -1, "over what was written: refused");
	is_int(write_one(0, 9, make(2, 4, "12")), -1, "before what is counted: refused");
	is_int(write_one(50, 50, make(10, 4, "12345")), 0, "behind it");
	is_int(plan(0, 100, NULL, 0), 0, "both segments in one");
	is_int(w.n == 2 && !w.n_fresh && !w.adjusts, true, "as before");
	is_int(write_one(14, 40, make(0, 4, "12")), -1, "between them: refused");
}

static void test_forgetting(void)
{
	uint32_t i;

	begin();
	for (i = 0; i < REWRITES_KEPT; i++)
		write_one(100 * i, 100, make(10, 4, "123456"));
	is_int(plan(0, 100, NULL, 0), 0, "a full ring");
	is_int(w.n, 1, "has the oldest");
	is_int(plan(0, 1600, NULL, 0), 0, "sixteen in one segment");
	is_int(w.n, OUTPUT_EDITS_MAX, "all of them");
	is_int(plan(0, 1700, NULL, 0), -1, "more than there is room for: none is left out");
	write_one(100 * i, 100, make(10, 4, "123456"));
	is_int(w.adjust.after, 2 * (REWRITES_KEPT + 1), "the sum is of all");
	is_int(plan(0, 100, NULL, 0), 0, "one more");
	is_int(w.n, 0, "the oldest is gone");
	rewrites_forget(&r, FLOW + 1);
	plan(100, 100, NULL, 0);
	is_int(w.n, 1, "another connection's beginning");
	rewrites_forget(&r, FLOW);
	plan(100, 100, NULL, 0);
	is_int(w.n, 0, "its own");
	is_int(w.before, 0, "no sum either");
	r.next = UINT32_MAX; /* the counter of the ring wraps */
	write_one(0, 50, make(10, 4, "123456"));
	write_one(50, 50, make(10, 4, "123456"));
	plan(0, 100, NULL, 0);
	is_int(w.n, 2, "found around the wrap");
}

int main(void)
{
	test_found_again();
	test_split();
	test_total();
	test_joined();
	test_forgetting();
	return done_testing();
}
