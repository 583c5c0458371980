/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From a worker's answer to a verdict: gate, pinholes, rewriting.
 */
#ifndef PINHOLE_BROKER_JUDGE_H
#define PINHOLE_BROKER_JUDGE_H

#include "broker/lane.h"

/* Accepts the packet as it is. */
void judge_pass(struct lane *l, const struct slot *s);

/* Drops it. */
void judge_drop(struct lane *l, const struct slot *s);

/* Accepts the packet, rewritten as it was rewritten before when it is a retransmission. */
void judge_again(struct lane *l, const struct slot *s);

/* Lets go, as they are, the packets kept back since `until` or before. */
void judge_release(struct lane *l, int64_t until);

/* Does what the answer asks as far as the gate lets it, then accepts the packet, or keeps it
 * back for the rest of an announcement. */
void judge_answer(struct lane *l, const struct slot *s, const struct link_answer *a);

#endif
