/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The networks of an interface, as its addresses tell them (RTM_GETADDR).
 */
#ifndef PINHOLE_NETFILTER_IFADDR_H
#define PINHOLE_NETFILTER_IFADDR_H

#include <stdint.h>

#include "netfilter/nl.h"
#include "wire/addr.h"

/* The network of interface `index` that a packet from `src` to `dst` is spoken to: the one that has
 * `dst`; else that has `src`; else, of those with the scope of `src`, the one with most bits in common
 * with it (RFC 6724 5, rule 8, is how others choose their address for an answer). `route` is a socket
 * of nl_open_route(). -ENOENT: the interface has none. */
int ifaddr_network(struct nl *route, uint32_t index, const struct addr *src, const struct addr *dst,
		   struct prefix *ret);

#endif
