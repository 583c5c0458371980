/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What was found in a capture, as text or JSON (doc/json.md). Every byte of the network is escaped.
 */
#ifndef PINHOLE_CAPTURE_SHOW_H
#define PINHOLE_CAPTURE_SHOW_H

#include <stdio.h>

#include "base/json.h"
#include "capture/said.h"

struct show {
	FILE *out;
	const struct manifest *manifest;
	bool json, verbose;
	struct json j;
};

/* What the stream engine, or the worker around the parser, says beside the parser. */
enum fault {
	FAULT_CUT,	/* the capture has only the beginning of the packet */
	FAULT_GAP,	/* bytes of the stream are missing */
	FAULT_CONFLICT, /* bytes that contradict those of the same place */
	FAULT_WEB,	/* the flow begins as HTTP or TLS do */
	FAULT_LONG, /* a message that is longer than the helper reads, or too many in one packet */
	FAULTS,
};

struct show_packet {
	uint64_t number; /* as Wireshark counts: from 1 */
	int64_t time;	 /* microseconds since the first packet */
	const struct tuple *orig;
	enum direction direction;
	bool late; /* sent again, or out of order */
	const struct said *said;
	bool faults[FAULTS];
};

struct show_counts {
	uint64_t packets, other, fragments, cut,
		elsewhere; /* elsewhere: of no flow of the helper */
	uint64_t flows, followed, midway, evicted;
	uint64_t messages, malformed, claims, gaps, broken;
};

void show_begin(struct show *s, const char *path, uint16_t port);
void show_packet(struct show *s, const struct show_packet *p);

/* `damage`: why the capture could not be read to its end, or NULL. Ends the document. */
void show_end(struct show *s, const struct show_counts *counts, const char *damage);

#endif
