/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Expectation messages of ctnetlink (subsystem 2).
 */
#include "netfilter/expect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>
#include <sys/socket.h>

#define EXPECT_TYPE(message) (NFNL_SUBSYS_CTNETLINK_EXP << 8 | (message))

/* Clears the last `bits` bits of an address. */
static void clear_end(struct addr *a, unsigned bits)
{
	for (size_t i = addr_len(a); i-- && bits; bits -= bits < 8 ? bits : 8)
		a->bytes[i] = bits < 8 ? (uint8_t)(a->bytes[i] >> bits << bits) : 0;
}

bool expect_any_source(const struct expectation *e)
{
	return e->wild && e->wild == 8 * addr_len(&e->tuple.src);
}

bool expect_leads_same(const struct expectation *a, const struct expectation *b)
{
	if (a->nat.present != b->nat.present)
		return false;
	return !a->nat.present || (a->nat.reply == b->nat.reply &&
				   a->nat.keeps_source == b->nat.keeps_source && a->nat.port == b->nat.port &&
				   addr_equal(&a->nat.addr, &b->nat.addr));
}

bool expect_same(const struct expectation *a, const struct expectation *b)
{
	return tuple_equal(&a->master, &b->master) && a->class == b->class && a->flags == b->flags &&
	       a->wild == b->wild && a->follow == b->follow && !strcmp(a->helper, b->helper) &&
	       expect_leads_same(a, b);
}

/* Ones where the child must match: the destination always, the source as far as it is given. */
static struct tuple mask_of(const struct expectation *e)
{
	struct tuple mask = { .l4 = e->tuple.l4, .dport = 0xffff };

	mask.src.family = mask.dst.family = e->tuple.src.family;
	memset(mask.src.bytes, 0xff, addr_len(&mask.src));
	clear_end(&mask.src, e->wild);
	memset(mask.dst.bytes, 0xff, addr_len(&mask.dst));
	if (e->tuple.sport)
		mask.sport = 0xffff;
	return mask;
}

static struct nlmsghdr *request(struct nl *nl, void *buf, int message, uint16_t flags,
				const struct expectation *e)
{
	struct nlmsghdr *nlh = nl_request(nl, buf, EXPECT_TYPE(message), flags,
					  e->tuple.dst.family, 0);

	ct_tuple_put(nlh, CTA_EXPECT_TUPLE, &e->tuple);
	if (e->zone)
		mnl_attr_put_u16(nlh, CTA_EXPECT_ZONE, htons(e->zone));
	return nlh;
}

static void put_nat(struct nlmsghdr *nlh, const struct expectation *e)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, CTA_EXPECT_NAT);
	struct tuple saved = { .src = e->nat.addr, .dst = e->nat.addr, .sport = e->nat.port,
			       .l4 = e->tuple.l4 };

	mnl_attr_put_u32(nlh, CTA_EXPECT_NAT_DIR, htonl(e->nat.reply));
	ct_tuple_put(nlh, CTA_EXPECT_NAT_TUPLE, &saved);
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_put_strz(nlh, CTA_EXPECT_FN, e->nat.keeps_source ? "sip" : "nat-follow-master");
}

/* What creation says in either way, but the tuple. */
static void put_terms(struct nlmsghdr *nlh, const struct expectation *e)
{
	struct tuple mask = mask_of(e);

	ct_tuple_put(nlh, CTA_EXPECT_MASK, &mask);
	mnl_attr_put_u32(nlh, CTA_EXPECT_CLASS, htonl(e->class));
	mnl_attr_put_u32(nlh, CTA_EXPECT_FLAGS, htonl(e->flags));
	if (e->nat.present)
		put_nat(nlh, e);
}

static struct nlmsghdr *creation(struct nl *nl, void *buf, const struct expectation *e)
{
	struct nlmsghdr *nlh = request(nl, buf, IPCTNL_MSG_EXP_NEW,
				       NLM_F_CREATE | NLM_F_EXCL, e);

	put_terms(nlh, e);
	ct_tuple_put(nlh, CTA_EXPECT_MASTER, &e->master);
	mnl_attr_put_u32(nlh, CTA_EXPECT_TIMEOUT, htonl(e->timeout));
	return nlh;
}

int expect_create(struct nl *nl, const struct expectation *e)
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4))) = { 0 };

	return nl_tell(nl, NULL, creation(nl, buf, e));
}

int expect_replace(struct nl *nl, const struct expectation *e)
{
	char buf[2][NL_REQUEST_SIZE] __attribute__((aligned(4))) = { 0 };
	struct nlmsghdr *deletion = request(nl, buf[0], IPCTNL_MSG_EXP_DELETE, 0, e);

	return nl_tell(nl, deletion, creation(nl, buf[1], e));
}

void expect_put(struct nlmsghdr *nlh, uint16_t type, const struct expectation *e)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	ct_tuple_put(nlh, CTA_EXPECT_TUPLE, &e->tuple);
	put_terms(nlh, e);
	if (e->follow)
		mnl_attr_put_strz(nlh, CTA_EXPECT_HELP_NAME, e->helper);
	mnl_attr_nest_end(nlh, nest);
}

int expect_delete(struct nl *nl, const struct expectation *e)
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4))) = { 0 };

	return nl_talk(nl, request(nl, buf, IPCTNL_MSG_EXP_DELETE, NLM_F_ACK, e), NULL, NULL);
}

static int take(const struct nlmsghdr *nlh, void *data)
{
	return expect_parse(nlh, data) ? 0 : -EBADMSG;
}

int expect_get(struct nl *nl, const struct expectation *wanted, struct expectation *ret)
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4))) = { 0 };

	return nl_talk(nl, request(nl, buf, IPCTNL_MSG_EXP_GET, NLM_F_ACK, wanted), take, ret);
}

static bool parse_nat(const struct nlattr *nest, struct expect_nat *ret)
{
	const struct nlattr *a;
	struct tuple saved = { 0 };
	bool ok = true;

	mnl_attr_for_each_nested(a, nest) {
		if (mnl_attr_get_type(a) == CTA_EXPECT_NAT_DIR) {
			ok &= mnl_attr_get_payload_len(a) >= 4;
			if (ok)
				ret->reply = mnl_attr_get_u32(a) != 0;
		} else if (mnl_attr_get_type(a) == CTA_EXPECT_NAT_TUPLE) {
			ok &= ct_tuple_parse(a, &saved);
		}
	}
	ret->present = true;
	ret->addr = saved.src;
	ret->port = saved.sport;
	return ok;
}

static bool parse_name(const struct nlattr *a, char *ret)
{
	size_t len = mnl_attr_get_payload_len(a);

	if (len > CT_HELPER_NAME_SIZE || !memchr(mnl_attr_get_payload(a), 0, len))
		return false;
	memcpy(ret, mnl_attr_get_payload(a), len);
	return true;
}

/* Bits at the end of a mask that are 0. */
static uint8_t count_wild(const struct addr *mask)
{
	uint8_t n = 0;

	for (size_t i = addr_len(mask); i--; n = (uint8_t)(n + 8)) {
		unsigned byte = mask->bytes[i];

		if (byte)
			return (uint8_t)(n + __builtin_ctz(byte));
	}
	return n;
}

static bool is_sip(const struct nlattr *a)
{
	size_t len = mnl_attr_get_payload_len(a);

	return len == sizeof("sip") && !memcmp(mnl_attr_get_payload(a), "sip", len);
}

bool expect_parse(const struct nlmsghdr *nlh, struct expectation *ret)
{
	uint32_t *numbers[] = { [CTA_EXPECT_TIMEOUT] = &ret->timeout,
				[CTA_EXPECT_FLAGS] = &ret->flags,
				[CTA_EXPECT_CLASS] = &ret->class };
	struct tuple mask = { 0 };
	const struct nlattr *a;
	bool ok = true;

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(struct nfgenmsg))
		return false;
	memset(ret, 0, sizeof(*ret));
	mnl_attr_for_each(a, nlh, sizeof(struct nfgenmsg)) {
		uint16_t type = mnl_attr_get_type(a);

		switch (type) {
		case CTA_EXPECT_MASTER:
			ok &= ct_tuple_parse(a, &ret->master);
			break;
		case CTA_EXPECT_TUPLE:
			ok &= ct_tuple_parse(a, &ret->tuple);
			break;
		case CTA_EXPECT_MASK:
			ok &= ct_tuple_parse(a, &mask);
			break;
		case CTA_EXPECT_TIMEOUT:
		case CTA_EXPECT_FLAGS:
		case CTA_EXPECT_CLASS:
			ok &= mnl_attr_get_payload_len(a) >= 4;
			if (ok)
				*numbers[type] = ntohl(mnl_attr_get_u32(a));
			break;
		case CTA_EXPECT_ZONE:
			ok &= mnl_attr_get_payload_len(a) >= 2;
			if (ok)
				ret->zone = ntohs(mnl_attr_get_u16(a));
			break;
		case CTA_EXPECT_HELP_NAME:
			ok &= parse_name(a, ret->helper);
			break;
		case CTA_EXPECT_NAT:
			ok &= parse_nat(a, &ret->nat);
			break;
		case CTA_EXPECT_FN:
			ret->nat.keeps_source = is_sip(a);
			break;
		}
	}
	ret->wild = count_wild(&mask.src);
	return ok && ret->tuple.dst.family && ret->master.src.family;
}
