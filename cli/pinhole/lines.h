/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Texts of several lines, shown to people and to programs.
 */
#ifndef PINHOLE_CLI_PINHOLE_LINES_H
#define PINHOLE_CLI_PINHOLE_LINES_H

#include "base/json.h"

/* Each line behind a word or, after the first, behind as much space. NULL and "" are no line. */
void lines_print(const char *word, const char *text);

/* Member `key`: an array of the lines. */
void lines_put(struct json *j, const char *key, const char *text);

#endif
