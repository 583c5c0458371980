/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * JSON text. It knows nothing of what is written.
 */
#include "base/json.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Length of the well-formed UTF-8 character at p, 0 if there is none (RFC 3629 4). */
static size_t utf8_len(const uint8_t *p, size_t left)
{
	uint8_t low = 0x80, high = 0xbf; /* bounds of the second byte */
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len > left)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0; /* shorter form exists */
	else if (p[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f; /* above U+10FFFF */
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return len;
}

static void put_text(FILE *out, const void *data, size_t len)
{
	const uint8_t *p = data, *end = p + len;

	putc('"', out);
	while (p < end) {
		size_t n = utf8_len(p, (size_t)(end - p));

		if (n == 0)
			fputs("\\ufffd", out);
		else if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if (*p == '\n')
			fputs("\\n", out);
		else if (*p == '\t')
			fputs("\\t", out);
		else if (*p < 0x20 || *p == 0x7f)
			fprintf(out, "\\u%04x", *p);
		else
			fwrite(p, 1, n, out);
		p += n ? n : 1;
	}
	putc('"', out);
}

/* What goes before every value. */
static void begin_value(struct json *j, const char *key)
{
	if (j->follows & UINT64_C(1) << j->depth)
		putc(',', j->out);
	j->follows |= UINT64_C(1) << j->depth;
	if (!key)
		return;
	put_text(j->out, key, strlen(key));
	putc(':', j->out);
}

static void open_nest(struct json *j, const char *key, char c)
{
	assert(j->depth < JSON_DEPTH_MAX);
	begin_value(j, key);
	putc(c, j->out);
	j->depth++;
	j->follows &= ~(UINT64_C(1) << j->depth);
}

static void close_nest(struct json *j, char c)
{
	assert(j->depth > 0);
	j->depth--;
	putc(c, j->out);
}

void json_put_object_begin(struct json *j, const char *key)
{
	open_nest(j, key, '{');
}

void json_put_object_end(struct json *j)
{
	close_nest(j, '}');
}

void json_put_array_begin(struct json *j, const char *key)
{
	open_nest(j, key, '[');
}

void json_put_array_end(struct json *j)
{
	close_nest(j, ']');
}

void json_put_bytes(struct json *j, const char *key, const void *data, size_t len)
{
	begin_value(j, key);
	put_text(j->out, data, len);
}

void json_put_string(struct json *j, const char *key, const char *value)
{
	json_put_bytes(j, key, value, strlen(value));
}

void json_put_number(struct json *j, const char *key, int64_t value)
{
	begin_value(j, key);
	fprintf(j->out, "%" PRId64, value);
}

void json_put_bool(struct json *j, const char *key, bool value)
{
	begin_value(j, key);
	fputs(value ? "true" : "false", j->out);
}

void json_put_null(struct json *j, const char *key)
{
	begin_value(j, key);
	fputs("null", j->out);
}

int json_finish(struct json *j)
{
	assert(j->depth == 0);
	j->follows = 0;
	putc('\n', j->out);
	return fflush(j->out) || ferror(j->out) ? -EIO : 0;
}
