/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Why the dhcpv6 helper opened nothing: one word each, for counters and logs.
 */
#ifndef PINHOLE_HELPERS_DHCPV6_NOTES_H
#define PINHOLE_HELPERS_DHCPV6_NOTES_H

#define DHCPV6_NOTES                                                                          \
	NOTE(REPLY, "reply")	 /* sent by whoever was asked: only clients and relays ask */ \
	NOTE(PORT, "port")	 /* not asked on port 547 */                                  \
	NOTE(GROUP, "group")	 /* sent to another group than the two of DHCPv6 */           \
	NOTE(TYPE, "type")	 /* a message that servers send, or an unknown one */         \
	NOTE(HEADER, "header")	 /* message shorter than its head */                          \
	NOTE(OPTIONS, "options") /* an option longer than the message, doubled, too many */   \
	NOTE(MISSING, "missing") /* an option without which servers discard the message */    \
	NOTE(HOPS, "hops")	 /* relayed more often than RFC 8415 allows */

enum dhcpv6_note {
	DHCPV6_NOTE_NONE,

#define NOTE(symbol, word) NOTE_##symbol,
	DHCPV6_NOTES
#undef NOTE
		DHCPV6_N_NOTES
};

#endif
