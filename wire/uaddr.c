/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Universal addresses.
 */
#include "wire/uaddr.h"

#include "wire/text.h"

/* Takes ".N", N an octet, off the end of the text and shortens *len. */
static bool take_octet(const char *text, size_t *len, uint8_t *ret)
{
	size_t at = *len, digits;
	uint32_t v;

	while (at && text[at - 1] != '.')
		at--;
	digits = *len - at;
	if (!at || !digits || digits > 3 || text_get_decimal(text + at, digits, 255, &v) != digits)
		return false;
	if (digits > 1 && text[at] == '0')
		return false;
	*len = at - 1;
	*ret = (uint8_t)v;
	return true;
}

bool uaddr_parse(const char *text, size_t len, struct addr *ret_addr, uint16_t *ret_port)
{
	uint8_t high, low;

	if (len > UADDR_MAX || !take_octet(text, &len, &low) || !take_octet(text, &len, &high) ||
	    !addr_from_text(text, len, ret_addr))
		return false;
	*ret_port = (uint16_t)(high << 8 | low);
	return true;
}

size_t uaddr_render(const struct addr *a, uint16_t port, char *buf)
{
	size_t n = addr_to_text(a, buf);

	buf[n++] = '.';
	n += text_put_decimal(buf + n, port >> 8);
	buf[n++] = '.';
	n += text_put_decimal(buf + n, port & 255);
	buf[n] = '\0';
	return n;
}
