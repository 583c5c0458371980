/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The two rings, written by one process and read by another.
 */
#include "link/audit.h"

#include <stdlib.h>
#include <string.h>

static uint64_t number_of(const struct audit_record *at)
{
	return __atomic_load_n(&at->number, __ATOMIC_ACQUIRE);
}

/* Whoever dies in here leaves a record without number. */
static void write_record(struct audit_record *at, const struct audit_record *r)
{
	size_t behind = sizeof(at->number);

	__atomic_store_n(&at->number, 0, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	memcpy((char *)at + behind, (const char *)r + behind, sizeof(*at) - behind);
	__atomic_store_n(&at->number, r->number, __ATOMIC_RELEASE);
}

/* The place behind the youngest record. */
static uint32_t find_next(const struct audit_record *ring, uint32_t size, uint64_t *number)
{
	uint64_t youngest = 0;
	uint32_t next = 0;

	for (uint32_t i = 0; i < size; i++)
		if (number_of(&ring[i]) > youngest) {
			youngest = number_of(&ring[i]);
			next = (i + 1) % size;
		}
	if (youngest > *number)
		*number = youngest;
	return next;
}

void audit_open(struct audit *a, struct audit_rings *rings)
{
	*a = (struct audit){ .rings = rings };
	if (!rings->used)
		return;
	a->next_opened = find_next(rings->opened, AUDIT_OPENED, &a->number);
	a->next_refused = find_next(rings->refused, AUDIT_REFUSED, &a->number);
}

struct audit_record *audit_add(struct audit *a, struct audit_record *r)
{
	bool refused = r->why != REFUSED_NOT;
	uint32_t *next = refused ? &a->next_refused : &a->next_opened;
	struct audit_record *at = refused ? &a->rings->refused[*next] : &a->rings->opened[*next];

	if (!++a->number) /* a predecessor has gone mad */
		a->number = 1;
	r->number = a->number;
	a->rings->used = 1;
	*next = (*next + 1) % (refused ? AUDIT_REFUSED : AUDIT_OPENED);
	write_record(at, r);
	return at;
}

bool audit_change(struct audit_record *at, const struct audit_record *r)
{
	if (!r->number || number_of(at) != r->number)
		return false;
	write_record(at, r);
	return true;
}

bool audit_read(const struct audit_record *at, struct audit_record *ret)
{
	uint64_t number = number_of(at);

	if (!number)
		return false;
	memcpy(ret, at, sizeof(*ret));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	ret->number = number;
	return number_of(at) == number;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = ((const struct audit_record *)a)->number;
	uint64_t y = ((const struct audit_record *)b)->number;

	return x < y ? -1 : x > y;
}

size_t audit_collect(const struct audit_rings *rings, struct audit_record *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < AUDIT_OPENED; i++)
		n += audit_read(&rings->opened[i], &ret[n]);
	for (size_t i = 0; i < AUDIT_REFUSED; i++)
		n += audit_read(&rings->refused[i], &ret[n]);
	qsort(ret, n, sizeof(*ret), by_number);
	return n;
}
