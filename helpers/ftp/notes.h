/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Why the ftp helper opened nothing: one word each, for counters and logs.
 */
#ifndef PINHOLE_HELPERS_FTP_NOTES_H
#define PINHOLE_HELPERS_FTP_NOTES_H

#define FTP_LINE_MAX 1024 /* bytes of a line, its LF included */

#define FTP_NOTES                                                                               \
	NOTE(NUL, "nul")	     /* a NUL byte in a line */                                 \
	NOTE(LONG, "long")	     /* a line longer than FTP_LINE_MAX */                      \
	NOTE(FOREIGN, "foreign")     /* the client speaks HTTP */                               \
	NOTE(SECURED, "secured")     /* encrypted from here on: nothing to read any more */     \
	NOTE(GREETING, "greeting")   /* command or answer before the server's 220 */            \
	NOTE(DIRECTION, "direction") /* an answer from the client, a command from the server */ \
	NOTE(REPLY, "reply")	     /* the server's line is no reply */                        \
	NOTE(INSIDE, "inside")	     /* announcement in the text of a multi-line reply */       \
	NOTE(UNASKED, "unasked")     /* answer to no request that waits for one */              \
	NOTE(DENIED, "denied")	     /* the server refused the request */                       \
	NOTE(CROWDED, "crowded")     /* an older request was forgotten for a newer one */       \
	NOTE(SHAPE, "shape")	     /* no announcement in the form that is due */              \
	NOTE(OCTET, "octet")	     /* a number above 255, or of more than three digits */     \
	NOTE(PORT, "port")	     /* port 0, above 65535, or of more than five digits */     \
	NOTE(AMBIGUOUS, "ambiguous") /* two announcements in one line */                        \
	NOTE(FAMILY, "family")	     /* IPv4 named over IPv6, or the other way */               \
	NOTE(ADDRESS, "address")     /* no address, or one that is no host's */

enum ftp_note {
	FTP_NOTE_NONE,

#define NOTE(symbol, word) NOTE_##symbol,
	FTP_NOTES
#undef NOTE
		FTP_N_NOTES
};

#endif
