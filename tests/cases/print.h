/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Answers of a parser as the `=` lines of a case file.
 */
#ifndef PINHOLE_TESTS_CASES_PRINT_H
#define PINHOLE_TESTS_CASES_PRINT_H

#include "tests/cases/replay.h"

/* The results of one message, behind *text, which is grown. */
void print_results(const struct manifest *m, const struct results *results, unsigned message,
		   char **text);

#endif
