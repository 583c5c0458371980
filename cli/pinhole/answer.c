/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * JSON of the daemon, by way of jansson.
 */
#include "cli/pinhole/answer.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* json_put_string() and json_put_null() are base/json.h's in this program: json_pack() makes both. */

/* Ours are const and opaque, jansson's are neither. */
static json_t *of(const struct value *v)
{
	const union {
		const struct value *ours;
		json_t *theirs;
	} both = { .ours = v };

	return both.theirs;
}

/* Texts that we own by way of a value. */
static char *writable(const char *text)
{
	const union {
		const char *theirs;
		char *ours;
	} both = { .theirs = text };

	return both.ours;
}

/* What is not printable ASCII becomes a question mark, in place: nothing gets longer. */
static void disarm(json_t *v)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_string(v)) {
		for (char *p = writable(json_string_value(v)); *p; p++)
			if (*p < ' ' || *p > '~')
				*p = '?';
	} else if (json_is_array(v)) {
		json_array_foreach(v, i, item) disarm(item);
	} else if (json_is_object(v)) {
		json_object_foreach(v, key, item) disarm(item);
	}
}

int answer_ask(const struct common *c, int request, const char *key, struct value **ret)
{
	json_error_t error;
	char *text;
	size_t len;
	json_t *root;
	int r = ask_daemon(c, request, &text, &len);

	if (r)
		return r;
	if (!len) {
		free(text);
		return fail("the daemon does not know the question: it is older than this program, "
			    "restart it");
	}
	root = json_loadb(text, len, 0, &error);
	free(text);
	if (!json_object_get(root, key)) {
		json_decref(root);
		return fail(
			"the daemon's answer cannot be read (%s): is something else listening on its "
			"socket?",
			root ? "a part is missing" : "no JSON, or cut short");
	}
	disarm(root);
	*ret = (struct value *)root;
	return EXIT_DONE;
}

void answer_free(struct value *v)
{
	json_decref((json_t *)v);
}

const struct value *value_at(const struct value *v, const char *key)
{
	return (const struct value *)json_object_get(of(v), key);
}

size_t value_count(const struct value *v)
{
	return json_array_size(of(v));
}

const struct value *value_item(const struct value *v, size_t i)
{
	return (const struct value *)json_array_get(of(v), i);
}

const char *value_as_text(const struct value *v)
{
	const char *text = json_string_value(of(v));

	return text ? text : "";
}

int64_t value_as_number(const struct value *v)
{
	return json_integer_value(of(v));
}

const char *value_text(const struct value *v, const char *key)
{
	return value_as_text(value_at(v, key));
}

int64_t value_number(const struct value *v, const char *key)
{
	return value_as_number(value_at(v, key));
}

bool value_is(const struct value *v, const char *key)
{
	return json_is_true(json_object_get(of(v), key));
}

const char *value_first_key(const struct value *v)
{
	return json_object_iter_key(json_object_iter(of(v)));
}

const char *value_next_key(const struct value *v, const char *key)
{
	void *at = json_object_iter_at(of(v), key);

	return at ? json_object_iter_key(json_object_iter_next(of(v), at)) : NULL;
}

void value_add(const struct value *v, const char *key, const char *text)
{
	(void)json_object_set_new(of(v), key, json_pack("s?", text));
}

void value_print(const struct value *v, FILE *f)
{
	if (v)
		(void)json_dumpf(of(v), f, JSON_COMPACT | JSON_ENSURE_ASCII);
	else
		fputs("null", f);
}
