// SPDX-License-Identifier: GPL-2.0-or-later
/* Define NAME { Protocol, Port, Query, ReplyFrom, ReplyPort, ExpectMax, ExpectTimeout, Match, Title,
 * Source }: a helper of queries and their answers, as struct query. The bytes of Match are in
 * match.c. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/parser.h"

#define EXPECT_MAX     8
#define EXPECT_TIMEOUT 10

/* A Define while its block is read; lines are 0 until the item was seen. */
struct define_target {
	struct query *query;
	unsigned protocol_line, port_line, query_line, from_line, reply_port_line, max_line,
		timeout_line, title_line, source_line;
};

/* The word behind a keyword that may be given once. */
static int only_word(struct parser *p, unsigned *line, const char *what, struct token *ret)
{
	int r = parser_once(p, line);

	return r < 0 ? r : parser_word(p, what, ret);
}

static int protocol(struct parser *p, void *target)
{
	struct define_target *define = target;
	struct token word;
	int r = only_word(p, &define->protocol_line, "udp", &word);

	if (r < 0)
		return r;
	if (!token_is(&word, "udp"))
		return parser_error(p, &word,
				    "expected udp: queries of no other protocol can be "
				    "defined");
	return 0;
}

static int port(struct parser *p, void *target)
{
	struct define_target *define = target;
	struct token word;
	uint32_t num;
	int r = only_word(p, &define->port_line, "a port, 1 to 65535", &word);

	if (r < 0)
		return r;
	if (token_number(&word, 65535, &num) < 0 || !num)
		return parser_error(p, &word, "expected a port, 1 to 65535");
	define->query->port = (uint16_t)num;
	return 0;
}

/* QUERY_*, 0: none of the words. */
static uint8_t asked(const struct token *word)
{
	if (word->type != TOKEN_WORD)
		return 0;
	if (token_is(word, "unicast"))
		return QUERY_UNICAST;
	if (token_is(word, "multicast"))
		return QUERY_MULTICAST;
	return token_is(word, "broadcast") ? QUERY_BROADCAST : 0;
}

static int query(struct parser *p, void *target)
{
	struct define_target *define = target;
	int r = parser_once(p, &define->query_line);

	if (r < 0)
		return r;
	if (!asked(&p->token))
		return parser_error(p, &p->token,
				    "expected unicast, multicast or broadcast, or "
				    "several of them");
	while (asked(&p->token)) {
		if (define->query->asks & asked(&p->token))
			return parser_error(p, &p->token, "given twice");
		define->query->asks |= asked(&p->token);
		parser_next(p);
	}
	return 0;
}

/* Bits behind the prefix are nobody's business. */
static void clear_host_bits(struct addr *network, uint8_t prefix_len)
{
	for (unsigned i = 0; i < sizeof(network->bytes); i++) {
		unsigned bits = prefix_len <= 8 * i ? 0 : prefix_len - 8 * i;

		if (bits < 8)
			network->bytes[i] &= (uint8_t)(0xff00 >> bits);
	}
}

static int reply_from(struct parser *p, void *target)
{
	struct define_target *define = target;
	struct query *q = define->query;
	struct token word;
	int r = only_word(p, &define->from_line, "subnet, any or a network", &word);

	if (r < 0)
		return r;
	q->from_any = token_is(&word, "any");
	if (q->from_any || token_is(&word, "subnet"))
		return 0;
	q->network.family = AF_INET;
	if (token_network(&word, AF_INET, q->network.bytes, &q->prefix_len) < 0) {
		q->network.family = AF_INET6;
		if (token_network(&word, AF_INET6, q->network.bytes, &q->prefix_len) < 0)
			return parser_error(p, &word,
					    "expected subnet, any or a network, "
					    "ADDRESS/N");
	}
	if (!q->prefix_len)
		return parser_error(p, &word, "expected the word any for a network of everybody");
	clear_host_bits(&q->network, q->prefix_len);
	return 0;
}

static int reply_port(struct parser *p, void *target)
{
	struct define_target *define = target;
	struct query *q = define->query;
	struct token word;
	uint32_t num = 0;
	int r = only_word(p, &define->reply_port_line, "any, same or a port", &word);

	if (r < 0)
		return r;
	q->reply_same = token_is(&word, "same");
	if (q->reply_same || token_is(&word, "any"))
		return 0;
	if (token_number(&word, 65535, &num) < 0 || !num)
		return parser_error(p, &word, "expected any, same or a port, 1 to 65535");
	q->reply_port = (uint16_t)num;
	return 0;
}

static int expect_max(struct parser *p, void *target)
{
	struct define_target *define = target;
	struct token word;
	uint32_t num;
	int r = only_word(p, &define->max_line, "a number", &word);

	if (r < 0)
		return r;
	if (token_number(&word, CONFIG_EXPECT_MAX_MAX, &num) < 0 || !num)
		return parser_error(p, &word, "expected a number, 1 to %d", CONFIG_EXPECT_MAX_MAX);
	define->query->max = (uint8_t)num;
	return 0;
}

static int expect_timeout(struct parser *p, void *target)
{
	struct define_target *define = target;
	uint32_t *timeout = &define->query->timeout;
	struct token word;
	int r = only_word(p, &define->timeout_line, "a number of seconds", &word);

	if (r < 0)
		return r;
	if (token_number(&word, CONFIG_EXPECT_TIMEOUT_MAX, timeout) < 0 || !*timeout)
		return parser_error(p, &word, "expected seconds, 1 to %d",
				    CONFIG_EXPECT_TIMEOUT_MAX);
	return 0;
}

/* Prose for tools and the manual. */
static int text(struct parser *p, unsigned *line, char ret[QUERY_TEXT_SIZE])
{
	struct token word;
	size_t len = 0;
	int r = only_word(p, line, "words in quotes", &word);

	if (r < 0)
		return r;
	r = token_string(&word, (uint8_t *)ret, QUERY_TEXT_SIZE - 1, &len);
	if (r == -ENAMETOOLONG)
		return parser_error(p, &word, "more than %d characters", QUERY_TEXT_SIZE - 1);
	if (r < 0 || !len)
		return parser_error(p, &word, "expected words in quotes, \"...\" in one line");
	for (size_t i = 0; i < len; i++)
		if (ret[i] < 0x20 || ret[i] > 0x7e)
			return parser_error(p, &word, "expected nothing but printable ASCII");
	ret[len] = '\0';
	return 0;
}

static int title(struct parser *p, void *target)
{
	struct define_target *define = target;

	return text(p, &define->title_line, define->query->title);
}

static int source(struct parser *p, void *target)
{
	struct define_target *define = target;

	return text(p, &define->source_line, define->query->source);
}

static int match(struct parser *p, void *target)
{
	struct define_target *define = target;

	return define_match(p, define->query);
}

static const struct keyword define_keywords[] = {
	CALL("Protocol", protocol),
	CALL("Port", port),
	CALL("Query", query),
	CALL("ReplyFrom", reply_from),
	CALL("ReplyPort", reply_port),
	CALL("ExpectMax", expect_max),
	CALL("ExpectTimeout", expect_timeout),
	CALL("Match", match),
	CALL("Title", title),
	CALL("Source", source),
	MISPLACED("Define", "a Define cannot stand within a Define: is a `}' missing before it?"),
	MISPLACED("Type", "a Type cannot stand within a Define: is a `}' missing before it?"),
};
const struct block block_define = BLOCK("Define", define_keywords);

int helper_define(struct parser *p, struct helper_define *ret)
{
	const struct token name = p->token;
	struct define_target define = { .query = &ret->query };
	struct query *q = &ret->query;
	int r;

	memset(ret, 0, sizeof(*ret)); /* padding too: whole structs are compared and handed on */
	ret->line = p->keyword.line;
	q->max = EXPECT_MAX;
	q->timeout = EXPECT_TIMEOUT;
	r = parser_name(p, "helper name", q->name);
	if (r == 0)
		r = parser_block(p, &block_define, &define);
	if (r < 0)
		return r;
	if (!q->port)
		return parser_error(p, &name, "expected Port in its Define");
	if (!q->asks)
		return parser_error(
			p, &name, "expected Query in its Define: unicast, multicast or broadcast");
	if (!q->n_matches)
		parser_warn(p, &name, "no Match in its Define: whatever is sent counts as a query");
	if (!q->title[0])
		snprintf(q->title, sizeof(q->title), "queries to port %u", q->port);
	if (!q->source[0])
		snprintf(q->source, sizeof(q->source), "its definition");
	return 0;
}
