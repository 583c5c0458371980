/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Messages of the kernel's timeout policies, both ways, and the names of the states. It knows no
 * address family but what it is told, and no protocol database.
 */
#include "netfilter/cttimeout.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <stdalign.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define TYPE(message) (NFNL_SUBSYS_CTNETLINK_TIMEOUT << 8 | (message))
#define N(array)      (sizeof(array) / sizeof((array)[0]))

static const char *const tcp_states[] = {
	"SYN_SENT",  "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT",     "LAST_ACK",
	"TIME_WAIT", "CLOSE",	 "SYN_SENT2",	"RETRANS",  "UNACKNOWLEDGED",
};
static const char *const pair_states[] = { "UNREPLIED", "REPLIED" };
static const char *const single_states[] = { "TIMEOUT" };
static const char *const sctp_states[] = {
	"CLOSED",	 "COOKIE_WAIT",	  "COOKIE_ECHOED",     "ESTABLISHED",
	"SHUTDOWN_SENT", "SHUTDOWN_RECD", "SHUTDOWN_ACK_SENT",
};
static const char *const dccp_states[] = {
	"REQUEST", "RESPOND", "PARTOPEN", "OPEN", "CLOSEREQ", "CLOSING", "TIMEWAIT",
};

static_assert(N(tcp_states) == CTA_TIMEOUT_TCP_MAX, "one name per attribute");
static_assert(N(pair_states) == CTA_TIMEOUT_UDP_MAX, "one name per attribute");
static_assert(N(dccp_states) == CTA_TIMEOUT_DCCP_MAX, "one name per attribute");
static_assert(N(tcp_states) <= CTTIMEOUT_STATES_MAX, "all fit");

static const struct cttimeout_protocol protocols[] = {
	{ IPPROTO_TCP, "tcp", N(tcp_states), tcp_states },
	{ IPPROTO_UDP, "udp", N(pair_states), pair_states },
	{ IPPROTO_UDPLITE, "udplite", N(pair_states), pair_states },
	{ IPPROTO_GRE, "gre", N(pair_states), pair_states },
	{ IPPROTO_ICMP, "icmp", N(single_states), single_states },
	{ IPPROTO_ICMPV6, "icmpv6", N(single_states), single_states },
	{ IPPROTO_SCTP, "sctp", N(sctp_states), sctp_states },
	{ IPPROTO_DCCP, "dccp", N(dccp_states), dccp_states },
	{ CTTIMEOUT_L4_GENERIC, "generic", N(single_states), single_states },
};

const struct cttimeout_protocol *cttimeout_protocol(uint8_t l4)
{
	for (size_t i = 0; i < N(protocols); i++)
		if (protocols[i].l4 == l4)
			return &protocols[i];
	return NULL;
}

int cttimeout_state(const struct cttimeout_protocol *protocol, const char *name)
{
	for (unsigned i = 0; i < protocol->n_states; i++)
		if (strcasecmp(protocol->states[i], name) == 0)
			return (int)i;
	return -1;
}

static void put_states(struct nlmsghdr *nlh, const struct cttimeout *t)
{
	struct nlattr *nest;

	if (!t->set)
		return;
	nest = mnl_attr_nest_start(nlh, CTA_TIMEOUT_DATA);
	for (unsigned i = 0; i < CTTIMEOUT_STATES_MAX; i++)
		if (t->set & 1u << i)
			mnl_attr_put_u32(nlh, (uint16_t)(i + 1), htonl(t->seconds[i]));
	mnl_attr_nest_end(nlh, nest);
}

static void put_key(struct nlmsghdr *nlh, uint16_t l3, uint8_t l4)
{
	mnl_attr_put_u16(nlh, CTA_TIMEOUT_L3PROTO, htons(l3));
	mnl_attr_put_u8(nlh, CTA_TIMEOUT_L4PROTO, l4);
}

int cttimeout_add(struct nl *nl, const struct cttimeout *t)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct nlmsghdr *nlh = nl_request(nl, buf, TYPE(IPCTNL_MSG_TIMEOUT_NEW),
					  NLM_F_ACK | NLM_F_CREATE, AF_UNSPEC, 0);

	mnl_attr_put_strz(nlh, CTA_TIMEOUT_NAME, t->name);
	put_key(nlh, t->l3, t->l4);
	put_states(nlh, t);
	return nl_talk(nl, nlh, NULL, NULL);
}

int cttimeout_delete(struct nl *nl, const char *name)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct nlmsghdr *nlh =
		nl_request(nl, buf, TYPE(IPCTNL_MSG_TIMEOUT_DELETE), NLM_F_ACK, AF_UNSPEC, 0);

	if (name)
		mnl_attr_put_strz(nlh, CTA_TIMEOUT_NAME, name);
	return nl_talk(nl, nlh, NULL, NULL);
}

int cttimeout_default_set(struct nl *nl, const struct cttimeout *t)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct nlmsghdr *nlh =
		nl_request(nl, buf, TYPE(IPCTNL_MSG_TIMEOUT_DEFAULT_SET), NLM_F_ACK, AF_UNSPEC, 0);

	put_key(nlh, t->l3, t->l4);
	put_states(nlh, t);
	return nl_talk(nl, nlh, NULL, NULL);
}

static bool parse_states(const struct nlattr *nest, struct cttimeout *ret)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		unsigned i = mnl_attr_get_type(a) - 1u;

		if (i >= CTTIMEOUT_STATES_MAX)
			continue;
		if (mnl_attr_get_payload_len(a) != sizeof(uint32_t))
			return false;
		ret->seconds[i] = ntohl(mnl_attr_get_u32(a));
		ret->set |= 1u << i;
	}
	return true;
}

static bool parse_name(const struct nlattr *a, char *ret)
{
	const char *name = mnl_attr_get_payload(a);
	const char *end = memchr(name, 0, mnl_attr_get_payload_len(a));

	if (!end || end - name >= CTTIMEOUT_NAME_SIZE)
		return false;
	memcpy(ret, name, (size_t)(end - name) + 1);
	return true;
}

bool cttimeout_parse(const struct nlmsghdr *nlh, struct cttimeout *ret)
{
	const struct nlattr *a;
	bool l3 = false, l4 = false, ok = true;

	*ret = (struct cttimeout){ 0 };
	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct nfgenmsg)))
		return false;
	mnl_attr_for_each(a, nlh, sizeof(struct nfgenmsg)) {
		switch (mnl_attr_get_type(a)) {
		case CTA_TIMEOUT_NAME:
			ok &= parse_name(a, ret->name);
			break;
		case CTA_TIMEOUT_L3PROTO:
			l3 = mnl_attr_get_payload_len(a) == sizeof(uint16_t);
			ok &= l3;
			if (l3)
				ret->l3 = ntohs(mnl_attr_get_u16(a));
			break;
		case CTA_TIMEOUT_L4PROTO:
			l4 = mnl_attr_get_payload_len(a) == sizeof(uint8_t);
			ok &= l4;
			if (l4)
				ret->l4 = mnl_attr_get_u8(a);
			break;
		case CTA_TIMEOUT_DATA:
			ok &= parse_states(a, ret);
			break;
		}
	}
	return ok && l3 && l4;
}

struct taker {
	int (*cb)(const struct cttimeout *t, void *data);
	void *data;
};

static int take_each(const struct nlmsghdr *nlh, void *data)
{
	struct taker *taker = data;
	struct cttimeout t;

	if (!cttimeout_parse(nlh, &t))
		return -EBADMSG;
	return taker->cb(&t, taker->data);
}

int cttimeout_dump(struct nl *nl, int (*cb)(const struct cttimeout *t, void *data), void *data)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct taker taker = { .cb = cb, .data = data };

	return nl_talk(nl,
		       nl_request(nl, buf, TYPE(IPCTNL_MSG_TIMEOUT_GET), NLM_F_DUMP, AF_UNSPEC, 0),
		       take_each, &taker);
}

struct found {
	bool found;
	struct cttimeout t;
};

static int take_first(const struct cttimeout *t, void *data)
{
	struct found *found = data;

	if (!found->found)
		found->t = *t;
	found->found = true;
	return 0;
}

static int ask_one(struct nl *nl, struct nlmsghdr *nlh, struct cttimeout *ret)
{
	struct found found = { 0 };
	struct taker taker = { .cb = take_first, .data = &found };
	int r = nl_talk(nl, nlh, take_each, &taker);

	if (r < 0)
		return r;
	if (!found.found)
		return -ENOENT;
	*ret = found.t;
	return 0;
}

int cttimeout_get(struct nl *nl, const char *name, struct cttimeout *ret)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct nlmsghdr *nlh =
		nl_request(nl, buf, TYPE(IPCTNL_MSG_TIMEOUT_GET), NLM_F_ACK, AF_UNSPEC, 0);

	mnl_attr_put_strz(nlh, CTA_TIMEOUT_NAME, name);
	return ask_one(nl, nlh, ret);
}

int cttimeout_default_get(struct nl *nl, uint16_t l3, uint8_t l4, struct cttimeout *ret)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct nlmsghdr *nlh =
		nl_request(nl, buf, TYPE(IPCTNL_MSG_TIMEOUT_DEFAULT_GET), NLM_F_ACK, AF_UNSPEC, 0);

	put_key(nlh, l3, l4);
	return ask_one(nl, nlh, ret);
}
