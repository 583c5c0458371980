/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The ledger: every pinhole that the broker has opened and that is, as far as it knows, still
 * there; and the budgets over them. Fixed tables, nothing is allocated after start. It only keeps
 * the books: what the kernel says of an entry is broker/fate.c's to ask.
 *
 * A budget refuses request n+1 and evicts nobody: that is what it is for. (The kernel, where one
 * flow has more expectations of a class than ExpectMax, evicts that flow's oldest.)
 */
#ifndef PINHOLE_BROKER_LEDGER_H
#define PINHOLE_BROKER_LEDGER_H

#include "broker/account.h"
#include "link/audit.h"
#include "link/counters.h"
#include "link/order.h"
#include "netfilter/expect.h"

/* The kernel itself keeps nf_conntrack_expect_max, 128 to 4096 by the size of its table. */
#define LEDGER_ENTRIES 8192

/* Three accounts for each entry, so that there always is one with nothing open to be taken, and
 * some for those who have nothing open but a pace. */
#define LEDGER_ACCOUNTS (ACCOUNT_KINDS * LEDGER_ENTRIES + 4096)

struct entry_links {
	struct ledger_entry *older, *younger;
};

/* One more list than accounts: all entries, the one that was looked at longest ago first. */
#define LEDGER_LISTS (ACCOUNT_KINDS + 1)
#define LEDGER_ALL   ACCOUNT_KINDS

struct ledger_entry {
	struct expectation e;
	struct ct_flow flow; /* its master */
	uint16_t lane;
	int64_t deadline; /* loop_now() when its time is over */
	struct account *accounts[ACCOUNT_KINDS];
	struct entry_links in[LEDGER_LISTS];
	struct ledger_entry *next;     /* of the same hash; of the free ones */
	struct audit_record *record;   /* where it stands in the trail; NULL: nowhere */
	uint64_t number;	       /* if it has not been overwritten */
};

struct ledger {
	struct accounts accounts;
	struct ledger_entry *pool, *free;
	struct ledger_entry **heads;
	struct entry_list all;
	uint32_t n, n_used;
	uint32_t n_lane[LANES_MAX][2]; /* by family: IPv4, IPv6 */
	uint16_t n_lanes;	       /* none behind these has ever had anything open */
	uint16_t purses[LANES_MAX];    /* lanes with the same one share budgets; at first each its own */
	struct budget budgets[LANES_MAX][2];
};

/* 0 or -errno. */
int ledger_open(struct ledger *l);
void ledger_close(struct ledger *l);

/* What a lane may; zeros stand for the defaults. */
void ledger_set_budget(struct ledger *l, uint16_t lane, bool v6, const struct budget *b);

/* Lanes with the same purse have together what each of them may. */
void ledger_share(struct ledger *l, uint16_t lane, uint16_t purse);

/* The entry of an expectation, by its tuple and zone. */
struct ledger_entry *ledger_find(const struct ledger *l, const struct expectation *e);

/* May the flow's client, and the flow, ask for one more now? Takes it from their credit.
 * REFUSED_NOT, or budget_rate, budget_flow, budget_total. */
enum refusal ledger_pace(struct ledger *l, uint16_t lane, const struct ct_flow *flow, int64_t now);

/* Is there room for one more? REFUSED_NOT; or budget_client, budget_server, budget_helper,
 * budget_total, and then *ret_list is one of LEDGER_LISTS and *ret_first its first entry: those are
 * worth asking the kernel about. */
enum refusal ledger_room(struct ledger *l, uint16_t lane, const struct ct_flow *flow, int64_t now,
			 unsigned *ret_list, struct ledger_entry **ret_first);

/* Enters an expectation; NULL: no room. */
struct ledger_entry *ledger_add(struct ledger *l, uint16_t lane, const struct ct_flow *flow,
				const struct expectation *e, int64_t now);
void ledger_remove(struct ledger *l, struct ledger_entry *one);

/* How many of a lane are open. */
uint32_t ledger_open_of(const struct ledger *l, uint16_t lane);

/* Somebody has looked at it: it goes to the end of all lists but its flow's, which is by age. */
void ledger_seen(struct ledger *l, struct ledger_entry *one);

/* How many a flow has in a class. */
unsigned ledger_count(struct ledger *l, uint16_t lane, const struct ct_flow *flow, uint32_t class,
		      int64_t now);

/* The oldest entry of a flow in a class; NULL: none. */
struct ledger_entry *ledger_oldest(struct ledger *l, uint16_t lane, const struct ct_flow *flow,
				   uint32_t class, int64_t now);

#endif
