/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Options to conntrack objects of libnetfilter_conntrack.
 */
#ifndef PINHOLE_CONNTRACK_OBJECT_H
#define PINHOLE_CONNTRACK_OBJECT_H

#include "cli/conntrack/command.h"

/* All die when memory is short. The caller destroys the object. */
struct nf_conntrack *object_new(void);

/* A tuple: family, addresses, protocol, two ports or ICMP fields; ports are taken from the two
 * fields named. NULL net: no such address. */
struct nf_conntrack *object_tuple(const struct command *cmd, const struct net *src,
				  const struct net *dst, enum l4_field sport, enum l4_field dport);

/* A flow with all that -I, -A and -G can say. */
struct nf_conntrack *object_flow(const struct command *cmd);

/* Status, state and other protocol values of -I, -A and -U. */
void object_set_state(struct nf_conntrack *ct, const struct command *cmd);

#endif
