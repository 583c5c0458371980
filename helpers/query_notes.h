/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Why a query opened nothing: one word each, for counters and logs, the same for all such helpers.
 */
#ifndef PINHOLE_HELPERS_QUERY_NOTES_H
#define PINHOLE_HELPERS_QUERY_NOTES_H

#define QUERY_NOTES                                                                             \
	NOTE(DIRECTION, "direction") /* from the host that was asked */                         \
	NOTE(ADDRESS, "address") /* not sent to where such queries go, or of another family   \
				      * than those who may answer */ \
	NOTE(PAYLOAD, "payload") /* no query of this protocol */                                \
	NOTE(ITSELF, "itself")	 /* to one host and port, and the answer comes from there: it \
				      * belongs to the flow */

enum query_note {
	QUERY_NOTE_NONE,

#define NOTE(symbol, word) QUERY_NOTE_##symbol,
	QUERY_NOTES
#undef NOTE
		QUERY_N_NOTES
};

#endif
