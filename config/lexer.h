/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Tokens of conntrackd.conf and the values that a single word can be.
 *
 * A word is a run of bytes up to blank, tab, CR, LF, `{`, `}`, `#` or the end. A string runs from `"`
 * to the next `"` of its line that has no `\` before it; without one, it is a word. Comments run
 * from `#` to LF or the end. Nothing is reserved: what a word means is its place's matter, so an
 * interface may be called be0 and a path may end right before `}`. Nothing here complains.
 */
#ifndef PINHOLE_CONFIG_LEXER_H
#define PINHOLE_CONFIG_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_type {
	TOKEN_WORD,
	TOKEN_STRING, /* both quotes are part of it */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_END,
};

struct token {
	enum token_type type;
	const char *start; /* into the text, not terminated */
	size_t len;	   /* 0 for TOKEN_END */
	unsigned line;	   /* TOKEN_END: line of the last token before */
};

struct lexer {
	const char *pos, *end;
	unsigned line;
	unsigned last_line; /* of the last token */
};

void lexer_init(struct lexer *lexer, const char *text, size_t len);

/* At the end it returns TOKEN_END again and again. */
struct token lexer_next(struct lexer *lexer);

bool token_is(const struct token *token, const char *word);
bool token_is_nocase(const struct token *token, const char *word);

/* Decimal digits only. 0, -EINVAL (not a number), -ERANGE (above max). */
int token_number(const struct token *token, uint32_t max, uint32_t *ret);

/* on yes off no, any case. 0 or -EINVAL. */
int token_bool(const struct token *token, bool *ret);

/* ADDRESS[/n] of the family: network order into ret_addr, IPv4 in the first 4 bytes and the rest
 * zero; without /n the prefix length is full. 0, -EINVAL (no such address), -ERANGE (bad /n). */
int token_network(const struct token *token, uint8_t family, uint8_t ret_addr[16],
		  uint8_t *ret_prefix_len);

/* Only bytes that an address may have, so that the writer meant one. */
bool token_looks_like_address(const struct token *token);

/* Copy a word into a buffer with its NUL. -ENAMETOOLONG; -EINVAL: a byte that such a word must not
 * have. name: letters, digits, `.`, `_`, `-`, not first `.` or `-`. path: begins with `/`, no `"`
 * and no control byte. interface: as the kernel has it, no `/`, `:`, `"`, nothing unprintable. */
int token_name(const struct token *token, char *ret, size_t size);
int token_path(const struct token *token, char *ret, size_t size);
int token_interface(const struct token *token, char *ret, size_t size);

/* What a string stands for, without a NUL: escapes are \n \r \t \0 \\ \" and \xHH. -ENAMETOOLONG:
 * more than `size` bytes; -EINVAL: another escape, or no string. */
int token_string(const struct token *token, uint8_t *ret, size_t size, size_t *ret_len);

/* Hex digits, two for each byte. -ENAMETOOLONG as above; -EINVAL: an odd number, or no digits. */
int token_hex(const struct token *token, uint8_t *ret, size_t size, size_t *ret_len);

/* How many single-byte changes make the words equal, case ignored; above `max` it is max + 1. */
unsigned token_distance(const struct token *token, const char *word, unsigned max);

#endif
