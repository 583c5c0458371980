/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * XDR on the cursor.
 */
#include "wire/xdr.h"

bool xdr_bool(struct cursor *c)
{
	return cursor_be32_max(c, 1);
}

struct span xdr_opaque(struct cursor *c, uint32_t max)
{
	struct span s = { .len = cursor_be32_max(c, max) };

	s.data = cursor_bytes(c, s.len);
	for (size_t n = s.len; n % 4; n++)
		if (cursor_u8(c))
			cursor_refuse(c);
	return c->bad ? (struct span){ 0 } : s;
}
