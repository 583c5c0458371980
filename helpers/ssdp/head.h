/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Heads of HTTP messages (RFC 9112 2.1): lines and fields, as SSDP and HTTP itself have them.
 * Refuses to know: what the fields mean, directions, bodies.
 */
#ifndef PINHOLE_HELPERS_SSDP_HEAD_H
#define PINHOLE_HELPERS_SSDP_HEAD_H

#include <stdbool.h>

#include "helpers/ssdp/notes.h"
#include "wire/cursor.h"

/* Reads the line at text.data[at], without its CR and LF, which alone ends it, too. *ret_end is the
 * offset behind it; 0: its end is not there. Returns why it is none. */
enum ssdp_note ssdp_line_read(struct span text, size_t at, struct span *ret, size_t *ret_end);

/* Reads the lines from text.data[at] up to the empty one behind them. `strictly`: each must be a
 * field; otherwise what is none is passed over. *ret_end is the offset behind the empty line; 0: it
 * is not there. */
enum ssdp_note ssdp_fields_read(struct span text, size_t at, bool strictly, struct span *ret,
				size_t *ret_end);

/* How often fields that ssdp_fields_read() found contain one of that name, in any case; the value
 * of the first, without the blanks around it. */
unsigned ssdp_field_find(struct span fields, const char *name, struct span *ret_value);

/* Is it the word, in any case? */
bool ssdp_is_word(struct span s, const char *word);

/* Does it begin with the text, in the same case? */
bool ssdp_begins(struct span s, const char *text);

#endif
