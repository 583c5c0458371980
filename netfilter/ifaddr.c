/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Addresses of an interface.
 */
#include "netfilter/ifaddr.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* How well a network fits; the best so far is kept. */
#define RANK_DST 512
#define RANK_SRC 256

struct search {
	uint32_t index;
	const struct addr *src, *dst;
	int rank; /* of *best; -1: none yet */
	struct prefix *best;
};

/* fe80::/10 (RFC 4291 2.5.6) */
static bool is_link_local(const struct addr *a)
{
	return a->family == AF_INET6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

static int common_bits(const struct addr *a, const struct addr *b)
{
	int n = 0;

	while (n < (int)(8 * addr_len(a)) && !((a->bytes[n / 8] ^ b->bytes[n / 8]) & 0x80 >> n % 8))
		n++;
	return n;
}

static int rank_of(const struct search *s, const struct prefix *p)
{
	if (is_link_local(&p->addr) != is_link_local(s->src))
		return -1;
	return (prefix_has(p, s->dst) ? RANK_DST : 0) + (prefix_has(p, s->src) ? RANK_SRC : 0) +
	       common_bits(&p->addr, s->src);
}

/* IFA_ADDRESS is what is on the other side: of a point-to-point link, the peer. */
static int take(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(nlh);
	struct search *s = data;
	const struct nlattr *a;
	struct prefix p = { 0 };
	int rank;

	if (nlh->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(nlh) < sizeof(*m) ||
	    m->ifa_index != s->index || m->ifa_family != s->src->family)
		return 0;
	mnl_attr_for_each(a, nlh, sizeof(*m))
		if (mnl_attr_get_type(a) == IFA_ADDRESS &&
		    mnl_attr_get_payload_len(a) == addr_len(s->src))
			p.addr = addr_from_bytes(m->ifa_family, mnl_attr_get_payload(a));
	if (!p.addr.family || m->ifa_prefixlen > 8 * addr_len(&p.addr))
		return 0;
	p.len = m->ifa_prefixlen;
	rank = rank_of(s, &p);
	if (rank > s->rank) {
		s->rank = rank;
		*s->best = p;
	}
	return 0;
}

int ifaddr_network(struct nl *route, uint32_t index, const struct addr *src, const struct addr *dst,
		   struct prefix *ret)
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	struct search s = { .index = index, .src = src, .dst = dst, .rank = -1, .best = ret };
	int r;

	nlh->nlmsg_type = RTM_GETADDR;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = ++route->seq;
	m->ifa_family = src->family;
	m->ifa_index = index; /* the kernel leaves others out if it checks strictly */
	*ret = (struct prefix){ 0 };
	r = nl_talk(route, nlh, take, &s);
	if (r < 0)
		return r;
	return s.rank < 0 ? -ENOENT : 0;
}
