/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Why the ssdp helper opened nothing: one word each, for counters and logs.
 */
#ifndef PINHOLE_HELPERS_SSDP_NOTES_H
#define PINHOLE_HELPERS_SSDP_NOTES_H

#define SSDP_HEAD_MAX 8192 /* bytes of a message's head, the empty line behind it included */

#define SSDP_NOTES                                                                                 \
	NOTE(START, "start")	     /* begins as no message of this protocol */                   \
	NOTE(CONTROL, "control")     /* a NUL, or a CR inside a line */                            \
	NOTE(LONG, "long")	     /* a head of more than SSDP_HEAD_MAX bytes */                 \
	NOTE(CUT, "cut")	     /* a datagram without the empty line behind its head */       \
	NOTE(FOLDED, "folded")	     /* a field that goes on in the next line */                   \
	NOTE(FIELD, "field")	     /* a line of a stream that is no field */                     \
	NOTE(DIRECTION, "direction") /* a search from the wrong side, or not to port 1900 */       \
	NOTE(UNASKED, "unasked")     /* an answer to no search, as far as its ports can tell */    \
	NOTE(NOTIFY, "notify")	     /* an announcement to all, or an event */                     \
	NOTE(STATUS, "status")	     /* an answer other than 200 */                                \
	NOTE(MAN, "man")	     /* MAN is not "ssdp:discover" */                              \
	NOTE(MX, "mx")		     /* a search of a group without MX, or MX no number */         \
	NOTE(TARGET, "target")	     /* a search for nothing: no ST */                             \
	NOTE(REPEATED, "repeated")   /* a field that counts stands there twice */                  \
	NOTE(MISSING, "missing")     /* no LOCATION, no CALLBACK */                                \
	NOTE(URL, "url")	     /* what should be a URL is none */                            \
	NOTE(SCHEME, "scheme")	     /* a URL other than http: */                                  \
	NOTE(NAME, "name")	     /* a host's name where its address is due */                  \
	NOTE(OTHER, "other")	     /* another host's address */                                  \
	NOTE(ADDRESS, "address")     /* an address that is no host's, or of the other family */    \
	NOTE(PORT, "port")	     /* port 0, above 65535, empty, or of more than five digits */ \
	NOTE(EVENT, "event")	     /* SUBSCRIBE to something else than upnp:event */             \
	NOTE(RENEWAL, "renewal")     /* SUBSCRIBE with SID: names no port */                       \
	NOTE(REQUEST, "request")     /* any other request over TCP */                              \
	NOTE(LENGTH, "length")	     /* Content-Length is wrong, or stands there twice */          \
	NOTE(CODING, "coding")	     /* a body whose end nobody can tell */                        \
	NOTE(CHUNK, "chunk") /* a chunk of an impossible size, or fields behind the last */        \
	NOTE(WEB, "web")     /* sent for a web page, or about to be something else than HTTP */    \
	NOTE(MEDIA, "media") /* fetches media: nothing to read any more */                         \
	NOTE(GAP, "gap")     /* begins in the middle, or something was lost */

enum ssdp_note {
	SSDP_NOTE_NONE,

#define NOTE(symbol, word) NOTE_##symbol,
	SSDP_NOTES
#undef NOTE
		SSDP_N_NOTES
};

#endif
