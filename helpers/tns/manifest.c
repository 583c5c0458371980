/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the tns helper may ever open.
 */
#include "helpers/helper.h"
#include "helpers/tns/notes.h"

static const char *const notes[] = {
#define NOTE(name, word) [NOTE_##name] = word,
	TNS_NOTES
#undef NOTE
		[TNS_N_NOTES] = NULL,
};

extern const struct manifest manifest_tns;
const struct manifest manifest_tns = {
	.name = "tns",
	.title = "Oracle Net (TNS) redirects",
	.l4s = MANIFEST_TCP,
	.port = 1521,
	.state_len = 1,
	.bulk = true,
	.n_classes = 1,
	.classes = { {
		.name = "tns",
		.max = 1,
		.timeout = 300,
		.l4s = MANIFEST_TCP,
		.min_port = 1024,
		.permanent = true,
	} },
	.tail = 4096,
	.opens = "the port of the first TCP address in a listener's redirect, from the client "
		 "to the server; to another host only where policy names it",
	.refuses = "redirects nobody asked for, hosts that policy does not know, ports below 1024, "
		   "everything after the session was accepted",
	.source = "none published; observed between Oracle's own drivers and listeners",
	.notes = notes,
};
