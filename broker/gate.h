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

/* Limits that the configuration sets for one class over one family. All zero: none of its own. */
#define GATE_NETWORKS_MAX 64
#define GATE_HOSTS_MAX	  32

struct gate_policy {
	uint16_t min_port; /* 0: the class's */
	bool loose;	   /* third parties may be anywhere */
	uint8_t n_networks, n_hosts;

	struct prefix networks[GATE_NETWORKS_MAX]; /* where third parties may be; the first of them is
						    * where PARTY_ASKED is, if a group was asked */

	struct {
		char name[HELPER_HOST_SIZE];
		struct addr addr;
	} hosts[GATE_HOSTS_MAX]; /* where PARTY_NAMED is */
};

/* What does not fit, or is no network or name, is left out. */
void gate_policy_add_network(struct gate_policy *p, const struct addr *addr, uint8_t prefix_len);
void gate_policy_add_host(struct gate_policy *p, const char name[HELPER_HOST_SIZE],
			  const struct addr *addr);

/* The lowest port that a class may lead to. */
uint16_t gate_min_port(const struct manifest_class *class, const struct gate_policy *p);

/* The whole list of what a claim can be refused for is REFUSALS in link/counters.h. On REFUSED_NOT
 * *ret is the expectation to create, with its NAT part where the master is NATed; on a refusal it
 * is untouched. The caller asks the kernel for it, and may move the port unless the claim leads back:
 * see gate_port(). `host` is the name that PARTY_NAMED stands for; `asked` the network that the packet
 * went out to, for PARTY_ASKED; NULL: not known. */
enum refusal gate_check(const struct manifest *m, const struct gate_policy *policy,
			const struct ct_flow *flow, const struct claim *claim,
			const char host[HELPER_HOST_SIZE], const struct prefix *asked,
			struct expectation *ret);

/* May a pinhole of this helper lead to `port`? */
enum refusal gate_port(const struct manifest *own, uint16_t min_port, uint16_t port);

/* True when either end of the flow is translated. */
bool gate_flow_is_nated(const struct ct_flow *flow);

/* The word for counters and logs: "third_party". */
const char *refusal_name(enum refusal r);

#endif
