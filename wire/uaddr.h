/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Universal addresses (RFC 5665 5.2.3): the text of an address, then the port as two decimal
 * octets: "192.0.2.1.214.50", "2001:db8::1.8.1".
 */
#ifndef PINHOLE_WIRE_UADDR_H
#define PINHOLE_WIRE_UADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

/* Longest text that uaddr_parse() takes and uaddr_render() writes. */
#define UADDR_MAX (ADDR_TEXT_SIZE - 1)

/* Reads exactly len bytes of text; octets without leading zeros. False, outputs untouched, when it
 * is no universal address of IPv4 or IPv6. */
bool uaddr_parse(const char *text, size_t len, struct addr *ret_addr, uint16_t *ret_port);

/* Writes the text and a NUL to buf, which holds ADDR_TEXT_SIZE bytes. Returns the length without
 * the NUL. */
size_t uaddr_render(const struct addr *a, uint16_t port, char *buf);

#endif
