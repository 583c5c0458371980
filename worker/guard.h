/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A look at a stream's first bytes: does a browser speak where a helper's protocol is expected?
 */
#ifndef PINHOLE_WORKER_GUARD_H
#define PINHOLE_WORKER_GUARD_H

#include "worker/flow.h"

enum guard {
	GUARD_CLEAR, /* no, and FLOW_GUARD is gone */
	GUARD_OPEN,  /* too few bytes to tell */
	GUARD_HIT,
};

/* Learns the client's first bytes from what is about to be parsed: `len` bytes that begin at `seq`. `http`: the
 * helper's protocol is HTTP itself. */
enum guard guard_look(struct flow *f, bool http, const uint8_t *data, size_t len, uint32_t seq);

#endif
