// SPDX-License-Identifier: GPL-2.0-or-later
/* define_test NAME.conf...: what Define makes of its words; the definitions of the built-in helpers
 * read the same within a Helper section. Tests define.c and match.c; mistakes are in
 * config_mistakes_test.c. */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "tests/unit/tap.h"

/* The Defines of a Helper section that holds `text`. */
static struct config parse(const char *text)
{
	struct config_messages msgs = { 0 };
	struct config c = { 0 };
	char all[8192];

	snprintf(all, sizeof(all), "Helper { %s\n}", text);
	is_int(config_parse(&c, "f", all, strlen(all), &msgs), 0, "%.*s", (int)strcspn(text, "\n"),
	       text);
	for (size_t i = 0; i < msgs.num; i++)
		printf("# %s\n", msgs.list[i].text);
	config_messages_free(&msgs);
	return c;
}

static void test_all_words(void)
{
	struct config c = parse("Define my-printer {\nProtocol udp Port 8612\n"
				"Query multicast broadcast unicast ReplyFrom 10.1.2.3/9\n"
				"ReplyPort 8613 ExpectMax 64 ExpectTimeout 3\n"
				"Title \"{ my # \\\"printer\\\" }\" Source \"its manual\"\n"
				"Match 0 \"BJNP\" 0x4D46 0x0f00/0x0FC0\n"
				"Match any \"\\n\\r\\t\\0\\\\\\\"\\x7F\"} Setup yes");
	const struct query *q = &c.defines[0].query;
	const struct query_match *m = q->matches;

	is_int((int)c.n_defines, 1, "one");
	is_int(c.defines[0].line, 1, "its line");
	ok(c.helper_setup, "the section goes on behind it");
	ok(query_check(q), "passes query_check()");
	is_str(q->name, "my-printer", "name");
	is_str(q->title, "{ my # \"printer\" }", "title, with quotes, braces and a hash");
	is_str(q->source, "its manual", "source");
	is_int(q->port, 8612, "port");
	is_int(q->asks, QUERY_UNICAST | QUERY_MULTICAST | QUERY_BROADCAST, "where to");
	ok(!q->from_any && q->network.family == AF_INET && q->prefix_len == 9, "network");
	ok(!memcmp(q->network.bytes, "\x0a\0\0\0", 4), "without its host bits");
	ok(!q->reply_same && q->reply_port == 8613, "reply port");
	is_int(q->max, 64, "max");
	is_int(q->timeout, 3, "timeout");
	is_int(q->n_matches, 2, "two Match");
	ok(m[0].at == 0 && m[0].n == 3, "the first has three alternatives");
	ok(m[0].any[0].len == 4 && !memcmp(m[0].any[0].bytes, "BJNP", 4) &&
		   !memcmp(m[0].any[0].mask, "\xff\xff\xff\xff", 4),
	   "text");
	ok(m[0].any[1].len == 2 && !memcmp(m[0].any[1].bytes, "MF", 2), "hex");
	ok(m[0].any[2].len == 2 && !memcmp(m[0].any[2].bytes, "\x0f\0", 2) &&
		   !memcmp(m[0].any[2].mask, "\x0f\xc0", 2),
	   "hex with a mask");
	ok(m[1].at == QUERY_ANYWHERE && m[1].any[0].len == 7 &&
		   !memcmp(m[1].any[0].bytes, "\n\r\t\0\\\"\x7f", 7),
	   "every escape");
	config_free(&c);
}

static void test_defaults(void)
{
	struct config c =
		parse("Define a { Port 1 Query unicast Match 4095 \"x\" }\n"
		      "Define b { Port 65535 Query broadcast ReplyFrom any ReplyPort same }\n"
		      "Define c { Port 9 Query multicast ReplyFrom subnet ReplyPort any }\n"
		      "Define d { Port 9 Query multicast ReplyFrom fe80::1:2:3/65 }\n"
		      "Define e { Port 9 Query multicast ReplyFrom 192.0.2.1 }");
	const struct helper_define *d = c.defines;

	is_int((int)c.n_defines, 5, "five");
	for (size_t i = 0; i < c.n_defines; i++)
		ok(query_check(&d[i].query), "%s passes query_check()", d[i].query.name);
	is_int(d[4].line, 5, "the line of the fifth");
	is_int(d[0].query.max, 8, "default max");
	is_int(d[0].query.timeout, 10, "default timeout");
	is_str(d[0].query.title, "queries to port 1", "default title");
	is_str(d[0].query.source, "its definition", "default source");
	ok(!d[0].query.from_any && !d[0].query.network.family, "from the subnet");
	ok(!d[0].query.reply_port && !d[0].query.reply_same, "from any port");
	ok(d[1].query.from_any && d[1].query.reply_same, "any, same");
	ok(!d[2].query.from_any && !d[2].query.reply_same && !d[2].query.reply_port,
	   "the defaults");
	ok(d[3].query.network.family == AF_INET6 && d[3].query.prefix_len == 65, "IPv6");
	ok(!memcmp(d[3].query.network.bytes, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16),
	   "without its host bits");
	ok(d[4].query.prefix_len == 32 && d[4].query.network.bytes[3] == 1, "one host");
	ok(config_find_define(&c, "e") == &d[4] && !config_find_define(&c, "f"), "found by name");
	config_free(&c);
}

static void test_one(const char *text, const char *message)
{
	struct config_messages msgs = { 0 };
	struct helper_define define;
	int r = config_parse_define(&define, "f", text, strlen(text), &msgs);

	is_int(r, *message ? -EINVAL : 0, "%.*s", (int)strcspn(text, "\n"), text);
	is_str(msgs.num ? msgs.list[0].text : "", message, "what it says");
	config_messages_free(&msgs);
}

static size_t slurp(const char *path, char *ret, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t len = file ? fread(ret, 1, size - 1, file) : 0;

	if (file)
		fclose(file);
	ret[len] = '\0';
	return len;
}

static void test_file(const char *path)
{
	struct config_messages msgs = { 0 };
	struct helper_define alone;
	char text[4096];
	struct config c;

	is_int(config_parse_define(&alone, path, text, slurp(path, text, sizeof(text)), &msgs), 0,
	       "%s", path);
	config_messages_free(&msgs);
	c = parse(text);
	ok(c.n_defines == 1 && !memcmp(&c.defines[0].query, &alone.query, sizeof(alone.query)),
	   "the same in a section");
	config_free(&c);
}

int main(int argc, char **argv)
{
	test_all_words();
	test_defaults();
	test_one("# here it is\nDefine a { Port 1 Query unicast Match 0 \"x\" } # and the end", "");
	test_one("Helper { }", "f:1: 'Helper': expected `Define NAME { }'");
	test_one("", "f:1: 'end of file': expected `Define NAME { }'");
	test_one("Define a { Port 1 Query unicast Match 0 \"x\" }\n}",
		 "f:2: '}': expected the end of the file after one Define");
	test_one("Define a { Port 0 }", "f:1: '0': expected a port, 1 to 65535");
	ok(argc > 1, "definitions of built-in helpers");
	for (int i = 1; i < argc; i++)
		test_file(argv[i]);
	return done_testing();
}
