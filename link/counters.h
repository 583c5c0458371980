/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is counted, once: the rows below are the struct, the text of `conntrackd -s helper` and
 * the manual. The broker writes, the supervisor reads, both through one shared mapping, so that
 * counts outlive a broker.
 */
#ifndef PINHOLE_LINK_COUNTERS_H
#define PINHOLE_LINK_COUNTERS_H

#include <stdint.h>

#include "helpers/helper.h"
#include "link/latency.h"

#define LANES_MAX 256

/* COUNTER(name, prose) */
#define LANE_COUNTERS                                                                              \
	COUNTER(packets, "packets that the kernel queued")                                         \
	COUNTER(passed, "of them accepted by the broker at once: no payload, or not to be parsed") \
	COUNTER(parsed, "packets that the worker answered")                                        \
	COUNTER(messages, "protocol messages found in them")                                       \
	COUNTER(malformed, "messages that are not the protocol's, or hostile")                     \
	COUNTER(opened, "expectations created")                                                    \
	COUNTER(refreshed, "expectations that were there already and were renewed")                \
	COUNTER(used, "one-shot expectations whose connection came")                               \
	COUNTER(expired, "expectations that nobody used in time")                                  \
	COUNTER(replaced, "expectations that gave way to a younger one of their flow (ExpectMax)") \
	COUNTER(ended, "expectations that ended otherwise: permanent, closed, or with their master") \
	COUNTER(refused, "claims that policy refused, by reason below")                            \
	COUNTER(rewritten, "packets whose announcement was translated (NAT)")                      \
	COUNTER(held, "packets kept back because an announcement began in them (NAT)")              \
	COUNTER(dark, "flows that needed no parser any more")                                       \
	COUNTER(detached, "of them relieved of the helper, or of their label: nothing is queued")      \
	COUNTER(lost_claims, "claims beyond what one packet may make")                              \
	COUNTER(unanswered, "packets accepted because no worker answered in time")                 \
	COUNTER(crashes, "packets that a worker died of, or did not answer: kept in quarantine")   \
	COUNTER(barred, "packets with the same bytes, not shown to a worker again")                \
	COUNTER(violations, "malformed or unasked answers of a worker")                            \
	COUNTER(kernel_errors, "netlink requests that the kernel refused")                         \
	COUNTER(worker_starts, "workers started")                                                  \
	COUNTER(flows, "flows that began: connections, first queries")

/* Why a claim was refused. REFUSAL(name, prose) */
#define REFUSALS                                                                                   \
	REFUSAL(third_party, "an endpoint is not one of the master's")                             \
	REFUSAL(special_address, "an endpoint is loopback, multicast, broadcast or unspecified")   \
	REFUSAL(low_port, "the port is below the class's limit")                                   \
	REFUSAL(denied_port, "the port is on the deny list")                                       \
	REFUSAL(protocol, "the class does not open this protocol")                                 \
	REFUSAL(permanent, "the class does not open permanently")                                  \
	REFUSAL(any_source, "the class does not leave the source open")                            \
	REFUSAL(back, "the class does not lead back to where the client sends from")               \
	REFUSAL(follow, "the class does not have its flows read, or not over this protocol")       \
	REFUSAL(no_network, "a group was asked, but in which network is not known")                \
	REFUSAL(second, "the kernel takes one with a verdict, and this was one more")              \
	REFUSAL(foreign_flow, "the flow carries another helper")                                   \
	REFUSAL(budget_client, "the client has as many open as it may")                            \
	REFUSAL(budget_server, "as many lead to or from the server as may")                        \
	REFUSAL(budget_helper, "the helper has as many open as it may")                            \
	REFUSAL(budget_total, "the ledger of open ones is full")                                   \
	REFUSAL(budget_rate, "the client asks faster than it may")                                 \
	REFUSAL(budget_flow, "the flow asks faster than it may")                                   \
	REFUSAL(clash, "another flow holds the same expectation")                                  \
	REFUSAL(no_master, "the kernel knows no such master in its zone (any more)")               \
	REFUSAL(kernel_full, "the kernel's table of expectations is full (nf_conntrack_expect_max)") \
	REFUSAL(not_editable, "the announcement would have to change but cannot")                  \
	REFUSAL(kernel, "the kernel refused")

enum refusal {
	REFUSED_NOT,
#define REFUSAL(name, prose) REFUSED_##name,
	REFUSALS
#undef REFUSAL
	N_REFUSALS,
};

struct lane_counters {
#define COUNTER(name, prose) uint64_t name;
	LANE_COUNTERS
#undef COUNTER
	uint64_t refusals[N_REFUSALS];
	uint64_t notes[HELPER_NOTES_MAX];
	uint64_t open; /* of what it opened, so many are there now, as far as is known */
	struct latency latency; /* from the queue to the verdict */
};

#endif
