/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * NFQUEUE: binding a queue, reading its packets, giving verdicts.
 *
 * A queue lives as long as any process holds its socket; receiving needs no privilege, sending a
 * verdict needs CAP_NET_ADMIN.
 */
#ifndef PINHOLE_NETFILTER_QUEUE_H
#define PINHOLE_NETFILTER_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "netfilter/ct.h"
#include "netfilter/expect.h"
#include "netfilter/nl.h"

/* Largest message: 64 KiB of packet and the attributes around it. */
#define QUEUE_MESSAGE_SIZE (68 * 1024)
#define QUEUE_RANGE_MAX 65531 /* kernel's limit of what it copies */
#define QUEUE_LEN_DEFAULT 1024

/* How a queue is filled, and what happens when it is full. */
#define QUEUE_GSO     1 /* segments that the kernel has joined stay so: fast, but they cannot be rewritten */
#define QUEUE_BY_RULE 2 /* by a rule behind NAT, not by a helper that is enabled */
#define QUEUE_STREAM  4 /* by packets that are sent again when they are lost */

struct queue_packet {
	uint32_t id;
	uint8_t hook, family;
	uint32_t in, out; /* interfaces, 0: none (yet) */
	uint8_t ct_info;     /* enum ip_conntrack_info */
	bool has_flow;       /* `flow` is filled */
	bool csum_not_ready; /* checksums are left for the device to fill */
	bool gso;            /* several segments in one; cannot be rewritten */
	const uint8_t *data; /* from the network header on, inside the message */
	uint32_t len;        /* bytes at data */
	uint32_t total_len;  /* bytes that the packet has; more than len when cut */
	struct ct_flow flow;
};

/* Binds queue `num` on a fresh socket, in one message: copy range `range`, `maxlen` packets (0:
 * the kernel's 1024), `how` (QUEUE_*), with conntrack. A full queue lets pass; but not streams that a rule
 * queues, which the kernel would damage (see queue_go_on()). Also NO_ENOBUFS and a large receive
 * buffer, without which an overrun stalls the queue. *ret is open on success.
 * -EBUSY or -EPERM: another process owns the queue. -EOPNOTSUPP: the kernel cannot attach
 * conntrack to packets (CONFIG_NETFILTER_NETLINK_GLUE_CT). */
int queue_bind(struct nl *ret, uint16_t num, uint32_t range, uint32_t maxlen, unsigned how);

/* Binds queue `num` of the current network namespace with these flags (NFQA_CFG_F_*) for a moment, to
 * see whether the kernel takes them. 0 or its -errno. For a namespace without packets. */
int queue_probe(uint16_t num, uint32_t flags);

/* The verdict that lets a packet go on. NF_ACCEPT, for a flow with a user-space helper, makes the kernel
 * confirm the flow and adjust its sequence numbers: that is right at the helper's own hook, and once
 * too often at a rule's, if there is anything of it to do. A rule's packet is then queued again instead, where
 * nobody listens, and so gets behind the rule. */
#define QUEUE_NOBODY 65535U
uint32_t queue_go_on(bool by_rule);

/* Lets go of everything that is pending in a queue, as it is. */
void queue_accept_all(struct nl *queue, uint16_t num, unsigned how);

/* From now on the kernel lets everything pass that it would have put into the queue, and what is
 * pending; until queue_resume(). For when nobody reads the queue. */
void queue_pause(struct nl *queue, uint16_t num, unsigned how);
void queue_resume(struct nl *queue, uint16_t num, uint32_t maxlen, unsigned how);

/* Changes the length of a bound queue; 0: the kernel's own. */
int queue_set_len(struct nl *queue, uint16_t num, uint32_t maxlen);

/* Parses one NFQNL_MSG_PACKET. Pointers go into the message. False when it is malformed or lacks
 * its id; `ret->id` is then 0 or, if it was there, the packet to be let go. */
bool queue_parse(const struct nlmsghdr *nlh, struct queue_packet *ret);

/* Builds a verdict in buf (QUEUE_VERDICT_SIZE plus packet_len bytes) and returns it. `state` of
 * state_len bytes, for the helper `name`, and a replacement packet are added where not NULL. */
#define QUEUE_VERDICT_SIZE 1024
struct queue_verdict {
	uint32_t id;
	uint32_t verdict; /* queue_go_on(), NF_DROP, NF_REPEAT */
	const char *helper;
	const uint8_t *state;
	uint8_t state_len;
	const uint8_t *packet;
	uint32_t packet_len;
	const struct expectation *expect; /* to be created, see expect_put(); or NULL */
	uint32_t flow_timeout;		  /* the flow shall live for so many seconds; 0: as it would */
};

struct nlmsghdr *queue_verdict_put(struct nl *queue, void *buf, uint16_t num,
				   const struct queue_verdict *v);

/* The same verdict for all packets with an id up to `id`, in one message. */
struct nlmsghdr *queue_batch_put(struct nl *queue, void *buf, uint16_t num, uint32_t id, uint32_t verdict);

#endif
