/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Addresses: comparison, scope, text.
 */
#include "wire/addr.h"

#include <string.h>
#include <sys/socket.h>

#include "wire/text.h"

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

size_t addr_len(const struct addr *a)
{
	return a->family == AF_INET ? 4 : a->family == AF_INET6 ? 16 : 0;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, addr_len(a));
}

bool tuple_equal(const struct tuple *a, const struct tuple *b)
{
	return addr_equal(&a->src, &b->src) && addr_equal(&a->dst, &b->dst) &&
	       a->sport == b->sport && a->dport == b->dport && a->l4 == b->l4;
}

bool tuple_is_nated(const struct tuple *orig, const struct tuple *reply)
{
	return !addr_equal(&orig->src, &reply->dst) || !addr_equal(&orig->dst, &reply->src) ||
	       orig->sport != reply->dport || orig->dport != reply->sport;
}

struct addr addr_from_bytes(uint8_t family, const uint8_t *bytes)
{
	struct addr a = { .family = family };

	memcpy(a.bytes, bytes, addr_len(&a));
	return a;
}

/* RFC 6890 2.2.2: this host, loopback; RFC 5771: multicast; RFC 919: limited broadcast. */
static bool v4_is_special(const uint8_t *b)
{
	return b[0] == 0 || b[0] == 127 || (b[0] & 0xf0) == 0xe0 ||
	       (b[0] == 255 && b[1] == 255 && b[2] == 255 && b[3] == 255);
}

bool addr_is_multicast(const struct addr *a)
{
	if (a->family == AF_INET)
		return a->bytes[0] >> 4 == 14;
	return a->family == AF_INET6 && a->bytes[0] == 0xff;
}

bool prefix_has(const struct prefix *p, const struct addr *a)
{
	uint8_t whole = p->len / 8, mask = (uint8_t)(0xff00 >> p->len % 8);

	return a->family && a->family == p->addr.family &&
	       !memcmp(a->bytes, p->addr.bytes, whole) &&
	       (whole == sizeof(a->bytes) || !((a->bytes[whole] ^ p->addr.bytes[whole]) & mask));
}

bool prefix_is_broadcast(const struct prefix *p, const struct addr *a)
{
	uint8_t left = p->len;

	if (p->addr.family != AF_INET || p->len > 30 || !prefix_has(p, a))
		return false;
	for (unsigned i = 0; i < 4; i++) {
		uint8_t host = left >= 8 ? 0 : (uint8_t)(0xff >> left);

		if ((a->bytes[i] & host) != host)
			return false;
		left = left >= 8 ? (uint8_t)(left - 8) : 0;
	}
	return true;
}

bool addr_is_special(const struct addr *a)
{
	static const uint8_t zero[15];

	if (a->family == AF_INET)
		return v4_is_special(a->bytes);
	if (a->family != AF_INET6)
		return true;
	if (!memcmp(a->bytes, mapped_prefix, sizeof(mapped_prefix)))
		return v4_is_special(a->bytes + 12);
	/* RFC 4291 2.5.2 unspecified, 2.5.3 loopback, 2.7 multicast */
	return a->bytes[0] == 0xff || (!memcmp(a->bytes, zero, 15) && a->bytes[15] <= 1);
}

static size_t v4_to_text(const uint8_t *b, char *buf)
{
	size_t n = 0;

	for (int i = 0; i < 4; i++) {
		if (i)
			buf[n++] = '.';
		n += text_put_decimal(buf + n, b[i]);
	}
	return n;
}

static unsigned group_at(const uint8_t *bytes, unsigned i)
{
	return (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
}

/* RFC 5952 4.2: "::" stands for the first of the longest runs of two or more zero groups. */
static void longest_zero_run(const uint8_t *bytes, unsigned *ret_start, unsigned *ret_n)
{
	unsigned start = 0, n = 0;

	for (unsigned i = 0; i < 8; i++) {
		unsigned j = i;

		while (j < 8 && !group_at(bytes, j))
			j++;
		if (j - i > n) {
			start = i;
			n = j - i;
		}
		if (j > i)
			i = j - 1;
	}
	*ret_start = start;
	*ret_n = n >= 2 ? n : 0;
}

static size_t put_hex_group(char *buf, unsigned v)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (int shift = 12; shift >= 0; shift -= 4)
		if (n || v >> shift || !shift)
			buf[n++] = digits[v >> shift & 15];
	return n;
}

static size_t v6_to_text(const uint8_t *bytes, char *buf)
{
	unsigned start, run;
	size_t n = 0;

	if (!memcmp(bytes, mapped_prefix, sizeof(mapped_prefix))) {
		memcpy(buf, "::ffff:", 7);
		return 7 + v4_to_text(bytes + 12, buf + 7);
	}
	longest_zero_run(bytes, &start, &run);
	for (unsigned i = 0; i < 8; i++) {
		if (run && i == start) {
			buf[n++] = ':';
			buf[n++] = ':';
			i += run - 1;
			continue;
		}
		if (n && buf[n - 1] != ':')
			buf[n++] = ':';
		n += put_hex_group(buf + n, group_at(bytes, i));
	}
	return n;
}

size_t addr_to_text(const struct addr *a, char *buf)
{
	size_t n = 0;

	if (a->family == AF_INET)
		n = v4_to_text(a->bytes, buf);
	else if (a->family == AF_INET6)
		n = v6_to_text(a->bytes, buf);
	else
		buf[n++] = '-';
	buf[n] = '\0';
	return n;
}

static bool v4_from_text(const char *text, size_t len, uint8_t *ret)
{
	uint8_t bytes[4];

	for (int i = 0; i < 4; i++) {
		uint32_t v;
		size_t n = text_get_decimal(text, len, 255, &v);

		if (!n || (n > 1 && text[0] == '0'))
			return false;
		bytes[i] = (uint8_t)v;
		text += n;
		len -= n;
		if (i < 3) {
			if (!len || *text != '.')
				return false;
			text++;
			len--;
		}
	}
	if (len)
		return false;
	memcpy(ret, bytes, sizeof(bytes));
	return true;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One to four hex digits. Returns how many, 0 when there is none or a fifth. */
static size_t get_hex_group(const char *text, size_t len, uint8_t *ret)
{
	unsigned v = 0;
	size_t n = 0;

	for (; n < len && hex_value(text[n]) >= 0; n++) {
		if (n == 4)
			return 0;
		v = v << 4 | (unsigned)hex_value(text[n]);
	}
	ret[0] = (uint8_t)(v >> 8);
	ret[1] = (uint8_t)v;
	return n;
}

/* RFC 4291 2.2, all three forms. `gap` is where "::" was seen, in bytes. */
static bool v6_from_text(const char *text, size_t len, uint8_t *ret)
{
	uint8_t bytes[16] = { 0 };
	size_t at = 0, i = 0, gap = sizeof(bytes) + 1;

	if (len >= 2 && text[0] == ':' && text[1] == ':') {
		gap = 0;
		i = 2;
	}
	while (i < len) {
		size_t n;

		if (at <= 12 && v4_from_text(text + i, len - i, bytes + at)) {
			at += 4;
			break;
		}
		if (at > 14 || !(n = get_hex_group(text + i, len - i, bytes + at)))
			return false;
		at += 2;
		i += n;
		if (i == len)
			break;
		if (text[i++] != ':' || i == len)
			return false;
		if (text[i] == ':') {
			if (gap <= sizeof(bytes))
				return false;
			gap = at;
			i++;
		}
	}
	if (gap > sizeof(bytes) ? at != sizeof(bytes) : at > 14)
		return false;
	memset(ret, 0, sizeof(bytes));
	if (gap > sizeof(bytes))
		gap = at;
	memcpy(ret, bytes, gap);
	memcpy(ret + sizeof(bytes) - (at - gap), bytes + gap, at - gap);
	return true;
}

bool addr_from_text(const char *text, size_t len, struct addr *ret)
{
	struct addr a = { 0 };

	if (v4_from_text(text, len, a.bytes))
		a.family = AF_INET;
	else if (v6_from_text(text, len, a.bytes))
		a.family = AF_INET6;
	else
		return false;
	*ret = a;
	return true;
}
