/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the tftp helper may ever open.
 */
#include "helpers/helper.h"
#include "helpers/tftp/notes.h"

static const char *const notes[] = {
#define NOTE(name, word) [NOTE_##name] = word,
	TFTP_NOTES
#undef NOTE
		[TFTP_N_NOTES] = NULL,
};

extern const struct manifest manifest_tftp;
const struct manifest manifest_tftp = {
	.name = "tftp",
	.title = "Trivial File Transfer Protocol (network boot, router images)",
	.l4s = MANIFEST_UDP,
	.port = 69,
	.state_len = 0,
	.n_classes = 1,
	.classes = { {
		.name = "tftp",
		.max = 1,
		.timeout = 300,
		.l4s = MANIFEST_UDP,
		.min_port = 1024,
		.back = true,
	} },
	.opens =
		"the way from any port of the server that was asked for a file to the port that the "
		"client asked from, once a request",
	.refuses =
		"anything but a whole read or write request from the client, the multicast option",
	.source = "RFC 1350, RFC 2347, RFC 2348, RFC 2349, RFC 7440",
	.notes = notes,
};
