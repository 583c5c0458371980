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

/* How well a network fits. */
#define RANK_DST 512
#define RANK_SRC 256

struct search {
	uint32_t index;
	const struct addr *src, *dst;
	int ranks[IFADDR_NETWORKS_MAX];
	struct prefix *best; /* by rank */
	int n;
};

static int common_bits(const struct addr *a, const struct addr *b)
{
	int n = 0;

	while (n < (int)(8 * addr_len(a)) && !((a->bytes[n / 8] ^ b->bytes[n / 8]) & 0x80 >> n % 8))
		n++;
	return n;
}

static int rank_of(const struct search *s, const struct prefix *p)
{
	return (prefix_has(p, s->dst) ? RANK_DST : 0) + (prefix_has(p, s->src) ? RANK_SRC : 0) +
	       common_bits(&p->addr, s->src);
}

/* Keeps it, if it is new and among the best. */
static void keep(struct search *s, const struct prefix *p)
{
	int rank = rank_of(s, p), i;

	for (i = 0; i < s->n; i++)
		if (s->best[i].len == p->len && prefix_has(p, &s->best[i].addr))
			return;
	if (s->n < IFADDR_NETWORKS_MAX)
		s->n++;
	else if (rank <= s->ranks[s->n - 1])
		return;
	for (i = s->n - 1; i > 0 && s->ranks[i - 1] < rank; i--) {
		s->best[i] = s->best[i - 1];
		s->ranks[i] = s->ranks[i - 1];
	}
	s->best[i] = *p;
	s->ranks[i] = rank;
}

/* IFA_ADDRESS is what is on the other side: of a point-to-point link, the peer. */
static int take(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(nlh);
	struct search *s = data;
	const struct nlattr *a;
	struct prefix p = { 0 };

	if (nlh->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(nlh) < sizeof(*m) ||
	    m->ifa_index != s->index || m->ifa_family != s->src->family)
		return 0;
	mnl_attr_for_each(a, nlh, sizeof(*m))
		if (mnl_attr_get_type(a) == IFA_ADDRESS &&
		    mnl_attr_get_payload_len(a) == addr_len(s->src))
			p.addr = addr_from_bytes(m->ifa_family, mnl_attr_get_payload(a));
	p.len = m->ifa_prefixlen;
	if (p.addr.family && p.len <= 8 * addr_len(&p.addr))
		keep(s, &p);
	return 0;
}

int ifaddr_networks(struct nl *route, uint32_t index, const struct addr *src, const struct addr *dst,
		    struct prefix ret[IFADDR_NETWORKS_MAX])
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	struct search s = { .index = index, .src = src, .dst = dst, .best = ret };
	int r;

	nlh->nlmsg_type = RTM_GETADDR;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = ++route->seq;
	m->ifa_family = src->family;
	m->ifa_index = index; /* the kernel leaves others out if it checks strictly */
	r = nl_talk(route, nlh, take, &s);
	return r < 0 ? r : s.n;
}
