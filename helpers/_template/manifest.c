/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the template helper may ever open.
 */
#include "helpers/helper.h"
#include "helpers/template/notes.h"

static const char *const notes[] = {
#define NOTE(name, word) [NOTE_##name] = word,
	TEMPLATE_NOTES
#undef NOTE
	[TEMPLATE_N_NOTES] = NULL,
};

extern const struct manifest manifest_template;
const struct manifest manifest_template = {
	.name = "template",
	.title = "an example: one question, one port",
	.l4s = MANIFEST_UDP,
	.port = 7000,
	.state_len = 4,
	.n_classes = 1,
	.classes = { {
		.name = "template",
		.max = 1,
		.timeout = 30,
		.l4s = MANIFEST_UDP,
		.min_port = 1024,
	} },
	.tail = 0, /* a stream helper: the longest message that it must see whole */
	.opens = "the port that the server's answer names, from the asking client",
	.refuses = "answers nobody asked for, ports below 1024",
	.source = "RFC ...",
	.notes = notes,
};
