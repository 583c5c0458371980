/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What stands around the broker in the torture: flows before and behind the firewall, and the kernel, which
 * does what the lane tells it.
 */
#ifndef PINHOLE_TESTS_CASES_TORTURE_STAGE_H
#define PINHOLE_TESTS_CASES_TORTURE_STAGE_H

#include "broker/rig_test.h"

#define STREAM_MAX 16384
#define EVENTS_MAX 16384
#define OPENED_MAX 256
#define FIRST_SEQ  0xffffff00u

/* One direction, before and behind the firewall. */
struct stream_ends {
	uint8_t sent[STREAM_MAX], got[STREAM_MAX * 2];
	bool has[STREAM_MAX * 2];
	uint32_t n_sent, n_got;
	struct ct_seqadj adjusted; /* by the kernel */
};

struct event {
	enum direction direction;
	uint32_t off, len;
	unsigned when;
};

struct hole {
	struct addr to;
	uint16_t port;
};

static struct stage {
	struct event events[EVENTS_MAX], packets[EVENTS_MAX]; /* packets by id - 1 */
	bool judged[EVENTS_MAX]; /* packets */
	unsigned n_events, n_packets;
	struct stream_ends ends[2];
	struct hole opened[OPENED_MAX];
	unsigned n_opened;
	unsigned n_contradictions; /* bytes that came out twice, differently */
	struct tuple tuples[2];
	uint8_t state[HELPER_STATE_MAX];
} stage;

static void take_adjustment(const struct nlmsghdr *nlh)
{
	size_t off = MNL_NLMSG_HDRLEN + sizeof(struct nfgenmsg);
	struct ct_flow flow;

	(void)ct_flow_parse((const struct nlattr *)((const char *)nlh + off), nlh->nlmsg_len - off,
			    &flow); /* it has no reply tuple */
	for (unsigned i = 0; i < 2; i++)
		if (flow.seqadj[i].position || flow.seqadj[i].before || flow.seqadj[i].after)
			stage.ends[i].adjusted = flow.seqadj[i];
	if (flow.state_len)
		memcpy(stage.state, flow.state, sizeof(stage.state));
}

/* The receiver: the first bytes win, and others must not differ. */
static void arrive(struct stream_ends *e, uint32_t seq, const uint8_t *data, uint32_t len)
{
	bool behind = (int32_t)(seq - e->adjusted.position) > 0;
	uint32_t shift = (uint32_t)(behind ? e->adjusted.after : e->adjusted.before);
	int32_t off = (int32_t)(seq + shift - FIRST_SEQ);

	for (uint32_t i = 0; i < len; i++) {
		int64_t at = (int64_t)off + i;

		if (at < 0 || at >= (int64_t)sizeof(e->got) ||
		    (e->has[at] && e->got[at] != data[i])) {
			stage.n_contradictions++;
			continue;
		}
		e->has[at] = true;
		e->got[at] = data[i];
		if (at >= e->n_got)
			e->n_got = (uint32_t)at + 1;
	}
}

/* A packet goes on; with other bytes unless `data` is NULL. */
static void let_go(uint32_t id, const uint8_t *data, uint32_t len)
{
	const struct event *sent = &stage.packets[id - 1];
	struct stream_ends *e = &stage.ends[sent->direction];

	stage.judged[id - 1] = true;
	if (sent->len)
		arrive(e, FIRST_SEQ + sent->off, data ? data : e->sent + sent->off, data ? len : sent->len);
}

static void take_batch(uint32_t last)
{
	for (uint32_t id = 1; id <= last; id++)
		if (!stage.judged[id - 1])
			let_go(id, NULL, 0);
}

static void take_verdict(const struct nlmsghdr *nlh)
{
	bool batch = (nlh->nlmsg_type & 0xff) == NFQNL_MSG_VERDICT_BATCH;
	const struct nlattr *a;
	struct packet at;
	struct ct_flow flow;
	const uint8_t *data = NULL;
	uint32_t id = 0, len = 0;

	mnl_attr_for_each(a, nlh, sizeof(struct nfgenmsg)) {
		const struct nfqnl_msg_verdict_hdr *hdr = mnl_attr_get_payload(a);

		if (mnl_attr_get_type(a) == NFQA_VERDICT_HDR) {
			id = ntohl(hdr->id);
			if (hdr->verdict != htonl(NF_ACCEPT)) {
				stage.judged[id - 1] = true;
				return;
			}
		} else if (mnl_attr_get_type(a) == NFQA_CT) {
			(void)ct_flow_parse(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a),
					    &flow);
			if (flow.state_len)
				memcpy(stage.state, flow.state, sizeof(stage.state));
		} else if (mnl_attr_get_type(a) == NFQA_PAYLOAD) {
			data = mnl_attr_get_payload(a);
			if (!packet_parse(data, mnl_attr_get_payload_len(a), &at))
				abort();
			data += at.payload_off;
			len = at.payload_len;
		}
	}
	if (batch)
		take_batch(id);
	else
		let_go(id, data, len);
}

/* Does what the lane told the kernel. */
static void obey(void)
{
	static char buf[2 * QUEUE_MESSAGE_SIZE] __attribute__((aligned(8)));
	ssize_t n;

	while ((n = recv(rig.kernel, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;

		for (int left = (int)n; nl_message_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			if (nlh->nlmsg_type >> 8 == NFNL_SUBSYS_QUEUE)
				take_verdict(nlh);
			else
				take_adjustment(nlh);
	}
}

#endif
