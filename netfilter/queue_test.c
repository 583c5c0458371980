/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is asked of a queue, what it hands over, what it is told of a packet.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <unistd.h>

#include "netfilter/nl.h"

static int fake_open(struct nl *ret);
static int fake_talk(struct nl *nl, struct nlmsghdr *request,
		     int (*cb)(const struct nlmsghdr *, void *), void *data);

#define nl_open fake_open
#define nl_talk fake_talk
#include "netfilter/queue.c"
#undef nl_open
#undef nl_talk

#include "netfilter/message_test.h"

static char buf[128 * 1024] __attribute__((aligned(8)));
static struct nlmsghdr *const message = (struct nlmsghdr *)buf;
static int open_result, talk_result, last_fd;
static struct queue_packet got;
static struct nl nl;

static int fake_open(struct nl *ret)
{
	if (open_result < 0)
		return open_result;
	last_fd = open("/dev/null", O_RDWR);
	*ret = (struct nl){ .fd = last_fd, .portid = 7 };
	return 0;
}

static int fake_talk(struct nl *to, struct nlmsghdr *request,
		     int (*cb)(const struct nlmsghdr *, void *), void *data)
{
	(void)to, (void)cb, (void)data;
	memcpy(buf, request, request->nlmsg_len);
	return talk_result;
}

static const void *attribute(uint16_t type, size_t len)
{
	const struct nlattr *a;

	mnl_attr_for_each(a, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(a) == type && mnl_attr_get_payload_len(a) == len)
			return mnl_attr_get_payload(a);
	}
	return NULL;
}

static uint32_t number(uint16_t type)
{
	const uint32_t *v = attribute(type, 4);

	return v ? ntohl(*v) : UINT32_MAX;
}

static void test_bind(void)
{
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(message);
	struct nl queue = { .fd = -1 };
	const uint8_t *params;

	is_int(queue_bind(&queue, 300, 4096, 0, QUEUE_GSO), 0, "bound");
	is_int(queue.fd, last_fd, "an open socket");
	is_int(ntohs(nfg->res_id), 300, "its number");
	is_int(message->nlmsg_type, NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_CONFIG, "type");
	ok(message->nlmsg_flags & NLM_F_ACK, "an answer is asked for");
	ok(attribute(NFQA_CFG_CMD, sizeof(struct nfqnl_msg_config_cmd)) != NULL, "the command");
	params = attribute(NFQA_CFG_PARAMS, sizeof(struct nfqnl_msg_config_params));
	ok(params && params[2] == 16 && params[4] == NFQNL_COPY_PACKET, "range and mode");
	is_int(number(NFQA_CFG_QUEUE_MAXLEN), QUEUE_LEN_DEFAULT, "the usual length");
	is_int(number(NFQA_CFG_FLAGS), NFQA_CFG_F_FAIL_OPEN | NFQA_CFG_F_CONNTRACK | NFQA_CFG_F_GSO,
	       "flags");
	is_int(number(NFQA_CFG_MASK), number(NFQA_CFG_FLAGS), "all of them");
	nl_close(&queue);
	talk_result = -EBUSY;
	is_int(queue_bind(&queue, 1, 4096, 7, QUEUE_STREAM), -EBUSY, "another's");
	is_int(queue.fd, -1, "untouched");
	is_int(fcntl(last_fd, F_GETFD), -1, "its socket is closed");
	is_int(number(NFQA_CFG_QUEUE_MAXLEN), 7, "a length");
	is_int(number(NFQA_CFG_FLAGS), NFQA_CFG_F_FAIL_OPEN | NFQA_CFG_F_CONNTRACK,
	       "segments come one by one");
	(void)queue_bind(&queue, 1, 4096, 7, QUEUE_BY_RULE | QUEUE_STREAM);
	is_int(number(NFQA_CFG_FLAGS), NFQA_CFG_F_CONNTRACK, "a full one does not let a rule's streams pass");
	is_int(number(NFQA_CFG_MASK) & NFQA_CFG_F_FAIL_OPEN, NFQA_CFG_F_FAIL_OPEN, "in so many words");
	(void)queue_bind(&queue, 1, 4096, 7, QUEUE_BY_RULE);
	ok(number(NFQA_CFG_FLAGS) & NFQA_CFG_F_FAIL_OPEN, "but a rule's datagrams");
	open_result = -EMFILE;
	is_int(queue_bind(&queue, 1, 4096, 7, 0), -EMFILE, "no socket");
}

/* ---- packets */

static bool try_packet(const struct nlmsghdr *nlh)
{
	const uint8_t *end = (const uint8_t *)nlh + MNL_ALIGN(nlh->nlmsg_len);
	bool taken = queue_parse(nlh, &got);
	unsigned sum = 0;

	if (taken && got.data)
		for (uint32_t i = 0; i < got.len; i++)
			sum += got.data[i];
	if (taken && got.data && got.data + got.len > end)
		ok(false, "the packet ends with its message (%u)", sum);
	return taken;
}

static struct nlmsghdr *begin(uint32_t id, uint16_t proto)
{
	struct nfqnl_msg_packet_hdr hdr = { .packet_id = htonl(id),
					    .hw_protocol = htons(proto),
					    .hook = NF_INET_POST_ROUTING };
	struct nlmsghdr *nlh =
		nl_request(&nl, buf, NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET, 0, AF_INET, 300);

	mnl_attr_put(nlh, NFQA_PACKET_HDR, sizeof(hdr), &hdr);
	return nlh;
}

static void put_flow(struct nlmsghdr *nlh)
{
	struct tuple orig = message_tuple("10.0.0.1", 700, "192.0.2.1", 111, IPPROTO_TCP);
	struct tuple reply = message_tuple("192.0.2.1", 111, "10.0.0.1", 700, IPPROTO_TCP);
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFQA_CT);

	ct_tuple_put(nlh, CTA_TUPLE_ORIG, &orig);
	ct_tuple_put(nlh, CTA_TUPLE_REPLY, &reply);
	mnl_attr_put_u32(nlh, CTA_ID, htonl(77));
	ct_state_put(nlh, "toy", (const uint8_t *)"abcd", 4);
	mnl_attr_nest_end(nlh, nest);
}

static void test_packet(void)
{
	struct nlmsghdr *nlh = begin(5, ETH_P_IP);
	uint32_t before;

	put_flow(nlh);
	mnl_attr_put_u32(nlh, NFQA_CT_INFO, htonl(IP_CT_IS_REPLY));
	mnl_attr_put_u32(nlh, NFQA_CAP_LEN, htonl(1500));
	mnl_attr_put_u32(nlh, NFQA_SKB_INFO, htonl(NFQA_SKB_CSUMNOTREADY | NFQA_SKB_GSO));
	before = nlh->nlmsg_len;
	mnl_attr_put(nlh, NFQA_PAYLOAD, 9, "a packet");
	ok(message_copy(nlh, try_packet), "a packet");
	ok(try_packet(nlh), "in place");
	ok(got.id == 5 && got.family == AF_INET && got.hook == NF_INET_POST_ROUTING, "its header");
	ok(got.len == 9 && !memcmp(got.data, "a packet", 9), "its bytes");
	is_int(got.total_len, 1500, "it had more");
	is_int(got.ct_info, IP_CT_IS_REPLY, "its direction");
	ok(got.csum_not_ready && got.gso, "its flags");
	ok(got.has_flow && got.flow.id == 77 && got.flow.state_len == 4, "its flow");
	is_str(got.flow.helper, "toy", "its helper");
	message_cuts(nlh, try_packet);
	ok(message_all_lengths(nlh, try_packet) > 200, "every length of every attribute");
	nlh->nlmsg_len = before;
	ok(try_packet(nlh), "without its bytes");
	ok(!got.data && !got.len, "none");

	nlh = begin(6, ETH_P_IPV6);
	mnl_attr_put(nlh, NFQA_PAYLOAD, 9, "a packet");
	ok(try_packet(nlh), "without a flow, after one with it");
	ok(!got.has_flow, "it has none");
	is_int(got.family, AF_INET6, "IPv6");
	is_int(got.total_len, 9, "whole");
	ok(!got.csum_not_ready && !got.gso, "no flags");
	begin(7, 0x0806);
	ok(try_packet(message) && got.family == AF_UNSPEC, "neither IPv4 nor IPv6");
}

static void test_incomplete(void)
{
	static const char zero[64];
	struct nlmsghdr *nlh = begin(0, ETH_P_IP);

	ok(!try_packet(nlh), "no id");
	nlh->nlmsg_len = MESSAGE_ATTRS;
	ok(!try_packet(nlh), "no header");
	nlh->nlmsg_len--;
	ok(!try_packet(nlh), "no netfilter header");
	is_int(got.id, 0, "nothing to be let go");
	for (size_t len = 0; len <= 4; len++) {
		mnl_attr_put(begin(5, ETH_P_IP), NFQA_CT_INFO, len, zero);
		ok(try_packet(message) == (len >= 4), "direction of %zu bytes", len);
		is_int(got.id, 5, "it can be let go");
	}
	for (size_t len = 0; len <= sizeof(struct nfqnl_msg_packet_hdr); len++) {
		nlh = nl_request(&nl, buf, 0, 0, AF_INET, 300);
		mnl_attr_put(nlh, NFQA_PACKET_HDR, len, "\1\1\1\1\1\1\1");
		ok(try_packet(nlh) == (len == sizeof(struct nfqnl_msg_packet_hdr)),
		   "header of %zu bytes", len);
	}
	mnl_attr_put(begin(5, ETH_P_IP), NFQA_CT, 0, zero);
	ok(try_packet(message) && !got.has_flow, "an empty flow is none");
}

/* ---- verdicts */

static void test_verdict(void)
{
	static uint8_t packet[QUEUE_RANGE_MAX];
	struct queue_verdict v = { .id = 0x80000001, .verdict = NF_ACCEPT };
	uint8_t state[CT_STATE_SIZE] = { 1 };
	const struct nfqnl_msg_verdict_hdr *hdr;
	const struct nlattr *ct, *a;
	struct nlmsghdr *nlh = queue_verdict_put(&nl, buf, 300, &v);

	is_int(nlh->nlmsg_type, NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT, "type");
	is_int(nlh->nlmsg_flags, NLM_F_REQUEST, "without an answer");
	hdr = attribute(NFQA_VERDICT_HDR, sizeof(*hdr));
	ok(hdr && ntohl(hdr->id) == v.id && ntohl(hdr->verdict) == NF_ACCEPT, "its header");
	is_int(nlh->nlmsg_len, MESSAGE_ATTRS + 4 + sizeof(*hdr), "nothing else");
	v.helper = "123456789012345";
	v.state = state;
	v.state_len = sizeof(state);
	nlh = queue_verdict_put(&nl, buf, 300, &v);
	ok(nlh->nlmsg_len <= QUEUE_VERDICT_SIZE, "the longest state fits");
	is_int(nlh->nlmsg_len, MESSAGE_ATTRS + 4 + sizeof(*hdr) + 4 + 4 + 4 + 16 + 4 + 32, "whole");
	v.packet = packet;
	v.packet_len = sizeof(packet);
	nlh = queue_verdict_put(&nl, buf, 300, &v);
	ok(nlh->nlmsg_len <= QUEUE_VERDICT_SIZE + sizeof(packet), "with the longest packet");
	ok(attribute(NFQA_PAYLOAD, sizeof(packet)) != NULL, "it says its length");
	ct = NULL;
	mnl_attr_for_each(a, nlh, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(a) == NFQA_CT)
			ct = a;
	}
	ok(ct && ct->nla_type & NLA_F_NESTED, "a flow's state");
	v.state = NULL;
	v.packet_len = 1;
	nlh = queue_verdict_put(&nl, buf, 300, &v);
	is_int(nlh->nlmsg_len, MESSAGE_ATTRS + 4 + sizeof(*hdr) + 8, "one byte, padded");
	nlh = queue_batch_put(&nl, buf, 300, 9, queue_go_on(true));
	hdr = attribute(NFQA_VERDICT_HDR, sizeof(*hdr));
	ok(hdr && (ntohl(hdr->verdict) & NF_VERDICT_MASK) == NF_QUEUE &&
		   ntohl(hdr->verdict) >> NF_VERDICT_QBITS == QUEUE_NOBODY &&
		   ntohl(hdr->verdict) & NF_VERDICT_FLAG_QUEUE_BYPASS,
	   "a rule's packet goes to nobody, and on");
	nlh = queue_batch_put(&nl, buf, 300, 9, queue_go_on(false));
	is_int(nlh->nlmsg_type, NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT_BATCH, "a batch");
	hdr = attribute(NFQA_VERDICT_HDR, sizeof(*hdr));
	ok(hdr && ntohl(hdr->id) == 9 && ntohl(hdr->verdict) == NF_ACCEPT, "up to an id");
}

/* What the kernel reads in this order: the flow's time, its helper's state, then the expectation. */
static void test_verdict_creates(void)
{
	struct expectation e = { .follow = true, .wild = 64, .helper = "123456789012345",
				 .nat = { .present = true, .reply = true, .keeps_source = true } };
	struct queue_verdict v = { .id = 1, .verdict = NF_ACCEPT, .expect = &e };
	const struct nlattr *a, *inner;
	struct nlmsghdr *nlh;
	unsigned seen = 0;

	e.tuple.src = e.tuple.dst = e.nat.addr = addr_from_bytes(AF_INET6, (uint8_t[16]){ 0xfe, 0x80 });
	nlh = queue_verdict_put(&nl, buf, 300, &v);
	mnl_attr_for_each(a, nlh, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(a) == NFQA_CT)
			is_int(mnl_attr_get_payload_len(a), 0, "an empty flow, or it is not looked at");
		if (mnl_attr_get_type(a) != NFQA_EXP)
			continue;
		mnl_attr_for_each_nested(inner, a)
			seen |= 1u << mnl_attr_get_type(inner);
	}
	is_int(seen, 1u << CTA_EXPECT_TUPLE | 1u << CTA_EXPECT_MASK | 1u << CTA_EXPECT_CLASS |
			     1u << CTA_EXPECT_FLAGS | 1u << CTA_EXPECT_NAT | 1u << CTA_EXPECT_FN |
			     1u << CTA_EXPECT_HELP_NAME,
	       "an expectation");
	v.helper = e.helper;
	v.state = (uint8_t[CT_STATE_SIZE]){ 1 };
	v.state_len = CT_STATE_SIZE;
	v.flow_timeout = 60;
	nlh = queue_verdict_put(&nl, buf, 300, &v);
	ok(nlh->nlmsg_len <= QUEUE_VERDICT_SIZE, "all of it fits");
	mnl_attr_for_each(a, nlh, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(a) == NFQA_CT)
			is_int(mnl_attr_get_type(mnl_attr_get_payload(a)), CTA_TIMEOUT, "its time first");
}

static void test_set_len(void)
{
	int pair[2];
	struct nl queue;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
		return;
	queue = (struct nl){ .fd = pair[0] };
	is_int(queue_set_len(&queue, 300, 2048), 0, "sent");
	ok(recv(pair[1], buf, sizeof(buf), 0) > 0 && message->nlmsg_flags == NLM_F_REQUEST,
	   "without an answer");
	is_int(number(NFQA_CFG_QUEUE_MAXLEN), 2048, "its length");
	queue_set_len(&queue, 300, 0);
	recv(pair[1], buf, sizeof(buf), 0);
	is_int(number(NFQA_CFG_QUEUE_MAXLEN), QUEUE_LEN_DEFAULT, "the usual");
	close(pair[1]);
	ok(queue_set_len(&queue, 300, 1) < 0, "nobody there");
	close(pair[0]);
}

static void test_pause(void)
{
	int pair[2];
	struct nl queue;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
		return;
	queue = (struct nl){ .fd = pair[0] };
	queue_pause(&queue, 300, 0);
	recv(pair[1], buf, sizeof(buf), 0);
	is_int(number(NFQA_CFG_QUEUE_MAXLEN), 0, "a helper's queue: no room");
	for (unsigned i = 0; i < 4; i++)
		recv(pair[1], buf, sizeof(buf), 0);
	is_int(message->nlmsg_type & 0xff, NFQNL_MSG_VERDICT_BATCH, "and what is pending goes on");
	(void)!send(pair[1], "stale", 5, 0);
	queue_pause(&queue, 300, QUEUE_BY_RULE);
	ok(recv(queue.fd, buf, sizeof(buf), MSG_DONTWAIT) < 0, "a rule's queue: what was sent up is forgotten");
	for (unsigned i = 0; i < 5; i++)
		recv(pair[1], buf, sizeof(buf), 0);
	is_int(*(const uint8_t *)attribute(NFQA_CFG_CMD, sizeof(struct nfqnl_msg_config_cmd)),
	       NFQNL_CFG_CMD_UNBIND, "it is gone, behind all that was pending");
	queue_resume(&queue, 300, 9, QUEUE_BY_RULE);
	recv(pair[1], buf, sizeof(buf), 0);
	is_int(*(const uint8_t *)attribute(NFQA_CFG_CMD, sizeof(struct nfqnl_msg_config_cmd)),
	       NFQNL_CFG_CMD_BIND, "and comes back");
	is_int(number(NFQA_CFG_QUEUE_MAXLEN), 9, "as long as it was");
	queue_resume(&queue, 300, 9, 0);
	recv(pair[1], buf, sizeof(buf), 0);
	is_int(number(NFQA_CFG_QUEUE_MAXLEN), 9, "the helper's has room again");
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	test_bind();
	test_pause();
	test_packet();
	test_incomplete();
	test_verdict();
	test_verdict_creates();
	test_set_len();
	return done_testing();
}
