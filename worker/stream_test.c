/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The stream engine, alone, with a reader of lines: each line read is written down with a `|`.
 * `!...` is no message; `~...` neither, which shows with the 8th byte. `skip N` asks to pass over
 * N bytes, `stop` gives the direction up.
 */
#include "worker/stream.h"

#include <stdlib.h>

#include "tests/unit/tap.h"

#define TAIL   16
#define HOLD   64
#define BLOCKS 4

/* One stream of its own, its pool, and what was read of it. */
struct rig {
	struct stream_reader reader;
	struct stream_pool pool;
	struct stream stream;
	struct stream_segment seg;
	void *memory;
	size_t len;
	char log[4096];
};

static size_t skip_of(const uint8_t *data, size_t len)
{
	size_t n = 0;

	if (len < 6 || memcmp(data, "skip ", 5))
		return 0;
	for (size_t i = 5; i < len && data[i] >= '0' && data[i] <= '9'; i++)
		n = n * 10 + (size_t)(data[i] - '0');
	return n;
}

static enum stream_step read_line(struct stream_reader *reader, const uint8_t *data, size_t len,
				  uint32_t seq, size_t *ret_consumed)
{
	struct rig *rig = (struct rig *)reader;
	const uint8_t *lf = memchr(data, '\n', len);
	size_t n = lf ? (size_t)(lf - data) : len;

	(void)seq;
	if (data[0] == '~' && len < 8)
		return STREAM_WAIT;
	if (data[0] == '!' || data[0] == '~')
		return STREAM_REFUSED;
	if (!lf)
		return STREAM_WAIT;
	if (n == 4 && !memcmp(data, "stop", 4))
		return STREAM_GIVE_UP;
	if (rig->len + n + 2 < sizeof(rig->log)) {
		memcpy(rig->log + rig->len, data, n);
		rig->len += n;
		rig->log[rig->len++] = '|';
		rig->log[rig->len] = '\0';
	}
	*ret_consumed = n + 1 + skip_of(data, n);
	return STREAM_TAKEN;
}

static struct rig *rig_new(bool resync)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	size_t size = stream_pool_size(BLOCKS, TAIL, HOLD);

	rig->reader.read = read_line;
	rig->memory = aligned_alloc(64, size);
	memset(rig->memory, 0, size);
	stream_pool_init(&rig->pool, rig->memory, BLOCKS, TAIL, HOLD, resync);
	return rig;
}

static void rig_free(struct rig *rig)
{
	free(rig->memory);
	free(rig);
}

static uint32_t blocks_in_use(const struct rig *rig)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < STREAM_SHARES; i++)
		n += rig->pool.shares[i].n_blocks;
	return n;
}

/* Hands over an exact-size copy, so that ASan sees a read too far. */
static void send_to(struct rig *rig, struct stream *s, struct stream_segment seg, const char *text)
{
	seg.len = (uint32_t)strlen(text);
	rig->seg = seg;
	rig->seg.data = memcpy(malloc(seg.len ? seg.len : 1), text, seg.len);
	stream_segment(&rig->pool, s, &rig->seg, &rig->reader);
	free((void *)rig->seg.data);
}

static void send(struct rig *rig, uint32_t seq, const char *text)
{
	send_to(rig, &rig->stream, (struct stream_segment){ .seq = seq }, text);
}

/* What is in the log; the log is empty then. */
static const char *said(struct rig *rig)
{
	static char copy[sizeof(rig->log)];

	memcpy(copy, rig->log, rig->len + 1);
	copy[rig->len] = '\0';
	rig->len = 0;
	return copy;
}

static void test_order(uint32_t base)
{
	struct rig *rig = rig_new(true);

	send(rig, base, "one\ntwo\nth");
	is_str(said(rig), "one|two|", "several lines in a segment (base %08x)", base);
	is_int(blocks_in_use(rig), 1, "the rest is kept");
	send(rig, base + 10, "r");
	send(rig, base + 11, "");
	send(rig, base + 11, "ee");
	is_str(said(rig), "", "an unfinished line is not read");
	send(rig, base + 13, "\n");
	is_str(said(rig), "three|", "one line from four segments");
	is_int(blocks_in_use(rig), 0, "nothing is kept then");
	send(rig, base, "one\ntwo\nth");
	send(rig, base + 10, "ree\n");
	is_str(said(rig), "", "retransmissions are not read");
	send(rig, base + 8, "three\nfour\n");
	is_str(said(rig), "four|", "old and new bytes in one segment");
	send(rig, base + 24, "ix\n");
	send(rig, base + 19, "fiv");
	is_str(said(rig), "", "an early segment waits");
	send(rig, base + 22, "e\ns");
	is_str(said(rig), "", "the hole was longer: this overlaps what is held, and differs");
	is_int(rig->stream.state, STREAM_CLOSED, "so the sender is not believed any more");
	is_int(blocks_in_use(rig), 0, "and costs nothing");
	rig_free(rig);
}

static void test_reorder(uint32_t base)
{
	struct rig *rig = rig_new(false);

	stream_syn(&rig->stream, base);
	send(rig, base + 8, "cc\n");
	send(rig, base + 4, "bbb\n");
	send(rig, base + 4, "bbb\ncc\ndd\n");
	send(rig, base + 2, "a\nbb");
	is_str(said(rig), "", "all of it is early");
	send(rig, base, "aa");
	is_str(said(rig), "aaa|bbb|cc|dd|", "a filled hole (base %08x)", base);
	is_int(blocks_in_use(rig), 0, "nothing is kept then");
	send(rig, base + 16, "ff\n");
	send(rig, base + 14, "e\nff\ngg");
	is_str(said(rig), "e|ff|", "in order, over and beyond what is held");
	send(rig, base + 21, "g\n");
	is_str(said(rig), "ggg|", "and what follows");
	rig_free(rig);
}

static void test_conflict(void)
{
	struct rig *rig = rig_new(true);

	send(rig, 100, "ab");
	send(rig, 101, "x");
	is_int(rig->stream.state, STREAM_OPEN, "one old byte is a keep-alive, whatever it is");
	send(rig, 101, "");
	send(rig, 100, "ab");
	is_int(rig->stream.state, STREAM_OPEN, "the same bytes again");
	send(rig, 100, "axc\n");
	is_int(rig->stream.state, STREAM_CLOSED, "other bytes in place of the tail");
	is_int(rig->seg.faults, 1, "is a fault");
	is_int((long long)rig->pool.conflicts, 1, "and counted");
	send(rig, 102, "c\nd\n");
	is_str(said(rig), "", "nothing is read after it");
	rig_free(rig);

	rig = rig_new(true);
	stream_syn(&rig->stream, 100);
	send(rig, 104, "bbb\n");
	send(rig, 103, "\nbbx");
	is_int(rig->stream.state, STREAM_CLOSED, "early bytes that differ from held ones");
	rig_free(rig);
}

/* Every second byte of a line: as many pieces as bytes. */
static void send_combed(struct rig *rig, uint32_t base, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		send(rig, base + 2 * i, "h");
}

static void test_bounds_of_hold(void)
{
	static char early[HOLD + 2];
	struct rig *rig = rig_new(false);

	stream_syn(&rig->stream, 99);
	send_combed(rig, 100, STREAM_HELD_MAX);
	is_int(rig->stream.state, STREAM_OPEN, "%d pieces are held", STREAM_HELD_MAX);
	send(rig, 100 + 2 * STREAM_HELD_MAX, "h");
	is_int(rig->stream.state, STREAM_CLOSED, "one more makes the hole a gap");
	is_int((long long)rig->pool.gaps, 1, "counted once");
	rig_free(rig);

	memset(early, '\n', sizeof(early) - 1);
	early[HOLD] = '\0';
	rig = rig_new(false);
	send(rig, 10, "a");
	send(rig, 12, early);
	is_int(rig->stream.state, STREAM_OPEN, "%d early bytes are held", HOLD);
	send(rig, 11, "b");
	is_str(said(rig), "ab||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||",
	       "and read behind the hole");
	early[HOLD] = '\n';
	send(rig, 14 + HOLD, early);
	is_int(rig->stream.state, STREAM_CLOSED, "one byte more is not");
	rig_free(rig);
}

static void test_gap(uint32_t base)
{
	struct rig *rig = rig_new(true);

	send(rig, base, "a\nbro");
	send_combed(rig, base + 10, STREAM_HELD_MAX);
	send(rig, base + 60, "ken\nc\nd");
	is_str(said(rig), "a|c|", "reading goes on behind the LF (base %08x)", base);
	send(rig, base + 5, "ken");
	send(rig, base + 67, "\n");
	is_str(said(rig), "d|", "what was lost is lost");
	is_int((long long)rig->pool.gaps, 1, "one gap");
	rig_free(rig);

	rig = rig_new(true);
	send(rig, base, "a\n!x");
	send(rig, base + 4, "y");
	send(rig, base + 9, "w\nb\n");
	send(rig, base + 5, "....");
	is_str(said(rig), "a|b|", "a hole in bytes that are dropped anyway");
	send(rig, base + 13, "!");
	send_combed(rig, base + 20, STREAM_HELD_MAX + 1);
	send(rig, base + 53, "\nc\n");
	is_str(said(rig), "c|", "a gap in such");
	is_int((long long)rig->pool.gaps, 0, "is none");
	rig_free(rig);
}

static void test_refusal(void)
{
	struct rig *rig = rig_new(true);

	send(rig, 0, "!xx\nb\n!yyyyyyyyyyyyyyyyyyyyyyyyy");
	send(rig, 32, "z\nc\nstop\nd\n");
	is_str(said(rig), "b|c|", "a refused line ends at its LF");
	is_int(rig->stream.state, STREAM_CLOSED, "stop");
	rig_free(rig);
	rig = rig_new(true);
	send(rig, 0, "~\nb\n");
	send(rig, 4, "c\nd");
	is_str(said(rig), "", "lines behind what may be a message of several");
	send(rig, 7, "\ne\n");
	is_str(said(rig), "b|c|d|e|", "are read when it is none");
	is_int(blocks_in_use(rig), 0, "and leave nothing behind");
	rig_free(rig);
	rig = rig_new(false);
	send(rig, 0, "a\n!xx\nb\n");
	is_str(said(rig), "a|", "without lines a refusal is the end");
	rig_free(rig);
}

static void test_begin(void)
{
	struct rig *rig = rig_new(true);

	send(rig, 7, "");
	is_int(rig->stream.state, STREAM_UNSEEN, "an empty segment says nothing");
	send(rig, 70, "mid\n");
	is_str(said(rig), "mid|", "the first segment seen is the beginning");
	stream_syn(&rig->stream, 500);
	send(rig, 74, "on\n");
	is_str(said(rig), "on|", "a SYN later changes nothing");
	rig_free(rig);

	rig = rig_new(true);
	stream_syn(&rig->stream, 100);
	stream_syn(&rig->stream, 200);
	send(rig, 202, "b\n");
	is_str(said(rig), "", "a second SYN, other number: nothing was sent yet");
	stream_syn(&rig->stream, 300);
	send(rig, 200, "a\n");
	is_str(said(rig), "a|b|", "but now there was");
	rig_free(rig);
}

static void test_end(void)
{
	struct rig *rig = rig_new(true);

	send(rig, 0, "a\nb");
	send_to(rig, &rig->stream, (struct stream_segment){ .seq = 1, .fin = true }, "");
	is_int(rig->stream.state, STREAM_OPEN, "a FIN in the past is none");
	send_to(rig, &rig->stream, (struct stream_segment){ .seq = 3, .fin = true }, "");
	is_int(rig->stream.state, STREAM_CLOSED, "a FIN ends the stream");
	is_int(blocks_in_use(rig), 0, "and frees its memory");
	rig_free(rig);

	rig = rig_new(true);
	send(rig, 0, "a");
	send_to(rig, &rig->stream, (struct stream_segment){ .seq = 2, .fin = true }, "b\n");
	is_int(rig->stream.state, STREAM_OPEN, "a FIN behind a hole waits");
	send(rig, 1, "\n");
	is_str(said(rig), "a|b|", "for the hole");
	is_int(rig->stream.state, STREAM_CLOSED, "and ends the stream then");
	rig_free(rig);
}

static void test_skip(uint32_t base)
{
	struct rig *rig = rig_new(false);

	send(rig, base, "skip 3\n..");
	send(rig, base + 9, ".a\n");
	is_str(said(rig), "skip 3|a|", "over segments (base %08x)", base);
	send(rig, base + 12, "skip 9\n.");
	send(rig, base + 28, "b\n");
	is_str(said(rig), "skip 9|b|", "over a gap: none");
	send(rig, base + 30, "skip 9\n");
	send(rig, base + 47, "d\n");
	send(rig, base + 37, "........");
	is_str(said(rig), "skip 9|", "not further than asked, and late bytes are old");
	send(rig, base + 46, "c");
	is_str(said(rig), "cd|", "reading goes on behind");
	send(rig, base + 52, "skip 6\n");
	send(rig, base + 68, "f\n");
	send(rig, base + 49, "e\n\n");
	is_str(said(rig), "e||skip 6|", "a hole that the held line asks to skip in part");
	send(rig, base + 65, "gg\n");
	is_str(said(rig), "gg|f|", "the rest of it comes");
	is_int((long long)rig->pool.gaps, 0, "no gap");
	is_int(blocks_in_use(rig), 0, "no memory");
	rig_free(rig);
}

static void test_tail_bound(bool resync, bool bytewise, bool longer)
{
	const char *text = longer ? "0123456789abcdef\nx\n" : "0123456789abcde\nx\n";
	const char *want = !longer ? "0123456789abcde|x|" : resync ? "x|" : "";
	struct rig *rig = rig_new(resync);
	char one[2] = "";

	if (!bytewise)
		send(rig, 0, text);
	for (uint32_t i = 0; bytewise && text[i]; i++) {
		one[0] = text[i];
		send(rig, i, one);
	}
	is_str(said(rig), want, "a line of %d bytes,%s resync,%s bytewise", TAIL + longer,
	       resync ? "" : " no", bytewise ? "" : " not");
	is_int(rig->stream.state == STREAM_CLOSED, longer && !resync, "goes on");
	rig_free(rig);
}

static void test_truncated(void)
{
	struct rig *rig = rig_new(true);

	send_to(rig, &rig->stream, (struct stream_segment){ .seq = 0, .missing = 5 }, "a\nb");
	is_int(rig->seg.faults, 1, "cut bytes are a gap");
	send(rig, 8, "c\nd\n");
	is_str(said(rig), "a|d|", "and reading goes on behind the LF");
	send_to(rig, &rig->stream, (struct stream_segment){ .seq = 12, .missing = 7 }, "skip 9\n.");
	is_int(rig->seg.faults, 0, "unless they were to be skipped");
	send(rig, 27, ".e\n");
	is_str(said(rig), "skip 9|e|", "then nothing is lost");
	rig_free(rig);

	rig = rig_new(true);
	stream_syn(&rig->stream, 0);
	send(rig, 8, "c\nd\n");
	send_to(rig, &rig->stream, (struct stream_segment){ .seq = 0, .missing = 6 }, "a\n");
	is_str(said(rig), "a|d|", "what is held behind them is read");
	rig_free(rig);
	rig = rig_new(false);
	send_to(rig, &rig->stream, (struct stream_segment){ .seq = 0, .missing = 1 }, "a\n");
	is_int(rig->stream.state, STREAM_CLOSED, "without lines it is the end");
	rig_free(rig);
}

static void test_pool(void)
{
	struct stream s[BLOCKS + 2] = { 0 };
	struct rig *rig = rig_new(true);
	struct stream_segment greedy = { .seq = 0, .share = 1 }, modest = { .seq = 0, .share = 2 };

	send_to(rig, &s[0], modest, "mod");
	for (unsigned i = 1; i < BLOCKS + 2; i++)
		send_to(rig, &s[i], greedy, "half");
	is_int(blocks_in_use(rig), BLOCKS, "no more than there are");
	is_int((long long)rig->pool.evicted, 2, "two gave way");
	is_int(s[1].state, STREAM_LOST, "the oldest of the greedy client");
	is_int(s[2].state, STREAM_LOST, "and his next");
	modest.seq = 3;
	send_to(rig, &s[0], modest, "est\n");
	is_str(said(rig), "modest|", "not the modest client's");
	greedy.seq = 4;
	send_to(rig, &s[1], greedy, "\nnew\n");
	is_str(said(rig), "new|", "the loser goes on behind the LF");
	send_to(rig, &s[3], greedy, "\n");
	is_str(said(rig), "half|", "the others finish");
	stream_close(&rig->pool, &s[4]);
	stream_close(&rig->pool, &s[5]);
	is_int(blocks_in_use(rig), 0, "all came back");
	rig_free(rig);
}

static void test_large(void)
{
	static char text[65536];
	struct rig *rig = rig_new(false);
	size_t n = 0;

	while (n + 8 < sizeof(text)) {
		memcpy(text + n, "1234567\n", 8);
		n += 8;
	}
	memcpy(text + n, "1234", 5);
	send(rig, 0xffff0123, text);
	is_int(rig->stream.next - 0xffff0123, (long long)n + 4, "64 KiB are read in place");
	said(rig);
	send(rig, 0xffff0123 + (uint32_t)n + 4, "567\n");
	is_str(said(rig), "1234567|", "and the remainder is kept");
	rig_free(rig);
}

int main(void)
{
	static const uint32_t bases[] = { 0, 1000, 0x7ffffff8, 0xfffffff8, 0xffffffff };

	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		test_order(bases[i]);
		test_reorder(bases[i]);
		test_gap(bases[i]);
		test_skip(bases[i]);
	}
	test_conflict();
	test_bounds_of_hold();
	test_refusal();
	test_begin();
	test_end();
	for (unsigned i = 0; i < 8; i++)
		test_tail_bound(i & 1, i & 2, i & 4);
	test_truncated();
	test_pool();
	test_large();
	return done_testing();
}
