/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Circuit breaker: a child that fails again and again is not started for a while. Pure: it is told
 * what time it is.
 */
#ifndef PINHOLE_DAEMON_BREAKER_H
#define PINHOLE_DAEMON_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAULTS 5      /* so many */
#define BREAKER_WINDOW 60000  /* within so many ms, and it opens; */
#define BREAKER_PAUSE  300000 /* then one more start is tried, which may not fail within the window */

/* All zero: closed. */
struct breaker {
	int64_t faults[BREAKER_FAULTS]; /* when, a ring */
	unsigned n, next;
	bool open;
	int64_t until; /* while open: when the next start may be tried */
};

/* A fault at `now`, ms. Returns true if that opens it. */
bool breaker_fault(struct breaker *b, int64_t now);

/* May the child be started? Closes it, on probation, when the pause is over. */
bool breaker_allows(struct breaker *b, int64_t now);

#endif
