/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The networks of an interface, as its addresses tell them (RTM_GETADDR).
 */
#ifndef PINHOLE_NETFILTER_IFADDR_H
#define PINHOLE_NETFILTER_IFADDR_H

#include <stdint.h>

#include "netfilter/nl.h"
#include "wire/addr.h"

#define IFADDR_NETWORKS_MAX 4

/* The networks of interface `index` that have the family of `src`, no two alike; the likeliest first
 * for an answer to a packet from `src` to `dst`: the one that has `dst`, then the one that has `src`, then
 * by bits in common with `src` (RFC 6724 5, rule 8, is how others choose the address that they answer
 * from; but not all do: avahi answers a link-local address from a global one). `route` is a socket of
 * nl_open_route(). Returns how many, at most IFADDR_NETWORKS_MAX, or -errno. */
int ifaddr_networks(struct nl *route, uint32_t index, const struct addr *src, const struct addr *dst,
		    struct prefix ret[IFADDR_NETWORKS_MAX]);

#endif
