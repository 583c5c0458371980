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

/* Asks the kernel for `e`, which the gate has passed; `known`: it is there already, as far as we know. On
 * a NATed flow a taken port gives way to the next one that gate_port() lets pass, from the last on to
 * min_port, unless `fixed`: e->tuple.dport then says which. On OPENED_NOT *ret_why says why. *ret_error
 * is what the kernel said at the last: 0 or -errno. */
enum opened pinhole_open(struct nl *nl, const struct manifest *m, uint16_t min_port, bool fixed,
			 bool known, struct expectation *e, enum refusal *ret_why, int *ret_error);

/* The same where a verdict is going to create it: makes room for it. On OPENED_RENEWED the same pinhole
 * was there, and is gone. */
enum opened pinhole_make_room(struct nl *nl, const struct expectation *e, enum refusal *ret_why,
			      int *ret_error);

/* And behind the verdict: is it there, and its master's? 0 or -errno. */
int pinhole_verify(struct nl *nl, const struct expectation *e);

void pinhole_close(struct nl *nl, const struct expectation *e);

#endif
