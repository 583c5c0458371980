/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Inside of the parser: one token of look-ahead, and blocks read by a table of their keywords.
 *
 * How it works: parser_block() reads `{ KEYWORD value ... }` with the table of that block. Plain
 * numbers and switches are stored by the table alone; everything else has a function, which finds
 * the parser standing behind the keyword and leaves it behind its last token. A function that
 * complains returns -EINVAL, all the way up to the loop over sections (or Types), which skips to
 * the end of that block and goes on: one message per block, none that follows from another.
 */
#ifndef PINHOLE_CONFIG_PARSER_H
#define PINHOLE_CONFIG_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "config/lexer.h"

#define PARSER_MODE(mode) (1u << (mode))

struct parser {
	struct lexer lexer;
	struct token token;   /* not yet consumed */
	struct token keyword; /* whose function is called; copy it before reading a block */
	unsigned depth;	      /* open braces before `token` */
	const char *file;
	unsigned file_number; /* in config->files */
	struct config *config;
	struct config_messages *msgs;
	/* What only the end of the file can settle. */
	unsigned sync_modes;		/* PARSER_MODE() of enum config_sync_mode, as given */
	bool stats_syslog_on;		/* Stats: `Syslog on`, so General's if it has one */
	struct token stats_syslog;	/* word of the last Syslog in Stats */
	struct token external_disabled; /* word DisableExternalCache */
};

struct keyword;

/* Called behind the keyword (p->keyword) with the target of parser_block(). 0 or -errno. */
typedef int keyword_fn(struct parser *p, void *target);

enum keyword_kind {
	KEYWORD_CALL,
	KEYWORD_NUMBER,	   /* uint32_t at `offset` of target */
	KEYWORD_SWITCH,	   /* bool at `offset` of target */
	KEYWORD_MISPLACED, /* known mistake: `hint` says what to do */
};

struct keyword {
	const char *word;
	enum keyword_kind kind;
	bool unlisted; /* alias, deprecated: accepted, but not offered in messages */
	size_t offset;
	keyword_fn *call;
	const char *hint;
};

/* Initialisers of a table entry. */
#define CALL(word_, fn)                       \
	{                                     \
		.word = (word_), .call = (fn) \
	}
#define OLD_CALL(word_, fn)                                     \
	{                                                       \
		.word = (word_), .call = (fn), .unlisted = true \
	}
#define NUMBER(word_, type, member)                                                       \
	{                                                                                 \
		.word = (word_), .kind = KEYWORD_NUMBER, .offset = offsetof(type, member) \
	}
#define OLD_NUMBER(word_, type, member)                                    \
	{                                                                  \
		.word = (word_), .kind = KEYWORD_NUMBER, .unlisted = true, \
		.offset = offsetof(type, member)                           \
	}
#define SWITCH(word_, type, member)                                                       \
	{                                                                                 \
		.word = (word_), .kind = KEYWORD_SWITCH, .offset = offsetof(type, member) \
	}
#define MISPLACED(word_, hint_)                                                               \
	{                                                                                     \
		.word = (word_), .kind = KEYWORD_MISPLACED, .unlisted = true, .hint = (hint_) \
	}

struct block {
	const char *name; /* as messages call it */
	const struct keyword *keywords;
	size_t n_keywords;
};

#define BLOCK(name_, table)                                          \
	{                                                            \
		(name_), (table), sizeof(table) / sizeof((table)[0]) \
	}

extern const struct block block_general, block_unix, block_scheduler, block_filter, block_sync,
	block_ftfw, block_alarm, block_notrack, block_multicast, block_udp, block_tcp,
	block_options, block_stats, block_helper, block_type, block_policy,
	block_budget, block_define, block_attach;

/* Consume the look-ahead and return it. */
struct token parser_next(struct parser *p);

/* Append a message about a token (TOKEN_END reads "end of file"). Error: returns -EINVAL. */
int parser_error(struct parser *p, const struct token *token, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void parser_warn(struct parser *p, const struct token *token, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Out of memory: counts an error and returns -ENOMEM. */
int parser_no_memory(struct parser *p);

/* Consume a word or string, or complain "expected WHAT". */
int parser_word(struct parser *p, const char *what, struct token *ret);
int parser_number(struct parser *p, uint32_t max, uint32_t *ret);
int parser_switch(struct parser *p, bool *ret);
/* Consume a name into a buffer of CONFIG_NAME_SIZE; `what` as in "policy name". */
int parser_name(struct parser *p, const char *what, char *ret);
/* Complain when an item is given for the second time; *line remembers where, 0: not yet. */
int parser_once(struct parser *p, unsigned *line);
/* "line 7", or "line 7 of FILE" where that is another file than the one that is read. */
#define PARSER_PLACE_SIZE (CONFIG_PATH_SIZE + 32)
const char *parser_place(const struct parser *p, unsigned file, unsigned line,
			 char ret[PARSER_PLACE_SIZE]);
/* `{` of the block `name`. */
int parser_open(struct parser *p, const char *name);
/* Complain that the file ends inside a block, if so. */
int parser_end(struct parser *p, const char *name, unsigned line);

/* Read a whole block, both braces included. */
int parser_block(struct parser *p, const struct block *block, void *target);
/* The keyword of a word, NULL if the block has none. */
const struct keyword *block_find(const struct block *block, const struct token *word);
/* Read one `KEYWORD value`. */
int parser_item(struct parser *p, const struct block *block, unsigned line, void *target);
/* After an error: consume up to the end of what is wrong, at brace depth `depth`: behind the next
 * `}` that leads there, or before a keyword of `block` or a `}` that stands there. */
void parser_skip(struct parser *p, unsigned depth, const struct block *block);

/* Keyword functions that live in another file than their table. */
keyword_fn general_filter, sync_multicast, sync_udp, sync_tcp;

/* Reads a Policy, behind its keyword, into the Type. */
int type_policy(struct parser *p, struct helper_type *type);

/* The same of its Budget. */
int type_budget(struct parser *p, struct helper_type *type);

/* The same of its Attach. */
int type_attach(struct parser *p, struct helper_type *type);

/* Reads a Define, behind its keyword. */
int helper_define(struct parser *p, struct helper_define *ret);

/* The same of a Match in it. */
int define_match(struct parser *p, struct query *q);

/* What Sync can only know at the end of the file. */
void sync_finish(struct parser *p);

/* Values shared by General and Stats. */
int parser_log_file(struct parser *p, const char *on, char *ret);
int parser_path(struct parser *p, char *ret, size_t size);
/* *ret_on: the word was on. An unknown facility warns and changes nothing. */
int parser_syslog(struct parser *p, int *ret, bool *ret_on);
/* CPUAffinity. */
int parser_cpus(struct parser *p, cpu_set_t *ret);
int parser_address(struct parser *p, uint8_t family, uint8_t ret[16]);

#endif
