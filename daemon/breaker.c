/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The ring holds the last BREAKER_FAULTS faults: it opens when the oldest of them is young. On
 * probation the ring stays full, so that one more fault within the window opens it again.
 */
#include "daemon/breaker.h"

bool breaker_fault(struct breaker *b, int64_t now)
{
	int64_t *oldest = &b->faults[b->next];

	*oldest = now;
	b->next = (b->next + 1) % BREAKER_FAULTS;
	if (b->n < BREAKER_FAULTS)
		b->n++;
	if (b->open || b->n < BREAKER_FAULTS ||
	    now - b->faults[b->next] > BREAKER_WINDOW)
		return false;
	b->open = true;
	b->until = now + BREAKER_PAUSE;
	return true;
}

bool breaker_allows(struct breaker *b, int64_t now)
{
	if (!b->open)
		return true;
	if (now < b->until)
		return false;
	b->open = false;
	for (unsigned i = 0; i < BREAKER_FAULTS; i++)
		b->faults[i] = now;
	return true;
}
