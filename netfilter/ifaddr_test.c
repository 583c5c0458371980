/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which networks of an interface come first, told in the kernel's own messages; and what this machine's
 * kernel says of its loopback.
 */
#include "netfilter/ifaddr.c"

#include <net/if.h>
#include <stdio.h>

#include "tests/unit/tap.h"

static struct prefix best[IFADDR_NETWORKS_MAX];

static struct addr address_of(const char *text)
{
	struct addr a = { 0 };

	addr_from_text(text, strlen(text), &a);
	return a;
}

/* Tells the search of "ADDRESS/LENGTH" on interface `index`. */
static void tell(struct search *s, uint32_t index, const char *network)
{
	char buf[256] __attribute__((aligned(4))) = { 0 }, text[64];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	unsigned len = 0;
	struct addr a;

	sscanf(network, "%63[^/]/%u", text, &len);
	a = address_of(text);
	nlh->nlmsg_type = RTM_NEWADDR;
	m->ifa_family = a.family;
	m->ifa_index = index;
	m->ifa_prefixlen = (uint8_t)len;
	mnl_attr_put(nlh, IFA_ADDRESS, addr_len(&a), a.bytes);
	is_int(take(nlh, s), 0, "told of %s on %u", network, index);
}

/* What the search found, in a line. */
static const char *found(const struct search *s)
{
	static char buf[512];
	size_t n = 0;

	buf[0] = '\0';
	for (int i = 0; i < s->n; i++) {
		char text[ADDR_TEXT_SIZE];

		addr_to_text(&s->best[i].addr, text);
		n += (size_t)snprintf(buf + n, sizeof(buf) - n, "%s%s/%u", i ? " " : "", text,
				      s->best[i].len);
	}
	return buf;
}

static const struct row {
	const char *src, *dst, *networks[8], *want;
} rows[] = {
	{ "10.0.0.1", "239.255.255.250", { "10.0.0.1/24" }, "10.0.0.1/24" },
	{ "10.0.0.1", "239.255.255.250", { "192.0.2.1/24", "10.0.0.1/24" }, "10.0.0.1/24 192.0.2.1/24" },
	{ "10.0.0.1", "192.0.2.255", { "10.0.0.1/24", "192.0.2.1/24" }, "192.0.2.1/24 10.0.0.1/24" },
	{ "10.0.0.1", "224.0.0.1", { "10.0.0.1/24", "10.0.0.7/24", "fe80::1/64" }, "10.0.0.1/24" },
	{ "fe80::1", "ff02::fb", { "fd01::1/64", "2001:db8::1/64", "fe80::1/64" },
	  "fe80::1/64 fd01::1/64 2001:db8::1/64" },
	{ "fd01::9", "ff05::c", { "fe80::1/64", "2001:db8::1/64", "fd01::1/64" },
	  "fd01::1/64 fe80::1/64 2001:db8::1/64" },
	{ "10.0.0.1", "224.0.0.1",
	  { "172.16.0.1/24", "192.0.2.1/24", "198.51.100.1/24", "203.0.113.1/24", "10.0.0.1/24",
	    "10.9.0.1/24" },
	  "10.0.0.1/24 10.9.0.1/24 172.16.0.1/24 192.0.2.1/24" },
	{ "10.0.0.1", "224.0.0.1", { "10.0.0.2/33" }, "" },
	{ "10.0.0.1", "224.0.0.1", { NULL }, "" },
};

static void test_order(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct addr src = address_of(rows[i].src), dst = address_of(rows[i].dst);
		struct search s = { .index = 7, .src = &src, .dst = &dst, .best = best };

		tell(&s, 8, "10.0.0.0/8");
		for (unsigned j = 0; j < 8 && rows[i].networks[j]; j++)
			tell(&s, 7, rows[i].networks[j]);
		is_str(found(&s), rows[i].want, "%s to %s", rows[i].src, rows[i].dst);
	}
}

static void test_short(void)
{
	struct addr src = address_of("10.0.0.1"), dst = address_of("224.0.0.1");
	struct search s = { .index = 7, .src = &src, .dst = &dst, .best = best };
	char buf[256] __attribute__((aligned(4))) = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *m;

	nlh->nlmsg_type = RTM_NEWADDR;
	is_int(take(nlh, &s), 0, "a message without a body");
	m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	m->ifa_family = AF_INET;
	m->ifa_index = 7;
	m->ifa_prefixlen = 24;
	mnl_attr_put(nlh, IFA_ADDRESS, 3, "abc");
	is_int(take(nlh, &s), 0, "an address of three bytes");
	is_int(s.n, 0, "tell nothing");
}

static void test_kernel(void)
{
	struct addr src = address_of("127.0.0.1"), dst = address_of("127.255.255.255");
	struct search s = { .best = best };
	struct nl route;

	if (!is_int(nl_open_route(&route), 0, "a socket"))
		return;
	s.n = ifaddr_networks(&route, if_nametoindex("lo"), &src, &dst, best);
	is_str(found(&s), "127.0.0.1/8", "loopback");
	is_int(ifaddr_networks(&route, 1u << 30, &src, &dst, best) <= 0, true, "no such interface");
	nl_close(&route);
}

int main(void)
{
	test_order();
	test_short();
	test_kernel();
	return done_testing();
}
