/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A pool, a hash over it, and a list of those that may be taken for somebody else.
 */
#include "broker/account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define CREDIT_OF_ONE 1000

int accounts_open(struct accounts *a, uint32_t n)
{
	*a = (struct accounts){ .n_heads = n, .n_pool = n };
	if (getrandom(a->secret, sizeof(a->secret), 0) != sizeof(a->secret))
		return -EIO;
	a->heads = calloc(n, sizeof(struct account *));
	a->pool = calloc(n, sizeof(*a->pool));
	if (a->heads && a->pool)
		return 0;
	accounts_close(a);
	return -ENOMEM;
}

void accounts_close(struct accounts *a)
{
	free(a->heads);
	free(a->pool);
	*a = (struct accounts){ 0 };
}

static struct account **head_of(const struct accounts *a, const struct account_key *key)
{
	return &a->heads[siphash(key, sizeof(*key), a->secret) % a->n_heads];
}

void account_rest(struct accounts *a, struct account *one)
{
	one->older = a->youngest_idle;
	one->younger = NULL;
	if (one->older)
		one->older->younger = one;
	else
		a->oldest_idle = one;
	a->youngest_idle = one;
}

void account_wake(struct accounts *a, struct account *one)
{
	if (one->older)
		one->older->younger = one->younger;
	else
		a->oldest_idle = one->younger;
	if (one->younger)
		one->younger->older = one->older;
	else
		a->youngest_idle = one->older;
	one->older = one->younger = NULL;
}

/* One that nobody needs. */
static struct account *vacate(struct accounts *a)
{
	struct account *one = a->oldest_idle, **at;

	if (a->n_used < a->n_pool)
		return &a->pool[a->n_used++];
	if (!one)
		return NULL;
	account_wake(a, one);
	for (at = head_of(a, &one->key); *at != one;)
		at = &(*at)->next;
	*at = one->next;
	return one;
}

static bool is_of(const struct account *one, const struct account_key *key)
{
	return !memcmp(&one->key, key, sizeof(*key));
}

/* One claim asks for the same three again and again. */
static struct account *find(const struct accounts *a, const struct account_key *key)
{
	struct account *one = a->last[key->kind];

	if (one && is_of(one, key))
		return one;
	for (one = *head_of(a, key); one && !is_of(one, key);)
		one = one->next;
	return one;
}

static struct account *add(struct accounts *a, const struct account_key *key, int64_t now)
{
	struct account **head, *one = vacate(a);

	if (!one)
		return NULL;
	*one = (struct account){ .since = now, .credit = UINT64_MAX };
	memcpy(&one->key, key, sizeof(*key));
	head = head_of(a, key);
	one->next = *head;
	*head = one;
	account_rest(a, one);
	return one;
}

struct account *account_get(struct accounts *a, const struct account_key *key, int64_t now)
{
	struct account *one = find(a, key);

	if (!one) {
		one = add(a, key, now);
	} else if (!one->n) { /* whoever asks next must not take it */
		account_wake(a, one);
		account_rest(a, one);
	}
	if (one)
		a->last[key->kind] = one;
	return one;
}

bool account_has_credit(struct account *one, uint32_t rate, int64_t now)
{
	uint64_t most = (uint64_t)rate * ACCOUNT_BURST * CREDIT_OF_ONE;
	uint64_t ms = now > one->since ? (uint64_t)(now - one->since) : 0;

	/* After so long it is full, and the product stays small. */
	if (ms > ACCOUNT_BURST * 1000 || one->credit > most)
		one->credit = most;
	else
		one->credit += ms * rate;
	if (one->credit > most)
		one->credit = most;
	one->since = now;
	return one->credit >= CREDIT_OF_ONE;
}

void account_spend(struct account *one)
{
	one->credit -= CREDIT_OF_ONE;
}
