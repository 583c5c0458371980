/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works
 *
 * A claim names parties, not addresses: "from the client to the server". The gate puts in the
 * addresses that the kernel has for the master flow, as the child's first packet will carry them
 * when it enters: a client dials the server at the address it knows (orig.dst), a server dials
 * the client at the address that it sees (reply.dst).
 *
 *     client orig.src ----> orig.dst   | NAT |   reply.dst ----> reply.src server
 *
 *     to the server:  src = orig.src   dst = orig.dst : port    then to reply.src : port
 *     to the client:  src = reply.src  dst = reply.dst : port   then to orig.src : port
 *     to another:     src = orig.src or reply.src    dst = the announced address, if the
 *                     configuration says that third parties may be there
 *     from whom a group was asked:   src = the network that the query went out to
 *
 * Without NAT orig.dst is reply.src and reply.dst is orig.src. With NAT the kernel's
 * nat-follow-master does "then to": it needs the child's direction and the true port.
 *
 * The equivalent nft rule of a claim from client to server without NAT would be
 *     ip saddr CLIENT ip daddr SERVER tcp dport PORT ct state new accept
 * for one connection within the class's timeout.
 */
#include "broker/gate.h"

#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "wire/text.h"

/* Never through a pinhole, whatever is announced: remote shells and desktops. Control ports of
 * other helpers come from the manifests. */
static const struct {
	uint16_t first, last;
} denied[] = {
	{ 22, 22 }, { 445, 445 }, { 3389, 3389 }, { 5900, 5900 }, { 6000, 6063 },
};

static const char *const names[] = { [REFUSED_NOT] = "none",
#define REFUSAL(name, prose) [REFUSED_##name] = #name,
				     REFUSALS
#undef REFUSAL
};

const char *refusal_name(enum refusal r)
{
	return r < N_REFUSALS ? names[r] : "unknown";
}

bool gate_flow_is_nated(const struct ct_flow *flow)
{
	return tuple_is_nated(&flow->orig, &flow->reply);
}

uint16_t gate_min_port(const struct manifest_class *class, const struct gate_policy *p)
{
	return p->min_port ? p->min_port : class->min_port;
}

enum refusal gate_port(const struct manifest *own, uint16_t min_port, uint16_t port)
{
	if (port < min_port || !port)
		return REFUSED_low_port;
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		if (port >= denied[i].first && port <= denied[i].last)
			return REFUSED_denied_port;
	for (const struct manifest *const *m = manifests; *m; m++)
		if (port == (*m)->port && strcmp((*m)->name, own->name))
			return REFUSED_denied_port;
	return REFUSED_NOT;
}

static enum refusal check_class(const struct manifest *m, const struct gate_policy *policy,
				const struct ct_flow *flow, const struct claim *claim)
{
	const struct manifest_class *class = &m->classes[claim->class];
	unsigned bit = claim->l4 == IPPROTO_TCP ? MANIFEST_TCP : MANIFEST_UDP;

	if (!(class->l4s & bit))
		return REFUSED_protocol;
	if (claim->permanent && !class->permanent)
		return REFUSED_permanent;
	if (claim->from == PARTY_ANY && !class->from_any)
		return REFUSED_any_source;
	if ((claim->back || claim->from == PARTY_ASKED) && !class->back)
		return REFUSED_back;
	if (claim->follow && (!class->follow || claim->l4 != flow->orig.l4))
		return REFUSED_follow;
	if (!claim->back)
		return gate_port(m, gate_min_port(class, policy), claim->port);
	/* A protocol may be spoken from its own port. */
	return flow->orig.sport == m->port
		       ? REFUSED_NOT
		       : gate_port(m, gate_min_port(class, policy), flow->orig.sport);
}

/* ---- third parties ---- */

void gate_policy_add_network(struct gate_policy *p, const struct addr *addr, uint8_t prefix_len)
{
	if (p->n_networks == GATE_NETWORKS_MAX || prefix_len > 8 * addr_len(addr))
		return;
	p->networks[p->n_networks++] = (struct prefix){ .addr = *addr, .len = prefix_len };
}

void gate_policy_add_host(struct gate_policy *p, const char name[HELPER_HOST_SIZE],
			  const struct addr *addr)
{
	if (p->n_hosts == GATE_HOSTS_MAX || !text_is_host(name, HELPER_HOST_SIZE))
		return;
	memcpy(p->hosts[p->n_hosts].name, name, HELPER_HOST_SIZE);
	p->hosts[p->n_hosts++].addr = *addr;
}

static bool is_allowed(const struct gate_policy *p, const struct addr *a)
{
	if (p->loose)
		return true;
	for (unsigned i = 0; i < p->n_networks; i++)
		if (prefix_has(&p->networks[i], a))
			return true;
	return false;
}

/* Where the policy says that a named host is; NULL: nowhere. */
static const struct addr *find_host(const struct gate_policy *p, const char *name)
{
	for (unsigned i = 0; i < p->n_hosts; i++)
		if (!strcasecmp(p->hosts[i].name, name))
			return &p->hosts[i].addr;
	return NULL;
}

/* Turns names and third parties of a claim into what the policy makes of them: afterwards
 * claim->to is no name, and a third party may be one. */
static enum refusal settle_parties(const struct gate_policy *policy, const struct ct_flow *flow,
				   const char *host, struct claim *claim)
{
	const struct addr *mapped;

	if (claim->to == PARTY_NAMED) {
		mapped = find_host(policy, host);
		claim->to = PARTY_SERVER;
		if (mapped && !addr_equal(mapped, &flow->orig.dst) &&
		    !addr_equal(mapped, &flow->reply.src)) {
			if (mapped->family != flow->orig.src.family)
				return REFUSED_third_party;
			claim->to = PARTY_OTHER;
			claim->other = *mapped;
		}
		return claim->from == PARTY_CLIENT ? REFUSED_NOT : REFUSED_third_party;
	}
	if (claim->from == claim->to || claim->from == PARTY_OTHER ||
	    (claim->from == PARTY_ASKED && claim->to != PARTY_CLIENT))
		return REFUSED_third_party;
	if (claim->to != PARTY_OTHER)
		return REFUSED_NOT;
	return claim->other.family == flow->orig.src.family && is_allowed(policy, &claim->other)
		       ? REFUSED_NOT
		       : REFUSED_third_party;
}

/* ---- those who were asked ---- */

static bool is_group(const struct addr *a, const struct prefix *asked)
{
	static const struct addr all = { AF_INET, { 255, 255, 255, 255 } };

	return addr_is_multicast(a) || addr_equal(a, &all) ||
	       (asked && prefix_is_broadcast(asked, a));
}

/* Leaves the end of the source open: all of it where `from` is NULL. */
static void open_source(struct expectation *e, const struct prefix *from)
{
	struct addr *src = &e->tuple.src;
	unsigned len = from ? from->len : 0;

	if (from)
		src->family = from->addr.family;
	for (unsigned i = 0; i < addr_len(src); i++) {
		unsigned bits = len > 8 * i ? len - 8 * i : 0;

		src->bytes[i] = from ? from->addr.bytes[i] : 0;
		if (bits < 8)
			src->bytes[i] &= (uint8_t)(0xff00 >> bits);
	}
	e->wild = (uint8_t)(8 * addr_len(src) - len);
}

/* From all whom a group reaches, as far as is known, or policy says. */
static enum refusal open_to_asked(const struct gate_policy *policy, const struct prefix *asked,
				  struct expectation *e)
{
	const struct prefix *from = policy->n_networks ? &policy->networks[0] : asked;

	if (policy->loose)
		from = NULL;
	else if (!from || from->addr.family != e->tuple.dst.family)
		return REFUSED_no_network;
	open_source(e, from);
	return REFUSED_NOT;
}

/* ---- endpoints ---- */

/* Fills in the child's tuple, as it enters, and what NAT makes of it. A third party is spoken to at
 * its own address: what NAT makes of that is for the rules to say, as with any connection. */
static void address(const struct ct_flow *flow, const struct claim *claim, struct expectation *e)
{
	bool to_server = claim->to == PARTY_SERVER, to_other = claim->to == PARTY_OTHER;
	bool by_client = to_other ? claim->from == PARTY_CLIENT : to_server;
	const struct tuple *towards = by_client ? &flow->orig : &flow->reply;
	const struct tuple *back = by_client ? &flow->reply : &flow->orig;

	e->tuple.src = towards->src;
	e->tuple.dst = to_other ? claim->other : towards->dst;
	e->tuple.dport = claim->back ? towards->dport : claim->port;
	if (claim->from == PARTY_ANY)
		open_source(e, NULL);
	if (to_other || !gate_flow_is_nated(flow))
		return;
	e->nat.present = true;
	e->nat.reply = !to_server;
	e->nat.addr = back->src;
	e->nat.port = claim->back ? back->sport : claim->port;
}

/* 127.0.0.0/8 (RFC 1122 3.2.1.3), ::1 (RFC 4291 2.5.3) */
static bool is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	return a->family == AF_INET ? a->bytes[0] == 127 : !memcmp(a->bytes, one, sizeof(one));
}

/* Loopback may open loopback; nothing else leads to or comes from a special address. */
static bool is_special(const struct expectation *e)
{
	const struct tuple *t = &e->tuple;
	bool open = expect_any_source(e);

	if (!open && is_loopback(&t->src) && is_loopback(&t->dst))
		return false;
	return addr_is_special(&t->dst) || (!open && addr_is_special(&t->src));
}

enum refusal gate_check(const struct manifest *m, const struct gate_policy *policy,
			const struct ct_flow *flow, const struct claim *claim,
			const char host[HELPER_HOST_SIZE], const struct prefix *asked,
			struct expectation *ret)
{
	struct expectation e = { .master = flow->orig, .zone = flow->zone, .class = claim->class };
	struct claim settled = *claim;
	enum refusal r;
	bool group;

	if (strcmp(flow->helper, m->name))
		return REFUSED_foreign_flow;
	r = check_class(m, policy, flow, claim);
	if (r == REFUSED_NOT)
		r = settle_parties(policy, flow, host, &settled);
	if (r != REFUSED_NOT)
		return r;
	address(flow, &settled, &e);
	group = is_group(&flow->orig.dst, asked);
	e.nat.keeps_source = e.nat.present && group;
	if (settled.from == PARTY_ASKED && group)
		r = open_to_asked(policy, asked, &e);
	if (r != REFUSED_NOT)
		return r;
	if (is_special(&e))
		return REFUSED_special_address;
	e.tuple.l4 = claim->l4;
	e.tuple.sport = claim->from_port;
	e.follow = claim->follow;
	e.flags = claim->permanent ? EXPECT_FLAG_PERMANENT : 0;
	memcpy(e.helper, flow->helper, sizeof(e.helper));
	*ret = e;
	return REFUSED_NOT;
}
