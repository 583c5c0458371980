/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Bytes as a case file writes them: see README.md here.
 */
#ifndef PINHOLE_TESTS_CASES_BYTES_H
#define PINHOLE_TESTS_CASES_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BYTES_MAX 262144

struct bytes {
	uint8_t *data; /* BYTES_MAX of them; the caller's */
	size_t len;
	size_t open; /* where the record mark of the open { is; SIZE_MAX: none is open */
	bool last;   /* that fragment is the last of its record */
};

/* Adds the tokens of a line. NULL, or what is wrong with them. */
const char *bytes_add(struct bytes *b, const char *line);

#endif
