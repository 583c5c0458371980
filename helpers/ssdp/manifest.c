/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the ssdp helper may ever open.
 */
#include "helpers/ssdp/notes.h"

#include "helpers/helper.h"

static const char *const notes[] = {
#define NOTE(name, word) [NOTE_##name] = word,
	SSDP_NOTES
#undef NOTE
		[SSDP_N_NOTES] = NULL,
};

_Static_assert(SSDP_N_NOTES < HELPER_NOTES_MAX, "as many as can be counted");

extern const struct manifest manifest_ssdp;
const struct manifest manifest_ssdp = {
	.name = "ssdp",
	.title = "UPnP: discovery (SSDP), descriptions, events",
	.l4s = MANIFEST_TCP | MANIFEST_UDP,
	.groups = true,
	.port = 1900,
	.state_len = 0,
	.n_classes = 1,
	.classes = { {
		.name = "ssdp",
		.max = 8,
		.timeout = 300,
		.l4s = MANIFEST_TCP | MANIFEST_UDP,
		.min_port = 1024,
		.permanent = true,
		.back = true,
		.follow = true,
	} },
	.flow_timeout = 300,
	.tail = SSDP_HEAD_MAX,
	.http = true,
	.opens =
		"UDP: answers to a search, from whoever was asked to the port that asked; then TCP "
		"from who asked to the port of its own that an answer's LOCATION names. TCP: events "
		"from the device to the port that the subscriber's CALLBACK names",
	.refuses =
		"other hosts' addresses and host names in LOCATION and CALLBACK, announcements to "
		"all (NOTIFY), answers that nobody asked for, requests made for a web page, ports "
		"below 1024, bodies whose end cannot be told",
	.source = "UPnP Device Architecture 2.0 (1.0, 1.1), RFC 9110, RFC 9112",
	.notes = notes,
};
