/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The gate as a table: what is refused, and for what passes the exact expectation.
 */
#include "broker/gate.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/tap.h"

/* Class 0 allows what it can; 1 is UDP above 1023; 2 is TCP, from the start; 3 is for queries. */
static const struct manifest toy = {
	.name = "toy",
	.port = 600,
	.n_classes = 4,
	.classes = { { .name = "all",
		       .l4s = MANIFEST_TCP | MANIFEST_UDP,
		       .permanent = true,
		       .from_any = true },
		     { .name = "udp", .l4s = MANIFEST_UDP, .min_port = 1024 },
		     { .name = "tcp", .l4s = MANIFEST_TCP, .min_port = 1 },
		     { .name = "query",
		       .l4s = MANIFEST_UDP,
		       .min_port = 1024,
		       .back = true,
		       .follow = true } },
};

static struct addr address_of(const char *text)
{
	struct addr a = { 0 };

	addr_from_text(text, strlen(text), &a);
	return a;
}

static struct tuple tuple_of(const char *src, uint16_t sport, const char *dst, uint16_t dport)
{
	return (struct tuple){ .src = address_of(src),
			       .dst = address_of(dst),
			       .sport = sport,
			       .dport = dport,
			       .l4 = IPPROTO_UDP };
}

/* Client, server; what the client dials, what the server sees. */
static struct ct_flow flow_of(const char *client, const char *server, const char *dialled,
			      const char *seen)
{
	return (struct ct_flow){ .orig = tuple_of(client, 700, dialled, 111),
				 .reply = tuple_of(server, 111, seen, 700),
				 .id = 1,
				 .zone = 3,
				 .helper = "toy" };
}

static struct ct_flow plain(void)
{
	return flow_of("10.0.0.1", "192.0.2.1", "192.0.2.1", "10.0.0.1");
}

static struct ct_flow plain6(void)
{
	return flow_of("2001:db8::1", "2001:db8::2", "2001:db8::2", "2001:db8::1");
}

#define TCP IPPROTO_TCP
#define UDP IPPROTO_UDP

static const struct row {
	const char *what;
	enum refusal want;
	uint8_t from, to, l4;
	uint16_t port;
	uint8_t class, permanent;
} rows[] = {
	{ "from the client to the server", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, TCP, 2049, 0,
	  0 },
	{ "from the server to the client", REFUSED_NOT, PARTY_SERVER, PARTY_CLIENT, TCP, 2049, 0,
	  0 },
	{ "over UDP", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, UDP, 2049, 0, 0 },
	{ "from anybody", REFUSED_NOT, PARTY_ANY, PARTY_SERVER, TCP, 2049, 0, 0 },
	{ "permanently", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, TCP, 2049, 0, 1 },
	{ "from another", REFUSED_third_party, PARTY_OTHER, PARTY_SERVER, TCP, 2049, 0, 0 },
	{ "to another", REFUSED_third_party, PARTY_CLIENT, PARTY_OTHER, TCP, 2049, 0, 0 },
	{ "from the client to itself", REFUSED_third_party, PARTY_CLIENT, PARTY_CLIENT, TCP, 2049,
	  0, 0 },
	{ "from the server to itself", REFUSED_third_party, PARTY_SERVER, PARTY_SERVER, TCP, 2049,
	  0, 0 },
	{ "TCP in a class for UDP", REFUSED_protocol, PARTY_CLIENT, PARTY_SERVER, TCP, 2049, 1, 0 },
	{ "UDP in a class for TCP", REFUSED_protocol, PARTY_CLIENT, PARTY_SERVER, UDP, 2049, 2, 0 },
	{ "UDP in a class for UDP", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, UDP, 2049, 1, 0 },
	{ "permanently in another class", REFUSED_permanent, PARTY_CLIENT, PARTY_SERVER, TCP, 2049,
	  2, 1 },
	{ "from anybody in another class", REFUSED_any_source, PARTY_ANY, PARTY_SERVER, TCP, 2049,
	  2, 0 },
	{ "port 0", REFUSED_low_port, PARTY_CLIENT, PARTY_SERVER, TCP, 0, 0, 0 },
	{ "port 1023 of 1024", REFUSED_low_port, PARTY_CLIENT, PARTY_SERVER, UDP, 1023, 1, 0 },
	{ "port 1024", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, UDP, 1024, 1, 0 },
	{ "port 0 where all are allowed", REFUSED_low_port, PARTY_CLIENT, PARTY_SERVER, TCP, 0, 2,
	  0 },
	{ "port 1 where all are allowed", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, TCP, 1, 2, 0 },
	{ "port 65535", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, TCP, 65535, 0, 0 },
	{ "port 20", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, TCP, 20, 0, 0 },
	{ "port 22", REFUSED_denied_port, PARTY_CLIENT, PARTY_SERVER, TCP, 22, 0, 0 },
	{ "port 23", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, TCP, 23, 0, 0 },
	{ "port 444", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, TCP, 444, 0, 0 },
	{ "port 445", REFUSED_denied_port, PARTY_CLIENT, PARTY_SERVER, TCP, 445, 0, 0 },
	{ "port 446", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, TCP, 446, 0, 0 },
	{ "port 3388", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, TCP, 3388, 0, 0 },
	{ "port 3389", REFUSED_denied_port, PARTY_CLIENT, PARTY_SERVER, TCP, 3389, 0, 0 },
	{ "port 3390", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, TCP, 3390, 0, 0 },
	{ "port 5899", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, TCP, 5899, 0, 0 },
	{ "port 5900", REFUSED_denied_port, PARTY_CLIENT, PARTY_SERVER, TCP, 5900, 0, 0 },
	{ "port 5901", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, TCP, 5901, 0, 0 },
	{ "port 5999", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, TCP, 5999, 0, 0 },
	{ "port 6000", REFUSED_denied_port, PARTY_CLIENT, PARTY_SERVER, TCP, 6000, 0, 0 },
	{ "port 6063", REFUSED_denied_port, PARTY_CLIENT, PARTY_SERVER, TCP, 6063, 0, 0 },
	{ "port 6064", REFUSED_NOT, PARTY_CLIENT, PARTY_SERVER, TCP, 6064, 0, 0 },
};

static const struct claim to_server = {
	.from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = IPPROTO_TCP, .port = 2049
};

/* Of the test at hand. */
static struct gate_policy policy;
static char host[HELPER_HOST_SIZE];
static struct prefix asked;

static enum refusal check(const struct ct_flow *flow, const struct claim *c, struct expectation *e)
{
	struct expectation untouched;
	enum refusal r;

	memset(&untouched, 0x5a, sizeof(untouched));
	*e = untouched;
	r = gate_check(&toy, &policy, flow, c, host, asked.addr.family ? &asked : NULL, e);
	if (r != REFUSED_NOT)
		ok(!memcmp(e, &untouched, sizeof(untouched)), "untouched by a refusal");
	return r;
}

static void test_rows(void)
{
	struct ct_flow v4 = plain(), v6 = plain6();
	struct expectation e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct claim c = { .from = r->from,
				   .to = r->to,
				   .l4 = r->l4,
				   .port = r->port,
				   .class = r->class,
				   .permanent = r->permanent };

		is_str(refusal_name(check(&v4, &c, &e)), refusal_name(r->want), "IPv4: %s",
		       r->what);
		is_str(refusal_name(check(&v6, &c, &e)), refusal_name(r->want), "IPv6: %s",
		       r->what);
	}
	for (const struct manifest *const *m = manifests; *m; m++) {
		struct claim c = to_server;

		c.port = (*m)->port;
		is_str(refusal_name(check(&v4, &c, &e)), "denied_port", "control port of %s",
		       (*m)->name);
	}
}

static void test_foreign(void)
{
	static const char *const names[] = { "", "to", "toys", "Toy" };
	struct claim c = to_server;
	struct ct_flow flow = plain();
	struct expectation e;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		memset(flow.helper, 0, sizeof(flow.helper));
		memcpy(flow.helper, names[i], strlen(names[i]));
		is_int(check(&flow, &c, &e), REFUSED_foreign_flow, "a flow of '%s'", names[i]);
	}
}

/* An expectation in a line. */
static const char *text_of(const struct expectation *e)
{
	char src[ADDR_TEXT_SIZE], dst[ADDR_TEXT_SIZE], nat[ADDR_TEXT_SIZE];
	static char buf[256];
	int n;

	addr_to_text(&e->tuple.src, src);
	addr_to_text(&e->tuple.dst, dst);
	addr_to_text(&e->nat.addr, nat);
	n = snprintf(buf, sizeof(buf), "%u %s%s:%u > %s:%u", e->tuple.l4,
		     expect_any_source(e) ? "any " : "", src, e->tuple.sport, dst, e->tuple.dport);
	if (e->nat.present)
		snprintf(buf + n, sizeof(buf) - (size_t)n, " nat %s:%u %s", nat, e->nat.port,
			 e->nat.reply ? "reply" : "orig");
	return buf;
}

static const struct wanted {
	const char *what, *client, *server, *dialled, *seen;
	const char *to_server, *to_client, *any_to_client;
} wanted[] = {
	{ "plain", "10.0.0.1", "192.0.2.1", "192.0.2.1", "10.0.0.1",
	  "6 10.0.0.1:0 > 192.0.2.1:2049", "6 192.0.2.1:0 > 10.0.0.1:2049",
	  "6 any 0.0.0.0:0 > 10.0.0.1:2049" },
	{ "SNAT", "10.0.0.1", "192.0.2.1", "192.0.2.1", "198.51.100.9",
	  "6 10.0.0.1:0 > 192.0.2.1:2049 nat 192.0.2.1:2049 orig",
	  "6 192.0.2.1:0 > 198.51.100.9:2049 nat 10.0.0.1:2049 reply",
	  "6 any 0.0.0.0:0 > 198.51.100.9:2049 nat 10.0.0.1:2049 reply" },
	{ "DNAT", "203.0.113.5", "10.0.0.8", "198.51.100.9", "203.0.113.5",
	  "6 203.0.113.5:0 > 198.51.100.9:2049 nat 10.0.0.8:2049 orig",
	  "6 10.0.0.8:0 > 203.0.113.5:2049 nat 203.0.113.5:2049 reply",
	  "6 any 0.0.0.0:0 > 203.0.113.5:2049 nat 203.0.113.5:2049 reply" },
	{ "both", "10.0.0.1", "10.0.0.8", "198.51.100.9", "10.0.0.254",
	  "6 10.0.0.1:0 > 198.51.100.9:2049 nat 10.0.0.8:2049 orig",
	  "6 10.0.0.8:0 > 10.0.0.254:2049 nat 10.0.0.1:2049 reply",
	  "6 any 0.0.0.0:0 > 10.0.0.254:2049 nat 10.0.0.1:2049 reply" },
	{ "plain", "2001:db8::1", "2001:db8::2", "2001:db8::2", "2001:db8::1",
	  "6 2001:db8::1:0 > 2001:db8::2:2049", "6 2001:db8::2:0 > 2001:db8::1:2049",
	  "6 any :::0 > 2001:db8::1:2049" },
	{ "SNAT", "fd00::1", "2001:db8::2", "2001:db8::2", "2001:db8::9",
	  "6 fd00::1:0 > 2001:db8::2:2049 nat 2001:db8::2:2049 orig",
	  "6 2001:db8::2:0 > 2001:db8::9:2049 nat fd00::1:2049 reply",
	  "6 any :::0 > 2001:db8::9:2049 nat fd00::1:2049 reply" },
	{ "DNAT", "2001:db8::5", "fd00::8", "2001:db8::9", "2001:db8::5",
	  "6 2001:db8::5:0 > 2001:db8::9:2049 nat fd00::8:2049 orig",
	  "6 fd00::8:0 > 2001:db8::5:2049 nat 2001:db8::5:2049 reply",
	  "6 any :::0 > 2001:db8::5:2049 nat 2001:db8::5:2049 reply" },
};

static void test_expectations(void)
{
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const struct wanted *w = &wanted[i];
		struct ct_flow flow = flow_of(w->client, w->server, w->dialled, w->seen);
		struct claim c = to_server;
		struct expectation e;

		is_int(gate_flow_is_nated(&flow), strcmp(w->what, "plain") != 0, "%s", w->what);
		check(&flow, &c, &e);
		is_str(text_of(&e), w->to_server, "%s: to the server", w->what);
		ok(tuple_equal(&e.master, &flow.orig), "its master");
		is_int(e.zone, 3, "its zone");
		is_str(e.helper, "toy", "its helper");
		is_int(e.flags, 0, "once");
		is_int(e.class, 0, "class");
		c.from = PARTY_SERVER;
		c.to = PARTY_CLIENT;
		check(&flow, &c, &e);
		is_str(text_of(&e), w->to_client, "%s: to the client", w->what);
		c.from = PARTY_ANY;
		check(&flow, &c, &e);
		is_str(text_of(&e), w->any_to_client, "%s: from anybody", w->what);
	}
}

static void test_details(void)
{
	struct claim c = { .from = PARTY_CLIENT,
			   .to = PARTY_SERVER,
			   .l4 = IPPROTO_UDP,
			   .port = 2049,
			   .from_port = 20,
			   .permanent = 1 };
	struct ct_flow flow = plain();
	struct expectation e;

	check(&flow, &c, &e);
	is_str(text_of(&e), "17 10.0.0.1:20 > 192.0.2.1:2049", "UDP from one port");
	is_int(e.flags, EXPECT_FLAG_PERMANENT, "permanent");
	c.class = 1;
	c.permanent = 0;
	check(&flow, &c, &e);
	is_int(e.class, 1, "the class that was named");
	flow.reply.dport = 701;
	ok(gate_flow_is_nated(&flow), "a source port alone is NAT");
	flow = plain();
	flow.reply.sport = 1111;
	ok(gate_flow_is_nated(&flow), "a destination port too");
}

static const struct special {
	const char *what, *client, *server, *dialled, *seen;
	bool to_server, to_client, any; /* any: to the server */
} specials[] = {
	{ "loopback", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", true, true, false },
	{ "loopback", "127.0.0.2", "127.0.0.3", "127.0.0.3", "127.0.0.2", true, true, false },
	{ "loopback", "::1", "::1", "::1", "::1", true, true, false },
	{ "multicast", "10.0.0.1", "224.0.0.9", "224.0.0.9", "10.0.0.1", false, false, false },
	{ "multicast", "2001:db8::1", "ff02::202", "ff02::202", "2001:db8::1", false, false,
	  false },
	{ "broadcast", "10.0.0.1", "255.255.255.255", "255.255.255.255", "10.0.0.1", false, false,
	  false },
	{ "multicast from loopback", "127.0.0.1", "224.0.0.9", "224.0.0.9", "127.0.0.1", false,
	  false, false },
	{ "broadcast from nowhere", "0.0.0.0", "255.255.255.255", "255.255.255.255", "0.0.0.0",
	  false, false, false },
	{ "unspecified", "::", "ff02::1", "ff02::1", "::", false, false, false },
	{ "from loopback out", "127.0.0.1", "192.0.2.1", "192.0.2.1", "127.0.0.1", false, false,
	  true },
	{ "from outside to loopback", "192.0.2.1", "127.0.0.1", "127.0.0.1", "192.0.2.1", false,
	  false, false },
	{ "loopback, translated", "127.0.0.1", "192.0.2.1", "127.0.0.1", "10.0.0.1", true, true,
	  false },
	{ "mapped loopback", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:127.0.0.1", "2001:db8::1",
	  false, false, false },
};

static void test_special(void)
{
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		const struct special *s = &specials[i];
		struct ct_flow flow = flow_of(s->client, s->server, s->dialled, s->seen);
		struct claim c = to_server;
		struct expectation e;

		is_int(check(&flow, &c, &e), s->to_server ? REFUSED_NOT : REFUSED_special_address,
		       "%s: to the server", s->what);
		c.from = PARTY_ANY;
		is_int(check(&flow, &c, &e), s->any ? REFUSED_NOT : REFUSED_special_address,
		       "%s: from anybody", s->what);
		c.from = PARTY_SERVER;
		c.to = PARTY_CLIENT;
		is_int(check(&flow, &c, &e), s->to_client ? REFUSED_NOT : REFUSED_special_address,
		       "%s: to the client", s->what);
	}
}

/* Judges a claim. Returns where it leads to, until the next call. */
static const struct addr *third_party(const struct claim *c, const struct ct_flow *flow,
				      enum refusal want, const char *what)
{
	static struct expectation e;

	is_str(refusal_name(check(flow, c, &e)), refusal_name(want), "%s", what);
	return &e.tuple.dst;
}

/* The words Loose, ThirdParty, Host and MinPort. */
static void test_policy(void)
{
	struct ct_flow flow = plain(),
		       nated = flow_of("10.0.0.1", "192.0.2.1", "198.51.100.1", "198.51.100.9");
	struct claim other = { .from = PARTY_CLIENT,
			       .to = PARTY_OTHER,
			       .l4 = TCP,
			       .port = 2049,
			       .other = address_of("203.0.113.77") };
	struct addr network = address_of("203.0.113.64"), network6 = address_of("2001:db8::");
	struct addr mapped = address_of("203.0.113.7");
	struct expectation e;

	memset(&policy, 0, sizeof(policy));
	third_party(&other, &flow, REFUSED_third_party, "another without policy");
	gate_policy_add_network(&policy, &network6, 0);
	third_party(&other, &flow, REFUSED_third_party, "a network of the other family");
	gate_policy_add_network(&policy, &network, 28);
	gate_policy_add_network(&policy, &network, 33);
	is_int(policy.n_networks, 2, "no prefix of 33 bits");
	third_party(&other, &flow, REFUSED_NOT, "in 203.0.113.64/28");
	other.other = address_of("203.0.113.80");
	third_party(&other, &flow, REFUSED_third_party, "outside by one");
	policy.loose = true;
	ok(addr_equal(third_party(&other, &flow, REFUSED_NOT, "anywhere"), &other.other),
	   "at the announced address");
	is_int(check(&nated, &other, &e), REFUSED_NOT, "of a NATed flow");
	ok(!e.nat.present && addr_equal(&e.tuple.src, &nated.orig.src),
	   "rules translate it, not we");
	other.from = PARTY_SERVER;
	is_int(check(&nated, &other, &e), REFUSED_NOT, "from the server");
	ok(addr_equal(&e.tuple.src, &nated.reply.src), "by its own address");
	other.from = PARTY_OTHER;
	third_party(&other, &flow, REFUSED_third_party, "from another, whatever the policy");
	other.from = PARTY_CLIENT;
	other.other = address_of("224.0.0.1");
	third_party(&other, &flow, REFUSED_special_address, "never to a group");
	other.other = address_of("2001:db8::1");
	third_party(&other, &flow, REFUSED_third_party, "never to another family");
	other.other = address_of("203.0.113.77");
	other.port = 3389;
	third_party(&other, &flow, REFUSED_denied_port, "the deny list holds");
	other.port = 100;
	other.class = 1;
	other.l4 = UDP;
	third_party(&other, &flow, REFUSED_low_port, "100 of 1024");
	policy.min_port = 100;
	third_party(&other, &flow, REFUSED_NOT, "100 of 100");

	memset(&policy, 0, sizeof(policy));
	memset(&other.other, 0, sizeof(other.other));
	other = (struct claim){ .from = PARTY_CLIENT, .to = PARTY_NAMED, .l4 = TCP, .port = 2049 };
	snprintf(host, sizeof(host), "Db2.example.org");
	ok(addr_equal(third_party(&other, &flow, REFUSED_NOT, "a name"), &flow.reply.src),
	   "is the server's without a map");
	gate_policy_add_host(&policy, (char[HELPER_HOST_SIZE]){ "not a name" }, &mapped);
	is_int(policy.n_hosts, 0, "no name, no host");
	gate_policy_add_host(&policy, (char[HELPER_HOST_SIZE]){ "db2.EXAMPLE.org" }, &mapped);
	ok(addr_equal(third_party(&other, &flow, REFUSED_NOT, "a mapped name"), &mapped),
	   "is where the map says");
	is_int(check(&nated, &other, &e), REFUSED_NOT, "of a NATed flow");
	ok(!e.nat.present && addr_equal(&e.tuple.dst, &mapped), "rules translate it, not we");
	policy.hosts[0].addr = nated.orig.dst;
	is_int(check(&nated, &other, &e), REFUSED_NOT, "mapped to what the client dials");
	ok(e.nat.present, "is the server");
	policy.hosts[0].addr = address_of("2001:db8::1");
	third_party(&other, &flow, REFUSED_third_party, "a map to another family");
	other.from = PARTY_SERVER;
	third_party(&other, &flow, REFUSED_third_party, "only from the client");
	memset(&policy, 0, sizeof(policy));
	memset(host, 0, sizeof(host));
}

/* What a query opens, in a line. */
static const struct queried {
	const char *what, *from, *to, *seen, *want; /* addresses of the flow; what is opened or why not */
	uint16_t sport;
	const char *network;
	uint8_t len;
	bool loose, policy; /* answers may come from 172.16.0.0/12 */
} queried[] = {
	{ "one host", "10.0.0.1", "192.0.2.1", "10.0.0.1", "17 192.0.2.1/0:0 > 10.0.0.1:40000", 40000,
	  "192.0.2.0", 24, false, false },
	{ "a group", "10.0.0.1", "239.255.255.250", "10.0.0.1", "17 10.0.0.0/8:0 > 10.0.0.1:40000",
	  40000, "10.0.0.1", 24, false, false },
	{ "a group, a network of odd length", "10.0.0.1", "224.0.0.251", "10.0.0.1",
	  "17 10.0.0.0/13:0 > 10.0.0.1:40000", 40000, "10.0.3.1", 19, false, false },
	{ "all hosts", "10.0.0.1", "255.255.255.255", "10.0.0.1",
	  "17 10.0.0.0/8:0 > 10.0.0.1:40000", 40000, "10.0.0.1", 24, false, false },
	{ "all hosts of a network", "10.0.0.1", "10.0.0.255", "10.0.0.1",
	  "17 10.0.0.0/8:0 > 10.0.0.1:40000", 40000, "10.0.0.1", 24, false, false },
	{ "the last host of another network", "10.0.0.1", "10.0.1.255", "10.0.0.1",
	  "17 10.0.1.255/0:0 > 10.0.0.1:40000", 40000, "10.0.0.1", 24, false, false },
	{ "a point-to-point link has no broadcast", "10.0.0.1", "10.0.0.3", "10.0.0.1",
	  "17 10.0.0.3/0:0 > 10.0.0.1:40000", 40000, "10.0.0.2", 31, false, false },
	{ "a group behind NAT", "10.0.0.1", "239.255.255.250", "192.0.2.9",
	  "17 192.0.2.0/8:0 > 192.0.2.9:40007 nat 10.0.0.1:40000 keeps its source", 40000,
	  "192.0.2.9", 24, false, false },
	{ "one host behind NAT", "10.0.0.1", "192.0.2.1", "192.0.2.9",
	  "17 192.0.2.1/0:0 > 192.0.2.9:40007 nat 10.0.0.1:40000", 40000, "192.0.2.9", 24, false,
	  false },
	{ "a group, nobody knows in which network", "10.0.0.1", "239.255.255.250", "10.0.0.1",
	  "no_network", 40000, NULL, 0, false, false },
	{ "a group, policy names a network", "10.0.0.1", "239.255.255.250", "10.0.0.1",
	  "17 172.16.0.0/20:0 > 10.0.0.1:40000", 40000, NULL, 0, false, true },
	{ "a group, policy is loose", "10.0.0.1", "239.255.255.250", "10.0.0.1",
	  "17 0.0.0.0/32:0 > 10.0.0.1:40000", 40000, "10.0.0.1", 24, true, false },
	{ "a link's group", "fe80::1", "ff02::fb", "fe80::1", "17 fe80::/64:0 > fe80::1:40000", 40000,
	  "fe80::1", 64, false, false },
	{ "a group, a network of the other family", "10.0.0.1", "239.255.255.250", "10.0.0.1",
	  "no_network", 40000, "fe80::1", 64, false, false },
	{ "from a low port", "10.0.0.1", "239.255.255.250", "10.0.0.1", "low_port", 1023, "10.0.0.1",
	  24, false, false },
	{ "from a denied port", "10.0.0.1", "239.255.255.250", "10.0.0.1", "denied_port", 5900,
	  "10.0.0.1", 24, false, false },
	{ "from the protocol's own port", "10.0.0.1", "239.255.255.250", "10.0.0.1",
	  "17 10.0.0.0/8:0 > 10.0.0.1:600", 600, "10.0.0.1", 24, false, false },
};

static const char *query_text(const struct expectation *e)
{
	char src[ADDR_TEXT_SIZE], dst[ADDR_TEXT_SIZE], nat[ADDR_TEXT_SIZE];
	static char buf[256];
	int n;

	addr_to_text(&e->tuple.src, src);
	addr_to_text(&e->tuple.dst, dst);
	addr_to_text(&e->nat.addr, nat);
	n = snprintf(buf, sizeof(buf), "%u %s/%u:%u > %s:%u", e->tuple.l4, src, e->wild,
		     e->tuple.sport, dst, e->tuple.dport);
	if (e->nat.present)
		snprintf(buf + n, sizeof(buf) - (size_t)n, " nat %s:%u%s", nat, e->nat.port,
			 e->nat.keeps_source ? " keeps its source" : "");
	return buf;
}

static void test_queries(void)
{
	static const struct claim back = {
		.from = PARTY_ASKED, .to = PARTY_CLIENT, .l4 = UDP, .back = 1, .class = 3
	};

	for (size_t i = 0; i < sizeof(queried) / sizeof(queried[0]); i++) {
		const struct queried *q = &queried[i];
		struct ct_flow flow = flow_of(q->from, q->to, q->to, q->seen);
		struct addr network = address_of("172.16.0.0");
		struct expectation e;
		enum refusal r;

		flow.orig.l4 = flow.reply.l4 = UDP;
		flow.orig.sport = flow.reply.dport = q->sport;
		if (strcmp(q->from, q->seen) != 0)
			flow.reply.dport = 40007;
		policy = (struct gate_policy){ .loose = q->loose };
		if (q->policy)
			gate_policy_add_network(&policy, &network, 12);
		asked = (struct prefix){ .len = q->len };
		if (q->network)
			asked.addr = address_of(q->network);
		r = check(&flow, &back, &e);
		is_str(r == REFUSED_NOT ? query_text(&e) : refusal_name(r), q->want, "query to %s",
		       q->what);
	}
	policy = (struct gate_policy){ 0 };
	asked = (struct prefix){ 0 };
}

static void test_query_classes(void)
{
	struct ct_flow flow = plain();
	struct expectation e;
	struct claim c = { .from = PARTY_SERVER, .to = PARTY_CLIENT, .l4 = TCP, .port = 2049 };

	c.follow = 1;
	is_int(check(&flow, &c, &e), REFUSED_follow, "the class has no flow read");
	c.class = 3;
	c.l4 = UDP;
	flow.orig.l4 = TCP;
	is_int(check(&flow, &c, &e), REFUSED_follow, "the flow is of another protocol");
	flow.orig.l4 = UDP;
	is_int(check(&flow, &c, &e), REFUSED_NOT, "a class that does");
	ok(e.follow, "it is read");
	c = (struct claim){ .from = PARTY_ASKED, .to = PARTY_CLIENT, .l4 = UDP, .port = 2049 };
	is_int(check(&flow, &c, &e), REFUSED_back, "whoever was asked: the class does not have it");
	c.class = 3;
	is_int(check(&flow, &c, &e), REFUSED_NOT, "a class that does");
	c.to = PARTY_SERVER;
	is_int(check(&flow, &c, &e), REFUSED_third_party, "but not to the server");
}

int main(void)
{
	test_rows();
	test_queries();
	test_query_classes();
	test_foreign();
	test_expectations();
	test_details();
	test_special();
	is_str(refusal_name(N_REFUSALS), "unknown", "no such refusal");
	is_str(refusal_name(REFUSED_kernel), "kernel", "the last");
	test_policy();
	return done_testing();
}
