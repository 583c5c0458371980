/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fuzz target of the gate: any claim about any flow under any policy. The input, read to its end,
 * zeros behind it:
 *
 *	byte 0		which manifest: a real helper's, or one of our own
 *	byte 1		1: IPv6, 2: TCP, 4: the flow has another helper
 *	own manifest	one byte (1: TCP, 2: UDP, 4: permanent, 8: any source), be16 least port
 *	flow		four addresses (orig.src, orig.dst, reply.src, reply.dst), be16 zone
 *	policy		be16 least port; a byte: 1 loose, then in twos of bits how many networks and
 *			hosts; a network is an address and a length, a host a letter and an address
 *	claim		seven bytes, two be16 ports, an address; the letter of the host
 *
 * An address is one byte that picks from a list, or 0xff and its bytes.
 *
 * Contract: what is granted was allowed, said here once more in other words than gate.c's.
 */
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "broker/gate.h"
#include "wire/cursor.h"
#include "wire/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct addr address_of(const char *text)
{
	struct addr a = { 0 };

	assert(addr_from_text(text, strlen(text), &a));
	return a;
}

static struct addr read_address(struct cursor *c, bool v6)
{
	static const char *const known[2][8] = {
		{ "10.0.0.1", "192.0.2.1", "198.51.100.9", "203.0.113.200", "127.0.0.1", "0.0.0.0",
		  "224.0.0.1", "255.255.255.255" },
		{ "fd00::1", "2001:db8::1", "2001:db8::9", "2001:db8:ffff::200", "::1",
		  "::", "ff02::1", "::ffff:127.0.0.1" },
	};
	uint8_t which = cursor_u8(c);
	const uint8_t *bytes;

	if (which != 0xff)
		return address_of(known[v6][which & 7]);
	bytes = cursor_bytes(c, v6 ? 16 : 4);
	return bytes ? addr_from_bytes(v6 ? AF_INET6 : AF_INET, bytes) : address_of(known[v6][0]);
}

struct trial {
	struct manifest own;
	const struct manifest *m;
	struct ct_flow flow;
	struct gate_policy policy;
	struct claim claim;
	char host[HELPER_HOST_SIZE];
	struct prefix network; /* that a query went out to */
};

static void read_manifest(struct cursor *c, uint8_t which, struct trial *t)
{
	uint8_t may = cursor_u8(c);

	t->own = (struct manifest){ .name = "own", .n_classes = 1, .port = 1 };
	t->own.classes[0] = (struct manifest_class){ .name = "own",
						     .l4s = may & (MANIFEST_TCP | MANIFEST_UDP),
						     .permanent = may & 4,
						     .from_any = may & 8,
						     .min_port = cursor_be16(c) };
	t->m = &t->own;
	for (unsigned i = 0; manifests[i]; i++)
		if (which == i)
			t->m = manifests[i];
}

static void read_flow(struct cursor *c, uint8_t how, struct trial *t)
{
	bool v6 = how & 1;
	uint8_t l4 = how & 2 ? IPPROTO_TCP : IPPROTO_UDP;

	t->flow.orig = (struct tuple){ .sport = 700, .dport = t->m->port, .l4 = l4 };
	t->flow.orig.src = read_address(c, v6);
	t->flow.orig.dst = read_address(c, v6);
	t->flow.reply = (struct tuple){ .sport = t->m->port, .dport = 700, .l4 = l4 };
	t->flow.reply.src = read_address(c, v6);
	t->flow.reply.dst = read_address(c, v6);
	t->flow.zone = cursor_be16(c);
	t->flow.id = 1;
	snprintf(t->flow.helper, sizeof(t->flow.helper), "%s", how & 4 ? "another" : t->m->name);
}

static void read_policy(struct cursor *c, struct trial *t)
{
	uint8_t how;
	struct addr a;

	t->policy.min_port = cursor_be16(c);
	how = cursor_u8(c);
	t->policy.loose = how & 1;
	for (unsigned i = 0; i < (how >> 2 & 3u); i++) {
		a = read_address(c, cursor_u8(c) & 1);
		gate_policy_add_network(&t->policy, &a, cursor_u8(c));
	}
	for (unsigned i = 0; i < (how >> 4 & 3u); i++) {
		char name[HELPER_HOST_SIZE] = { (char)cursor_u8(c) };

		a = read_address(c, cursor_u8(c) & 1);
		gate_policy_add_host(&t->policy, name, &a);
	}
}

/* What link_claim_check() lets through. */
static void read_claim(struct cursor *c, bool v6, struct trial *t)
{
	struct claim *claim = &t->claim;

	claim->from = cursor_u8(c) % (PARTY_OTHER + 1);
	claim->to = cursor_u8(c) % (PARTY_NAMED + 1);
	if (claim->to == PARTY_ANY)
		claim->to = PARTY_SERVER;
	claim->l4 = cursor_u8(c) & 1 ? IPPROTO_TCP : IPPROTO_UDP;
	claim->class = (uint8_t)(cursor_u8(c) % t->m->n_classes);
	claim->permanent = cursor_u8(c) & 1;
	claim->port = cursor_be16(c);
	claim->from_port = cursor_be16(c);
	if (claim->from == PARTY_OTHER || claim->to == PARTY_OTHER)
		claim->other = read_address(c, v6 ^ (cursor_u8(c) == 0xff));
	if (claim->to == PARTY_NAMED)
		t->host[0] = (char)cursor_u8(c);
	if (claim->to == PARTY_NAMED && !text_is_host(t->host, sizeof(t->host)))
		t->host[0] = 'x';
}

/* Queries and those who answer them; last, so that older inputs mean what they meant. */
static void read_query(struct cursor *c, bool v6, struct trial *t)
{
	struct manifest_class *class = &t->own.classes[0];
	uint8_t how = cursor_u8(c);
	struct claim *claim = &t->claim;

	class->back = how & 1;
	class->follow = how & 2;
	claim->follow = how >> 2 & 1;
	if (how & 8)
		claim->from = PARTY_ASKED;
	if (how & 16) {
		claim->back = 1;
		claim->port = 0;
		claim->to = PARTY_CLIENT;
	}
	if (claim->from != PARTY_OTHER && claim->to != PARTY_OTHER)
		memset(&claim->other, 0, sizeof(claim->other));
	t->network.addr = read_address(c, v6 ^ (how >> 7));
	t->network.len = (uint8_t)(cursor_u8(c) % (8 * addr_len(&t->network.addr) + 1));
}

/* ---- the contract */

static bool is_in_network(const struct addr *a, const struct addr *network, unsigned bits)
{
	if (a->family != network->family)
		return false;
	for (unsigned i = 0; i < bits; i++)
		if ((a->bytes[i / 8] ^ network->bytes[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

/* The source is one network, and nothing stands behind its end. */
static void check_network(const struct trial *t, const struct expectation *e)
{
	const struct prefix *p = t->policy.n_networks ? &t->policy.networks[0] : &t->network;
	unsigned bits = (unsigned)(8 * addr_len(&e->tuple.src)), len = bits - e->wild;

	assert(e->wild <= bits);
	for (unsigned i = len; i < bits; i++)
		assert(!(e->tuple.src.bytes[i / 8] & 0x80 >> i % 8));
	if (t->claim.from == PARTY_ANY || t->policy.loose) {
		assert(e->wild == bits);
		return;
	}
	assert(len == p->len && is_in_network(&e->tuple.src, &p->addr, len));
	assert(e->nat.keeps_source == e->nat.present);
}

static bool is_third_party(const struct trial *t, const struct addr *a)
{
	const struct gate_policy *p = &t->policy;

	if (t->claim.to == PARTY_NAMED) {
		for (unsigned i = 0; i < p->n_hosts; i++)
			if (!strcasecmp(p->hosts[i].name, t->host))
				return addr_equal(a, &p->hosts[i].addr);
		return false;
	}
	if (t->claim.to != PARTY_OTHER || !addr_equal(a, &t->claim.other))
		return false;
	for (unsigned i = 0; i < p->n_networks; i++)
		if (is_in_network(a, &p->networks[i].addr, p->networks[i].len))
			return true;
	return p->loose;
}

static void check_port(const struct trial *t, uint16_t port)
{
	const struct manifest_class *class = &t->m->classes[t->claim.class];

	if (t->claim.back) {
		assert(port == t->flow.reply.dport);
		port = t->flow.orig.sport;
		if (port == t->m->port)
			return;
	} else {
		assert(port == t->claim.port);
	}
	assert(port && port >= (t->policy.min_port ? t->policy.min_port : class->min_port));
	assert(port != 22 && port != 445 && port != 3389 && port != 5900);
	assert(port < 6000 || port > 6063);
	for (unsigned i = 0; manifests[i]; i++)
		assert(port != manifests[i]->port || manifests[i] == t->m ||
		       !strcmp(manifests[i]->name, t->m->name));
}

static void check_ends(const struct trial *t, const struct expectation *e)
{
	const struct tuple *orig = &t->flow.orig, *reply = &t->flow.reply;
	bool nated = !addr_equal(&orig->src, &reply->dst) || !addr_equal(&orig->dst, &reply->src);
	bool to_server = addr_equal(&e->tuple.dst, &orig->dst);
	bool own = t->claim.to == PARTY_CLIENT ? addr_equal(&e->tuple.dst, &reply->dst)
					       : t->claim.to != PARTY_OTHER && to_server;

	assert(e->tuple.src.family == orig->src.family && e->tuple.dst.family == orig->src.family);
	assert(own || is_third_party(t, &e->tuple.dst));
	if (e->wild || (t->claim.from == PARTY_ASKED && !addr_equal(&e->tuple.src, &reply->src)))
		check_network(t, e);
	else
		assert(addr_equal(&e->tuple.src,
				  t->claim.from == PARTY_CLIENT ? &orig->src : &reply->src));
	if (addr_is_special(&e->tuple.dst))
		assert(!expect_any_source(e) && addr_is_special(&e->tuple.src));
	/* A third party is never translated as the master is, a party always. */
	if (e->nat.present)
		assert(own && nated &&
		       e->nat.port == (t->claim.back ? orig->sport : t->claim.port) &&
		       e->nat.reply == (t->claim.to == PARTY_CLIENT) &&
		       addr_equal(&e->nat.addr, e->nat.reply ? &orig->src : &reply->src));
	else
		assert(!nated || t->claim.to == PARTY_OTHER || is_third_party(t, &e->tuple.dst));
}

static void check_grant(const struct trial *t, const struct expectation *e)
{
	const struct manifest_class *class = &t->m->classes[t->claim.class];

	assert(!strcmp(t->flow.helper, t->m->name) && !strcmp(e->helper, t->m->name));
	assert(class->l4s & (t->claim.l4 == IPPROTO_TCP ? MANIFEST_TCP : MANIFEST_UDP));
	assert(class->permanent || !t->claim.permanent);
	assert(class->from_any || t->claim.from != PARTY_ANY);
	assert(t->claim.from != t->claim.to && t->claim.from != PARTY_OTHER);
	assert(class->back || (!t->claim.back && t->claim.from != PARTY_ASKED));
	assert(t->claim.from != PARTY_ASKED || t->claim.to == PARTY_CLIENT);
	assert(!t->claim.follow || (class->follow && t->claim.l4 == t->flow.orig.l4));
	assert(e->follow == t->claim.follow);
	assert(tuple_equal(&e->master, &t->flow.orig) && e->zone == t->flow.zone);
	assert(e->class == t->claim.class && e->tuple.l4 == t->claim.l4);
	assert(e->tuple.sport == t->claim.from_port);
	assert(e->flags == (t->claim.permanent ? EXPECT_FLAG_PERMANENT : 0u));
	check_port(t, e->tuple.dport);
	check_ends(t, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(data, size);
	struct trial *t = calloc(1, sizeof(*t));
	struct expectation first, second, untouched;
	enum refusal r;
	uint8_t which = cursor_u8(&c), how = cursor_u8(&c);

	assert(t);
	read_manifest(&c, which, t);
	read_flow(&c, how, t);
	read_policy(&c, t);
	read_claim(&c, how & 1, t);
	read_query(&c, how & 1, t);
	memset(&untouched, 0xa5, sizeof(untouched));
	first = second = untouched;
	r = gate_check(t->m, &t->policy, &t->flow, &t->claim, t->host, &t->network, &first);
	assert(r < N_REFUSALS &&
	       r == gate_check(t->m, &t->policy, &t->flow, &t->claim, t->host, &t->network,
			       &second));
	if (r == REFUSED_NOT)
		check_grant(t, &first);
	else
		assert(!memcmp(&first, &untouched, sizeof(first)));
	free(t);
	return 0;
}
