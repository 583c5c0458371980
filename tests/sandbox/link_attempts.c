/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Attempts on the link: what is no answer, or one at the wrong time, and none at all.
 */
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/sandbox/attempt.h"

tell *habit;
static uint8_t large[65536];

void say(const void *data, size_t len)
{
	(void)send(LINK_FD, data, len, MSG_NOSIGNAL);
}

static bool no_answer(struct scene *s)
{
	return false;
}

/* ---- form */

static bool empty(struct scene *s)
{
	say(large, 0);
	return false;
}

static bool truncated(struct scene *s)
{
	say(&s->answer, sizeof(s->answer) - 1);
	return false;
}

static bool oversized(struct scene *s)
{
	memcpy(large, &s->answer, sizeof(s->answer));
	say(large, sizeof(s->answer) + 1);
	return false;
}

static bool huge(struct scene *s)
{
	memcpy(large, &s->answer, sizeof(s->answer));
	say(large, sizeof(large));
	return false;
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

static bool fill_unread(struct scene *s)
{
	for (s->answer.id = 1;; s->answer.id++)
		if (send(LINK_FD, &s->answer, sizeof(s->answer), MSG_NOSIGNAL) < 0)
			return false;
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
		n = recv(LINK_FD, large, sizeof(large), MSG_DONTWAIT);
	while (n != 0);
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
	{ "empty", empty, END_VIOLATION, WHERE_ANY, NULL },
	{ "truncated", truncated, END_VIOLATION, WHERE_ANY, NULL },
	{ "oversized", oversized, END_VIOLATION, WHERE_ANY, NULL },
	{ "huge", huge, END_VIOLATION, WHERE_ANY, NULL },
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
	{ "fill-unread", fill_unread, END_VIOLATION, WHERE_ANY, NULL },
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
