/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A record of the trail as the daemon tells it, and phrases about it. Texts point into the answer.
 */
#ifndef PINHOLE_CLI_PINHOLE_RECORD_H
#define PINHOLE_CLI_PINHOLE_RECORD_H

#include "cli/pinhole/answer.h"
#include "wire/addr.h"

struct record {
	const struct value *json;
	int64_t number;
	const char *time, *fate_time, *fate, *reason, *helper, *kernel, *message;
	const char *from, *to; /* the parties that the claim names */
	bool refused, reply, permanent, back, has_nat;
	unsigned queue, class, src_prefix, renewals;
	uint16_t port; /* as claimed; back: where the client sends from */
	int64_t offset, seq, flow, zone;
	uint8_t l4; /* of what was asked for */
	struct addr other;
	struct tuple original, answer; /* the control connection, both ways */
	struct tuple granted;
	struct addr nat_addr;
	uint16_t nat_port;
};

void record_read(const struct value *v, struct record *ret);

#define PHRASE_SIZE 512

/* "tcp from 10.1.0.2 to 10.2.0.2:20001, led on to 10.3.0.1:20001"; of a refusal, what it would have
 * been. */
const char *record_what(char buf[PHRASE_SIZE], const struct record *r);

/* "10.1.0.2:40000 -> 10.2.0.2:21" */
const char *record_master(char buf[PHRASE_SIZE], const struct record *r);

/* The tables' prose; "" for words that they have not. */
const char *fate_prose(const char *fate);
const char *refusal_prose(const char *reason);

/* What would allow it; NULL: nothing. */
const char *refusal_remedy(const char *reason);

const char *l4_word(char buf[16], uint8_t l4);

/* "10.1.0.2:21", "[fd00::1]:21" */
const char *endpoint(char buf[PHRASE_SIZE], const struct addr *a, uint16_t port);

/* Milliseconds since 1970 of "2026-11-24T18:28:06.826Z"; -1: no time. */
int64_t time_of(const char *text);

/* "3 ms", "2.5 s", "4 min 10 s", "3 h 2 min", "2 d 1 h" */
const char *span_text(char buf[32], int64_t ms);

#endif
