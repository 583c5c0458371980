/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From a slot to the worker's ring.
 */
#include "broker/handover.h"

#include <string.h>
#include <unistd.h>

#define NOTICE_ID UINT32_MAX

static void describe(struct lane *l, const struct slot *s, struct link_packet *ret)
{
	const struct ct_flow *flow = &s->packet.flow;

	*ret = (struct link_packet){
		.flow_id = flow->id,
		.seq = s->at.seq,
		.len = s->at.payload_len,
		.total_len = s->at.payload_total,
		.zone = flow->zone,
		.direction = (uint8_t)slot_direction(s),
		.state_len = flow->state_len,
		.orig = flow->orig,
		.reply = flow->reply,
	};
	if (s->at.tcp_flags & PACKET_TCP_FIN)
		ret->flags |= LINK_PACKET_FIN;
	if (s->at.tcp_flags & PACKET_TCP_SYN)
		ret->flags |= LINK_PACKET_SYN;
	if (s->at.tcp_flags & PACKET_TCP_RST)
		ret->flags |= LINK_PACKET_RST;
	if (ret->len < ret->total_len)
		ret->flags |= LINK_PACKET_TRUNCATED;
	ret->flags |= memory_flags(l->memory, s);
	memcpy(ret->state, flow->state, sizeof(ret->state));
}

bool handover_put(struct lane *l, const struct slot *s, uint32_t id, uint8_t flags)
{
	struct link_packet packet;

	describe(l, s, &packet);
	packet.id = id;
	packet.flags |= flags;
	return ring_put(&l->ring, &packet, s->packet.data + s->at.payload_off);
}

void handover_notice(struct lane *l, const struct slot *s)
{
	if (l->link >= 0 && s->at.tcp_flags & (PACKET_TCP_SYN | PACKET_TCP_FIN | PACKET_TCP_RST))
		(void)handover_put(l, s, NOTICE_ID, LINK_PACKET_NOTICE);
}

void handover_wake(struct lane *l)
{
	if (l->link >= 0 && ring_show(&l->ring))
		(void)!write(l->link, "", 1); /* full: there is something to wake it */
}
