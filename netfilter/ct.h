/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Conntrack attributes: tuples and flows as the kernel writes and reads them
 * (linux/netfilter/nfnetlink_conntrack.h). Host byte order outside, network order inside.
 */
#ifndef PINHOLE_NETFILTER_CT_H
#define PINHOLE_NETFILTER_CT_H

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <stdbool.h>
#include <stdint.h>

#include "netfilter/nl.h"
#include "wire/addr.h"

#define CT_HELPER_NAME_SIZE 16
#define CT_STATE_SIZE 32

/* Sequence adjustment of one direction: what has been added to the stream so far. */
struct ct_seqadj {
	uint32_t position; /* sequence number, as sent, from which `after` applies */
	int32_t before, after;
};

/* A flow as the kernel tells it. Absent attributes are zero. */
struct ct_flow {
	struct tuple orig, reply;
	uint32_t id;
	uint32_t status; /* IPS_* */
	uint32_t timeout; /* seconds left */
	uint16_t zone;
	char helper[CT_HELPER_NAME_SIZE];
	uint8_t state_len; /* private data of a user-space helper present in `state` */
	uint8_t state[CT_STATE_SIZE];
	struct ct_seqadj seqadj[2]; /* by direction: original, reply */
};

/* Reads the attributes inside a conntrack message or nest. False when they are malformed or
 * either tuple is missing; *ret is then undefined. */
bool ct_flow_parse(const struct nlattr *attrs, size_t len, struct ct_flow *ret);

/* Reads a nested tuple (CTA_TUPLE_ORIG, CTA_EXPECT_TUPLE ...). *ret is zero where nothing stands.
 * False when malformed. */
bool ct_tuple_parse(const struct nlattr *nest, struct tuple *ret);

/* Appends a tuple as nest `type`. */
void ct_tuple_put(struct nlmsghdr *nlh, uint16_t type, const struct tuple *t);

/* Builds, in buf of NL_REQUEST_SIZE, the update of a flow whose packet changes its length: the
 * sequence adjustment of one direction and, if state is not NULL, the helper's private data. It
 * has to be sent right before the verdict that carries the new packet, and that verdict must not
 * carry NFQA_CT: then the kernel would adjust too, wrongly for IPv6. Does nothing on a flow
 * without NAT: ask the status first. */
struct nlmsghdr *ct_seqadj_put(struct nl *nl, void *buf, const struct ct_flow *flow, bool reply,
			       const struct ct_seqadj *adj, const uint8_t *state, uint8_t state_len);

/* Takes the helper from a flow: nothing of it is queued any more, its expectations go. Cannot be
 * undone. -EOPNOTSUPP: the kernel does not do that (7.2 and later). -ENOENT: no such flow. */
int ct_detach(struct nl *nl, const struct ct_flow *flow);

/* Takes the label from a flow by which rules know that its packets are to be queued. -ENOENT: no such flow. */
#define CT_LABEL_QUEUED 127
int ct_unqueue(struct nl *nl, const struct ct_flow *flow);

/* Puts a flow into the kernel's table, confirmed, with `flow->helper` (a registered one, or "") for
 * `timeout` seconds. -EEXIST: there is one. Nothing is asked of packets. */
int ct_create(struct nl *nl, const struct ct_flow *flow, uint32_t timeout);

/* Looks a flow up by original tuple and zone. -ENOENT: none, *ret untouched. */
int ct_get(struct nl *nl, const struct ct_flow *wanted, struct ct_flow *ret);

/* Appends CTA_HELP as nest: the flow's helper and its private data. */
void ct_state_put(struct nlmsghdr *nlh, const char *helper, const uint8_t *state,
		  uint8_t state_len);

#endif
