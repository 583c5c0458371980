// SPDX-License-Identifier: GPL-2.0-or-later
/* See lexer.h. Pure functions over the text. */
#include "config/lexer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

void lexer_init(struct lexer *lexer, const char *text, size_t len)
{
	*lexer = (struct lexer){ .pos = text, .end = text + len, .line = 1, .last_line = 1 };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(struct lexer *lexer)
{
	bool comment = false;

	for (; lexer->pos < lexer->end; lexer->pos++) {
		char c = *lexer->pos;

		if (c == '#')
			comment = true;
		else if (c == '\n')
			comment = false;
		else if (!comment && !is_blank(c))
			return;
		if (c == '\n')
			lexer->line++;
	}
}

/* The length of a string that begins at pos, both quotes included; 0: none does, or it has no end. */
static size_t string_len(const struct lexer *lexer)
{
	const char *pos = lexer->pos;

	if (*pos != '"')
		return 0;
	for (pos++; pos < lexer->end && *pos != '\n'; pos++) {
		if (*pos == '"')
			return (size_t)(pos + 1 - lexer->pos);
		if (*pos == '\\' && pos + 1 < lexer->end && pos[1] != '\n')
			pos++;
	}
	return 0;
}

struct token lexer_next(struct lexer *lexer)
{
	struct token token = { .type = TOKEN_END };

	skip_blanks(lexer);
	token.start = lexer->pos;
	if (lexer->pos == lexer->end) {
		token.line = lexer->last_line;
		return token;
	}
	token.line = lexer->last_line = lexer->line;
	if (*lexer->pos == '{' || *lexer->pos == '}') {
		token.type = *lexer->pos == '{' ? TOKEN_OPEN : TOKEN_CLOSE;
		token.len = 1;
		lexer->pos++;
		return token;
	}
	token.len = string_len(lexer);
	if (token.len) {
		token.type = TOKEN_STRING;
		lexer->pos += token.len;
		return token;
	}
	token.type = TOKEN_WORD;
	while (lexer->pos < lexer->end && !is_blank(*lexer->pos) && *lexer->pos != '{' &&
	       *lexer->pos != '}' && *lexer->pos != '#')
		lexer->pos++;
	token.len = (size_t)(lexer->pos - token.start);
	return token;
}

bool token_is(const struct token *token, const char *word)
{
	return token->len == strlen(word) && !memcmp(token->start, word, token->len);
}

bool token_is_nocase(const struct token *token, const char *word)
{
	return token->len == strlen(word) && !strncasecmp(token->start, word, token->len);
}

int token_number(const struct token *token, uint32_t max, uint32_t *ret)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < token->len; i++)
		if (token->start[i] < '0' || token->start[i] > '9')
			return -EINVAL;
	if (!token->len)
		return -EINVAL;
	for (i = 0; i < token->len; i++) {
		value = value * 10 + (uint64_t)(token->start[i] - '0');
		if (value > max)
			return -ERANGE;
	}
	*ret = (uint32_t)value;
	return 0;
}

int token_bool(const struct token *token, bool *ret)
{
	if (token_is_nocase(token, "on") || token_is_nocase(token, "yes"))
		*ret = true;
	else if (token_is_nocase(token, "off") || token_is_nocase(token, "no"))
		*ret = false;
	else
		return -EINVAL;
	return 0;
}

int token_network(const struct token *token, uint8_t family, uint8_t ret_addr[16],
		  uint8_t *ret_prefix_len)
{
	const char *slash = memchr(token->start, '/', token->len);
	size_t len = slash ? (size_t)(slash - token->start) : token->len;
	uint32_t prefix_len = family == AF_INET ? 32 : 128;
	char text[INET6_ADDRSTRLEN];
	uint8_t addr[16] = { 0 };

	if (len >= sizeof(text) || memchr(token->start, '\0', len))
		return -EINVAL;
	memcpy(text, token->start, len);
	text[len] = '\0';
	if (inet_pton(family, text, addr) != 1)
		return -EINVAL;
	if (slash) {
		struct token rest = { .start = slash + 1, .len = token->len - len - 1 };

		if (token_number(&rest, prefix_len, &prefix_len) < 0)
			return -ERANGE;
	}
	memcpy(ret_addr, addr, sizeof(addr));
	*ret_prefix_len = (uint8_t)prefix_len;
	return 0;
}

bool token_looks_like_address(const struct token *token)
{
	size_t i;

	for (i = 0; i < token->len; i++)
		if (!memchr("0123456789abcdefABCDEF.:/", token->start[i], 25))
			return false;
	return memchr(token->start, '.', token->len) || memchr(token->start, ':', token->len);
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_graph(char c)
{
	return c > 0x20 && c < 0x7f;
}

static int copy(const struct token *token, char *ret, size_t size)
{
	if (token->len >= size)
		return -ENAMETOOLONG;
	memcpy(ret, token->start, token->len);
	ret[token->len] = '\0';
	return 0;
}

int token_name(const struct token *token, char *ret, size_t size)
{
	size_t i;

	if (!token->len || token->start[0] == '.' || token->start[0] == '-')
		return -EINVAL;
	for (i = 0; i < token->len; i++)
		if (!is_alnum(token->start[i]) && token->start[i] != '.' &&
		    token->start[i] != '_' && token->start[i] != '-')
			return -EINVAL;
	return copy(token, ret, size);
}

int token_path(const struct token *token, char *ret, size_t size)
{
	size_t i;

	if (!token->len || token->start[0] != '/')
		return -EINVAL;
	for (i = 0; i < token->len; i++) {
		unsigned char c = (unsigned char)token->start[i];

		if (c <= 0x20 || c == 0x7f || c == '"')
			return -EINVAL;
	}
	return copy(token, ret, size);
}

int token_interface(const struct token *token, char *ret, size_t size)
{
	size_t i;

	if (!token->len || token_is(token, ".") || token_is(token, ".."))
		return -EINVAL;
	for (i = 0; i < token->len; i++)
		if (!is_graph(token->start[i]) || token->start[i] == '/' ||
		    token->start[i] == ':' || token->start[i] == '"')
			return -EINVAL;
	return copy(token, ret, size);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Two digits, or -1. */
static int hex_byte(const char *text)
{
	int high = hex_digit(text[0]), low = hex_digit(text[1]);

	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* The byte that an escape stands for, or -1; *ret_len: its length behind the `\`. */
static int unescape(const char *text, size_t len, size_t *ret_len)
{
	static const char letters[] = "nrt0\\\"", bytes[] = "\n\r\t\0\\\"";
	const char *letter;

	*ret_len = 1;
	if (len >= 3 && text[0] == 'x') {
		*ret_len = 3;
		return hex_byte(text + 1);
	}
	letter = len ? memchr(letters, text[0], sizeof(letters) - 1) : NULL;
	return letter ? bytes[letter - letters] : -1;
}

int token_string(const struct token *token, uint8_t *ret, size_t size, size_t *ret_len)
{
	const char *at, *end;
	size_t len = 0, escape_len;

	if (token->type != TOKEN_STRING)
		return -EINVAL;
	at = token->start + 1;
	end = token->start + token->len - 1;
	while (at < end) {
		int byte = (unsigned char)*at++;

		if (byte == '\\') {
			byte = unescape(at, (size_t)(end - at), &escape_len);
			at += escape_len;
		}
		if (byte < 0)
			return -EINVAL;
		if (len == size)
			return -ENAMETOOLONG;
		ret[len++] = (uint8_t)byte;
	}
	*ret_len = len;
	return 0;
}

int token_hex(const struct token *token, uint8_t *ret, size_t size, size_t *ret_len)
{
	if (!token->len || token->len % 2)
		return -EINVAL;
	for (size_t i = 0; i < token->len / 2; i++) {
		int byte = hex_byte(token->start + 2 * i);

		if (byte < 0)
			return -EINVAL;
		if (i == size)
			return -ENAMETOOLONG;
		ret[i] = (uint8_t)byte;
	}
	*ret_len = token->len / 2;
	return 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

unsigned token_distance(const struct token *token, const char *word, unsigned max)
{
	unsigned row[64]; /* row[j]: distance of the first i bytes of token and j of word */
	size_t word_len = strlen(word);
	size_t i, j;

	if (word_len >= sizeof(row) / sizeof(row[0]) || token->len > word_len + max ||
	    word_len > token->len + max)
		return max + 1;
	for (j = 0; j <= word_len; j++)
		row[j] = (unsigned)j;
	for (i = 1; i <= token->len; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (j = 1; j <= word_len; j++) {
			unsigned best = diagonal;

			if (lower(token->start[i - 1]) != lower(word[j - 1]))
				best++;
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[word_len] <= max ? row[word_len] : max + 1;
}
