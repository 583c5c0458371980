/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Numbers as text.
 */
#include "wire/text.h"

#include <string.h>

size_t text_get_decimal(const char *text, size_t len, uint32_t max, uint32_t *ret)
{
	uint64_t v = 0;
	size_t n = 0;

	for (; n < len && text[n] >= '0' && text[n] <= '9'; n++) {
		if (n == TEXT_DECIMAL_SIZE)
			return 0;
		v = v * 10 + (uint64_t)(text[n] - '0');
	}
	if (!n || v > max)
		return 0;
	*ret = (uint32_t)v;
	return n;
}

size_t text_put_decimal(char *buf, uint32_t v)
{
	char digits[TEXT_DECIMAL_SIZE];
	size_t n = 0;

	do
		digits[sizeof(digits) - ++n] = (char)('0' + v % 10);
	while (v /= 10);
	memcpy(buf, digits + sizeof(digits) - n, n);
	return n;
}

static bool is_of_host(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-' || c == '_';
}

bool text_is_host(const char *field, size_t size)
{
	size_t len = 0, i;

	while (len < size && is_of_host(field[len]))
		len++;
	for (i = len; i < size && !field[i]; i++)
		;
	return len && len < size && i == size;
}
