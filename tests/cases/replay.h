/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One flow through one parser: datagrams as they are, a stream in order from its first byte. Each
 * call of the parser gets data and state in allocations of exactly their size, so that a sanitizer
 * sees any step outside, and is checked against the contract.
 */
#ifndef PINHOLE_TESTS_CASES_REPLAY_H
#define PINHOLE_TESTS_CASES_REPLAY_H

#include "helpers/helper.h"

/* What the parser made of one message. */
struct result {
	unsigned message; /* as given to replay_feed() */
	enum direction direction;
	enum outcome outcome;
	bool ignored; /* bytes that the parser does not see: after MALFORMED or DONE */
	bool full;    /* MALFORMED since the message is longer than the manifest's tail */
	struct output out;
};

struct results {
	struct result *list;
	size_t n, size;
};

struct replay {
	const struct helper *helper;
	struct tuple orig, reply;
	struct results *results; /* the caller's; grows */
	const char *broken;	 /* first breach of the contract, or NULL */
	uint8_t state[HELPER_STATE_MAX];
	bool done;

	struct {
		uint8_t *data; /* not yet finished with */
		size_t len;
		size_t skip; /* finished with before they came */
		bool dead;   /* given up */
		bool resync; /* until the next LF */
	} streams[2];
};

/* tuples: orig, reply */
void replay_init(struct replay *r, const struct helper *helper, const struct tuple tuples[2],
		 struct results *results);

/* Sends a datagram or bytes of a stream. MORE is a result too. */
void replay_feed(struct replay *r, unsigned message, enum direction direction, const uint8_t *data,
		 size_t len);

void replay_free(struct replay *r);

/* Equal but for MORE, for what was ignored, and for the number of the message. */
bool results_agree(const struct results *a, const struct results *b);

void results_free(struct results *results);

/* malloc() or abort(). */
void *grab(size_t size);

#endif
