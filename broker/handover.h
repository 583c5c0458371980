/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A packet goes to the lane's worker.
 */
#ifndef PINHOLE_BROKER_HANDOVER_H
#define PINHOLE_BROKER_HANDOVER_H

#include "broker/lane.h"

/* Puts it on the ring under this id, with these LINK_PACKET_* flags besides those of its own. False: no
 * room. There must be a worker. */
bool handover_put(struct lane *l, const struct slot *s, uint32_t id, uint8_t flags);

/* SYN, FIN and RST without payload. Nobody waits for it, so nobody is woken for it. */
void handover_notice(struct lane *l, const struct slot *s);

/* What was put is the worker's from here on. */
void handover_wake(struct lane *l);

#endif
