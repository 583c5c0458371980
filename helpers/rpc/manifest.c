/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the rpc helper may ever open.
 */
#include "helpers/helper.h"
#include "helpers/rpc/notes.h"

static const char *const notes[] = {
#define NOTE(name, word) [NOTE_##name] = word,
	RPC_NOTES
#undef NOTE
	[RPC_N_NOTES] = NULL,
};

extern const struct manifest manifest_rpc;
const struct manifest manifest_rpc = {
	.name = "rpc",
	.title = "Sun RPC portmapper and rpcbind (NFSv3, NIS)",
	.l4s = MANIFEST_TCP | MANIFEST_UDP,
	.port = 111,
	.state_len = 16,
	.n_classes = 1,
	.classes = { {
		.name = "rpc",
		.max = 1,
		.timeout = 300,
		.l4s = MANIFEST_TCP | MANIFEST_UDP,
		.min_port = 1024,
		.permanent = true,
	} },
	.tail = 4096,
	.opens = "the one port that the portmapper's answer names, from the asking client to the "
		 "answering server",
	.refuses = "answers nobody asked for, other hosts' addresses, ports below 1024, port 111",
	.source = "RFC 1833, RFC 5531, RFC 5665",
	.notes = notes,
};
