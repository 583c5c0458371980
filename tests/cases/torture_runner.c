/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * torture-runner HELPER DIR: plays the TCP flows of case files through stream engine, parser, gate
 * and rewriting, as a network would that loses, doubles, delays and cuts anew what was recorded,
 * with workers that die in between, under every kind of NAT.
 *
 * First each flow is played undisturbed: that is the reference. Then, as often as TORTURE_SEEDS says
 * (10000), one of them is disturbed. It may open what the reference opens, or less; the streams that
 * come out are those that went in, but for the reference's edits, each made or not made. When every
 * byte comes in the end, in good time and to one worker, all is opened, unless more pieces wait
 * behind a hole than the engine keeps. The kernel is played as it is: it knows one position of each
 * direction, behind which segments are moved by one sum, and before which by another.
 */
#include "tests/cases/torture_stage.h"

#include <dirent.h>

#include "tests/cases/case.h"
#include "worker/feed.h"

#define REPAIR_MS  200 /* what is lost comes again so much later */
#define CASES_MAX  512
#define FILES_MAX  64

static const struct feed_limits limits = { .flows = 4, .blocks = 4, .hold = STREAM_MAX };

/* What the undisturbed flow did. */
struct reference {
	struct hole opened[OPENED_MAX];
	unsigned n_opened;
	struct rewrite edits[REWRITES_KEPT];
	unsigned n_edits;
};

static const struct helper *helper;
static struct feed *feed;
static void *feed_memory;
static uint64_t random_state;
static struct case_file files[FILES_MAX];
static unsigned n_files;
static struct case_one *cases[CASES_MAX];
static unsigned n_cases;

/* splitmix64 */
static uint32_t below(uint32_t n)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ z >> 31) % n);
}

/* ---- the worker ---- */

static void new_worker(void)
{
	static const uint8_t key[16] = "a test, no more";
	size_t size = (feed_size(helper->manifest, IPPROTO_TCP, &limits) + 63) & ~(size_t)63;
	static int32_t pid = 10;

	free(feed_memory);
	feed_memory = aligned_alloc(64, size);
	memset(feed_memory, 0, size);
	feed = feed_init(feed_memory, helper, IPPROTO_TCP, key, &limits);
	rig_employ(pid++);
}

/* Answers what the worker was sent. */
static void work(void)
{
	static struct link_answer answer;
	struct link_packet p;
	const uint8_t *payload;
	int r;

	rig_turn();
	while ((r = ring_next(&rig.ring, &p, &payload)) > 0) {
		feed_packet(feed, &p, payload, &answer);
		ring_done(&rig.ring, &p);
		if (!(p.flags & LINK_PACKET_NOTICE))
			rig_send_answer(&answer);
		rig_turn();
	}
	if (r < 0)
		abort();
}

static void note_opened(const struct expectation *e)
{
	if (stage.n_opened < OPENED_MAX)
		stage.opened[stage.n_opened++] = (struct hole){ e->tuple.dst, e->tuple.dport };
}

/* ---- playing ---- */

static void send_segment(enum direction direction, uint32_t off, uint32_t len, uint8_t flags)
{
	static uint8_t payload[STREAM_MAX];

	stage.packets[stage.n_packets++] = (struct event){ direction, off, len, 0 };
	memcpy(payload, stage.ends[direction].sent + off, len);
	rig_queue(&(struct queued){
		.id = stage.n_packets,
		.payload = len ? (const char *)payload : NULL,
		.len = len,
		.seq = FIRST_SEQ + off - (flags & PACKET_TCP_SYN ? 1 : 0),
		.flags = flags,
		.info = direction == DIRECTION_REPLY ? IP_CT_ESTABLISHED_REPLY : IP_CT_ESTABLISHED,
		.tuples = stage.tuples,
		.state = stage.state,
	});
}

/* Kinds of NAT: none, source, destination, both. */
static void choose_tuples(const struct case_one *one, unsigned nat)
{
	bool v4 = one->tuples[0].src.family == AF_INET;
	bool loopback = v4 && one->tuples[0].src.bytes[0] == 127;
	const char *seen = loopback ? "127.254.254.254"
			   : v4	    ? "198.51.100.254"
				    : "2001:db8:ffff::9";
	const char *dialled = loopback ? "127.9.9.9" : v4 ? "9.9.9.9" : "2001:db8:fffe:1:2:3:4:5";

	memcpy(stage.tuples, one->tuples, sizeof(stage.tuples));
	if (!v4 && addr_is_special(&one->tuples[0].src))
		return; /* there is one loopback address only */
	if (nat & 1)
		addr_from_text(seen, strlen(seen), &stage.tuples[1].dst);
	if (nat & 2)
		addr_from_text(dialled, strlen(dialled), &stage.tuples[0].dst);
}

static void begin(const struct case_one *one, unsigned nat, uint16_t moved)
{
	memset(stage.ends, 0, sizeof(stage.ends));
	memset(stage.judged, 0, sizeof(stage.judged));
	stage.n_events = stage.n_packets = stage.n_opened = stage.n_contradictions = 0;
	choose_tuples(one, nat);
	memcpy(stage.state, one->state, sizeof(stage.state));
	for (unsigned i = 0; i < one->n_messages; i++) {
		const struct case_message *m = &one->messages[i];
		struct stream_ends *e = &stage.ends[m->direction];

		memcpy(e->sent + e->n_sent, m->data, m->len);
		e->n_sent += (uint32_t)m->len;
	}
	rig.manifest = helper->manifest;
	rig_open();
	rig.opened = note_opened;
	rig.moved = moved;
	new_worker();
	send_segment(DIRECTION_ORIG, 0, 0, PACKET_TCP_SYN);
	send_segment(DIRECTION_REPLY, 0, 0, PACKET_TCP_SYN | PACKET_TCP_ACK);
	work();
	obey();
}

static void end(void)
{
	rig.now += 10 * LANE_HOLD_MS;
	lane_tick(rig.lane);
	obey();
	rig_close();
}

static void play_reference(const struct case_one *one, unsigned nat, uint16_t moved,
			   struct reference *ret)
{
	uint32_t off[2] = { 0 };

	begin(one, nat, moved);
	for (unsigned i = 0; i < one->n_messages; i++) {
		const struct case_message *m = &one->messages[i];

		send_segment(m->direction, off[m->direction], (uint32_t)m->len, 0);
		off[m->direction] += (uint32_t)m->len;
		work();
		obey();
	}
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->opened, stage.opened, sizeof(ret->opened));
	ret->n_opened = stage.n_opened;
	for (unsigned i = 0; i < REWRITES_KEPT; i++)
		if (rig.lane->memory->rewrites.kept[i].flow_id)
			ret->edits[ret->n_edits++] = rig.lane->memory->rewrites.kept[i];
	end();
}

static void add_event(enum direction direction, uint32_t start, uint32_t stop, unsigned when)
{
	if (start < stop && stage.n_events < EVENTS_MAX / 2)
		stage.events[stage.n_events++] =
			(struct event){ direction, start, stop - start, when };
}

/* One message, from `start` to `stop` of its stream: what is lost comes again before the next
 * message, if it comes at all; what is doubled or cut anew can come later. Returns when the next
 * message may begin. */
static unsigned plan_message(enum direction direction, uint32_t start, uint32_t stop, unsigned when,
			     bool lossy)
{
	uint32_t longest = below(3) ? 1 + below(40) : 1 + below(1500);

	for (uint32_t at = start; at < stop; when += 4) {
		uint32_t next = at + 1 + below(longest), fate = below(16), back = below(30);

		next = next < stop ? next : stop;
		if (fate == 0 && !lossy)
			add_event(direction, at, next, when + REPAIR_MS);
		else if (fate > 0)
			add_event(direction, at, next, when + below(12));
		if (fate == 1)
			add_event(direction, at, next, when + below(10 * REPAIR_MS));
		if (fate == 2)
			add_event(direction, at > back ? at - back : 0, next, when + below(600));
		if (fate == 3)
			add_event(direction, at, next + back < stop ? next + back : stop, when + 2);
		at = next;
	}
	return when + 2 * REPAIR_MS;
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return x->when != y->when ? (x->when > y->when) - (x->when < y->when)
	       : x->off != y->off ? (x->off > y->off) - (x->off < y->off)
				  : (x->len > y->len) - (x->len < y->len);
}

static void play_disturbed(const struct case_one *one, unsigned nat, uint16_t moved, bool lossy)
{
	uint32_t off[2] = { 0 };
	unsigned now = 0;

	begin(one, nat, moved);
	for (unsigned i = 0; i < one->n_messages; i++) {
		const struct case_message *m = &one->messages[i];

		now = plan_message(m->direction, off[m->direction],
				   off[m->direction] + (uint32_t)m->len, now, lossy);
		off[m->direction] += (uint32_t)m->len;
	}
	now = 0;
	qsort(stage.events, stage.n_events, sizeof(stage.events[0]), by_time);
	for (unsigned i = 0; i < stage.n_events; i++) {
		const struct event *e = &stage.events[i];

		rig.now += e->when - now;
		now = e->when;
		lane_tick(rig.lane);
		send_segment(e->direction, e->off, e->len, 0);
		if (lossy && !below(60)) {
			rig_kill();
			new_worker();
		}
		work();
		obey();
	}
}

/* ---- judging ---- */

/* How many of `a` are not in `b`. What is sent again to a new worker is opened again. */
static unsigned n_beyond(const struct hole *a, unsigned n_a, const struct hole *b, unsigned n_b)
{
	unsigned n = n_a;

	for (unsigned i = 0; i < n_a; i++)
		for (unsigned j = 0; j < n_b; j++)
			if (a[i].port == b[j].port && addr_equal(&a[i].to, &b[j].to)) {
				n--;
				break;
			}
	return n;
}

static bool fits(const struct stream_ends *e, uint32_t at, const uint8_t *bytes, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		if (at + i < e->n_got && e->has[at + i] && e->got[at + i] != bytes[i])
			return false;
	return true;
}

/* From `in` on what came out, from `out` on, is what went in, with any of the edits. */
static bool matches(const struct stream_ends *e, uint32_t in, uint32_t out,
		    const struct rewrite *edits, unsigned n)
{
	uint32_t off, stop;

	if (!n)
		return e->n_got <= out + e->n_sent - in &&
		       fits(e, out, e->sent + in, e->n_sent - in);
	off = edits->seq - FIRST_SEQ;
	stop = off + edits->what.len;
	if (!fits(e, out, e->sent + in, off - in))
		return false;
	out += off - in;
	if (fits(e, out, edits->what.text, edits->what.text_len) &&
	    matches(e, stop, out + edits->what.text_len, edits + 1, n - 1))
		return true;
	return fits(e, out, e->sent + off, edits->what.len) &&
	       matches(e, stop, out + edits->what.len, edits + 1, n - 1);
}

static bool streams_match(const struct reference *ref)
{
	for (unsigned d = 0; d < 2; d++) {
		struct rewrite edits[REWRITES_KEPT];
		unsigned n = 0;

		for (unsigned i = 0; i < ref->n_edits; i++)
			if (ref->edits[i].direction == d)
				edits[n++] = ref->edits[i];
		if (!matches(&stage.ends[d], 0, 0, edits, n))
			return false;
	}
	return true;
}

/* Sums over all runs. */
struct score {
	unsigned n, n_foreign, n_changed, n_fewer, n_contradicting, n_gaps;
	unsigned long n_opened, n_wanted, n_packets, n_edits;
};

static void print_bytes(const uint8_t *bytes, const bool *has, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		if (has && !has[i])
			putchar('_');
		else
			printf(bytes[i] > ' ' && bytes[i] < 127 ? "%c" : "<%02x>", bytes[i]);
	putchar('\n');
}

/* All that happened, for the one seed that TORTURE_SEED names. */
static void explain(const struct reference *ref)
{
	for (unsigned i = 0; i < stage.n_packets; i++) {
		const struct event *p = &stage.packets[i];

		printf("# %u: %c %u+%u ", i + 1, p->direction ? '<' : '>', p->off, p->len);
		print_bytes(stage.ends[p->direction].sent + p->off, NULL, p->len);
	}
	for (unsigned i = 0; i < ref->n_edits; i++)
		printf("# edit %c %u+%u %.*s\n", ref->edits[i].direction ? '<' : '>',
		       ref->edits[i].seq - FIRST_SEQ, ref->edits[i].what.len,
		       (int)ref->edits[i].what.text_len, ref->edits[i].what.text);
	for (unsigned i = 0; i < ref->n_opened; i++)
		printf("# wanted %u\n", ref->opened[i].port);
	for (unsigned i = 0; i < stage.n_opened; i++)
		printf("# opened %u\n", stage.opened[i].port);
	for (unsigned i = 0; i < 2; i++)
		print_bytes(stage.ends[i].got, stage.ends[i].has, stage.ends[i].n_got);
}

static void judge_run(const struct reference *ref, bool lossy, struct score *s, unsigned long seed,
		      const char *title)
{
	unsigned failed = s->n_foreign + s->n_changed + s->n_fewer + s->n_contradicting;
	bool fewer = n_beyond(ref->opened, ref->n_opened, stage.opened, stage.n_opened) != 0;

	s->n++;
	s->n_packets += stage.n_packets;
	s->n_opened += stage.n_opened;
	s->n_wanted += ref->n_opened;
	s->n_edits += ref->n_edits;
	s->n_foreign += n_beyond(stage.opened, stage.n_opened, ref->opened, ref->n_opened) != 0;
	s->n_gaps += !lossy && feed_counts(feed).gaps;
	s->n_fewer += !lossy && !feed_counts(feed).gaps && fewer;
	s->n_changed += !streams_match(ref);
	s->n_contradicting += stage.n_contradictions != 0;
	if (getenv("TORTURE_SEED"))
		explain(ref);
	if (s->n_foreign + s->n_changed + s->n_fewer + s->n_contradicting > failed)
		printf("# see seed %lu: %s\n", seed, title);
}

static void run(unsigned long seed, struct score *score)
{
	static struct reference ref;
	struct case_one *one;
	bool lossy = seed & 1;
	uint16_t moved;
	unsigned nat;

	random_state = seed;
	one = cases[below(n_cases)];
	nat = below(4);
	moved = below(2) ? 0 : (uint16_t)(1 + below(1000));
	play_reference(one, nat, moved, &ref);
	play_disturbed(one, nat, moved, lossy);
	end();
	judge_run(&ref, lossy, &score[lossy], seed, one->title);
}

static void add_cases(struct case_file *file)
{
	for (unsigned i = 0; i < file->n_cases; i++) {
		struct case_one *one = &file->cases[i];
		size_t len = 0;

		for (unsigned j = 0; j < one->n_messages; j++)
			len += one->messages[j].len;
		if (one->tuples[0].l4 == IPPROTO_TCP && len && len < STREAM_MAX / 2 &&
		    one->n_messages < 64 && n_cases < CASES_MAX)
			cases[n_cases++] = one;
	}
}

static int is_case(const struct dirent *entry)
{
	return strstr(entry->d_name, ".case") != NULL;
}

static int read_cases(const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, is_case, alphasort);

	for (int i = 0; i < n; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		free(names[i]);
		if (n_files == FILES_MAX || !case_read(path, &files[n_files]))
			return -1;
		add_cases(&files[n_files++]);
	}
	free(n >= 0 ? names : NULL);
	return n;
}

int main(int argc, char **argv)
{
	const char *text = getenv("TORTURE_SEEDS"), *only = getenv("TORTURE_SEED");
	unsigned long n = text ? strtoul(text, NULL, 10) : 10000, first = 0;
	static struct score score[2];

	helper = argc == 3 ? helper_find(argv[1]) : NULL;
	if (!helper || read_cases(argv[2]) < 0 || !n_cases) {
		fprintf(stderr, "usage: torture-runner HELPER DIR\n");
		return 2;
	}
	if (only) {
		first = strtoul(only, NULL, 10);
		n = first + 1;
	}
	for (unsigned long seed = first; seed < n; seed++)
		run(seed, score);
	for (unsigned i = 0; i < 2; i++) {
		const struct score *s = &score[i];
		const char *what = i ? "lossy, dying workers" : "complete";

		printf("# %s: opened %lu of %lu, %lu edits, in %u replays of %lu packets\n", what,
		       s->n_opened, s->n_wanted, s->n_edits, s->n, s->n_packets);
		is_int(s->n_foreign, 0, "%s: nothing is opened but what the whole opens", what);
		is_int(s->n_changed, 0, "%s: no byte differs but by those edits", what);
		is_int(s->n_contradicting, 0, "%s: no byte comes twice and differs", what);
	}
	is_int(score[0].n_fewer, 0, "complete: all is opened");
	printf("# complete: %u replays held back more pieces than the engine keeps\n",
	       score[0].n_gaps);
	ok(score[0].n_gaps * 10 <= score[0].n, "complete: as long as the hole is not too old");
	for (unsigned i = 0; i < n_files; i++)
		case_free(&files[i]);
	free(feed_memory);
	return done_testing();
}
