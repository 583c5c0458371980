/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * XDR (RFC 4506) on the cursor: everything is a multiple of four bytes, big endian.
 */
#ifndef PINHOLE_WIRE_XDR_H
#define PINHOLE_WIRE_XDR_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/cursor.h"

/* Unsigned integer, 4.2. */
static inline uint32_t xdr_u32(struct cursor *c)
{
	return cursor_be32(c);
}

/* The same; above max is refused. */
static inline uint32_t xdr_u32_max(struct cursor *c, uint32_t max)
{
	return cursor_be32_max(c, max);
}

/* Boolean, 4.4: 0 or 1, else refused. */
bool xdr_bool(struct cursor *c);

/* Variable-length opaque or string, 4.10 and 4.11: at most max bytes, then zeros up to a multiple
 * of four; else refused. The bytes without length and padding; empty when the cursor is bad. */
struct span xdr_opaque(struct cursor *c, uint32_t max);

#endif
