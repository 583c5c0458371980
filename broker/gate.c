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
#include <sys/socket.h>

/* Never through a pinhole, whatever is announced: remote shells and desktops. Control ports of
 * helpers come from the manifests. */
static const struct {
	uint16_t first, last;
} denied[] = {
	{ 22, 22 }, { 445, 445 }, { 3389, 3389 }, { 5900, 5900 }, { 6000, 6063 },
};

static const char *const names[] = {
	[REFUSED_NOT] = "none",
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
	return !addr_equal(&flow->orig.src, &flow->reply.dst) ||
	       !addr_equal(&flow->orig.dst, &flow->reply.src) ||
	       flow->orig.sport != flow->reply.dport || flow->orig.dport != flow->reply.sport;
}

enum refusal gate_port(const struct manifest_class *class, uint16_t port)
{
	if (port < class->min_port || !port)
		return REFUSED_low_port;
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		if (port >= denied[i].first && port <= denied[i].last)
			return REFUSED_denied_port;
	for (const struct manifest *const *m = manifests; *m; m++)
		if (port == (*m)->port)
			return REFUSED_denied_port;
	return REFUSED_NOT;
}

static enum refusal check_class(const struct manifest_class *class, const struct claim *claim)
{
	unsigned bit = claim->l4 == IPPROTO_TCP ? MANIFEST_TCP : MANIFEST_UDP;

	if (!(class->l4s & bit))
		return REFUSED_protocol;
	if (claim->permanent && !class->permanent)
		return REFUSED_permanent;
	if (claim->from == PARTY_ANY && !class->from_any)
		return REFUSED_any_source;
	return gate_port(class, claim->port);
}

/* Fills in the child's tuple, as it enters, and what NAT makes of it. */
static void address(const struct ct_flow *flow, const struct claim *claim, struct expectation *e)
{
	bool to_server = claim->to == PARTY_SERVER;
	const struct tuple *towards = to_server ? &flow->orig : &flow->reply;
	const struct tuple *back = to_server ? &flow->reply : &flow->orig;

	e->tuple.src = towards->src;
	e->tuple.dst = towards->dst;
	if (claim->from == PARTY_ANY) {
		e->any_source = true;
		memset(e->tuple.src.bytes, 0, sizeof(e->tuple.src.bytes));
	}
	if (!gate_flow_is_nated(flow))
		return;
	e->nat.present = true;
	e->nat.reply = !to_server;
	e->nat.addr = back->src;
	e->nat.port = claim->port;
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

	if (!e->any_source && is_loopback(&t->src) && is_loopback(&t->dst))
		return false;
	return addr_is_special(&t->dst) || (!e->any_source && addr_is_special(&t->src));
}

enum refusal gate_check(const struct manifest *m, const struct ct_flow *flow,
			const struct claim *claim, struct expectation *ret)
{
	struct expectation e = { .master = flow->orig, .zone = flow->zone, .class = claim->class };
	enum refusal r;

	if (strcmp(flow->helper, m->name))
		return REFUSED_foreign_flow;
	r = check_class(&m->classes[claim->class], claim);
	if (r != REFUSED_NOT)
		return r;
	if (claim->from == PARTY_OTHER || claim->to >= PARTY_OTHER || claim->from == claim->to)
		return REFUSED_third_party;
	address(flow, claim, &e);
	if (is_special(&e))
		return REFUSED_special_address;
	e.tuple.l4 = claim->l4;
	e.tuple.sport = claim->from_port;
	e.tuple.dport = claim->port;
	e.flags = claim->permanent ? EXPECT_FLAG_PERMANENT : 0;
	memcpy(e.helper, flow->helper, sizeof(e.helper));
	*ret = e;
	return REFUSED_NOT;
}
