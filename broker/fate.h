/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What became of what is open: asks the kernel, writes it into trail, counters and log, and strikes
 * the entry out of the ledger.
 */
#ifndef PINHOLE_BROKER_FATE_H
#define PINHOLE_BROKER_FATE_H

#include "broker/ledger.h"
#include "link/audit.h"
#include "netfilter/nl.h"

#define FATE_TICK_MS 200 /* how often some entries are looked at */
#define FATE_TICKS   25	 /* after so many of them each has been: what is known is 5 s old at most */
#define FATE_SWEEP   8	 /* entries looked at when a budget is used up, perhaps wrongly */

/* What all lanes share. */
struct books {
	struct ledger ledger;
	struct audit audit;
	struct nl *ct;
	struct nl *route; /* nl_open_route(); NULL: no network is known */
	struct lane_counters *counters; /* of all lanes */
	int64_t due;			/* loop_now() of the next look */
};

/* 0 or -errno. */
int books_open(struct books *b, struct nl *ct, struct shared *shared);
void books_close(struct books *b);

/* Milliseconds since 1970. */
int64_t fate_clock(void);

/* Asks the kernel about an entry. True when it was gone: it is settled then. `if_gone` is its fate
 * where the caller knows it, or FATE_none. */
bool fate_review(struct books *b, struct ledger_entry *one, enum fate if_gone);

/* The kernel does not have it any more: finds out why, and settles. */
void fate_gone(struct books *b, struct ledger_entry *one);

/* Writes its fate down and removes it. */
void fate_settle(struct books *b, struct ledger_entry *one, enum fate fate);

/* It is over in `timeout` seconds from now. */
void fate_set_deadline(struct ledger_entry *one, uint32_t timeout);

/* Looks at some entries of a list of the ledger. */
void fate_sweep(struct books *b, unsigned list, struct ledger_entry *first);

/* To be called often. Milliseconds until the next time, -1: nothing is open. */
int fate_tick(struct books *b, int64_t now);

/* Closes everything that a lane has opened: its helper is not served any more. */
void fate_close_lane(struct books *b, uint16_t lane);

/* Takes over from the trail what a former broker had opened on this queue and is still there. */
void fate_adopt(struct books *b, uint16_t lane, uint16_t queue, const struct manifest *m);

#endif
