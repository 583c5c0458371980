/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Flows that a claim wants read by the same helper, until they come.
 */
#ifndef PINHOLE_CAPTURE_EXPECTED_H
#define PINHOLE_CAPTURE_EXPECTED_H

#include "helpers/helper.h"

#define EXPECTED_MAX 256 /* the oldest gives way */

struct expectation {
	struct addr from, to; /* from.family 0: anybody */
	uint16_t from_port, to_port;
	uint8_t l4;
	int64_t until; /* microseconds */
};

struct expected {
	unsigned n; /* ever entered */
	struct expectation list[EXPECTED_MAX];
};

/* `timeout`: seconds from `now` on. Claims that are not to be followed are left out. */
void expected_add(struct expected *e, const struct claim *c, const struct tuple *orig,
		  uint32_t timeout, int64_t now);

/* Does the packet open such a flow? */
bool expected_find(const struct expected *e, const struct tuple *packet, int64_t now);

#endif
