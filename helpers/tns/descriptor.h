/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Descriptors of Oracle Net: the keyword list in which a listener names an address.
 * Refuses to know: packets, flows, what an address means.
 */
#ifndef PINHOLE_HELPERS_TNS_DESCRIPTOR_H
#define PINHOLE_HELPERS_TNS_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "helpers/tns/notes.h"
#include "wire/cursor.h"

/* An atom in the text, without its quotes. */
struct value {
	size_t at, len;
	bool set;
	bool escaped; /* with a backslash in it */
};

struct address {
	struct value protocol, host, port;
};

static inline struct span value_text(struct span text, const struct value *v)
{
	return (struct span){ .data = text.data + v->at, .len = v->len };
}

/* Reads the whole list for its first ADDRESS over TCP, which has HOST and PORT. 0, or what is wrong;
 * *ret is untouched then. */
enum tns_note descriptor_read(struct span text, struct address *ret);

#endif
