/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Why the tftp helper opened nothing: one word each, for counters and logs.
 */
#ifndef PINHOLE_HELPERS_TFTP_NOTES_H
#define PINHOLE_HELPERS_TFTP_NOTES_H

#define TFTP_NOTES                                                                         \
	NOTE(REPLY, "reply")	     /* sent by the server: only a client requests */      \
	NOTE(TRANSFER, "transfer")   /* data, acknowledgement or error, not a request */   \
	NOTE(OPCODE, "opcode")	     /* no opcode, or none of TFTP */                      \
	NOTE(LENGTH, "length")	     /* request longer than 512 bytes */                   \
	NOTE(REQUEST, "request")     /* file name empty, or name or mode not terminated */ \
	NOTE(MODE, "mode")	     /* neither netascii nor octet, nor mail to write */   \
	NOTE(OPTION, "option")	     /* empty name, not terminated, or more than 16 */     \
	NOTE(MULTICAST, "multicast") /* RFC 2090: data would come to a group */

enum tftp_note {
	TFTP_NOTE_NONE,

#define NOTE(symbol, word) NOTE_##symbol,
	TFTP_NOTES
#undef NOTE
		TFTP_N_NOTES
};

#endif
