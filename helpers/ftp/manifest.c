/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the ftp helper may ever open.
 */
#include "helpers/ftp/notes.h"
#include "helpers/helper.h"

static const char *const notes[] = {
#define NOTE(name, word) [NOTE_##name] = word,
	FTP_NOTES
#undef NOTE
		[FTP_N_NOTES] = NULL,
};

extern const struct manifest manifest_ftp;
const struct manifest manifest_ftp = {
	.name = "ftp",
	.title = "File Transfer Protocol, active and passive",
	.l4s = MANIFEST_TCP,
	.port = 21,
	.state_len = 24,
	.n_classes = 1,
	.classes = { {
		.name = "ftp",
		.max = 1,
		.timeout = 300,
		.l4s = MANIFEST_TCP,
		.min_port = 1024,
	} },
	.tail = FTP_LINE_MAX,
	.resync_line = true,
	.opens =
		"the data connection that was agreed upon: client to server as the server's answer "
		"to PASV, EPSV or LPSV names it, or server to client as the client's PORT, EPRT or "
		"LPRT names it",
	.refuses =
		"anything before the greeting, answers nobody asked for, other hosts' addresses, "
		"ports below 1024, two announcements in one line, everything behind AUTH TLS",
	.source = "RFC 959, RFC 1639, RFC 2228, RFC 2428, RFC 4217",
	.notes = notes,
};
