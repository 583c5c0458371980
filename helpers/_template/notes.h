/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Why the template helper opened nothing: one word each, for counters and logs.
 */
#ifndef PINHOLE_HELPERS_TEMPLATE_NOTES_H
#define PINHOLE_HELPERS_TEMPLATE_NOTES_H

#define TEMPLATE_NOTES                                                           \
	NOTE(HEADER, "header")	 /* not this protocol, or a cut message */       \
	NOTE(UNASKED, "unasked") /* an answer to no question that we remember */ \
	NOTE(PORT, "port")	 /* a port below 1024 */

enum template_note {
	TEMPLATE_NOTE_NONE,

#define NOTE(symbol, word) NOTE_##symbol,
	TEMPLATE_NOTES
#undef NOTE
		TEMPLATE_N_NOTES
};

#endif
