/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Rendering: writing the granted address and port over an announcement, in the form that the
 * protocol uses, and mending the lengths around it. Pure; no byte comes from a worker.
 */
#ifndef PINHOLE_BROKER_RENDER_H
#define PINHOLE_BROKER_RENDER_H

#include "helpers/helper.h"
#include "wire/cursor.h"

#define RENDER_FIELD_SIZE 96 /* longest replacement */

/* What became of a claim: where the announcement's reader has to go. */
struct grant {
	bool given;
	struct addr addr; /* as the reader sees it */
	uint16_t port;
	struct addr announced_addr; /* as the writer knows itself */
	uint16_t announced_port;
};

/* One replacement: `len` bytes at `off` of the payload give way to `text`. */
struct replacement {
	uint32_t off, len;
	uint32_t text_len;
	uint8_t text[RENDER_FIELD_SIZE];
};

/* Renders `edits` over `payload`. Returns the number of replacements that differ from what stands
 * there, sorted by offset; 0: nothing is to be changed; -1: something would have to change but
 * cannot (it lies elsewhere, has not the announced form, or does not fit). Edits of claims that
 * were not granted are left out. */
int render(const struct edit *edits, unsigned n, const struct grant *grants, struct span payload,
	   struct replacement ret[OUTPUT_EDITS_MAX]);

/* By how much the replacements change the payload's length. */
int32_t render_delta(const struct replacement *r, unsigned n);

/* Writes the payload with the replacements to `out` (payload.len + delta bytes). */
void render_apply(const struct replacement *r, unsigned n, struct span payload, uint8_t *out);

#endif
