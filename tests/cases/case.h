/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Case files: transcripts of flows with what is expected of the parser. Syntax: README.md here.
 */
#ifndef PINHOLE_TESTS_CASES_CASE_H
#define PINHOLE_TESTS_CASES_CASE_H

#include <stdio.h>

#include "helpers/helper.h"

struct case_message {
	enum direction direction;
	uint8_t *data;
	size_t len;
	char *expected;	  /* its `=` lines, each with its line feed */
	unsigned n_lines; /* number of the last line that belongs to its bytes */
};

struct case_one {
	char *title;
	struct tuple tuples[2]; /* orig, reply */
	uint8_t state[HELPER_STATE_MAX];
	struct case_message *messages;
	unsigned n_messages;
};

struct case_file {
	const char *path; /* the caller's */
	char **lines;	  /* without line feed */
	unsigned n_lines;
	struct case_one *cases;
	unsigned n_cases;
};

/* Prints what is wrong with the line that it is in, and returns false. */
bool case_read(const char *path, struct case_file *ret);

void case_free(struct case_file *file);

/* Puts formatted text behind *text, which is grown. */
__attribute__((format(printf, 2, 3))) void append(char **text, const char *format, ...);

#endif
