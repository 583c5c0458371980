/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Why the tns helper opened nothing: one word each, for counters and logs.
 */
#ifndef PINHOLE_HELPERS_TNS_NOTES_H
#define PINHOLE_HELPERS_TNS_NOTES_H

#define TNS_NOTES                                                                          \
	NOTE(HEADER, "header")	       /* no TNS packet */                                 \
	NOTE(CONNECT, "connect")       /* the client does not begin with a CONNECT */      \
	NOTE(DIRECTION, "direction")   /* the server's packet from the client, ... */      \
	NOTE(UNASKED, "unasked")       /* an answer to no CONNECT, or a second one */      \
	NOTE(ACCEPTED, "accepted")     /* ACCEPT: the listener takes the session itself */ \
	NOTE(REFUSED, "refused")       /* REFUSE */                                        \
	NOTE(SKIPPED, "skipped")       /* nothing that this helper follows */              \
	NOTE(LENGTH, "length")	       /* lengths of a redirect contradict each other */   \
	NOTE(LONG, "long")	       /* redirect data of more bytes than are read */     \
	NOTE(DESCRIPTOR, "descriptor") /* no keyword list, or nested too deep */           \
	NOTE(DUPLICATE, "duplicate")   /* PROTOCOL, HOST or PORT twice in one ADDRESS */   \
	NOTE(MISSING, "missing")       /* no ADDRESS, or one without HOST or PORT */       \
	NOTE(PROTOCOL, "protocol")     /* no ADDRESS for TCP */                            \
	NOTE(HOST, "host")	       /* HOST is neither an address nor a name */         \
	NOTE(ADDRESS, "address")       /* of another family, loopback, multicast ... */    \
	NOTE(PORT, "port")	       /* PORT is no number of 1 to 65535 */

enum tns_note {
	TNS_NOTE_NONE,

#define NOTE(symbol, word) NOTE_##symbol,
	TNS_NOTES
#undef NOTE
		TNS_N_NOTES
};

#endif
