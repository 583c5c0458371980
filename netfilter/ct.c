/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Tuples and flows in ctnetlink's attribute coding.
 */
#include "netfilter/ct.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "netfilter/attr.h"

static bool get_addr(const struct nlattr *a, uint8_t family, struct addr *ret)
{
	size_t len = family == AF_INET ? 4 : 16;

	if (attr_len(a) < len)
		return false;
	*ret = (struct addr){ .family = family };
	memcpy(ret->bytes, attr_data(a), len);
	return true;
}

static bool parse_ip(const struct nlattr *nest, struct tuple *ret)
{
	const struct nlattr *a;
	bool ok = true;

	attr_each_nested(a, nest)
		switch (attr_type(a)) {
		case CTA_IP_V4_SRC:
			ok &= get_addr(a, AF_INET, &ret->src);
			break;
		case CTA_IP_V4_DST:
			ok &= get_addr(a, AF_INET, &ret->dst);
			break;
		case CTA_IP_V6_SRC:
			ok &= get_addr(a, AF_INET6, &ret->src);
			break;
		case CTA_IP_V6_DST:
			ok &= get_addr(a, AF_INET6, &ret->dst);
			break;
		}
	return ok;
}

static bool parse_proto(const struct nlattr *nest, struct tuple *ret)
{
	const struct nlattr *a;
	bool ok = true;

	attr_each_nested(a, nest)
		switch (attr_type(a)) {
		case CTA_PROTO_NUM:
			ok &= attr_len(a) >= 1;
			if (ok)
				ret->l4 = *(const uint8_t *)attr_data(a);
			break;
		case CTA_PROTO_SRC_PORT:
			ok &= attr_get_be16(a, &ret->sport);
			break;
		case CTA_PROTO_DST_PORT:
			ok &= attr_get_be16(a, &ret->dport);
			break;
		}
	return ok;
}

static bool is_attr(const uint8_t *at, unsigned type, size_t len)
{
	const struct nlattr *a = (const struct nlattr *)(const void *)at;

	return attr_type(a) == type && a->nla_len == NLA_HDRLEN + len;
}

/* The shape in which the kernel writes TCP's and UDP's, of one family; ports are last. */
static bool parse_usual(const struct nlattr *nest, uint8_t family, struct tuple *ret)
{
	const bool v4 = family == AF_INET;
	const size_t addr = v4 ? 4 : 16, ips = 2 * (NLA_HDRLEN + addr), ports = 3 * (NLA_HDRLEN + 4);
	const uint8_t *ip = attr_data(nest), *src = ip + NLA_HDRLEN, *dst = src + NLA_HDRLEN + addr,
		      *proto = ip + NLA_HDRLEN + ips, *num = proto + NLA_HDRLEN;

	if (attr_len(nest) != NLA_HDRLEN + ips + NLA_HDRLEN + ports || !is_attr(ip, CTA_TUPLE_IP, ips) ||
	    !is_attr(src, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, addr) ||
	    !is_attr(dst, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, addr) ||
	    !is_attr(proto, CTA_TUPLE_PROTO, ports) || !is_attr(num, CTA_PROTO_NUM, 1) ||
	    !is_attr(num + 8, CTA_PROTO_SRC_PORT, 2) || !is_attr(num + 16, CTA_PROTO_DST_PORT, 2))
		return false;
	ret->src.family = ret->dst.family = family;
	memcpy(ret->src.bytes, src + NLA_HDRLEN, addr);
	memcpy(ret->dst.bytes, dst + NLA_HDRLEN, addr);
	ret->l4 = num[4];
	ret->sport = (uint16_t)(num[12] << 8 | num[13]);
	ret->dport = (uint16_t)(num[20] << 8 | num[21]);
	return true;
}

bool ct_tuple_parse(const struct nlattr *nest, struct tuple *ret)
{
	const struct nlattr *a;
	bool ok = true;

	memset(ret, 0, sizeof(*ret));
	if (parse_usual(nest, AF_INET, ret) || parse_usual(nest, AF_INET6, ret))
		return true;
	attr_each_nested(a, nest)
		switch (attr_type(a)) {
		case CTA_TUPLE_IP:
			ok &= parse_ip(a, ret);
			break;
		case CTA_TUPLE_PROTO:
			ok &= parse_proto(a, ret);
			break;
		}
	return ok;
}

static bool parse_help(const struct nlattr *nest, struct ct_flow *ret)
{
	const struct nlattr *a;
	size_t len;

	attr_each_nested(a, nest) {
		len = attr_len(a);
		switch (attr_type(a)) {
		case CTA_HELP_NAME:
			if (len > sizeof(ret->helper) || !memchr(attr_data(a), 0, len))
				return false;
			memcpy(ret->helper, attr_data(a), len);
			break;
		case CTA_HELP_INFO:
			if (len > sizeof(ret->state))
				len = sizeof(ret->state);
			memcpy(ret->state, attr_data(a), len);
			ret->state_len = (uint8_t)len;
			break;
		}
	}
	return true;
}

static bool parse_seqadj(const struct nlattr *nest, struct ct_seqadj *ret)
{
	const struct nlattr *a;
	uint32_t v;

	attr_each_nested(a, nest) {
		if (!attr_get_be32(a, &v))
			return false;
		switch (attr_type(a)) {
		case CTA_SEQADJ_CORRECTION_POS:
			ret->position = v;
			break;
		case CTA_SEQADJ_OFFSET_BEFORE:
			ret->before = (int32_t)v;
			break;
		case CTA_SEQADJ_OFFSET_AFTER:
			ret->after = (int32_t)v;
			break;
		}
	}
	return true;
}

bool ct_flow_parse(const struct nlattr *attrs, size_t len, struct ct_flow *ret)
{
	const struct nlattr *a;
	bool ok = true;

	memset(ret, 0, sizeof(*ret));
	attr_each(a, attrs, len)
		switch (attr_type(a)) {
		case CTA_TUPLE_ORIG:
			ok &= ct_tuple_parse(a, &ret->orig);
			break;
		case CTA_TUPLE_REPLY:
			ok &= ct_tuple_parse(a, &ret->reply);
			break;
		case CTA_STATUS:
			ok &= attr_get_be32(a, &ret->status);
			break;
		case CTA_ID:
			ok &= attr_get_be32(a, &ret->id);
			break;
		case CTA_TIMEOUT:
			ok &= attr_get_be32(a, &ret->timeout);
			break;
		case CTA_ZONE:
			ok &= attr_get_be16(a, &ret->zone);
			break;
		case CTA_HELP:
			ok &= parse_help(a, ret);
			break;
		case CTA_SEQ_ADJ_ORIG:
			ok &= parse_seqadj(a, &ret->seqadj[0]);
			break;
		case CTA_SEQ_ADJ_REPLY:
			ok &= parse_seqadj(a, &ret->seqadj[1]);
			break;
		}
	return ok && ret->orig.src.family && ret->orig.dst.family == ret->orig.src.family &&
	       ret->reply.src.family == ret->orig.src.family &&
	       ret->reply.dst.family == ret->orig.src.family;
}

void ct_tuple_put(struct nlmsghdr *nlh, uint16_t type, const struct tuple *t)
{
	bool v4 = t->src.family == AF_INET;
	struct nlattr *nest = mnl_attr_nest_start(nlh, type), *inner;

	inner = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	mnl_attr_put(nlh, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, v4 ? 4 : 16, t->src.bytes);
	mnl_attr_put(nlh, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, v4 ? 4 : 16, t->dst.bytes);
	mnl_attr_nest_end(nlh, inner);
	inner = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, t->l4);
	mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(t->sport));
	mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(t->dport));
	mnl_attr_nest_end(nlh, inner);
	mnl_attr_nest_end(nlh, nest);
}

void ct_state_put(struct nlmsghdr *nlh, const char *helper, const uint8_t *state, uint8_t state_len)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, CTA_HELP);

	mnl_attr_put_strz(nlh, CTA_HELP_NAME, helper);
	mnl_attr_put(nlh, CTA_HELP_INFO, state_len, state);
	mnl_attr_nest_end(nlh, nest);
}

/* Begins a message about a flow. */
static struct nlmsghdr *put_flow(struct nl *nl, void *buf, int message, uint16_t flags,
				 const struct ct_flow *flow)
{
	struct nlmsghdr *nlh = nl_request(nl, buf, (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | message),
					  flags, flow->orig.src.family, 0);

	ct_tuple_put(nlh, CTA_TUPLE_ORIG, &flow->orig);
	if (flow->zone)
		mnl_attr_put_u16(nlh, CTA_ZONE, htons(flow->zone));
	return nlh;
}

static int take(const struct nlmsghdr *nlh, void *data)
{
	const char *attrs = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg));
	size_t len = nlh->nlmsg_len - (size_t)(attrs - (const char *)nlh);

	return ct_flow_parse((const struct nlattr *)attrs, len, data) ? 0 : -EBADMSG;
}

int ct_get(struct nl *nl, const struct ct_flow *wanted, struct ct_flow *ret)
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4)));

	return nl_talk(nl, put_flow(nl, buf, IPCTNL_MSG_CT_GET, NLM_F_ACK, wanted), take, ret);
}

int ct_detach(struct nl *nl, const struct ct_flow *flow)
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4)));
	struct nlmsghdr *nlh = put_flow(nl, buf, IPCTNL_MSG_CT_NEW, NLM_F_ACK, flow);
	struct nlattr *nest = mnl_attr_nest_start(nlh, CTA_HELP);

	mnl_attr_put_strz(nlh, CTA_HELP_NAME, "");
	mnl_attr_nest_end(nlh, nest);
	return nl_talk(nl, nlh, NULL, NULL);
}

int ct_unqueue(struct nl *nl, const struct ct_flow *flow)
{
	enum { BITS = 8 * sizeof(long), WORDS = 128 / BITS };
	unsigned long none[WORDS] = { 0 }, mask[WORDS] = { 0 };
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4)));
	struct nlmsghdr *nlh = put_flow(nl, buf, IPCTNL_MSG_CT_NEW, NLM_F_ACK, flow);

	mask[CT_LABEL_QUEUED / BITS] = 1UL << CT_LABEL_QUEUED % BITS;
	mnl_attr_put(nlh, CTA_LABELS, sizeof(none), none);
	mnl_attr_put(nlh, CTA_LABELS_MASK, sizeof(mask), mask);
	return nl_talk(nl, nlh, NULL, NULL);
}

struct nlmsghdr *ct_seqadj_put(struct nl *nl, void *buf, const struct ct_flow *flow, bool reply,
			       const struct ct_seqadj *adj, const uint8_t *state, uint8_t state_len)
{
	struct nlmsghdr *nlh = put_flow(nl, buf, IPCTNL_MSG_CT_NEW, 0, flow);
	struct nlattr *nest;

	nest = mnl_attr_nest_start(nlh, reply ? CTA_SEQ_ADJ_REPLY : CTA_SEQ_ADJ_ORIG);
	mnl_attr_put_u32(nlh, CTA_SEQADJ_CORRECTION_POS, htonl(adj->position));
	mnl_attr_put_u32(nlh, CTA_SEQADJ_OFFSET_BEFORE, htonl((uint32_t)adj->before));
	mnl_attr_put_u32(nlh, CTA_SEQADJ_OFFSET_AFTER, htonl((uint32_t)adj->after));
	mnl_attr_nest_end(nlh, nest);
	if (state)
		ct_state_put(nlh, flow->helper, state, state_len);
	return nlh;
}

int ct_create(struct nl *nl, const struct ct_flow *flow, uint32_t timeout)
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4))) = { 0 };
	struct nlmsghdr *nlh =
		put_flow(nl, buf, IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, flow);
	struct nlattr *nest;

	ct_tuple_put(nlh, CTA_TUPLE_REPLY, &flow->reply);
	mnl_attr_put_u32(nlh, CTA_TIMEOUT, htonl(timeout));
	if (*flow->helper) {
		nest = mnl_attr_nest_start(nlh, CTA_HELP);
		mnl_attr_put_strz(nlh, CTA_HELP_NAME, flow->helper);
		mnl_attr_nest_end(nlh, nest);
	}
	return nl_talk(nl, nlh, NULL, NULL);
}
