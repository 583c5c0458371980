/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A recorded stream of messages, replayed as bad networks would bring it: cut anew, overlapping,
 * doubled, overtaking each other, lost and sent again; and, in the lossy half, with segments that
 * never come, packets cut by the kernel and memory taken away. Every claim has its own port, in
 * rising order: the claims of the undisturbed stream, or fewer, never others, never twice.
 *
 * TORTURE_SEEDS in the environment: how many replays (10000).
 */
#include <stdlib.h>

#include "tests/unit/tap.h"
#include "worker/rig_test.h"

#define STREAM_MAX   2048
#define EVENTS_MAX   8192
#define JITTER	     4 /* places by which a segment comes late */
#define RESEND_DELAY 6
#define FIRST_PORT   1024

static const struct feed_limits wide = { .flows = 4, .blocks = 4, .hold = STREAM_MAX };
static const struct feed_limits narrow = { .flows = 4, .blocks = 1, .hold = 300 };

struct event {
	uint32_t start, len, missing;
	unsigned when;
};

struct replay {
	uint64_t random;
	bool records, lossy;
	uint8_t bytes[STREAM_MAX];
	uint32_t len;
	struct event events[EVENTS_MAX];
	unsigned n_events;
	unsigned n_claims; /* of the undisturbed stream */
	uint8_t state[HELPER_STATE_MAX];
};

/* splitmix64 */
static uint32_t below(struct replay *r, uint32_t n)
{
	uint64_t z = r->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ z >> 31) % n);
}

static void put(struct replay *r, const void *data, size_t len)
{
	memcpy(r->bytes + r->len, data, len);
	r->len += (uint32_t)len;
}

static void put_filler(struct replay *r, uint32_t len)
{
	while (len--)
		r->bytes[r->len++] = (uint8_t)('a' + below(r, 26));
}

static void put_line(struct replay *r, unsigned *port)
{
	char text[64];
	unsigned what = below(r, 8), skip = below(r, 120);

	if (what < 3)
		snprintf(text, sizeof(text), "OPEN %u\n", (*port)++);
	else if (what == 3)
		snprintf(text, sizeof(text), "PAIR %u %u\n", *port, *port + 1), *port += 2;
	else if (what == 4)
		snprintf(text, sizeof(text), "SKIP %u\n", skip);
	else if (what == 5)
		snprintf(text, sizeof(text), "%c%u\n", below(r, 2) ? '?' : '!', skip);
	else
		snprintf(text, sizeof(text), "NOTE %u\n", skip);
	put(r, text, strlen(text));
	if (what == 4)
		put_filler(r, skip);
}

static void put_record(struct replay *r, unsigned *port)
{
	unsigned what = below(r, 4), len = below(r, TOY_TAIL - 2);
	const uint8_t open[] = { 0, 3, 'P', (uint8_t)(*port >> 8), (uint8_t)*port };
	const uint8_t skip[] = { 0, 5, 'S', 0, 0, 0, (uint8_t)len };
	const uint8_t plain[] = { 0, (uint8_t)len };

	if (what < 2) {
		put(r, open, sizeof(open));
		(*port)++;
	} else if (what == 2) {
		put(r, skip, sizeof(skip));
		put_filler(r, len);
	} else {
		put(r, plain, sizeof(plain));
		put_filler(r, len);
	}
}

static void add_event(struct replay *r, uint32_t start, uint32_t end, unsigned when)
{
	struct event *e = &r->events[r->n_events];

	if (r->n_events == EVENTS_MAX || start >= r->len || start >= end)
		return;
	if (end > r->len)
		end = r->len;
	*e = (struct event){ .start = start, .len = end - start, .when = when };
	if (r->lossy && !below(r, 30)) {
		e->missing = below(r, e->len);
		e->len -= e->missing;
	}
	r->n_events++;
}

/* Which bytes come when; a place is about one segment's time. */
static void plan(struct replay *r)
{
	uint32_t longest = 1 + below(r, 100), at = 0;
	unsigned place = 0;

	for (; at < r->len; place += 2) {
		uint32_t end = at + 1 + below(r, longest), back = below(r, at < 50 ? at + 1 : 50);
		unsigned fate = below(r, 16), late = below(r, 2 * JITTER), more = below(r, 50);

		if (r->lossy && fate == 0)
			add_event(r, at + below(r, 3), end, place); /* some bytes never come */
		else if (fate < 3)
			add_event(r, at, end, place + 2 * RESEND_DELAY);
		else
			add_event(r, at, end, place + late);
		if (fate == 4)
			add_event(r, at - back, end, place + 2 * RESEND_DELAY);
		if (fate == 5)
			add_event(r, at, end + more, place + late / 2);
		if (fate == 6)
			add_event(r, at - back, at - back + 1, place);
		at = end;
	}
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return x->when != y->when     ? (x->when > y->when) - (x->when < y->when)
	       : x->start != y->start ? (x->start > y->start) - (x->start < y->start)
				      : (x->len > y->len) - (x->len < y->len);
}

static void record(struct replay *r, uint64_t seed)
{
	const struct helper *helper;
	unsigned port = FIRST_PORT;
	struct rig *rig;

	memset(r, 0, sizeof(*r));
	r->random = seed;
	r->records = seed & 1;
	r->lossy = seed & 2;
	helper = r->records ? &toy_records : &toy_lines;
	while (r->len < STREAM_MAX - 256 && below(r, 60))
		r->records ? put_record(r, &port) : put_line(r, &port);
	rig = rig_new(helper, IPPROTO_TCP, &wide);
	for (uint32_t i = 0; i < r->len; i++)
		rig_send_cut(rig, DIRECTION_ORIG, 0, i, r->bytes + i, 1, 0);
	r->n_claims = rig->n_ports;
	memcpy(r->state, rig->state, sizeof(r->state));
	rig_free(rig);
}

/* Another flow's unfinished line: with one block in the pool it takes ours. */
static void disturb(struct rig *rig)
{
	struct link_packet ours = rig->packet;

	rig->packet.flow_id = 2;
	rig->packet.orig.src.bytes[3] = 9;
	rig_send(rig, DIRECTION_REPLY, 0, (uint32_t)(rig->packet.id * 8), "?half");
	rig->packet.flow_id = ours.flow_id;
	rig->packet.orig = ours.orig;
}

static bool rises(const struct rig *rig, unsigned n_claims)
{
	for (unsigned i = 0; i < rig->n_ports; i++)
		if (rig->ports[i] < FIRST_PORT || rig->ports[i] >= FIRST_PORT + n_claims ||
		    (i && rig->ports[i] <= rig->ports[i - 1]))
			return false;
	return true;
}

/* Sums of what happened, over all replays. */
struct score {
	unsigned n, n_wrong, n_unequal, n_gaps;
	unsigned long n_claims, n_wanted, n_packets;
};

static void replay(uint64_t seed, struct score *score)
{
	static struct replay r;
	uint32_t base;
	struct rig *rig;
	unsigned failed = score->n_wrong + score->n_unequal;
	bool lost = false;

	record(&r, seed);
	plan(&r);
	qsort(r.events, r.n_events, sizeof(r.events[0]), by_time);
	base = below(&r, 2) ? 0u - below(&r, STREAM_MAX) : below(&r, UINT32_MAX);
	rig = rig_new(r.records ? &toy_records : &toy_lines, IPPROTO_TCP,
		      r.lossy ? &narrow : &wide);
	rig_send(rig, DIRECTION_ORIG, LINK_PACKET_SYN, base, "");
	for (unsigned i = 0; i < r.n_events; i++) {
		const struct event *e = &r.events[i];

		rig_send_cut(rig, DIRECTION_ORIG, 0, base + e->start, r.bytes + e->start, e->len,
			     e->missing);
		lost |= rig->answer.lost;
		if (r.lossy && !below(&r, 40))
			disturb(rig);
	}
	score->n++;
	score->n_packets += r.n_events;
	score->n_claims += rig->n_ports;
	score->n_wanted += r.n_claims;
	score->n_wrong += !rises(rig, r.n_claims) || rig->n_bad_answers;
	if (!r.lossy && feed_counts(rig->feed).gaps)
		score->n_gaps++;
	else if (!r.lossy && (memcmp(rig->state, r.state, sizeof(struct toy_state)) ||
			      (rig->n_ports != r.n_claims && !lost)))
		score->n_unequal++;
	if (score->n_wrong + score->n_unequal > failed)
		printf("# see seed %llu\n", (unsigned long long)seed);
	rig_free(rig);
}

int main(void)
{
	const char *text = getenv("TORTURE_SEEDS");
	unsigned long n = text ? strtoul(text, NULL, 10) : 10000;
	struct score all[4] = { 0 };

	for (unsigned long seed = 0; seed < n; seed++)
		replay(seed, &all[seed & 3]);
	for (unsigned i = 0; i < 4; i++) {
		const struct score *s = &all[i];
		const char *what = i & 1 ? "records" : "lines";

		printf("# %s, %s: %lu of %lu claims in %u replays of %lu packets; %u ran out of hold\n",
		       what, i & 2 ? "lossy" : "complete", s->n_claims, s->n_wanted, s->n,
		       s->n_packets, s->n_gaps);
		is_int(s->n_wrong, 0, "%s: no other claim, none twice, no bad answer", what);
		is_int(s->n_unequal, 0, "%s: the same, when all of it comes", what);
		ok(s->n_gaps * 50 <= s->n, "%s: reordering is absorbed", what);
	}
	return done_testing();
}
