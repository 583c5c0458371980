/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/addr.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "tests/unit/tap.h"
#include "wire/uaddr.h"

static void test_round_trips(void)
{
	static const char *const texts[] = {
		"0.0.0.0",
		"192.0.2.1",
		"255.255.255.255",
		"::",
		"::1",
		"1::",
		"2001:db8::1",
		"2001:db8:0:1:1:1:1:1",
		"2001:0:0:1::1",
		"2001:db8::1:0:0:1",
		"::ffff:192.0.2.1",
		"fe80::1",
		"1:2:3:4:5:6:7:8",
		"ff02::202",
		"0:1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:0",
	};
	char buf[ADDR_TEXT_SIZE];
	struct addr a;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!ok(addr_from_text(texts[i], strlen(texts[i]), &a), "%s is read", texts[i]))
			continue;
		is_int(addr_to_text(&a, buf), strlen(texts[i]), "%s: length", texts[i]);
		is_str(buf, texts[i], "%s is written", texts[i]);
	}
}

static void test_other_spellings(void)
{
	static const char *const pairs[][2] = {
		{ "2001:DB8::1", "2001:db8::1" },
		{ "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1" },
		{ "1:2:3::4:5:6:7", "1:2:3:0:4:5:6:7" },
		{ "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "64:ff9b::192.0.2.1", "64:ff9b::c000:201" },
		{ "1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201" },
	};
	char buf[ADDR_TEXT_SIZE];
	struct addr a;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		ok(addr_from_text(pairs[i][0], strlen(pairs[i][0]), &a), "%s", pairs[i][0]);
		addr_to_text(&a, buf);
		is_str(buf, pairs[i][1], "%s", pairs[i][0]);
	}
}

static void test_refusals(void)
{
	static const char *const texts[] = {
		"",
		"1",
		"1.2.3",
		"1.2.3.4.5",
		"1.2.3.256",
		"1.2.3.04",
		"1.2.3.-4",
		"1.2.3.4 ",
		" 1.2.3.4",
		"1.2.3.",
		".1.2.3",
		"1..2.3",
		"0x1.2.3.4",
		"1.2.3.99999999999",
		":",
		":::",
		"1:",
		":1",
		"1::2::3",
		"12345::",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"1:2:3:4:5:6:7:8::",
		"::1:2:3:4:5:6:7:8",
		"fe80::1%eth0",
		"g::",
		"1:2:3:4:5:6:7:1.2.3.4",
		"::1.2.3",
		"1.2.3.4::",
		"::1.2.3.4:5",
		"1:2:3:4:5:6:7:",
	};
	struct addr a = { .family = 99 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ok(!addr_from_text(texts[i], strlen(texts[i]), &a) && a.family == 99,
		   "\"%s\" is refused", texts[i]);
}

/* The C library knows the same addresses; it also takes and writes the deprecated "::1.2.3.4". */
static void test_against_libc(void)
{
	unsigned wrong_text = 0, wrong_bytes = 0;

	srand(1);
	for (int i = 0; i < 20000; i++) {
		struct addr a = { .family = AF_INET6 }, b;
		char ours[ADDR_TEXT_SIZE], theirs[INET6_ADDRSTRLEN];

		for (int j = 0; j < 16; j += 2) {
			unsigned v = rand() % 3 ? 0 : (unsigned)rand() >> (rand() % 16);

			a.bytes[j] = (uint8_t)(v >> 8);
			a.bytes[j + 1] = (uint8_t)v;
		}
		addr_to_text(&a, ours);
		inet_ntop(AF_INET6, a.bytes, theirs, sizeof(theirs));
		wrong_text += !strchr(theirs, '.') && strcmp(ours, theirs) != 0;
		wrong_bytes += !addr_from_text(theirs, strlen(theirs), &b) || !addr_equal(&a, &b);
	}
	is_int(wrong_text, 0, "20000 addresses written as inet_ntop() does");
	is_int(wrong_bytes, 0, "20000 addresses read as inet_ntop() wrote them");
}

static void test_special(void)
{
	static const struct {
		const char *text;
		bool special;
	} list[] = {
		{ "0.0.0.0", true },
		{ "0.1.2.3", true },
		{ "127.0.0.1", true },
		{ "127.9.9.9", true },
		{ "224.0.0.1", true },
		{ "239.255.255.250", true },
		{ "255.255.255.255", true },
		{ "::", true },
		{ "::1", true },
		{ "ff02::1", true },
		{ "::ffff:127.0.0.1", true },
		{ "::ffff:224.0.0.1", true },
		{ "::ffff:0.0.0.0", true },
		{ "1.0.0.0", false },
		{ "126.255.255.255", false },
		{ "128.0.0.1", false },
		{ "223.255.255.255", false },
		{ "240.0.0.1", false },
		{ "192.0.2.1", false },
		{ "::2", false },
		{ "fe80::1", false },
		{ "::ffff:192.0.2.1", false },
		{ "2001:db8::1", false },
	};
	struct addr a = { 0 };

	ok(addr_is_special(&a), "no address is special");
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		addr_from_text(list[i].text, strlen(list[i].text), &a);
		ok(addr_is_special(&a) == list[i].special, "%s is%s special", list[i].text,
		   list[i].special ? "" : " not");
	}
}

static void test_equal(void)
{
	struct addr a = addr_from_bytes(AF_INET, (uint8_t[]){ 1, 2, 3, 4 }), b = a, none = { 0 };
	struct addr six = { .family = AF_INET6, .bytes = { 1, 2, 3, 4 } };
	struct tuple t = { a, b, 1, 2, 6 }, u = t;
	char buf[ADDR_TEXT_SIZE];

	ok(addr_equal(&a, &b) && !addr_equal(&a, &six) && !addr_equal(&a, &none), "addr_equal");
	b.bytes[9] = 1;
	ok(addr_equal(&a, &b), "bytes behind an IPv4 address do not count");
	ok(tuple_equal(&t, &u), "tuple_equal");
	u.dport = 3;
	ok(!tuple_equal(&t, &u), "another port");
	is_int(addr_len(&none), 0, "no family has no length");
	is_int(addr_to_text(&none, buf), 1, "no family is one character");
	is_str(buf, "-", "which is -");
}

static void test_uaddr(void)
{
	static const struct {
		const char *text;
		unsigned port;
	} good[] = {
		{ "192.0.2.1.0.111", 111 }, { "192.0.2.1.8.1", 2049 },
		{ "0.0.0.0.0.0", 0 },	    { "2001:db8::1.255.255", 65535 },
		{ "::.8.1", 2049 },	    { "::ffff:192.0.2.1.8.1", 2049 },
	};

	static const char *const bad[] = {
		"",
		".",
		"..",
		"8.1",
		"192.0.2.1",
		"192.0.2.1.8",
		"192.0.2.1.8.256",
		"192.0.2.1.300.1",
		"192.0.2.1.08.1",
		"192.0.2.1.8.",
		"192.0.2.1..1",
		"192.0.2.1.8.1 ",
		"192.0.2.1.8.+1",
		"192.0.2.1.8.0001",
		"/run/rpcbind.sock",
		"2001:db8::1",
		"host.8.1",
		"fe80::1%lo.8.1",
	};
	char buf[ADDR_TEXT_SIZE];
	struct addr a;
	uint16_t port;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		port = 7;
		ok(uaddr_parse(good[i].text, strlen(good[i].text), &a, &port), "%s", good[i].text);
		is_int(port, good[i].port, "%s: port", good[i].text);
		is_int(uaddr_render(&a, port, buf), strlen(good[i].text), "%s: length",
		       good[i].text);
		is_str(buf, good[i].text, "%s: rendered", good[i].text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		port = 7;
		ok(!uaddr_parse(bad[i], strlen(bad[i]), &a, &port) && port == 7,
		   "\"%s\" is refused", bad[i]);
	}
}

int main(void)
{
	test_round_trips();
	test_other_spellings();
	test_refusals();
	test_against_libc();
	test_special();
	test_equal();
	test_uaddr();
	return done_testing();
}
