/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Addresses and tuples: the words in which every room speaks of a flow.
 * Refuses to know: sockets, names, netlink.
 */
#ifndef PINHOLE_WIRE_ADDR_H
#define PINHOLE_WIRE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest text of an address, "%u.%u" ports of a universal address included, with the NUL. */
#define ADDR_TEXT_SIZE 64

/* An IPv4 or IPv6 address. `bytes` is in network byte order; IPv4 uses the first four, the rest
 * is zero, so that memcmp over the whole struct compares addresses. */
struct addr {
	uint8_t family; /* AF_INET, AF_INET6, or 0: none */
	uint8_t bytes[16];
};

/* One direction of a flow, as conntrack keeps it. Ports in host byte order, 0 where the protocol
 * has none. */
struct tuple {
	struct addr src, dst;
	uint16_t sport, dport;
	uint8_t l4; /* IPPROTO_* */
};

/* A network: the first `len` bits of an address. `addr.family` 0: none. */
struct prefix {
	struct addr addr;
	uint8_t len; /* 0..32, 0..128 */
};

/* 4 or 16; 0 for no family. */
size_t addr_len(const struct addr *a);
bool addr_equal(const struct addr *a, const struct addr *b);
bool tuple_equal(const struct tuple *a, const struct tuple *b);

/* Is either end of a flow translated, so that its directions do not mirror each other? */
bool tuple_is_nated(const struct tuple *orig, const struct tuple *reply);

/* `bytes` holds addr_len bytes of the family. */
struct addr addr_from_bytes(uint8_t family, const uint8_t *bytes);

/* 224.0.0.0/4, ff00::/8 */
bool addr_is_multicast(const struct addr *a);

/* Is the address in the network? Not if either is none, or they are of two families. */
bool prefix_has(const struct prefix *p, const struct addr *a);

/* An IPv4 network's last address, by which all of it is spoken to (RFC 919); a network of one or two
 * addresses has none (RFC 3021). */
bool prefix_is_broadcast(const struct prefix *p, const struct addr *a);

/* Loopback, unspecified, multicast or IPv4 limited broadcast: never an endpoint of a pinhole.
 * IPv4-mapped IPv6 counts as what it maps. (RFC 6890, RFC 4291) */
bool addr_is_special(const struct addr *a);

/* Writes the canonical text (RFC 5952 for IPv6) and a NUL to buf, which holds ADDR_TEXT_SIZE
 * bytes. Returns the length without the NUL; "-" for no family. */
size_t addr_to_text(const struct addr *a, char *buf);

/* Reads exactly len bytes of text: a dotted quad (no leading zero, RFC 6943) or an IPv6 address
 * (RFC 4291; no zone). False, *ret untouched, when it is neither. */
bool addr_from_text(const char *text, size_t len, struct addr *ret);

#endif
