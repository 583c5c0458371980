/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Timeout policies of the kernel: named sets of seconds, one per state of a transport protocol,
 * which a rule (-j CT --timeout, nft ct timeout) gives to flows; and the defaults that flows
 * without a policy have (linux/netfilter/nfnetlink_cttimeout.h). They belong to the network
 * namespace.
 */
#ifndef PINHOLE_NETFILTER_CTTIMEOUT_H
#define PINHOLE_NETFILTER_CTTIMEOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netfilter/nl.h"

#define CTTIMEOUT_NAME_SIZE  32
#define CTTIMEOUT_STATES_MAX 16
#define CTTIMEOUT_L4_GENERIC 255 /* every protocol that has no tracker of its own */

/* A protocol's states, in the kernel's order: states[i] is attribute i + 1. */
struct cttimeout_protocol {
	uint8_t l4;
	const char *name;
	unsigned n_states;
	const char *const *states; /* upper case */
};

/* NULL: the kernel has no tracker for it that we know of. */
const struct cttimeout_protocol *cttimeout_protocol(uint8_t l4);

/* A state's index by its name in any case, or -1. */
int cttimeout_state(const struct cttimeout_protocol *protocol, const char *name);

struct cttimeout {
	char name[CTTIMEOUT_NAME_SIZE]; /* always ends in NUL; empty for defaults */
	uint16_t l3;			/* AF_INET, AF_INET6 */
	uint8_t l4;
	uint32_t set; /* bit i: seconds[i] counts; what is not set keeps the kernel's default */
	uint32_t seconds[CTTIMEOUT_STATES_MAX];
};

/* -EBUSY: the name is taken. -EINVAL: no state is set, or no kernel support. -EOPNOTSUPP: the
 * kernel does not track the protocol. */
int cttimeout_add(struct nl *nl, const struct cttimeout *t);

/* name NULL: all that no rule uses. -ENOENT: none of that name. -EBUSY: a rule uses it. */
int cttimeout_delete(struct nl *nl, const char *name);

/* -ENOENT: none of that name, *ret untouched. */
int cttimeout_get(struct nl *nl, const char *name, struct cttimeout *ret);

/* Every policy; a negative answer of cb is returned. */
int cttimeout_dump(struct nl *nl, int (*cb)(const struct cttimeout *t, void *data), void *data);

/* The defaults of l3, l4: changes what is set, or reads all of them. */
int cttimeout_default_set(struct nl *nl, const struct cttimeout *t);
int cttimeout_default_get(struct nl *nl, uint16_t l3, uint8_t l4, struct cttimeout *ret);

/* Reads one message. False when malformed, *ret is then undefined. */
bool cttimeout_parse(const struct nlmsghdr *nlh, struct cttimeout *ret);

#endif
