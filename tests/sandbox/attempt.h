/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a worker in the enemy's hands tries. Which attempts there are is in attempts.c.
 */
#ifndef PINHOLE_TESTS_SANDBOX_ATTEMPT_H
#define PINHOLE_TESTS_SANDBOX_ATTEMPT_H

#include "link/ring.h"

/* ---- system calls (syscalls.c) */

struct forbidden {
	const char *name;
	void (*call)(void);
	bool is_like; /* one of its kind that is tried already: not by the hostile worker */
};

extern const struct forbidden forbidden[]; /* .name NULL at the end */

/* ---- answers */

/* The packet at hand and the answer to it, which says nothing yet. */
struct scene {
	struct link_packet packet;
	const uint8_t *payload;
	struct link_answer answer;
};

/* True: the answer is to be sent. */
typedef bool tell(struct scene *s);

/* How an attempt must end. The worker is replaced, or lives on. */
enum end {
	END_VIOLATION, /* replaced, violations counted */
	END_SILENT,    /* replaced, packets passed unanswered */
	END_DEATH,     /* it is dead by itself, and replaced */
	END_REFUSED,   /* lives; the claim is refused for the reason named */
	END_OPENED,    /* lives; it got what policy allows anyway */
	END_NOTHING,   /* lives; nothing came of it */
};

/* Where it is tried. */
enum where {
	WHERE_ANY, /* rpc over UDP or TCP, IPv4 or IPv6, no NAT */
	WHERE_UDP,
	WHERE_TCP,
	WHERE_NAT, /* rpc over TCP, source NAT */
	WHERE_FTP, /* whose class is the narrowest */
};

struct attempt {
	const char *name;
	tell *tell;
	enum end end;
	enum where where;
	const char *reason; /* END_REFUSED */
};

extern const struct attempt link_attempts[], gate_attempts[]; /* .name NULL at the end */

/* What the worker does with packets from now on, instead of answering "nothing". NULL: that. */
extern tell *habit;

/* What the worker shares with the broker. */
extern struct ring ring;

/* Gives an answer, or bytes instead, and rings. */
void say(const void *data, size_t len);

#endif
