/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The daemon's answers in JSON, read without trust: whatever is missing or of another type reads as
 * nothing, and no string has a byte that a terminal would obey. (jansson is behind this: its functions
 * have the names of base/json.h's, so that no file can include both.)
 */
#ifndef PINHOLE_CLI_PINHOLE_ANSWER_H
#define PINHOLE_CLI_PINHOLE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/pinhole/verb.h"

struct value; /* what stands in JSON; NULL: nothing */

/* Asks the daemon; the answer must be an object with `key` in it. The caller frees *ret. EXIT_DONE, or
 * EXIT_FAILED after a complaint. */
int answer_ask(const struct common *c, int request, const char *key, struct value **ret);
void answer_free(struct value *v);

/* A member of an object, an item of an array. */
const struct value *value_at(const struct value *v, const char *key);
size_t value_count(const struct value *v);
const struct value *value_item(const struct value *v, size_t i);

/* A member that is text, "" if not; a number, 0 if not; true. */
const char *value_text(const struct value *v, const char *key);
int64_t value_number(const struct value *v, const char *key);
bool value_is(const struct value *v, const char *key);

/* The item itself, the same way. */
const char *value_as_text(const struct value *v);
int64_t value_as_number(const struct value *v);

/* The members of an object, in order: NULL behind the last. */
const char *value_first_key(const struct value *v);
const char *value_next_key(const struct value *v, const char *key);

/* Adds a member to an object; text NULL: null. */
void value_add(const struct value *v, const char *key, const char *text);

/* On one line, with everything but printable ASCII escaped; no newline. */
void value_print(const struct value *v, FILE *f);

#endif
