/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The gate: may this claim become a pinhole? Pure decisions over what the kernel says of the
 * master flow and what the helper's manifest allows; nothing that the worker says is believed.
 * Refuses to know: netlink, packets, time.
 */
#ifndef PINHOLE_BROKER_GATE_H
#define PINHOLE_BROKER_GATE_H

#include "helpers/helper.h"
#include "link/counters.h"
#include "netfilter/expect.h"

/* The whole list of what a claim can be refused for is REFUSALS in link/counters.h. On REFUSED_NOT
 * *ret is the expectation to create, with its NAT part where the master is NATed; on a refusal it
 * is untouched. The caller asks the kernel for it, and may move the port: see gate_port(). */
enum refusal gate_check(const struct manifest *m, const struct ct_flow *flow,
			const struct claim *claim, struct expectation *ret);

/* May a pinhole of this class lead to `port`? */
enum refusal gate_port(const struct manifest_class *class, uint16_t port);

/* True when either end of the flow is translated. */
bool gate_flow_is_nated(const struct ct_flow *flow);

/* The word for counters and logs: "third_party". */
const char *refusal_name(enum refusal r);

#endif
