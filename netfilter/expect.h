/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Expectations: the kernel's word for a pinhole. Create, look up, delete.
 */
#ifndef PINHOLE_NETFILTER_EXPECT_H
#define PINHOLE_NETFILTER_EXPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "netfilter/ct.h"
#include "netfilter/nl.h"

#define EXPECT_FLAG_PERMANENT 1 /* survives its first match */

/* What the child is turned into when its master is NATed ("nat-follow-master"): its destination
 * becomes the master's true peer at `port`. */
struct expect_nat {
	bool present;
	bool reply;         /* the child's direction, seen from the master: 1 = server to client */
	struct addr addr;   /* kept by the kernel, not used by nat-follow-master */
	uint16_t port;      /* the true port, before translation */
};

struct expectation {
	struct tuple tuple;  /* sport 0: any. src counts only where any_source is false */
	bool any_source;
	struct tuple master; /* original tuple of the master flow */
	uint16_t zone;
	uint32_t class, flags, timeout; /* timeout: seconds left, 0 at creation: the policy's */
	struct expect_nat nat;
	char helper[CT_HELPER_NAME_SIZE]; /* of the master; read only */
};

/* Creates exactly this expectation. -EEXIST: the same tuple is there already. -EBUSY: another
 * one overlaps. -ENOENT: the master is gone (or not confirmed). -EOPNOTSUPP: it has no helper.
 * The message says EXCL: without it the kernel would answer 0 and create nothing. */
int expect_create(struct nl *nl, const struct expectation *e);

/* Deletes the expectation of this tuple; its source must be given as it was. */
int expect_delete(struct nl *nl, const struct expectation *e);

/* Looks up by tuple and zone. -ENOENT: none. */
int expect_get(struct nl *nl, const struct expectation *wanted, struct expectation *ret);

/* One message of a dump, event or answer. False when it is malformed. */
bool expect_parse(const struct nlmsghdr *nlh, struct expectation *ret);

#endif
