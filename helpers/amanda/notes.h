/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Why the amanda helper opened nothing: one word each, for counters and logs.
 */
#ifndef PINHOLE_HELPERS_AMANDA_NOTES_H
#define PINHOLE_HELPERS_AMANDA_NOTES_H

#define AMANDA_NOTES                                                                           \
	NOTE(HEADER, "header")	     /* the first line is not that of a packet of Amanda's */  \
	NOTE(DIRECTION, "direction") /* a reply from the client, a request from the server */  \
	NOTE(SKIPPED, "skipped")     /* a reply that names no streams */                       \
	NOTE(LINE, "line")	     /* the line of CONNECT ends early, or has other blanks */ \
	NOTE(STREAM, "stream")	     /* no known name of a stream, or one that came already */ \
	NOTE(PORT, "port")	     /* no port of 1 to 65535, or one that came already */     \
	NOTE(NONE, "none")	     /* CONNECT, but none of the streams is wanted */

enum amanda_note {
	AMANDA_NOTE_NONE,

#define NOTE(symbol, word) NOTE_##symbol,
	AMANDA_NOTES
#undef NOTE
		AMANDA_N_NOTES
};

#endif
