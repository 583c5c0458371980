/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/xdr.h"

#include <stdlib.h>

#include "tests/unit/tap.h"
#include "wire/text.h"

static const uint8_t bytes[] = { 0, 0, 0, 5, 'h', 'e', 'l', 'l', 'o', 0, 0, 0, 0, 0, 0, 1 };

static void test_opaque(void)
{
	struct cursor c = cursor_over(bytes, sizeof(bytes));
	struct span s = xdr_opaque(&c, 5);

	ok(!c.bad && s.len == 5 && !memcmp(s.data, "hello", 5), "string of five bytes");
	is_int(cursor_off(&c), 12, "padding is read");
	ok(xdr_bool(&c) && !c.bad && !c.left, "true");
	for (size_t len = 0; len < 12; len++) {
		uint8_t *exact = malloc(len ? len : 1);

		memcpy(exact, bytes, len);
		c = cursor_over(exact, len);
		s = xdr_opaque(&c, 5);
		ok(c.bad && !c.wrong && !s.len, "cut to %zu: missing, not wrong", len);
		free(exact);
	}
	c = cursor_over(bytes, sizeof(bytes));
	s = xdr_opaque(&c, 4);
	ok(c.bad && c.wrong && !s.len, "longer than allowed");
}

static void test_refusals(void)
{
	static const uint8_t padding[] = { 0, 0, 0, 5, 'h', 'e', 'l', 'l', 'o', 0, 1, 0 };
	static const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff, 0 };
	static const uint8_t two[] = { 0, 0, 0, 2, 0, 0, 0, 9 };
	struct cursor c = cursor_over(padding, sizeof(padding));

	xdr_opaque(&c, 100);
	ok(c.bad && c.wrong, "padding that is not zero");
	c = cursor_over(huge, sizeof(huge));
	xdr_opaque(&c, UINT32_MAX);
	ok(c.bad && !c.wrong, "2^32-1 bytes are not there");
	c = cursor_over(two, sizeof(two));
	ok(!xdr_bool(&c) && c.bad && c.wrong, "a boolean of 2");
	is_int(xdr_u32(&c), 0, "a poisoned cursor yields zero");
	c = cursor_over(two, sizeof(two));
	is_int(xdr_u32_max(&c, 2), 2, "not above the maximum");
	is_int(xdr_u32_max(&c, 8), 0, "above it");
	ok(c.bad && c.wrong, "is refused");
	c = cursor_over(two, 3);
	xdr_u32(&c);
	cursor_refuse(&c);
	ok(c.bad && !c.wrong, "what is missing does not become wrong");
}

static void test_cursor(void)
{
	struct cursor c = cursor_over(bytes, sizeof(bytes));

	is_int(cursor_u8(&c), 0, "byte");
	cursor_skip(&c, 2);
	is_int(cursor_be16(&c), 0x0568, "two bytes");
	is_int(cursor_off(&c), 5, "offset");
	ok(!cursor_bytes(&c, 12) && c.bad, "twelve of eleven bytes");
	ok(!cursor_bytes(&c, 0), "not even none after that");
	is_int(cursor_off(&c), 5, "offset stays");
}

static void test_decimal(void)
{
	char buf[TEXT_DECIMAL_SIZE];
	uint32_t v = 7;

	is_int(text_get_decimal("65535x", 6, 65535, &v), 5, "five digits");
	is_int(v, 65535, "their value");
	is_int(text_get_decimal("65536", 5, 65535, &v), 0, "above the maximum");
	is_int(text_get_decimal("65536", 4, 65535, &v), 4, "no further than the length");
	is_int(text_get_decimal("4294967295", 10, UINT32_MAX, &v), 10, "the largest");
	is_int(v, 4294967295, "its value");
	is_int(text_get_decimal("4294967296", 10, UINT32_MAX, &v), 0, "one more");
	is_int(text_get_decimal("00000000001", 11, UINT32_MAX, &v), 0, "eleven digits");
	is_int(text_get_decimal("-1", 2, 9, &v), 0, "sign");
	is_int(text_get_decimal("", 0, 9, &v), 0, "nothing");
	is_int(text_put_decimal(buf, 0), 1, "0 has one digit");
	is_int(text_put_decimal(buf, UINT32_MAX), 10, "the largest has ten");
	ok(!memcmp(buf, "4294967295", 10), "and is written");
}

int main(void)
{
	test_opaque();
	test_refusals();
	test_cursor();
	test_decimal();
	return done_testing();
}
