/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is remembered of flows. A broker can die between any two writes, so the id, by which a
 * successor finds an entry, is written last.
 */
#include "broker/memory.h"

#include <netinet/in.h>

#include "link/link.h"

static struct lane_flow *flow_at(struct lane_memory *m, const struct slot *s)
{
	return &m->flows[s->packet.flow.id % LANE_FLOWS];
}

/* A successor never takes half of it for another flow's. */
static void start_flow(struct lane_flow *f, uint32_t id)
{
	f->id = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	*f = (struct lane_flow){ 0 };
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	f->id = id;
}

struct lane_flow *memory_flow(struct lane_memory *m, const struct slot *s)
{
	struct lane_flow *f = flow_at(m, s);

	if (f->id != s->packet.flow.id)
		start_flow(f, s->packet.flow.id);
	return f;
}

bool memory_ends_line(const struct slot *s)
{
	return s->at.payload_len &&
	       s->packet.data[s->at.payload_off + s->at.payload_len - 1] == '\n';
}

void memory_set_boundary(struct lane_memory *m, const struct slot *s)
{
	struct lane_flow *f = memory_flow(m, s);

	f->known[slot_direction(s)] = true;
	f->next[slot_direction(s)] = s->at.seq + s->at.payload_total;
}

uint8_t memory_flags(struct lane_memory *m, const struct slot *s)
{
	const struct lane_flow *f = memory_flow(m, s);
	enum direction direction = slot_direction(s);
	uint8_t flags = f->lost[direction] ? LINK_PACKET_LOST : 0;

	if (s->at.l4 != IPPROTO_TCP)
		return 0;
	if (!f->known[direction])
		return flags | LINK_PACKET_MIDWAY;
	return f->next[direction] == s->at.seq ? flags : LINK_PACKET_MIDWAY | LINK_PACKET_LOST;
}

void memory_begin(struct lane_memory *m, const struct slot *s)
{
	rewrites_forget(&m->rewrites, s->packet.flow.id);
	start_flow(flow_at(m, s), s->packet.flow.id);
}

bool memory_begin_both(struct lane_memory *m, const struct slot *answer, const struct slot *client)
{
	const struct lane_flow *f = memory_flow(m, answer);

	if (f->has_begun && f->begun == answer->at.seq)
		return false;
	memory_begin(m, answer);
	flow_at(m, answer)->has_begun = true;
	flow_at(m, answer)->begun = answer->at.seq;
	memory_set_boundary(m, client);
	return true;
}

void memory_note_read(struct lane_memory *m, const struct slot *s)
{
	uint32_t end = s->at.seq + s->at.payload_total;
	enum direction direction = slot_direction(s);
	struct lane_flow *f = memory_flow(m, s);

	if (s->at.l4 != IPPROTO_TCP ||
	    (f->has_read[direction] && (int32_t)(end - f->read[direction]) <= 0))
		return;
	f->line[direction] = memory_ends_line(s);
	f->read[direction] = end;
	f->has_read[direction] = true;
}

void memory_note_begin(struct lane_memory *m, const struct slot *s)
{
	struct lane_flow *f = memory_flow(m, s);

	if (s->at.tcp_flags & PACKET_TCP_SYN) {
		f->known[slot_direction(s)] = true;
		f->next[slot_direction(s)] = s->at.seq;
	}
}

/* What was read of a stream and perhaps not judged goes on unread, as with pass_oldest(). Nobody can
 * say whether it went on before: it counts as that, and is past changing. */
static void inherit_stream(struct lane_flow *f, unsigned direction, bool lines)
{
	if (!f->has_read[direction] ||
	    (f->has_sent[direction] && (int32_t)(f->read[direction] - f->sent[direction]) <= 0))
		return;
	f->sent[direction] = f->read[direction];
	f->has_sent[direction] = true;
	f->lost[direction] = true;
	if (lines && f->line[direction]) {
		f->next[direction] = f->read[direction];
		f->known[direction] = true;
	}
}

void memory_inherit(struct lane_memory *m, bool lines)
{
	rewrites_check(&m->rewrites);
	for (unsigned i = 0; i < LANE_FLOWS; i++)
		for (unsigned d = 0; m->flows[i].id && d < 2; d++)
			inherit_stream(&m->flows[i], d, lines);
}
