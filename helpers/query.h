/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A helper without a parser of its own: a query goes out, and for some seconds those who were asked
 * may answer to the port that it came from. `Define` in conntrackd.conf says which; the simple
 * built-in helpers are defined in the same words, in helpers/NAME/NAME.conf.
 *
 * query_check() and query_manifest() link into every program; query_parse(), as all parsers, into
 * what reads packets alone.
 */
#ifndef PINHOLE_HELPERS_QUERY_H
#define PINHOLE_HELPERS_QUERY_H

#include "helpers/helper.h"

/* Where a query must go to, to count as one. */
#define QUERY_UNICAST	1
#define QUERY_MULTICAST 2 /* 224.0.0.0/4, ff00::/8 */
#define QUERY_BROADCAST 4 /* 255.255.255.255; for the broker, an address that ends a network is one too.
			   * A parser cannot tell it from a host: with it, IPv4 unicast counts */

#define QUERY_TEXT_SIZE	       64
#define QUERY_MATCHES_MAX      4
#define QUERY_ALTERNATIVES_MAX 8
#define QUERY_BYTES_MAX	       32
#define QUERY_LOOK	       4096 /* bytes of a payload that are looked at */
#define QUERY_ANYWHERE	       UINT16_MAX

/* Some bytes, of which only those set in `mask` are looked at. */
struct query_bytes {
	uint8_t len; /* 1..QUERY_BYTES_MAX */
	uint8_t bytes[QUERY_BYTES_MAX], mask[QUERY_BYTES_MAX]; /* no bit in `bytes` that is not in
								* `mask`, at least one in `mask` */
};

/* One of `any` must stand at `at`. */
struct query_match {
	uint16_t at; /* from the payload's first byte, below QUERY_LOOK; or QUERY_ANYWHERE */
	uint8_t n;   /* 1..QUERY_ALTERNATIVES_MAX */
	struct query_bytes any[QUERY_ALTERNATIVES_MAX];
};

/* Plain data, unused bytes zero: it is handed from process to process as it is. */
struct query {
	char name[HELPER_NAME_SIZE];
	char title[QUERY_TEXT_SIZE], source[QUERY_TEXT_SIZE]; /* as in the manifest; never "" */
	uint16_t port;	     /* usual destination port of queries, host byte order, not 0 */
	uint8_t asks;	     /* QUERY_*, at least one */
	uint8_t from_any;    /* 1: answers may come from anywhere, else see PARTY_ASKED */
	uint8_t prefix_len;  /* of `network`, not 0 */
	struct addr network; /* answers may come from there instead of the network asked, and queries
			      * of another family open nothing; host bits are 0; or none */
	uint8_t reply_same;  /* 1: answers come from the port that was asked */
	uint16_t reply_port; /* else from this one; 0: from any */
	uint8_t max;	     /* 1..255, as manifest_class.max */
	uint32_t timeout;    /* seconds, not 0 */
	uint8_t n_matches;   /* all of them must match; 0: any payload is a query */
	struct query_match matches[QUERY_MATCHES_MAX];
};

/* True when every count, length and string in it is in range. */
bool query_check(const struct query *q);

/* What the gate and the tools know of it: `*ret` points into `q`. */
void query_manifest(const struct query *q, struct manifest *ret);

/* What query_manifest() says of all of them, and of some. */
extern const char *const query_notes[];
const char *query_opens(const struct query *q);
extern const char query_refuses[];

/* The parser of all of them; `in->query` says what it looks for. */
enum outcome query_parse(const struct input *in, void *state, struct output *out);

#endif
