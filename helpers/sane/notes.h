/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Why the sane helper opened nothing: one word each, for counters and logs.
 */
#ifndef PINHOLE_HELPERS_SANE_NOTES_H
#define PINHOLE_HELPERS_SANE_NOTES_H

#define SANE_NOTES                                                                            \
	NOTE(GAP, "gap")	     /* bytes were lost: nobody knows whose turn it is */     \
	NOTE(INIT, "init")	     /* the client does not begin with INIT, or repeats it */ \
	NOTE(VERSION, "version")     /* of the protocol: not 1.x.3 */                         \
	NOTE(REQUEST, "request")     /* no such request */                                    \
	NOTE(CROWDED, "crowded")     /* a request before the last one was answered */         \
	NOTE(UNASKED, "unasked")     /* the server speaks, and was not asked */               \
	NOTE(LENGTH, "length")	     /* string or list longer than any is */                  \
	NOTE(VALUE, "value")	     /* option value of no known type */                      \
	NOTE(SHAPE, "shape")	     /* a word that has few values, and another one */        \
	NOTE(AUTHORIZE, "authorize") /* who asks? AUTHORIZE must follow, and only then may */ \
	NOTE(REFUSED, "refused")     /* the server says no */                                 \
	NOTE(PORT, "port")	     /* port 0, or above 65535 */                             \
	NOTE(ENDED, "ended")	     /* EXIT */

enum sane_note {
	SANE_NOTE_NONE,

#define NOTE(symbol, word) NOTE_##symbol,
	SANE_NOTES
#undef NOTE
		SANE_N_NOTES
};

#endif
