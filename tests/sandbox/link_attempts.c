/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Attempts on the link: what is no answer, or one at the wrong time, and none at all.
 */
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sandbox/attempt.h"

tell *habit;
struct ring ring;
static uint8_t large[65536];

void say(const void *data, size_t len)
{
	memcpy(ring_answer(&ring), data, len);
	ring_give(&ring);
	ring_bell(BELL_FD);
}

static bool no_answer(struct scene *s)
{
	return false;
}

/* ---- form */

/* As answers were before there was memory to share: what it has of the link can only be read. */
static bool on_the_link(struct scene *s)
{
	ssize_t n = write(LINK_FD, &s->answer, sizeof(s->answer));

	(void)n;
	habit = no_answer;
	return no_answer(s);
}

static bool unwritten(struct scene *s)
{
	ring_give(&ring);
	ring_bell(BELL_FD);
	return false;
}

/* ---- memory */

/* More answers than can be, from here on, or than there ever were. */
static bool given(struct scene *s, uint32_t n)
{
	atomic_fetch_add(&ring.up->given, n);
	ring_bell(BELL_FD);
	return false;
}

static bool given_many(struct scene *s)
{
	return given(s, RING_ANSWERS + 1);
}

static bool given_back(struct scene *s)
{
	return given(s, UINT32_MAX);
}

/* Says that it has read what does not exist, and waits: no room is ever found again. */
static bool position(struct scene *s, uint32_t at)
{
	atomic_store(&ring.up->begin, at);
	return no_answer(s);
}

static bool position_ahead(struct scene *s)
{
	habit = position_ahead;
	return position(s, ring.begin + (1u << 31));
}

static bool position_behind(struct scene *s)
{
	habit = position_behind; /* ring_done() tells the truth again */
	return position(s, ring.begin - RING_BYTES - 8);
}

/* Ahead of the next packets, which are then written over what it has not read. */
static bool position_unread(struct scene *s)
{
	atomic_store(&ring.up->begin, ring.end);
	return true;
}

/* The answer changes under the broker's eyes: one of two members is out of range at any moment, but who
 * looks at one after the other may find both sound. */
static bool change(struct scene *s)
{
	struct link_answer *a = ring_answer(&ring);
	volatile uint8_t *n_claims = &a->n_claims, *outcome = &a->outcome;
	volatile bool for_ever = true;

	*a = s->answer;
	a->n_claims = 255;
	ring_give(&ring);
	ring_bell(BELL_FD);
	while (for_ever) {
		*outcome = OUTCOME_LAST + 1;
		*n_claims = 0;
		*n_claims = 255;
		*outcome = OUTCOME_NOTHING;
	}
	return false;
}

/* Never sleeps, but says so: each packet brings a byte more. */
static bool sleepless(struct scene *s)
{
	habit = sleepless;
	atomic_store(&ring.up->sleeps, 1);
	return true;
}

/* Where packets are. */
static bool write_down(struct scene *s)
{
	*(volatile uint8_t *)s->payload = 0;
	return true;
}

static bool garbage(struct scene *s)
{
	memset(large, 0xa5, sizeof(s->answer));
	say(large, sizeof(s->answer));
	return false;
}

/* What would make an expectation, were this a socket of nfnetlink. */
static bool nfnetlink(struct scene *s)
{
	struct nlmsghdr header = { .nlmsg_len = sizeof(s->answer),
				   .nlmsg_type = NFNL_SUBSYS_CTNETLINK_EXP << 8,
				   .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE };

	memcpy(large, &header, sizeof(header));
	say(large, sizeof(s->answer));
	return false;
}

/* ---- members that are out of range */

#define SETS(name, member, value)           \
	static bool name(struct scene *s)   \
	{                                   \
		s->answer.member = (value); \
		return true;                \
	}

SETS(outcome, outcome, OUTCOME_LAST + 1)
SETS(hold_2, hold, 2)
SETS(id_0, id, 0)
SETS(id_next, id, s->packet.id + 1)
SETS(id_before, id, s->packet.id - 1)
SETS(id_notice, id, UINT32_MAX)
SETS(id_of_another_lane, id, s->packet.id + 100000)

/* ---- time */

static bool twice(struct scene *s)
{
	say(&s->answer, sizeof(s->answer));
	return true;
}

static bool flood(struct scene *s)
{
	for (int i = 0; i < 20000; i++)
		say(&s->answer, sizeof(s->answer));
	return false;
}

/* For nothing: it costs the broker time, and ends with the deadline. */
static bool ring_all_the_time(struct scene *s)
{
	volatile bool for_ever = true;

	while (for_ever)
		ring_bell(BELL_FD);
	return false;
}

/* So that its next ring would wait for ever, were it allowed to. */
static bool fill_bell(struct scene *s)
{
	static const uint64_t most = UINT64_MAX - 1;
	ssize_t n = write(BELL_FD, &most, sizeof(most));

	(void)n;
	return true;
}

/* The second packet first. */
static bool out_of_order(struct scene *s)
{
	habit = NULL;
	return true;
}

static bool keep_first(struct scene *s)
{
	habit = out_of_order;
	return false;
}

static bool never(struct scene *s)
{
	habit = no_answer;
	return false;
}

static bool spin(struct scene *s)
{
	volatile bool for_ever = true;

	while (for_ever)
		;
	return false;
}

/* When the broker has given up. */
static bool late(struct scene *s)
{
	ssize_t n;

	do
		n = read(LINK_FD, large, sizeof(large));
	while (n > 0);
	return true;
}

/* ---- the end of it */

static bool leave(struct scene *s)
{
	_exit(3);
}

static bool crash(struct scene *s)
{
	static volatile int *volatile nowhere;

	*nowhere = 1;
	return true;
}

static bool overflow(struct scene *s)
{
	volatile char frame[65536];

	frame[0] = frame[sizeof(frame) - 1] = 1;
	return s->packet.id && overflow(s) && frame[0];
}

static bool illegal(struct scene *s)
{
	__builtin_trap();
}

/* ---- lies about the stream */

SETS(lie_boundary, boundary, 1)
SETS(lie_back, back, UINT16_MAX)
SETS(lie_old, old, UINT16_MAX)
SETS(lie_done, outcome, OUTCOME_DONE)
SETS(lie_counts, n_malformed, 255)
SETS(lost, lost, 255)

static bool state(struct scene *s)
{
	s->answer.set_state = 1;
	memset(s->answer.state, 0xff, sizeof(s->answer.state));
	return true;
}

static bool hold_on(struct scene *s)
{
	habit = hold_on;
	s->answer.hold = 1;
	return true;
}

const struct attempt link_attempts[] = {
	{ "on-the-link", on_the_link, END_SILENT, WHERE_ANY, NULL },
	{ "unwritten", unwritten, END_VIOLATION, WHERE_ANY, NULL },
	{ "given-many", given_many, END_VIOLATION, WHERE_ANY, NULL },
	{ "given-back", given_back, END_VIOLATION, WHERE_ANY, NULL },
	{ "position-ahead", position_ahead, END_SILENT, WHERE_ANY, NULL },
	{ "position-behind", position_behind, END_SILENT, WHERE_ANY, NULL },
	{ "position-unread", position_unread, END_NOTHING, WHERE_UDP, NULL },
	{ "change", change, END_VIOLATION, WHERE_ANY, NULL },
	{ "sleepless", sleepless, END_NOTHING, WHERE_UDP, NULL },
	{ "write-down", write_down, END_DEATH, WHERE_ANY, NULL },
	{ "garbage", garbage, END_VIOLATION, WHERE_ANY, NULL },
	{ "nfnetlink", nfnetlink, END_VIOLATION, WHERE_ANY, NULL },
	{ "outcome", outcome, END_VIOLATION, WHERE_ANY, NULL },
	{ "hold-2", hold_2, END_VIOLATION, WHERE_ANY, NULL },
	{ "id-0", id_0, END_VIOLATION, WHERE_ANY, NULL },
	{ "id-next", id_next, END_VIOLATION, WHERE_ANY, NULL },
	{ "id-before", id_before, END_VIOLATION, WHERE_ANY, NULL },
	{ "id-notice", id_notice, END_VIOLATION, WHERE_ANY, NULL },
	{ "id-of-another-lane", id_of_another_lane, END_VIOLATION, WHERE_ANY, NULL },
	{ "twice", twice, END_VIOLATION, WHERE_ANY, NULL },
	{ "flood", flood, END_VIOLATION, WHERE_ANY, NULL },
	{ "ring-all-the-time", ring_all_the_time, END_SILENT, WHERE_ANY, NULL },
	{ "fill-bell", fill_bell, END_NOTHING, WHERE_UDP, NULL },
	{ "out-of-order", keep_first, END_VIOLATION, WHERE_UDP, NULL },
	{ "never", never, END_SILENT, WHERE_ANY, NULL },
	{ "spin", spin, END_SILENT, WHERE_ANY, NULL },
	{ "late", late, END_SILENT, WHERE_ANY, NULL },
	{ "exit", leave, END_DEATH, WHERE_ANY, NULL },
	{ "crash", crash, END_DEATH, WHERE_ANY, NULL },
	{ "stack-overflow", overflow, END_DEATH, WHERE_ANY, NULL },
	{ "illegal-instruction", illegal, END_DEATH, WHERE_ANY, NULL },
	{ "lie-boundary", lie_boundary, END_NOTHING, WHERE_TCP, NULL },
	{ "lie-back", lie_back, END_NOTHING, WHERE_TCP, NULL },
	{ "lie-old", lie_old, END_NOTHING, WHERE_TCP, NULL },
	{ "lie-done", lie_done, END_NOTHING, WHERE_TCP, NULL },
	{ "lie-done-udp", lie_done, END_NOTHING, WHERE_UDP, NULL },
	{ "lie-malformed", lie_counts, END_NOTHING, WHERE_UDP, NULL },
	{ "lie-lost", lost, END_NOTHING, WHERE_UDP, NULL },
	{ "state-garbage", state, END_NOTHING, WHERE_TCP, NULL },
	{ "state-garbage-udp", state, END_NOTHING, WHERE_UDP, NULL },
	{ "hold-all", hold_on, END_NOTHING, WHERE_TCP, NULL },
	{ "hold-all-nat", hold_on, END_NOTHING, WHERE_NAT, NULL },
	{ NULL, NULL, 0, 0, NULL },
};
