/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a parser said of one packet, message by message, and whether it kept its contract.
 */
#ifndef PINHOLE_CAPTURE_SAID_H
#define PINHOLE_CAPTURE_SAID_H

#include "helpers/helper.h"

#define SAID_MAX       64   /* messages of one packet that are kept; others are counted */
#define SAID_BYTES_MAX 1024 /* bytes of a message that are kept */

struct said_message {
	enum outcome outcome;
	struct output out;
	bool gap;
	size_t len; /* bytes of the message, or of what there was of it */
	uint8_t bytes[SAID_BYTES_MAX];
};

struct said {
	unsigned n, n_lost;
	unsigned n_malformed, n_claims; /* of all */
	const char *broken; /* what helper.h does not allow, in the last such answer; or NULL */
	struct said_message list[SAID_MAX];
};

/* A helper whose parser is `helper`'s, and which tells `said`; `all`: also when it only waits for more
 * or understood, and that is that. There is one listener in a process. */
const struct helper *said_listen(const struct helper *helper, struct said *said, bool all);

/* Before each packet. */
void said_forget(struct said *said);

#endif
