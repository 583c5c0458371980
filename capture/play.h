/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A capture through a helper's parser, without kernel, privilege or network: what the parser would
 * have asked for, packet by packet, and why not.
 *
 * How it works: frame.c finds the IP packet, flows.c its flow; worker/feed.c, the very engine of
 * pinhole-worker, puts streams in order and calls the parser; said.c listens to what that answers,
 * show.c prints it. Behind the parser a worker's claims go to the gate: here they end.
 */
#ifndef PINHOLE_CAPTURE_PLAY_H
#define PINHOLE_CAPTURE_PLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "helpers/helper.h"

#define PLAY_ERROR_SIZE 512

enum play_end {
	PLAY_DONE,
	PLAY_FAILED,  /* ret_error says why */
	PLAY_NO_FLOW, /* read to its end, but no flow is the helper's */
};

struct play_options {
	const struct helper *helper;
	const char *path; /* pcap or pcapng; "-": standard input */
	uint16_t port;	  /* the server's; 0: the helper's usual one */
	bool json;
	bool verbose; /* packets too that opened nothing and are no mistake; edits; whole messages */
	int (*confine)(void); /* gives away what is not needed once the capture is open; or NULL.
			       * -errno ends it */
};

/* Prints to stdout. */
enum play_end play(const struct play_options *options, char ret_error[PLAY_ERROR_SIZE]);

#endif
