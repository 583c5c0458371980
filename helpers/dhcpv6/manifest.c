/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the dhcpv6 helper may ever open.
 */
#include "helpers/dhcpv6/notes.h"
#include "helpers/helper.h"

static const char *const notes[] = {
#define NOTE(name, word) [NOTE_##name] = word,
	DHCPV6_NOTES
#undef NOTE
		[DHCPV6_N_NOTES] = NULL,
};

extern const struct manifest manifest_dhcpv6;
const struct manifest manifest_dhcpv6 = {
	.name = "dhcpv6",
	.title = "Dynamic Host Configuration Protocol for IPv6",
	.l4s = MANIFEST_UDP,
	.l3s = MANIFEST_INET6,
	.groups = true,
	.port = 547,
	.state_len = 0,
	.n_classes = 1,
	.classes = { {
		.name = "dhcpv6",
		.max = 1,
		.timeout = 300,
		.l4s = MANIFEST_UDP,
		.min_port = 546,
		.permanent = true,
		.back = true,
	} },
	.opens = "port 546 of a client, port 547 of a relay, for whoever it has just asked: one "
		 "server, or all on the network that a multicast went out to",
	.refuses = "messages that servers send, other groups than ff02::1:2 and ff05::1:3, "
		   "messages that a server would discard",
	.source = "RFC 8415, RFC 5007, RFC 6977, RFC 7341, RFC 8357, RFC 9686",
	.notes = notes,
};
