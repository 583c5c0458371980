/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A small JSON writer (RFC 8259). One value after the other, commas and
 * nesting are kept here:
 *
 *	struct json j = json_over(stdout);
 *
 *	json_put_object_begin(&j, NULL);
 *	json_put_string(&j, "name", "ftp");
 *	json_put_array_begin(&j, "ports");
 *	json_put_number(&j, NULL, 21);
 *	json_put_array_end(&j);
 *	json_put_object_end(&j);
 *	return json_finish(&j);
 *
 * prints {"name":"ftp","ports":[21]} and a newline. `key` is for members of an object, NULL
 * elsewhere. Keys and strings may hold any bytes: what is not UTF-8 becomes U+FFFD.
 * The names keep clear of those of libjansson, which reads JSON.
 */
#ifndef PINHOLE_BASE_JSON_H
#define PINHOLE_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 63

struct json {
	FILE *out;
	unsigned depth;
	uint64_t follows; /* bit d: a value stands already at depth d, the next needs a comma */
};

static inline struct json json_over(FILE *out)
{
	return (struct json){ .out = out };
}

void json_put_object_begin(struct json *j, const char *key);
void json_put_object_end(struct json *j);
void json_put_array_begin(struct json *j, const char *key);
void json_put_array_end(struct json *j);

void json_put_string(struct json *j, const char *key, const char *value);
void json_put_bytes(struct json *j, const char *key, const void *data, size_t len);
void json_put_number(struct json *j, const char *key, int64_t value);
void json_put_bool(struct json *j, const char *key, bool value);
void json_put_null(struct json *j, const char *key);

/* Ends the document (or one line of a stream of documents): newline and flush. 0, or -EIO when
 * anything could not be written. */
int json_finish(struct json *j);

#endif
