/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What `pinhole why` is asked about, and whether a record is about that.
 */
#ifndef PINHOLE_CLI_PINHOLE_ASKED_H
#define PINHOLE_CLI_PINHOLE_ASKED_H

#include "cli/pinhole/record.h"

/* Zeros: not said. */
struct asked {
	struct addr src, dst;
	uint16_t sport, dport;
	uint8_t l4;
};

/* Adds a word to *ret: PORT, ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT, or src= dst= sport= dport= proto=.
 * NULL, or what is wrong with it. */
const char *asked_word(const char *word, struct asked *ret);

/* Does the record's pinhole, granted or claimed, before or behind NAT, lead where was asked? */
bool asked_matches(const struct asked *a, const struct record *r);

#endif
