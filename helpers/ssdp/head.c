/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Lines and fields.
 *
 * Errors are found in the order of the bytes, and only in whole lines: the judgement of a head does
 * not depend on how much of it was there when it was first looked at.
 */
#include "helpers/ssdp/head.h"

#include <string.h>

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* RFC 9110 5.6.2 */
static bool is_token(uint8_t c)
{
	static const char delimiters[] = "\"(),/:;<=>?@[\\]{}";

	return c > ' ' && c < 0x7f && !memchr(delimiters, c, sizeof(delimiters) - 1);
}

bool ssdp_is_word(struct span s, const char *word)
{
	size_t i = 0;

	while (i < s.len && word[i] && lower(s.data[i]) == lower((uint8_t)word[i]))
		i++;
	return i == s.len && !word[i];
}

bool ssdp_begins(struct span s, const char *text)
{
	size_t i = 0;

	while (i < s.len && text[i] && s.data[i] == (uint8_t)text[i])
		i++;
	return !text[i];
}

static struct span trim(struct span s)
{
	while (s.len && is_blank(s.data[0])) {
		s.data++;
		s.len--;
	}
	while (s.len && is_blank(s.data[s.len - 1]))
		s.len--;
	return s;
}

enum ssdp_note ssdp_line_read(struct span text, size_t at, struct span *ret, size_t *ret_end)
{
	struct span line = { text.data + at, 0 };
	const uint8_t *lf = at < text.len ? memchr(line.data, '\n', text.len - at) : NULL;

	*ret_end = 0;
	if (!lf)
		return SSDP_NOTE_NONE;
	*ret_end = (size_t)(lf - text.data) + 1;
	line.len = (size_t)(lf - line.data);
	if (line.len && line.data[line.len - 1] == '\r')
		line.len--;
	*ret = line;
	return memchr(line.data, 0, line.len) || memchr(line.data, '\r', line.len) ? NOTE_CONTROL
										   : SSDP_NOTE_NONE;
}

/* RFC 9112 5: a token, a colon with no blank before it. */
static bool field_split(struct span line, struct span *ret_name, struct span *ret_value)
{
	size_t n = 0;

	while (n < line.len && is_token(line.data[n]))
		n++;
	if (!n || n == line.len || line.data[n] != ':')
		return false;
	*ret_name = (struct span){ line.data, n };
	*ret_value = trim((struct span){ line.data + n + 1, line.len - n - 1 });
	return true;
}

enum ssdp_note ssdp_fields_read(struct span text, size_t at, bool strictly, struct span *ret,
				size_t *ret_end)
{
	struct span line, name, value;
	size_t start = at;

	for (;;) {
		enum ssdp_note note = ssdp_line_read(text, at, &line, ret_end);

		if (note || !*ret_end)
			return note;
		if (!line.len)
			break;
		/* RFC 9112 5.2: what it says depends on who reads it. */
		if (is_blank(line.data[0]))
			return NOTE_FOLDED;
		if (strictly && !field_split(line, &name, &value))
			return NOTE_FIELD;
		at = *ret_end;
	}
	*ret = (struct span){ text.data + start, at - start };
	return SSDP_NOTE_NONE;
}

unsigned ssdp_field_find(struct span fields, const char *name, struct span *ret_value)
{
	struct span line, found, value;
	unsigned n = 0;
	size_t end = 0;

	for (size_t at = 0; at < fields.len; at = end) {
		(void)ssdp_line_read(fields, at, &line, &end);
		if (!end)
			break;
		if (!field_split(line, &found, &value) || !ssdp_is_word(found, name))
			continue;
		if (!n++)
			*ret_value = value;
	}
	return n;
}
