/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The claims of an answer: through gate, budgets and kernel, and into ledger, trail and log.
 */
#ifndef PINHOLE_BROKER_CLAIM_H
#define PINHOLE_BROKER_CLAIM_H

#include "broker/lane.h"
#include "broker/ledger.h"
#include "broker/pinhole.h"
#include "broker/render.h"
#include "netfilter/ifaddr.h"

/* An answer, the packet that it is about, and the payload that it speaks of: the packet's own
 * behind `ahead` bytes of packets kept back. */
struct asked {
	struct lane *lane;
	const struct slot *slot;
	const struct link_answer *answer;
	struct span payload;
	uint32_t ahead;
};

/* What became of its claims. */
struct openings {
	struct grant grants[OUTPUT_CLAIMS_MAX];
	struct expectation expectations[OUTPUT_CLAIMS_MAX];
	struct audit_record records[OUTPUT_CLAIMS_MAX];
	bool replaces[OUTPUT_CLAIMS_MAX]; /* perhaps an older one of the flow */
	/* One that the packet's verdict has to create: where the master is not confirmed yet the kernel
	 * takes it in no other way. An index into `expectations`, or -1. */
	int attached;
	bool attached_again; /* it is a renewal */
	/* Whoever was asked may be in some networks: one expectation each. */
	struct prefix networks[IFADDR_NETWORKS_MAX];
	int n_networks;
	unsigned asked; /* by this claim */
};

/* Is the packet better judged when the kernel has confirmed its flow? Then it can open to all networks of
 * an interface before a query goes on. */
bool claims_should_wait(const struct asked *q);

/* Opens what may be opened. One of the two below has to follow. */
void claims_open(const struct asked *q, struct openings *ret);

/* Seconds that the longest of what was opened, or is to be, lives for; 0: nothing. */
uint32_t claims_lifetime(const struct asked *q, const struct openings *o);

/* The announcement goes on; what was attached to its verdict is there now. */
void claims_keep(const struct asked *q, struct openings *o);

/* It cannot be announced as it would have to be: closes all of it again. */
void claims_close(const struct asked *q, const struct openings *o);

#endif
