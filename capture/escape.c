/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Plain ASCII comes out, whatever goes in.
 */
#include "capture/escape.h"

#include <stdint.h>
#include <string.h>

static const char from[] = "\n\r\t\\\"", to[] = "nrt\\\"";

const char *escape(char *buf, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;
	char *at = buf;

	for (size_t i = 0; i < len; i++) {
		const char *special = memchr(from, p[i], sizeof(from) - 1);

		if (special) {
			*at++ = '\\';
			*at++ = to[special - from];
		} else if (p[i] >= 0x20 && p[i] < 0x7f) {
			*at++ = (char)p[i];
		} else {
			*at++ = '\\';
			*at++ = 'x';
			*at++ = digits[p[i] >> 4];
			*at++ = digits[p[i] & 15];
		}
	}
	*at = '\0';
	return buf;
}
