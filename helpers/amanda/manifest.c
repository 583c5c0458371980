/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the amanda helper may ever open.
 */
#include "helpers/amanda/notes.h"
#include "helpers/helper.h"

static const char *const notes[] = {
#define NOTE(name, word) [NOTE_##name] = word,
	AMANDA_NOTES
#undef NOTE
		[AMANDA_N_NOTES] = NULL,
};

/* The predecessor allows 3; since version 3.4 of Amanda a backup may have 4 streams, later ones 5. */
extern const struct manifest manifest_amanda;
const struct manifest manifest_amanda = {
	.name = "amanda",
	.title = "Amanda, the network backup (bsd and bsdudp)",
	.l4s = MANIFEST_UDP,
	.port = 10080,
	.state_len = 0,
	.n_classes = 1,
	.classes = { {
		.name = "amanda",
		.max = 5,
		.timeout = 180,
		.l4s = MANIFEST_TCP,
		.min_port = 1024,
	} },
	.flow_timeout = 300,
	.opens =
		"the streams that a reply's CONNECT line names, once each, from the host that sent "
		"the request to the one that replies",
	.refuses = "lines that are not exactly as amandad writes them, CONNECT anywhere but in a "
		   "reply's first line, ports below 1024",
	.source = "none published; the packets of Amanda 3.5",
	.notes = notes,
};
