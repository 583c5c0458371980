// SPDX-License-Identifier: GPL-2.0-or-later
/* Tokens, messages and single values. Blocks are in block.c. */
#include "config/parser.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include "config/message.h"

struct token parser_next(struct parser *p)
{
	struct token token = p->token;

	if (token.type == TOKEN_OPEN)
		p->depth++;
	else if (token.type == TOKEN_CLOSE && p->depth)
		p->depth--;
	p->token = lexer_next(&p->lexer);
	return token;
}

__attribute__((format(printf, 4, 0))) static void say(struct parser *p,
						      enum config_severity severity,
						      const struct token *token, const char *format,
						      va_list args)
{
	bool end = token->type == TOKEN_END;

	message_add(p->msgs, severity, p->file, token->line, end ? "end of file" : token->start,
		    end ? strlen("end of file") : token->len, format, args);
}

int parser_error(struct parser *p, const struct token *token, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(p, CONFIG_ERROR, token, format, args);
	va_end(args);
	return -EINVAL;
}

void parser_warn(struct parser *p, const struct token *token, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(p, CONFIG_WARNING, token, format, args);
	va_end(args);
}

int parser_no_memory(struct parser *p)
{
	config_complain(p->msgs, CONFIG_ERROR, p->file, 0, NULL, "out of memory");
	return -ENOMEM;
}

int parser_word(struct parser *p, const char *what, struct token *ret)
{
	if (p->token.type != TOKEN_WORD && p->token.type != TOKEN_STRING)
		return parser_error(p, &p->token, "expected %s", what);
	*ret = parser_next(p);
	return 0;
}

int parser_number(struct parser *p, uint32_t max, uint32_t *ret)
{
	struct token word;
	int r = parser_word(p, "a number", &word);

	if (r < 0)
		return r;
	r = token_number(&word, max, ret);
	if (r == -ERANGE)
		return parser_error(p, &word, "too large, expected a number up to %u", max);
	if (r < 0)
		return parser_error(p, &word, "expected a number (decimal digits)");
	return 0;
}

int parser_switch(struct parser *p, bool *ret)
{
	struct token word;
	int r = parser_word(p, "on or off", &word);

	if (r < 0)
		return r;
	if (token_bool(&word, ret) < 0)
		return parser_error(p, &word, "expected on or off (or yes, no)");
	return 0;
}

int parser_name(struct parser *p, const char *what, char *ret)
{
	struct token word;
	int r;

	if (p->token.type != TOKEN_WORD && p->token.type != TOKEN_STRING)
		return parser_error(p, &p->token, "expected a %s", what);
	word = parser_next(p);
	r = token_name(&word, ret, CONFIG_NAME_SIZE);
	if (r == -ENAMETOOLONG)
		return parser_error(p, &word, "%s is longer than %d characters", what,
				    CONFIG_NAME_SIZE - 1);
	if (r < 0)
		return parser_error(p, &word, "expected a %s: letters, digits, `.', `_', `-'",
				    what);
	return 0;
}

int parser_once(struct parser *p, unsigned *line)
{
	if (*line)
		return parser_error(p, &p->keyword, "given twice, first in line %u", *line);
	*line = p->keyword.line;
	return 0;
}

const char *parser_place(const struct parser *p, unsigned file, unsigned line,
			 char ret[PARSER_PLACE_SIZE])
{
	if (file == p->file_number)
		snprintf(ret, PARSER_PLACE_SIZE, "line %u", line);
	else
		snprintf(ret, PARSER_PLACE_SIZE, "line %u of %s", line, config_file(p->config, file));
	return ret;
}

int parser_open(struct parser *p, const char *name)
{
	if (p->token.type != TOKEN_OPEN)
		return parser_error(p, &p->token, "expected `{' after `%s'", name);
	parser_next(p);
	return 0;
}

int parser_end(struct parser *p, const char *name, unsigned line)
{
	if (p->token.type != TOKEN_END)
		return 0;
	return parser_error(p, &p->token, "expected `}' for `%s' of line %u", name, line);
}

static int path_error(struct parser *p, const struct token *word, int r, size_t size,
		      const char *what)
{
	if (r == -ENAMETOOLONG)
		return parser_error(p, word, "path is longer than %zu characters", size - 1);
	if (word->start[0] == '/')
		return parser_error(p, word, "path with a quote or a control character");
	return parser_error(p, word, "expected %s that begins with `/', without quotes", what);
}

int parser_path(struct parser *p, char *ret, size_t size)
{
	struct token word;
	int r = parser_word(p, "a path", &word);

	if (r < 0)
		return r;
	r = token_path(&word, ret, size);
	return r < 0 ? path_error(p, &word, r, size, "a path") : 0;
}

int parser_log_file(struct parser *p, const char *on, char *ret)
{
	struct token word;
	bool enabled;
	int r = parser_word(p, "on, off or a path", &word);

	if (r < 0)
		return r;
	if (token_bool(&word, &enabled) == 0) {
		memset(ret, 0, CONFIG_PATH_SIZE);
		if (enabled)
			memcpy(ret, on, strlen(on));
		return 0;
	}
	r = token_path(&word, ret, CONFIG_PATH_SIZE);
	return r < 0 ? path_error(p, &word, r, CONFIG_PATH_SIZE, "on, off or a path") : 0;
}

int parser_syslog(struct parser *p, int *ret, bool *ret_on)
{
	static const struct {
		const char *word;
		int facility;
	} facilities[] = {
		{ "daemon", LOG_DAEMON }, { "local0", LOG_LOCAL0 }, { "local1", LOG_LOCAL1 },
		{ "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 }, { "local4", LOG_LOCAL4 },
		{ "local5", LOG_LOCAL5 }, { "local6", LOG_LOCAL6 }, { "local7", LOG_LOCAL7 },
	};
	struct token word;
	size_t i;
	int r = parser_word(p, "on, off, daemon or local0 to local7", &word);

	if (r < 0)
		return r;
	if (token_bool(&word, ret_on) == 0) {
		*ret = *ret_on ? LOG_DAEMON : CONFIG_SYSLOG_NONE;
		return 0;
	}
	for (i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++)
		if (token_is(&word, facilities[i].word)) {
			*ret = facilities[i].facility;
			*ret_on = false;
			return 0;
		}
	parser_warn(p, &word,
		    "is not a known syslog facility, ignoring; "
		    "expected on, off, daemon or local0 to local7");
	return 0;
}

int parser_address(struct parser *p, uint8_t family, uint8_t ret[16])
{
	const char *what = family == AF_INET ? "an IPv4 address" : "an IPv6 address";
	uint8_t prefix_len;
	struct token word;
	int r = parser_word(p, what, &word);

	if (r < 0)
		return r;
	if (memchr(word.start, '/', word.len) || token_network(&word, family, ret, &prefix_len) < 0)
		return parser_error(p, &word, "expected %s", what);
	return 0;
}
