/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works: load_lines() splits the file; read_line() gives each line to the function for the
 * word or sign that it begins with. A line that begins with a blank goes on with the bytes of the
 * line before.
 */
#include "tests/cases/case.h"

#include <ctype.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cases/bytes.h"
#include "tests/cases/replay.h"
#include "wire/text.h"

struct reader {
	struct case_file *file;
	struct case_one *now; /* the case that is being read */
	struct bytes bytes;   /* of its newest message */
	bool in_bytes;
};

void append(char **text, const char *format, ...)
{
	size_t len = *text ? strlen(*text) : 0;
	char *more, *all;
	va_list args;

	va_start(args, format);
	if (vasprintf(&more, format, args) < 0)
		abort();
	va_end(args);
	all = grab(len + strlen(more) + 1);
	if (len)
		memcpy(all, *text, len);
	memcpy(all + len, more, strlen(more) + 1);
	free(more);
	free(*text);
	*text = all;
}

/* Room for one more of `size` bytes in an array of n. */
static void *grow(void *old, unsigned n, size_t size)
{
	void *p = realloc(old, (n + 1) * size);

	if (!p)
		abort();
	memset((char *)p + n * size, 0, size);
	return p;
}

/* Words are separated by blanks; "" at the end. The word is in `word`, 63 bytes at most. */
static const char *next_word(const char *at, char word[64])
{
	size_t n = 0;

	while (isspace((unsigned char)*at))
		at++;
	for (; *at && !isspace((unsigned char)*at); at++)
		if (n < 63)
			word[n++] = *at;
	word[n] = '\0';
	return at;
}

/* "ADDRESS PORT -> ADDRESS PORT" */
static const char *read_tuple(const char *at, struct tuple *t)
{
	struct addr *addrs[2] = { &t->src, &t->dst };
	uint16_t *ports[2] = { &t->sport, &t->dport };
	char word[64];

	for (int i = 0; i < 2; i++) {
		uint32_t port;

		at = next_word(at, word);
		if (!addr_from_text(word, strlen(word), addrs[i]))
			return "no address";
		at = next_word(at, word);
		if (!word[0] || text_get_decimal(word, strlen(word), 65535, &port) != strlen(word))
			return "no port";
		*ports[i] = (uint16_t)port;
		if (i)
			continue;
		at = next_word(at, word);
		if (strcmp(word, "->"))
			return "no -> between the ends";
	}
	return t->src.family == t->dst.family ? NULL : "two families";
}

static const char *read_flow(struct reader *r, const char *at)
{
	struct tuple *orig = &r->now->tuples[0], *reply = &r->now->tuples[1];
	const char *wrong;
	char word[64];

	at = next_word(at, word);
	if (strcmp(word, "tcp") && strcmp(word, "udp"))
		return "a flow is tcp or udp";
	wrong = read_tuple(at, orig);
	orig->l4 = word[0] == 't' ? IPPROTO_TCP : IPPROTO_UDP;
	*reply = (struct tuple){ orig->dst, orig->src, orig->dport, orig->sport, orig->l4 };
	return wrong;
}

static const char *read_state(struct reader *r, const char *at)
{
	uint8_t *data = grab(BYTES_MAX);
	struct bytes b = { .data = data, .open = SIZE_MAX };
	const char *wrong = bytes_add(&b, at);

	if (!wrong && b.len > HELPER_STATE_MAX)
		wrong = "state is too long";
	if (!wrong)
		memcpy(r->now->state, data, b.len);
	free(data);
	return wrong;
}

static const char *read_title(struct reader *r, const char *at)
{
	struct case_file *file = r->file;

	file->cases = grow(file->cases, file->n_cases, sizeof(*file->cases));
	r->now = &file->cases[file->n_cases++];
	append(&r->now->title, "%s", at + strspn(at, " \t"));
	return NULL;
}

static struct case_message *newest(struct reader *r)
{
	return r->now->n_messages ? &r->now->messages[r->now->n_messages - 1] : NULL;
}

/* The message's bytes are complete. */
static const char *end_bytes(struct reader *r)
{
	struct case_message *m;

	if (!r->in_bytes)
		return NULL;
	r->in_bytes = false;
	if (r->bytes.open != SIZE_MAX)
		return "message ends inside { }";
	m = newest(r);
	m->data = grab(r->bytes.len);
	m->len = r->bytes.len;
	memcpy(m->data, r->bytes.data, m->len);
	return NULL;
}

static const char *read_message(struct reader *r, const char *line, unsigned number)
{
	struct case_one *one = r->now;

	if (!one->tuples[0].l4)
		return "message before the flow line";
	one->messages = grow(one->messages, one->n_messages, sizeof(*one->messages));
	one->n_messages++;
	newest(r)->direction = *line == '<' ? DIRECTION_REPLY : DIRECTION_ORIG;
	newest(r)->n_lines = number;
	r->in_bytes = true;
	r->bytes.len = 0;
	r->bytes.open = SIZE_MAX;
	return bytes_add(&r->bytes, line + 1);
}

static const char *read_line(struct reader *r, const char *line, unsigned number)
{
	const char *wrong, *at;
	char word[64];

	if (r->in_bytes && isspace((unsigned char)*line) && line[strspn(line, " \t")]) {
		newest(r)->n_lines = number;
		return bytes_add(&r->bytes, line);
	}
	wrong = end_bytes(r);
	at = next_word(line, word);
	if (wrong || !word[0] || word[0] == '#')
		return wrong;
	if (!strcmp(word, "title"))
		return read_title(r, at);
	if (!r->now)
		return "a case begins with its title";
	if (*line == '>' || *line == '<')
		return read_message(r, line, number);
	if (*line == '=' && newest(r)) {
		append(&newest(r)->expected, "%s\n", line);
		return NULL;
	}
	if (!strcmp(word, "flow"))
		return read_flow(r, at);
	if (!strcmp(word, "reply"))
		return read_tuple(at, &r->now->tuples[1]);
	if (!strcmp(word, "state"))
		return read_state(r, at);
	return "a line begins with title, flow, reply, state, >, <, = or #";
}

static bool load_lines(struct case_file *file)
{
	FILE *f = fopen(file->path, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (!f) {
		perror(file->path);
		return false;
	}
	while ((len = getline(&line, &size, f)) >= 0) {
		if (len && line[len - 1] == '\n')
			line[len - 1] = '\0';
		file->lines = grow(file->lines, file->n_lines, sizeof(*file->lines));
		append(&file->lines[file->n_lines++], "%s", line);
	}
	free(line);
	fclose(f);
	return true;
}

bool case_read(const char *path, struct case_file *ret)
{
	struct case_file file = { .path = path };
	struct reader r = { .file = &file };
	const char *wrong = NULL;
	unsigned n = 0;

	if (!load_lines(&file))
		return false;
	r.bytes.data = grab(BYTES_MAX);
	for (; n < file.n_lines && !wrong; n++)
		wrong = read_line(&r, file.lines[n], n + 1);
	if (!wrong)
		wrong = end_bytes(&r);
	free(r.bytes.data);
	if (wrong) {
		fprintf(stderr, "%s:%u: %s\n", path, n, wrong);
		case_free(&file);
		return false;
	}
	*ret = file;
	return true;
}

void case_free(struct case_file *file)
{
	for (unsigned i = 0; i < file->n_cases; i++) {
		struct case_one *one = &file->cases[i];

		for (unsigned j = 0; j < one->n_messages; j++) {
			free(one->messages[j].data);
			free(one->messages[j].expected);
		}
		free(one->messages);
		free(one->title);
	}
	for (unsigned i = 0; i < file->n_lines; i++)
		free(file->lines[i]);
	free(file->cases);
	free(file->lines);
}
