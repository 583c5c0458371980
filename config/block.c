// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocks by table, the words about a keyword that is not in it, and the way on after an error. */
#include "config/parser.h"

#include <stdio.h>
#include <string.h>

/* Where a word may belong that stands in the wrong block; the first that has it is named. */
static const struct block *const blocks[] = {
	&block_general, &block_helper, &block_unix,   &block_scheduler,
	&block_filter,	&block_sync,   &block_ftfw,   &block_alarm,
	&block_notrack, &block_udp,    &block_tcp,    &block_multicast,
	&block_options, &block_type,   &block_policy, &block_stats,
	&block_budget, &block_define,
};

static const char *const sections[] = { "General", "Sync", "Stats", "Helper" };

#define SUGGEST_MAX 2 /* changed bytes up to which a word is taken for a misspelling */

const struct keyword *block_find(const struct block *block, const struct token *word)
{
	size_t i;

	for (i = 0; i < block->n_keywords; i++)
		if (word->type == TOKEN_WORD && token_is(word, block->keywords[i].word))
			return &block->keywords[i];
	return NULL;
}

static const char *suggest(const struct block *block, const struct token *word)
{
	unsigned best = word->len <= 3 ? 1 : SUGGEST_MAX;
	const char *found = NULL;
	size_t i;

	for (i = 0; i < block->n_keywords; i++) {
		const struct keyword *keyword = &block->keywords[i];
		unsigned distance = token_distance(word, keyword->word, best);

		if (keyword->kind == KEYWORD_MISPLACED || keyword->unlisted)
			continue;
		if (distance < best || (distance == best && !found)) {
			best = distance;
			found = keyword->word;
		}
	}
	return found;
}

static const char *owner(const struct token *word)
{
	size_t i;

	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		const struct keyword *keyword = block_find(blocks[i], word);

		if (keyword && keyword->kind != KEYWORD_MISPLACED)
			return blocks[i]->name;
	}
	return NULL;
}

static bool is_section(const struct token *word)
{
	size_t i;

	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (token_is(word, sections[i]))
			return true;
	return false;
}

/* "A, B, C or `}'": what the block offers. */
static void list_keywords(const struct block *block, bool closes, char *ret, size_t size)
{
	size_t used = 0, i;

	ret[0] = '\0';
	for (i = 0; i < block->n_keywords && used < size; i++)
		if (!block->keywords[i].unlisted)
			used += (size_t)snprintf(ret + used, size - used, "%s%s", used ? ", " : "",
						 block->keywords[i].word);
	if (closes && used < size)
		snprintf(ret + used, size - used, " or `}'");
}

static int unknown(struct parser *p, const struct block *block, unsigned line)
{
	const char *near, *elsewhere;
	char all[384];

	if (p->token.type == TOKEN_WORD) {
		if (is_section(&p->token))
			return parser_error(p, &p->token,
					    "a section cannot stand within `%s': is the `}' for "
					    "`%s' of line %u missing?",
					    block->name, block->name, line);
		near = suggest(block, &p->token);
		if (near)
			return parser_error(p, &p->token,
					    "unknown keyword in `%s', did you mean `%s'?",
					    block->name, near);
		elsewhere = owner(&p->token);
		if (elsewhere)
			return parser_error(p, &p->token, "not expected in `%s', belongs in `%s'",
					    block->name, elsewhere);
	}
	list_keywords(block, p->depth > 0, all, sizeof(all));
	return parser_error(p, &p->token, "unexpected in `%s', expected %s", block->name, all);
}

int parser_item(struct parser *p, const struct block *block, unsigned line, void *target)
{
	const struct keyword *keyword = block_find(block, &p->token);

	if (!keyword)
		return unknown(p, block, line);
	if (keyword->kind == KEYWORD_MISPLACED)
		return parser_error(p, &p->token, "%s", keyword->hint);
	p->keyword = parser_next(p);
	switch (keyword->kind) {
	case KEYWORD_NUMBER:
		return parser_number(p, UINT32_MAX, (void *)((char *)target + keyword->offset));
	case KEYWORD_SWITCH:
		return parser_switch(p, (void *)((char *)target + keyword->offset));
	case KEYWORD_CALL:
	case KEYWORD_MISPLACED:
		break;
	}
	return keyword->call(p, target);
}

int parser_block(struct parser *p, const struct block *block, void *target)
{
	unsigned line = p->token.line;
	int r = parser_open(p, block->name);

	if (r < 0)
		return r;
	while (p->token.type != TOKEN_CLOSE) {
		r = parser_end(p, block->name, line);
		if (r < 0)
			return r;
		r = parser_item(p, block, line, target);
		if (r < 0)
			return r;
	}
	parser_next(p);
	return 0;
}

void parser_skip(struct parser *p, unsigned depth, const struct block *block)
{
	while (p->token.type != TOKEN_END) {
		const struct keyword *keyword;
		unsigned before = p->depth;

		if (before == depth && p->token.type == TOKEN_CLOSE)
			return;
		keyword = block_find(block, &p->token);
		if (before == depth && keyword && keyword->kind != KEYWORD_MISPLACED)
			return;
		parser_next(p);
		if (before > depth && p->depth == depth)
			return;
	}
}
