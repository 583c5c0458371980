/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A packet that is not judged yet.
 */
#ifndef PINHOLE_BROKER_SLOT_H
#define PINHOLE_BROKER_SLOT_H

#include "helpers/helper.h"
#include "netfilter/queue.h"
#include "wire/packet.h"

struct slot {
	int64_t since; /* loop_now() when it was read */
	int64_t read_us; /* loop_now_us() when its batch was */
	struct queue_packet packet;
	struct packet at; /* where its headers and payload are */
	uint8_t *message; /* QUEUE_MESSAGE_SIZE bytes that packet.data points into */
	bool follows; /* nobody reads it, but it must not overtake what is under way */
};

static inline enum direction slot_direction(const struct slot *s)
{
	return s->packet.ct_info >= IP_CT_IS_REPLY ? DIRECTION_REPLY : DIRECTION_ORIG;
}

/* Acknowledgements alone may overtake their stream. */
static inline bool slot_keeps_order(const struct slot *s)
{
	return s->at.payload_len || s->at.tcp_flags & (PACKET_TCP_FIN | PACKET_TCP_RST);
}

#endif
