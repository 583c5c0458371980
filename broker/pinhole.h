/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Opening and closing pinholes in the kernel: port choice, clashes, renewal.
 */
#ifndef PINHOLE_BROKER_PINHOLE_H
#define PINHOLE_BROKER_PINHOLE_H

#include "helpers/helper.h"
#include "link/counters.h"
#include "netfilter/expect.h"

/* Ports tried on a NATed flow before the claim is refused. */
#define PINHOLE_PORTS_TRIED 128

enum opened {
	OPENED_NOT,
	OPENED_NEW,
	OPENED_RENEWED, /* the same pinhole was there, for this or another flow: now it is ours */
};

/* Asks the kernel for `e`, which the gate has passed. On a NATed flow a taken port gives way to
 * the next one that gate_port() lets pass, from the last on to min_port: e->tuple.dport then says
 * which. On OPENED_NOT *ret_why says why. */
enum opened pinhole_open(struct nl *nl, const struct manifest *m, uint16_t min_port,
			 struct expectation *e, enum refusal *ret_why);

void pinhole_close(struct nl *nl, const struct expectation *e);

/* "proto=6 src=... dst=... sport=... dport=..." into PINHOLE_TUPLE_SIZE bytes. Returns buf. */
#define PINHOLE_TUPLE_SIZE 192
const char *pinhole_tuple_text(char *buf, const struct tuple *t);

/* One line for the log, without newline: what is open, for which flow. */
#define PINHOLE_TEXT_SIZE 512
const char *pinhole_text(char *buf, const struct expectation *e);

#endif
