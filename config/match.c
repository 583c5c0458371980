// SPDX-License-Identifier: GPL-2.0-or-later
/* Match POSITION BYTES...: what must stand in a query. BYTES are "text", 0xHEX or 0xHEX/0xMASK. */
#include <errno.h>
#include <string.h>

#include "config/parser.h"

static bool is_hex(const struct token *token)
{
	return token->len >= 2 && !memcmp(token->start, "0x", 2);
}

static bool is_bytes(const struct token *token)
{
	if (token->type == TOKEN_STRING)
		return true;
	return token->type == TOKEN_WORD && (token->start[0] == '"' || is_hex(token));
}

static int too_many(struct parser *p, const struct token *word)
{
	return parser_error(p, word, "expected 1 to %d bytes", QUERY_BYTES_MAX);
}

static int read_string(struct parser *p, const struct token *word, struct query_bytes *ret)
{
	size_t len = 0;
	int r;

	if (word->type != TOKEN_STRING)
		return parser_error(p, word, "expected a closing quote in the same line");
	r = token_string(word, ret->bytes, sizeof(ret->bytes), &len);
	if (r == -EINVAL)
		return parser_error(p, word,
				    "expected no escapes but \\n \\r \\t \\0 \\\\ \\\" and \\xHH");
	if (r < 0 || !len)
		return too_many(p, word);
	ret->len = (uint8_t)len;
	memset(ret->mask, 0xff, len);
	return 0;
}

static int check_mask(struct parser *p, const struct token *word, const struct query_bytes *b)
{
	uint8_t looked_at = 0, idle = 0;

	for (unsigned i = 0; i < b->len; i++) {
		looked_at |= b->mask[i];
		idle |= (uint8_t)(b->bytes[i] & ~b->mask[i]);
	}
	if (!looked_at)
		return parser_error(p, word, "expected a bit at least in the mask");
	if (idle)
		return parser_error(p, word, "expected no bit that the mask does not have");
	return 0;
}

static int read_hex(struct parser *p, const struct token *word, struct query_bytes *ret)
{
	const char *slash = memchr(word->start, '/', word->len), *end = word->start + word->len;
	struct token bytes = { .start = word->start + 2, .line = word->line }, mask = { 0 };
	size_t len = 0, mask_len = 0;
	int r;

	bytes.len = (size_t)((slash ? slash : end) - bytes.start);
	r = token_hex(&bytes, ret->bytes, sizeof(ret->bytes), &len);
	if (r == -ENAMETOOLONG)
		return too_many(p, word);
	if (r < 0)
		return parser_error(p, word, "expected two hex digits for each byte");
	ret->len = (uint8_t)len;
	memset(ret->mask, 0xff, len);
	if (!slash)
		return 0;
	mask.start = slash + 1;
	mask.len = (size_t)(end - mask.start);
	if (is_hex(&mask)) {
		mask.start += 2;
		mask.len -= 2;
		if (token_hex(&mask, ret->mask, sizeof(ret->mask), &mask_len) == 0 &&
		    mask_len == len)
			return check_mask(p, word, ret);
	}
	return parser_error(p, word, "expected a mask of as many bytes, 0x%0*d", (int)len * 2, 0);
}

static int read_position(struct parser *p, uint16_t *ret)
{
	struct token word;
	uint32_t num;
	int r = parser_word(p, "a position or any", &word);

	if (r < 0)
		return r;
	*ret = QUERY_ANYWHERE;
	if (token_is(&word, "any"))
		return 0;
	if (token_number(&word, QUERY_LOOK - 1, &num) < 0)
		return parser_error(p, &word, "expected a position, 0 to %d, or any",
				    QUERY_LOOK - 1);
	*ret = (uint16_t)num;
	return 0;
}

int define_match(struct parser *p, struct query *q)
{
	struct query_match *m = &q->matches[q->n_matches];
	int r;

	if (q->n_matches == QUERY_MATCHES_MAX)
		return parser_error(p, &p->keyword, "more than %d Match in one Define",
				    QUERY_MATCHES_MAX);
	r = read_position(p, &m->at);
	if (r == 0 && !is_bytes(&p->token))
		r = parser_error(p, &p->token, "expected \"text\", 0xHEX or 0xHEX/0xMASK");
	while (r == 0 && is_bytes(&p->token)) {
		struct token word = parser_next(p);

		if (m->n == QUERY_ALTERNATIVES_MAX)
			return parser_error(p, &word, "more than %d alternatives in one Match",
					    QUERY_ALTERNATIVES_MAX);
		r = is_hex(&word) ? read_hex(p, &word, &m->any[m->n])
				  : read_string(p, &word, &m->any[m->n]);
		m->n++;
	}
	if (r == 0)
		q->n_matches++;
	return r;
}
