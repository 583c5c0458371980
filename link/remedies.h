/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What would allow a claim that was refused, for every reason in link/counters.h. Prose for tools.
 */
#ifndef PINHOLE_LINK_REMEDIES_H
#define PINHOLE_LINK_REMEDIES_H

#include "link/counters.h"

/* REMEDY(reason, what the configuration can do; NULL: nothing, the gate never allows that) */
#define REMEDIES                                                                                   \
	REMEDY(third_party, "name its network in `ThirdParty { }' of the Policy, or say `Loose on' "  \
			    "there if it may be anywhere; a host's name takes a line `Host'")      \
	REMEDY(special_address, NULL)                                                              \
	REMEDY(low_port, "set `MinPort' of the Policy to that port or below")                      \
	REMEDY(denied_port, NULL)                                                                  \
	REMEDY(protocol, NULL)                                                                     \
	REMEDY(permanent, NULL)                                                                    \
	REMEDY(any_source, NULL)                                                                   \
	REMEDY(back, NULL)                                                                         \
	REMEDY(follow, NULL)                                                                       \
	REMEDY(no_network, "name the network that may answer in `ThirdParty { }' of the Policy, or "  \
			   "give the interface an address in it")                                  \
	REMEDY(second, "ask again: the flow's next packets may open more")                         \
	REMEDY(foreign_flow, "attach one helper to a flow only: look at the rules with `ct helper set'") \
	REMEDY(budget_client, "raise `Client' in `Budget { }' of the Type")                        \
	REMEDY(budget_server, "raise `Server' in `Budget { }' of the Type")                        \
	REMEDY(budget_helper, "raise `Helper' in `Budget { }' of the Type")                        \
	REMEDY(budget_total, "lower `ExpectTimeout' of the Policies, so that fewer are open at once") \
	REMEDY(budget_rate, "raise `Rate' in `Budget { }' of the Type")                            \
	REMEDY(budget_flow, "raise `FlowRate' in `Budget { }' of the Type")                        \
	REMEDY(clash, "wait until the other one is used or over; with NAT another port is tried")  \
	REMEDY(no_master, "ask again: the control connection had ended, or its zone has changed")  \
	REMEDY(kernel_full, "raise the sysctl net.netfilter.nf_conntrack_expect_max")              \
	REMEDY(not_editable, "nothing in the configuration: an announcement that is sent in one piece " \
			     "can be rewritten, or a network without NAT needs no rewriting")      \
	REMEDY(kernel, "see what the kernel said; `conntrackd --selftest' tells what it lacks")

/* One for each, and no more. */
enum {
	REMEDY_FOR_NOT,
#define REMEDY(name, text) REMEDY_FOR_##name,
	REMEDIES
#undef REMEDY
	N_REMEDIES,
};

_Static_assert((int)N_REMEDIES == (int)N_REFUSALS, "a reason without its remedy");
#define REFUSAL(name, prose)                                                                       \
	_Static_assert((int)REMEDY_FOR_##name == (int)REFUSED_##name, "remedies are out of order");
REFUSALS
#undef REFUSAL

#endif
