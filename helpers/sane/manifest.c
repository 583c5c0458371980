/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the sane helper may ever open.
 */
#include "helpers/helper.h"
#include "helpers/sane/notes.h"

static const char *const notes[] = {
#define NOTE(name, word) [NOTE_##name] = word,
	SANE_NOTES
#undef NOTE
		[SANE_N_NOTES] = NULL,
};

extern const struct manifest manifest_sane;
const struct manifest manifest_sane = {
	.name = "sane",
	.title = "SANE network scanning (saned)",
	.l4s = MANIFEST_TCP,
	.port = 6566,
	.state_len = 4,
	.n_classes = 1,
	.classes = { {
		.name = "sane",
		.max = 1,
		.timeout = 300,
		.l4s = MANIFEST_TCP,
		.min_port = 1024,
	} },
	.tail = 4096,
	.opens = "the port at which the server hands out the image, as its answer to START names "
		 "it, once, from the client to the server",
	.refuses = "answers nobody asked for, requests that do not wait for their answer, scans "
		   "that the server refused, ports below 1024",
	.source = "SANE Standard 1.06, chapter 5",
	.notes = notes,
};
