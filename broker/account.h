/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Accounts: how many pinholes somebody has open, which, and how fast he asks for more. Somebody is
 * a client, a server or a flow of one helper. The table is of fixed size and its hash keyed: who
 * chooses addresses cannot choose whose place he takes. An account with nothing open may give way
 * to a new one: its pace is forgotten then, never a pinhole.
 */
#ifndef PINHOLE_BROKER_ACCOUNT_H
#define PINHOLE_BROKER_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/siphash.h"
#include "wire/addr.h"

struct ledger_entry;

enum account_kind {
	ACCOUNT_CLIENT, /* an address; of IPv6 the first 64 bits, which one host has to itself */
	ACCOUNT_SERVER,
	ACCOUNT_FLOW,
	ACCOUNT_KINDS,
};

/* Hashed as it lies there: all bytes are set. */
struct account_key {
	uint8_t kind; /* enum account_kind */
	struct addr addr;
	uint16_t purse, zone;
	uint32_t flow_id;
};

struct entry_list {
	struct ledger_entry *first, *last;
};

struct account {
	struct account_key key;
	struct account *next;		   /* of the same hash */
	struct account *older, *younger;   /* among those with nothing open */
	struct entry_list entries;	   /* what is open */
	uint32_t n;			   /* of them */
	int64_t since;			   /* loop_now() when `credit` was right */
	uint64_t credit;		   /* thousandths of a request */
};

struct accounts {
	uint8_t secret[SIPHASH_KEY_SIZE];
	struct account **heads;
	struct account *pool;
	uint32_t n_heads, n_pool, n_used;
	struct account *oldest_idle, *youngest_idle;
	struct account *last[ACCOUNT_KINDS]; /* of each kind the one that was asked for last; or NULL */
};

/* Room for n accounts. 0 or -errno. */
int accounts_open(struct accounts *a, uint32_t n);
void accounts_close(struct accounts *a);

/* The account, a new one if need be. NULL: all others have something open. */
struct account *account_get(struct accounts *a, const struct account_key *key, int64_t now);

/* To be called when account->n has become, or stops being, zero. */
void account_rest(struct accounts *a, struct account *one);
void account_wake(struct accounts *a, struct account *one);

/* Has it credit for one more request, at `rate` a second? It may save up ACCOUNT_BURST seconds of
 * them. account_spend() takes it. */
#define ACCOUNT_BURST 2
bool account_has_credit(struct account *one, uint32_t rate, int64_t now);
void account_spend(struct account *one);

#endif
