/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Bytes as a case file writes them.
 */
#include "tests/cases/bytes.h"

#include <ctype.h>
#include <string.h>

#include "wire/text.h"

static void put(struct bytes *b, uint8_t byte)
{
	if (b->len < BYTES_MAX)
		b->data[b->len] = byte;
	b->len++;
}

static void put_be(struct bytes *b, uint32_t v, int n)
{
	while (n--)
		put(b, (uint8_t)(v >> 8 * n));
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *p = c ? strchr(digits, tolower(c)) : NULL;

	return p ? (int)(p - digits) : -1;
}

static const char *take_hex(struct bytes *b, const char **at)
{
	while (hex_digit((*at)[0]) >= 0) {
		if (hex_digit((*at)[1]) < 0)
			return "odd number of hex digits";
		put(b, (uint8_t)(hex_digit((*at)[0]) << 4 | hex_digit((*at)[1])));
		*at += 2;
	}
	return NULL;
}

/* `*at` is behind the opening quote. */
static const char *take_text(struct bytes *b, const char **at)
{
	static const char names[] = "nrt0\\\"", values[] = "\n\r\t\0\\\"";

	for (; **at && **at != '"'; ++*at) {
		const char *name;

		if (**at != '\\') {
			put(b, (uint8_t) * *at);
			continue;
		}
		++*at;
		name = **at ? strchr(names, **at) : NULL;
		if (name) {
			put(b, (uint8_t)values[name - names]);
		} else if (**at == 'x' && hex_digit((*at)[1]) >= 0 && hex_digit((*at)[2]) >= 0) {
			put(b, (uint8_t)(hex_digit((*at)[1]) << 4 | hex_digit((*at)[2])));
			*at += 2;
		} else {
			return "escape is none of \\n \\r \\t \\0 \\\\ \\\" \\xHH";
		}
	}
	if (!**at)
		return "text without its closing quote";
	++*at;
	return NULL;
}

static const char *take_number(struct bytes *b, const char **at, int n)
{
	uint32_t v, max = n == 4 ? UINT32_MAX : (1u << 8 * n) - 1;
	size_t digits = text_get_decimal(*at, strlen(*at), max, &v);

	if (!digits)
		return "no decimal number, or it is too large";
	*at += digits;
	put_be(b, v, n);
	return NULL;
}

/* XDR string: its length, the text, zeros up to a multiple of four. */
static const char *take_xdr(struct bytes *b, const char **at)
{
	size_t mark = b->len, n;
	const char *wrong;

	put_be(b, 0, 4);
	wrong = take_text(b, at);
	if (wrong || b->len > BYTES_MAX)
		return wrong;
	n = b->len - mark - 4;
	b->data[mark + 2] = (uint8_t)(n >> 8);
	b->data[mark + 3] = (uint8_t)n;
	while (n++ % 4)
		put(b, 0);
	return NULL;
}

static const char *open_record(struct bytes *b, bool last)
{
	if (b->open != SIZE_MAX)
		return "fragment inside a fragment";
	b->open = b->len;
	b->last = last;
	put_be(b, 0, 4);
	return NULL;
}

static const char *close_record(struct bytes *b)
{
	size_t end = b->len, n;

	if (b->open == SIZE_MAX)
		return "} without {";
	n = b->len - b->open - 4;
	b->len = b->open;
	put_be(b, (uint32_t)n | (b->last ? 0x80000000u : 0), 4);
	b->len = end;
	b->open = SIZE_MAX;
	return NULL;
}

static bool take_word(const char **at, const char *word)
{
	if (strncmp(*at, word, strlen(word)))
		return false;
	*at += strlen(word);
	return true;
}

static const char *take_token(struct bytes *b, const char **at)
{
	if (take_word(at, "\""))
		return take_text(b, at);
	if (take_word(at, "u32:"))
		return take_number(b, at, 4);
	if (take_word(at, "u16:"))
		return take_number(b, at, 2);
	if (take_word(at, "xdr:\""))
		return take_xdr(b, at);
	if (take_word(at, "last{"))
		return open_record(b, true);
	if (take_word(at, "part{"))
		return open_record(b, false);
	if (take_word(at, "}"))
		return close_record(b);
	if (hex_digit(**at) >= 0)
		return take_hex(b, at);
	return "bytes are hex, \"text\", u16:N, u32:N, xdr:\"text\", last{ }, part{ }";
}

/* `*N` behind a token: N of them in all. */
static const char *repeat(struct bytes *b, const char **at, size_t start)
{
	size_t n = b->len - start, digits;
	uint32_t times;

	digits = text_get_decimal(*at, strlen(*at), BYTES_MAX, &times);
	if (!digits || !times)
		return "no number behind *";
	*at += digits;
	while (--times && b->len <= BYTES_MAX)
		for (size_t i = 0; i < n; i++)
			put(b, b->len - n < BYTES_MAX ? b->data[b->len - n] : 0);
	return NULL;
}

const char *bytes_add(struct bytes *b, const char *line)
{
	const char *wrong = NULL;

	while (!wrong) {
		size_t start = b->len;

		while (isspace((unsigned char)*line))
			line++;
		if (!*line || *line == '#')
			break;
		wrong = take_token(b, &line);
		if (!wrong && *line == '*') {
			line++;
			wrong = repeat(b, &line, start);
		}
		if (b->len > BYTES_MAX)
			wrong = "message is too long";
	}
	return wrong;
}
