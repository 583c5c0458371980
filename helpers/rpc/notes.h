/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Why the rpc helper opened nothing: one word each, for counters and logs.
 */
#ifndef PINHOLE_HELPERS_RPC_NOTES_H
#define PINHOLE_HELPERS_RPC_NOTES_H

#define RPC_NOTES                                                                                \
	NOTE(HEADER, "header")		   /* no RPC message, or a cut one */                    \
	NOTE(RECORD, "record")		   /* impossible record mark, or too many fragments */   \
	NOTE(AUTH, "auth")		   /* credentials or verifier longer than 400 bytes */   \
	NOTE(DIRECTION, "direction")	   /* a call from the server, a reply from the client */ \
	NOTE(UNASKED, "unasked")	   /* reply to no call that we saw and remember */       \
	NOTE(DENIED, "denied")		   /* reply says denied, or an error */                  \
	NOTE(RESULT, "result")		   /* result of another shape than the procedure's */    \
	NOTE(UNREGISTERED, "unregistered") /* port 0 or empty address: no such service */        \
	NOTE(PORT, "port")		   /* not a port: above 65535 */                         \
	NOTE(ITSELF, "itself")		   /* port 111 */                                        \
	NOTE(PRIVILEGED, "privileged")	   /* a port below 1024 */                               \
	NOTE(PROTOCOL, "protocol")	   /* neither TCP nor UDP was asked for */               \
	NOTE(ADDRESS, "address")	   /* no universal address, or of the wrong family */    \
	NOTE(LIST, "list")		   /* DUMP: a list announces no connection */            \
	NOTE(SKIPPED, "skipped")	   /* nothing that this helper follows */

enum rpc_note {
	RPC_NOTE_NONE,

#define NOTE(symbol, word) NOTE_##symbol,
	RPC_NOTES
#undef NOTE
		RPC_N_NOTES
};

#endif
