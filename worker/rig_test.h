/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A feed with a toy helper, and a notebook of what it claimed: for tests and fuzz target.
 */
#ifndef PINHOLE_WORKER_RIG_TEST_H
#define PINHOLE_WORKER_RIG_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "link/link.h"
#include "worker/feed.h"
#include "worker/toy_test.h"

#define RIG_PORTS_MAX 8192

struct rig {
	const struct helper *helper;
	void *memory;
	struct feed *feed;
	struct link_packet packet; /* of the flow at hand; rig_send() fills in the rest */
	struct link_answer answer; /* the last one */
	unsigned n_bad_answers;
	unsigned n_ports;
	uint16_t ports[RIG_PORTS_MAX]; /* claimed, in order */
	uint8_t state[HELPER_STATE_MAX];
};

static inline struct rig *rig_new(const struct helper *helper, uint8_t l4,
				  const struct feed_limits *limits)
{
	static const uint8_t key[16] = "a test, no more";
	size_t size = (feed_size(helper->manifest, l4, limits) + 63) & ~(size_t)63;
	struct rig *rig = calloc(1, sizeof(*rig));

	rig->helper = helper;
	rig->memory = aligned_alloc(64, size);
	memset(rig->memory, 0, size);
	rig->feed = feed_init(rig->memory, helper, l4, key, limits);
	rig->packet.flow_id = 1;
	rig->packet.orig = (struct tuple){ .src = { AF_INET, { 10, 0, 0, 1 } },
					   .dst = { AF_INET, { 10, 0, 0, 2 } },
					   .sport = 40000,
					   .dport = 111,
					   .l4 = l4 };
	rig->packet.reply = (struct tuple){ .src = rig->packet.orig.dst,
					    .dst = rig->packet.orig.src,
					    .sport = 111,
					    .dport = 40000,
					    .l4 = l4 };
	return rig;
}

static inline void rig_free(struct rig *rig)
{
	free(rig->memory);
	free(rig);
}

/* Sends a packet of which the kernel cut `missing` bytes; from an exact-size copy, so that ASan
 * sees a read too far. */
static inline const struct link_answer *rig_send_cut(struct rig *rig, enum direction direction,
						     uint8_t flags, uint32_t seq, const void *data,
						     uint32_t len, uint32_t missing)
{
	struct link_packet *p = &rig->packet;
	struct link_answer checked;
	uint8_t *copy = malloc(len ? len : 1);

	if (len)
		memcpy(copy, data, len);
	p->id++;
	p->id += !p->id;
	p->seq = seq;
	p->len = len;
	p->total_len = len + missing;
	p->direction = (uint8_t)direction;
	p->flags = (uint8_t)(flags | (missing ? LINK_PACKET_TRUNCATED : 0));
	memset(&rig->answer, 0xee, sizeof(rig->answer));
	feed_packet(rig->feed, p, copy, &rig->answer);
	free(copy);
	if (!link_answer_check(&rig->answer, sizeof(rig->answer), rig->helper->manifest,
			       &checked) ||
	    rig->answer.id != p->id || rig->answer.n_malformed > rig->answer.n_messages)
		rig->n_bad_answers++;
	for (unsigned i = 0; i < rig->answer.n_claims && rig->n_ports < RIG_PORTS_MAX; i++)
		rig->ports[rig->n_ports++] = rig->answer.claims[i].port;
	if (rig->answer.set_state)
		memcpy(rig->state, rig->answer.state, sizeof(rig->state));
	return &rig->answer;
}

static inline const struct link_answer *rig_send(struct rig *rig, enum direction direction,
						 uint8_t flags, uint32_t seq, const char *text)
{
	return rig_send_cut(rig, direction, flags, seq, text, (uint32_t)strlen(text), 0);
}

/* "2000 2001": claimed since the last call. */
static inline const char *rig_ports(struct rig *rig)
{
	static char text[256];
	size_t n = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < rig->n_ports && n + 8 < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u", i ? " " : "",
				      rig->ports[i]);
	rig->n_ports = 0;
	return text;
}

/* Messages folded into the flow's state. */
static inline uint32_t rig_messages(const struct rig *rig)
{
	struct toy_state s;

	memcpy(&s, rig->state, sizeof(s));
	return s.n;
}

#endif
