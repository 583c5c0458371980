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

/* What the child is turned into when its master is NATed: its destination becomes the master's true
 * peer at `port`. By "nat-follow-master" its source becomes what the master's sender dialled. Where
 * that is a group, which cannot be a source, `keeps_source` takes "sip" instead: the one function
 * that leaves the source of anybody else than the master's peer alone. It is there while nf_nat_sip is
 * loaded. */
struct expect_nat {
	bool present;
	bool reply;         /* the child's direction, seen from the master: 1 = server to client */
	bool keeps_source;
	struct addr addr;   /* the true peer; not used by nat-follow-master */
	uint16_t port;      /* the true port, before translation */
};

struct expectation {
	struct tuple tuple;  /* sport 0: any */
	uint8_t wild;	     /* so many bits at the end of tuple.src, which are 0 there, may be anything:
			      * of IPv4 32 and of IPv6 128 leave the source open */
	bool follow;	     /* the child gets the master's helper. Kernels since 2026 heed that only
			      * where a verdict creates it */
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

/* Deletes the expectation of this tuple, if there is one, and creates this one, in one send: between the
 * two nothing but another processor's packet finds no expectation. Returns as expect_create(). */
int expect_replace(struct nl *nl, const struct expectation *e);

/* Appends it as nest `type` to a verdict, which then creates it, also where the master is not
 * confirmed yet. The kernel tells no error: ask with expect_get(). */
void expect_put(struct nlmsghdr *nlh, uint16_t type, const struct expectation *e);

/* Does NAT lead the children of both to the same place? */
bool expect_leads_same(const struct expectation *a, const struct expectation *b);

/* Are two of one tuple the same in everything else, too? */
bool expect_same(const struct expectation *a, const struct expectation *b);

/* Is the source left open? */
bool expect_any_source(const struct expectation *e);

/* Deletes the expectation of this tuple; its source must be given as it was. */
int expect_delete(struct nl *nl, const struct expectation *e);

/* Looks up by tuple and zone. -ENOENT: none. */
int expect_get(struct nl *nl, const struct expectation *wanted, struct expectation *ret);

/* One message of a dump, event or answer. False when it is malformed. */
bool expect_parse(const struct nlmsghdr *nlh, struct expectation *ret);

#endif
