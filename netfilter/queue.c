/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Messages of nfnetlink_queue (subsystem 3).
 */
#include "netfilter/queue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netfilter/attr.h"

#define HEADERS (NLMSG_HDRLEN + sizeof(struct nfgenmsg))
#define QUEUE_TYPE(message) (NFNL_SUBSYS_QUEUE << 8 | (message))
#define RECEIVE_BUFFER (16 * 1024 * 1024)
#define FLAGS (NFQA_CFG_F_FAIL_OPEN | NFQA_CFG_F_CONNTRACK | NFQA_CFG_F_GSO)

static void tune(int fd)
{
	int size = RECEIVE_BUFFER, on = 1;

	/* Either may fail on a restricted machine: the queue then only takes less of a burst. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on));
}

static uint32_t flags_of(unsigned how)
{
	uint32_t flags = how & QUEUE_GSO ? FLAGS : FLAGS & ~(uint32_t)NFQA_CFG_F_GSO;

	if (how & QUEUE_BY_RULE && how & QUEUE_STREAM)
		flags &= ~(uint32_t)NFQA_CFG_F_FAIL_OPEN;
	return flags;
}

/* One message, because a bound queue that copies nothing drops. */
static struct nlmsghdr *put_bind(struct nl *queue, void *buf, uint16_t flags, uint16_t num, uint32_t range,
				 uint32_t maxlen, unsigned how)
{
	struct nfqnl_msg_config_cmd cmd = { .command = NFQNL_CFG_CMD_BIND };
	struct nfqnl_msg_config_params params = { .copy_range = htonl(range),
						  .copy_mode = NFQNL_COPY_PACKET };
	struct nlmsghdr *nlh =
		nl_request(queue, buf, QUEUE_TYPE(NFQNL_MSG_CONFIG), flags, AF_UNSPEC, num);

	mnl_attr_put(nlh, NFQA_CFG_CMD, sizeof(cmd), &cmd);
	mnl_attr_put(nlh, NFQA_CFG_PARAMS, sizeof(params), &params);
	mnl_attr_put_u32(nlh, NFQA_CFG_QUEUE_MAXLEN, htonl(maxlen ? maxlen : QUEUE_LEN_DEFAULT));
	mnl_attr_put_u32(nlh, NFQA_CFG_FLAGS, htonl(flags_of(how)));
	mnl_attr_put_u32(nlh, NFQA_CFG_MASK, htonl(FLAGS));
	return nlh;
}

int queue_bind(struct nl *ret, uint16_t num, uint32_t range, uint32_t maxlen, unsigned how)
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4))) = { 0 };
	struct nl queue;
	int r = nl_open(&queue);

	if (r < 0)
		return r;
	tune(queue.fd);
	r = nl_talk(&queue, put_bind(&queue, buf, NLM_F_ACK, num, range, maxlen, how), NULL, NULL);
	if (r < 0) {
		nl_close(&queue);
		return r;
	}
	/* A packet that came before the acknowledgement was read past. */
	queue_accept_all(&queue, num, how);
	*ret = queue;
	return 0;
}

int queue_probe(uint16_t num, uint32_t flags)
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4))) = { 0 };
	struct nfqnl_msg_config_cmd cmd = { .command = NFQNL_CFG_CMD_BIND };
	struct nlmsghdr *nlh;
	struct nl queue;
	int r = nl_open(&queue);

	if (r < 0)
		return r;
	nlh = nl_request(&queue, buf, QUEUE_TYPE(NFQNL_MSG_CONFIG), NLM_F_ACK, AF_UNSPEC, num);
	mnl_attr_put(nlh, NFQA_CFG_CMD, sizeof(cmd), &cmd);
	mnl_attr_put_u32(nlh, NFQA_CFG_FLAGS, htonl(flags));
	mnl_attr_put_u32(nlh, NFQA_CFG_MASK, htonl(flags));
	r = nl_talk(&queue, nlh, NULL, NULL);
	nl_close(&queue);
	return r;
}

uint32_t queue_go_on(bool by_rule)
{
	return by_rule ? NF_QUEUE_NR(QUEUE_NOBODY) | NF_VERDICT_FLAG_QUEUE_BYPASS : NF_ACCEPT;
}

/* An id judges those up to 2^31 behind it: four of them reach all. */
void queue_accept_all(struct nl *queue, uint16_t num, unsigned how)
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4))) = { 0 };

	for (uint32_t quarter = 0; quarter < 4; quarter++) {
		struct nlmsghdr *nlh =
			queue_batch_put(queue, buf, num, quarter << 30, queue_go_on(how & QUEUE_BY_RULE));

		(void)!send(queue->fd, nlh, nlh->nlmsg_len, 0);
	}
}

static int set_len(struct nl *queue, uint16_t num, uint32_t maxlen)
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4))) = { 0 };
	struct nlmsghdr *nlh = nl_request(queue, buf, QUEUE_TYPE(NFQNL_MSG_CONFIG), 0, AF_UNSPEC,
					  num);

	/* Without ACK: the answer would stand behind packets that the broker is reading. */
	mnl_attr_put_u32(nlh, NFQA_CFG_QUEUE_MAXLEN, htonl(maxlen));
	return send(queue->fd, nlh, nlh->nlmsg_len, 0) < 0 ? -errno : 0;
}

int queue_set_len(struct nl *queue, uint16_t num, uint32_t maxlen)
{
	return set_len(queue, num, maxlen ? maxlen : QUEUE_LEN_DEFAULT);
}

/* What was sent up before is nobody's: the ids begin anew with the next binding. */
static void unbind(struct nl *queue, uint16_t num)
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4))) = { 0 };
	struct nfqnl_msg_config_cmd cmd = { .command = NFQNL_CFG_CMD_UNBIND };
	struct nlmsghdr *nlh = nl_request(queue, buf, QUEUE_TYPE(NFQNL_MSG_CONFIG), 0, AF_UNSPEC,
					  num);

	mnl_attr_put(nlh, NFQA_CFG_CMD, sizeof(cmd), &cmd);
	(void)!send(queue->fd, nlh, nlh->nlmsg_len, 0);
	while (recv(queue->fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC) > 0)
		;
}

/* A rule has `bypass'. A helper needs a queue that is bound: with FAIL_OPEN a full one lets pass, and with no
 * room it is always full. */
void queue_pause(struct nl *queue, uint16_t num, unsigned how)
{
	if (!(how & QUEUE_BY_RULE))
		(void)set_len(queue, num, 0);
	queue_accept_all(queue, num, how);
	if (how & QUEUE_BY_RULE)
		unbind(queue, num);
}

void queue_resume(struct nl *queue, uint16_t num, uint32_t maxlen, unsigned how)
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4))) = { 0 };
	struct nlmsghdr *nlh;

	if (!(how & QUEUE_BY_RULE)) {
		(void)queue_set_len(queue, num, maxlen);
		return;
	}
	nlh = put_bind(queue, buf, 0, num, QUEUE_RANGE_MAX, maxlen, how);
	(void)!send(queue->fd, nlh, nlh->nlmsg_len, 0);
}

static bool parse_header(const struct nlattr *a, struct queue_packet *ret)
{
	struct nfqnl_msg_packet_hdr hdr;

	if (attr_len(a) < sizeof(hdr))
		return false;
	memcpy(&hdr, attr_data(a), sizeof(hdr));
	ret->id = ntohl(hdr.packet_id);
	ret->hook = hdr.hook;
	ret->family = hdr.hw_protocol == htons(ETH_P_IPV6) ? AF_INET6 :
		      hdr.hw_protocol == htons(ETH_P_IP)   ? AF_INET :
							     AF_UNSPEC;
	return true;
}

bool queue_parse(const struct nlmsghdr *nlh, struct queue_packet *ret)
{
	uint32_t info = 0, skb = 0, cap_len = 0;
	const struct nlattr *a;
	bool ok = true;

	memset(ret, 0, offsetof(struct queue_packet, flow));
	if (nlh->nlmsg_len < HEADERS)
		return false;
	attr_each(a, (const char *)nlh + HEADERS, nlh->nlmsg_len - HEADERS)
		switch (attr_type(a)) {
		case NFQA_PACKET_HDR:
			ok &= parse_header(a, ret);
			break;
		case NFQA_PAYLOAD:
			ret->data = attr_data(a);
			ret->len = attr_len(a);
			break;
		case NFQA_CT:
			ret->has_flow = ct_flow_parse(attr_data(a), attr_len(a), &ret->flow);
			break;
		case NFQA_CT_INFO:
			ok &= attr_get_be32(a, &info);
			break;
		case NFQA_IFINDEX_INDEV:
			ok &= attr_get_be32(a, &ret->in);
			break;
		case NFQA_IFINDEX_OUTDEV:
			ok &= attr_get_be32(a, &ret->out);
			break;
		case NFQA_CAP_LEN:
			ok &= attr_get_be32(a, &cap_len);
			break;
		case NFQA_SKB_INFO:
			ok &= attr_get_be32(a, &skb);
			break;
		}
	ret->ct_info = (uint8_t)info;
	ret->total_len = cap_len > ret->len ? cap_len : ret->len;
	ret->csum_not_ready = skb & NFQA_SKB_CSUMNOTREADY;
	ret->gso = skb & NFQA_SKB_GSO;
	return ok && ret->id;
}

struct nlmsghdr *queue_verdict_put(struct nl *queue, void *buf, uint16_t num,
				   const struct queue_verdict *v)
{
	struct nfqnl_msg_verdict_hdr hdr = { .verdict = htonl(v->verdict), .id = htonl(v->id) };
	struct nlmsghdr *nlh = nl_request(queue, buf, QUEUE_TYPE(NFQNL_MSG_VERDICT), 0, AF_UNSPEC,
					  num);
	struct nlattr *ct;

	mnl_attr_put(nlh, NFQA_VERDICT_HDR, sizeof(hdr), &hdr);
	if (v->state || v->flow_timeout || v->expect) { /* the kernel looks at NFQA_EXP behind it */
		ct = mnl_attr_nest_start(nlh, NFQA_CT);
		if (v->flow_timeout)
			mnl_attr_put_u32(nlh, CTA_TIMEOUT, htonl(v->flow_timeout));
		if (v->state)
			ct_state_put(nlh, v->helper, v->state, v->state_len);
		mnl_attr_nest_end(nlh, ct);
	}
	if (v->expect)
		expect_put(nlh, NFQA_EXP, v->expect);
	if (v->packet)
		mnl_attr_put(nlh, NFQA_PAYLOAD, v->packet_len, v->packet);
	return nlh;
}

struct nlmsghdr *queue_batch_put(struct nl *queue, void *buf, uint16_t num, uint32_t id,
				 uint32_t verdict)
{
	struct nfqnl_msg_verdict_hdr hdr = { .verdict = htonl(verdict), .id = htonl(id) };
	struct nlmsghdr *nlh = nl_request(queue, buf, QUEUE_TYPE(NFQNL_MSG_VERDICT_BATCH), 0,
					  AF_UNSPEC, num);

	mnl_attr_put(nlh, NFQA_VERDICT_HDR, sizeof(hdr), &hdr);
	return nlh;
}
