/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Messages of the kernel's user-space helper subsystem, both ways. Who may enable what and when is
 * the caller's business.
 */
#include "netfilter/cthelper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_cthelper.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>

#define TYPE(message) (NFNL_SUBSYS_CTHELPER << 8 | (message))

/* Building */

static void put_tuple(struct nlmsghdr *nlh, const struct cthelper *h)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFCTH_TUPLE);

	mnl_attr_put_u16(nlh, NFCTH_TUPLE_L3PROTONUM, htons(h->l3));
	mnl_attr_put_u8(nlh, NFCTH_TUPLE_L4PROTONUM, h->l4);
	mnl_attr_nest_end(nlh, nest);
}

static void put_policies(struct nlmsghdr *nlh, const struct cthelper *h)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFCTH_POLICY);

	for (unsigned i = 0; i < h->n_policies && i < CTHELPER_POLICIES_MAX; i++) {
		const struct cthelper_policy *p = &h->policies[i];
		struct nlattr *set = mnl_attr_nest_start(nlh, (uint16_t)(NFCTH_POLICY_SET + i));

		mnl_attr_put_strz(nlh, NFCTH_POLICY_NAME, p->name);
		mnl_attr_put_u32(nlh, NFCTH_POLICY_EXPECT_MAX, htonl(p->max));
		mnl_attr_put_u32(nlh, NFCTH_POLICY_EXPECT_TIMEOUT, htonl(p->timeout));
		mnl_attr_nest_end(nlh, set);
	}
	mnl_attr_put_u32(nlh, NFCTH_POLICY_SET_NUM, htonl(h->n_policies));
	mnl_attr_nest_end(nlh, nest);
}

static struct nlmsghdr *request(struct nl *nl, void *buf, uint16_t message, uint16_t flags,
				const struct cthelper *h)
{
	struct nlmsghdr *nlh = nl_request(nl, buf, TYPE(message), flags, AF_UNSPEC, 0);

	if (!h)
		return nlh;
	if (h->has & CTHELPER_NAME)
		mnl_attr_put_strz(nlh, NFCTH_NAME, h->name);
	if (h->has & CTHELPER_QUEUE)
		mnl_attr_put_u32(nlh, NFCTH_QUEUE_NUM, htonl(h->queue_num));
	if (h->has & CTHELPER_STATE_LEN)
		mnl_attr_put_u32(nlh, NFCTH_PRIV_DATA_LEN, htonl(h->state_len));
	if (h->has & CTHELPER_TUPLE)
		put_tuple(nlh, h);
	if (h->has & CTHELPER_POLICIES)
		put_policies(nlh, h);
	if (h->has & CTHELPER_STATUS)
		mnl_attr_put_u32(nlh, NFCTH_STATUS, htonl(h->enabled));
	return nlh;
}

int cthelper_set(struct nl *nl, const struct cthelper *h, uint16_t flags)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };

	return nl_talk(nl, request(nl, buf, NFNL_MSG_CTHELPER_NEW, NLM_F_ACK | flags, h), NULL,
		       NULL);
}

/* Objects are found by name and tuple alone. */
static struct cthelper only_key(const struct cthelper *filter)
{
	struct cthelper key = *filter;

	key.has &= CTHELPER_NAME | CTHELPER_TUPLE;
	return key;
}

int cthelper_delete(struct nl *nl, const struct cthelper *filter)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct cthelper key = filter ? only_key(filter) : (struct cthelper){ 0 };

	return nl_talk(nl, request(nl, buf, NFNL_MSG_CTHELPER_DEL, NLM_F_ACK, &key), NULL, NULL);
}

/* Parsing */

static bool get_u32(const struct nlattr *a, uint32_t *ret)
{
	if (mnl_attr_get_payload_len(a) != sizeof(uint32_t))
		return false;
	*ret = ntohl(mnl_attr_get_u32(a));
	return true;
}

static bool get_name(const struct nlattr *a, char *ret)
{
	size_t len = mnl_attr_get_payload_len(a);
	const char *name = mnl_attr_get_payload(a);
	const char *end = memchr(name, 0, len);

	if (!end || end - name >= CTHELPER_NAME_SIZE)
		return false;
	memcpy(ret, name, (size_t)(end - name) + 1);
	return true;
}

static bool parse_tuple(const struct nlattr *nest, struct cthelper *ret)
{
	const struct nlattr *a;
	bool l3 = false, l4 = false, ok = true;

	mnl_attr_for_each_nested(a, nest) {
		if (mnl_attr_get_type(a) == NFCTH_TUPLE_L3PROTONUM) {
			l3 = mnl_attr_get_payload_len(a) == sizeof(uint16_t);
			ok &= l3;
			if (l3)
				ret->l3 = ntohs(mnl_attr_get_u16(a));
		} else if (mnl_attr_get_type(a) == NFCTH_TUPLE_L4PROTONUM) {
			l4 = mnl_attr_get_payload_len(a) == sizeof(uint8_t);
			ok &= l4;
			if (l4)
				ret->l4 = mnl_attr_get_u8(a);
		}
	}
	return ok && l3 && l4;
}

static bool parse_policy(const struct nlattr *nest, struct cthelper_policy *ret)
{
	const struct nlattr *a;
	bool named = false, ok = true;

	*ret = (struct cthelper_policy){ 0 };
	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NFCTH_POLICY_NAME:
			named = get_name(a, ret->name);
			ok &= named;
			break;
		case NFCTH_POLICY_EXPECT_MAX:
			ok &= get_u32(a, &ret->max);
			break;
		case NFCTH_POLICY_EXPECT_TIMEOUT:
			ok &= get_u32(a, &ret->timeout);
			break;
		}
	}
	return ok && named;
}

/* Sets come as NFCTH_POLICY_SET + i in any order; none may be missing before the last. */
static bool parse_policies(const struct nlattr *nest, struct cthelper *ret)
{
	const struct nlattr *a;
	uint32_t announced = UINT32_MAX;
	unsigned seen = 0;

	mnl_attr_for_each_nested(a, nest) {
		uint16_t type = mnl_attr_get_type(a);
		unsigned i = type - NFCTH_POLICY_SET;

		if (type == NFCTH_POLICY_SET_NUM) {
			if (!get_u32(a, &announced))
				return false;
		} else if (type >= NFCTH_POLICY_SET && i < CTHELPER_POLICIES_MAX) {
			if (!parse_policy(a, &ret->policies[i]))
				return false;
			seen |= 1u << i;
		}
	}
	ret->n_policies = (unsigned)__builtin_popcount(seen);
	if (seen != (1u << ret->n_policies) - 1)
		return false;
	return announced == UINT32_MAX || announced == ret->n_policies;
}

static bool parse_attr(const struct nlattr *a, struct cthelper *ret)
{
	uint32_t status;

	switch (mnl_attr_get_type(a)) {
	case NFCTH_NAME:
		ret->has |= CTHELPER_NAME;
		return get_name(a, ret->name);
	case NFCTH_TUPLE:
		ret->has |= CTHELPER_TUPLE;
		return parse_tuple(a, ret);
	case NFCTH_QUEUE_NUM:
		ret->has |= CTHELPER_QUEUE;
		return get_u32(a, &ret->queue_num);
	case NFCTH_POLICY:
		ret->has |= CTHELPER_POLICIES;
		return parse_policies(a, ret);
	case NFCTH_PRIV_DATA_LEN:
		ret->has |= CTHELPER_STATE_LEN;
		return get_u32(a, &ret->state_len);
	case NFCTH_STATUS:
		ret->has |= CTHELPER_STATUS;
		if (!get_u32(a, &status))
			return false;
		ret->enabled = status == NFCT_HELPER_STATUS_ENABLED;
		return true;
	}
	return true; /* a newer kernel's */
}

bool cthelper_parse(const struct nlmsghdr *nlh, struct cthelper *ret)
{
	const struct nlattr *a;

	*ret = (struct cthelper){ 0 };
	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct nfgenmsg)))
		return false;
	mnl_attr_for_each(a, nlh, sizeof(struct nfgenmsg)) {
		if (!parse_attr(a, ret))
			return false;
	}
	return true;
}

/* Asking */

struct taker {
	cthelper_cb cb;
	void *data;
};

static int take_each(const struct nlmsghdr *nlh, void *data)
{
	struct taker *taker = data;
	struct cthelper h;

	if (!cthelper_parse(nlh, &h))
		return -EBADMSG;
	return taker->cb(&h, taker->data);
}

int cthelper_dump(struct nl *nl, cthelper_cb cb, void *data)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct taker taker = { .cb = cb, .data = data };

	return nl_talk(nl, request(nl, buf, NFNL_MSG_CTHELPER_GET, NLM_F_DUMP, NULL), take_each,
		       &taker);
}

struct found {
	bool found;
	struct cthelper h;
};

static int take_first(const struct cthelper *h, void *data)
{
	struct found *found = data;

	if (!found->found)
		found->h = *h;
	found->found = true;
	return 0;
}

int cthelper_get(struct nl *nl, const struct cthelper *filter, struct cthelper *ret)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct found found = { 0 };
	struct taker taker = { .cb = take_first, .data = &found };
	struct cthelper key = only_key(filter);
	int r = nl_talk(nl, request(nl, buf, NFNL_MSG_CTHELPER_GET, NLM_F_ACK, &key), take_each,
			&taker);

	if (r < 0)
		return r;
	/* Up to 6.12 the kernel says 0 and nothing else when a tuple was given. */
	if (!found.found)
		return -ENOENT;
	*ret = found.h;
	return 0;
}

static int ignore(const struct cthelper *h, void *data)
{
	(void)h;
	(void)data;
	return 0;
}

int cthelper_supported(struct nl *nl)
{
	int r = cthelper_dump(nl, ignore, NULL);

	if (r == -EINVAL)
		return -EOPNOTSUPP;
	/* It answered with objects. */
	if (r == -EINTR || r == -ENOBUFS || r == -EBADMSG)
		return 0;
	return r;
}

const char *cthelper_l3_word(uint16_t l3)
{
	return l3 == AF_INET ? "inet" : l3 == AF_INET6 ? "inet6" : "?";
}

const char *cthelper_l4_word(uint8_t l4)
{
	return l4 == IPPROTO_TCP ? "tcp" : l4 == IPPROTO_UDP ? "udp" : "?";
}
