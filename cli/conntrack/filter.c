/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every filter is applied here, also those that the kernel has applied already: older kernels
 * ignore what they do not know.
 */
#include "cli/conntrack/filter.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

static bool net_has(const struct net *net, const uint32_t *addr)
{
	unsigned words = net->family == AF_INET6 ? 4 : 1;

	for (unsigned i = 0; i < words; i++)
		if ((net->addr[i] ^ addr[i]) & net->mask[i])
			return false;
	return true;
}

/* A net that was not given has every address. */
static bool has_address(const struct net *net, const struct nf_conntrack *ct,
			enum nf_conntrack_attr_grp group)
{
	union nfct_attr_grp_addr addr = { 0 };

	if (net->family == AF_UNSPEC)
		return true;
	return nfct_get_attr_u8(ct, ATTR_ORIG_L3PROTO) == net->family &&
	       nfct_get_attr_grp(ct, group, &addr) == 0 && net_has(net, addr.addr);
}

struct l4_attr {
	enum l4_field field;
	enum nf_conntrack_attr attr;
	uint8_t size;
};

static bool has_l4(const struct l4_values *want, const struct nf_conntrack *ct,
		   const struct l4_attr *map, unsigned len)
{
	for (unsigned i = 0; i < len; i++) {
		uint32_t value = 0;

		if (!l4_given(want, map[i].field))
			continue;
		if (!nfct_attr_is_set(ct, map[i].attr))
			return false;
		if (map[i].size == 1)
			value = nfct_get_attr_u8(ct, map[i].attr);
		else if (map[i].size == 2)
			value = ntohs(nfct_get_attr_u16(ct, map[i].attr));
		else
			value = ntohl(nfct_get_attr_u32(ct, map[i].attr));
		if (value != want->value[map[i].field])
			return false;
	}
	return true;
}

#define N(array) (sizeof(array) / sizeof((array)[0]))

static bool has_protocol(const struct command *cmd, const struct nf_conntrack *ct)
{
	static const struct l4_attr map[] = {
		{ L4_SPORT, ATTR_ORIG_PORT_SRC, 2 },
		{ L4_DPORT, ATTR_ORIG_PORT_DST, 2 },
		{ L4_REPLY_SPORT, ATTR_REPL_PORT_SRC, 2 },
		{ L4_REPLY_DPORT, ATTR_REPL_PORT_DST, 2 },
		{ L4_ORIG_VTAG, ATTR_SCTP_VTAG_ORIG, 4 },
		{ L4_REPLY_VTAG, ATTR_SCTP_VTAG_REPL, 4 },
		{ L4_ROLE, ATTR_DCCP_ROLE, 1 },
		{ L4_TYPE, ATTR_ICMP_TYPE, 1 },
		{ L4_CODE, ATTR_ICMP_CODE, 1 },
		{ L4_ICMP_ID, ATTR_ICMP_ID, 2 },
	};

	if (given(cmd, OPT_PROTO) && nfct_get_attr_u8(ct, ATTR_ORIG_L4PROTO) != cmd->protonum)
		return false;
	return has_l4(&cmd->l4_values, ct, map, N(map));
}

/* On -U a state is what to write, not what to look for. */
static bool has_state(const struct command *cmd, const struct nf_conntrack *ct)
{
	const struct l4_attr tcp = { L4_STATE, ATTR_TCP_STATE, 1 };
	const struct l4_attr sctp = { L4_STATE, ATTR_SCTP_STATE, 1 };
	const struct l4_attr dccp = { L4_STATE, ATTR_DCCP_STATE, 1 };
	const struct l4_attr *map = cmd->protonum == IPPROTO_SCTP   ? &sctp
				    : cmd->protonum == IPPROTO_DCCP ? &dccp
								    : &tcp;

	return cmd->verb == VERB_UPDATE || has_l4(&cmd->l4_values, ct, map, 1);
}

static bool has_nat(const struct nf_conntrack *ct, const struct nat *nat, bool source)
{
	if (!nfct_getobjopt(ct, source ? NFCT_GOPT_IS_SNAT : NFCT_GOPT_IS_DNAT) &&
	    !nfct_getobjopt(ct, source ? NFCT_GOPT_IS_SPAT : NFCT_GOPT_IS_DPAT))
		return false;
	if (!has_address(&nat->addr, ct, source ? ATTR_GRP_REPL_ADDR_DST : ATTR_GRP_REPL_ADDR_SRC))
		return false;
	return !nat->port ||
	       nfct_get_attr_u16(ct, source ? ATTR_REPL_PORT_DST : ATTR_REPL_PORT_SRC) == nat->port;
}

static bool has_nats(const struct command *cmd, const struct nf_conntrack *ct)
{
	bool snat = given(cmd, OPT_SRC_NAT), dnat = given(cmd, OPT_DST_NAT);

	if (given(cmd, OPT_ANY_NAT))
		return has_nat(ct, &cmd->anynat, true) || has_nat(ct, &cmd->anynat, false);
	return (!snat || has_nat(ct, &cmd->snat, true)) &&
	       (!dnat || has_nat(ct, &cmd->dnat, false));
}

/* A flow without the attribute is in zone 0. */
static bool has_zone(const struct nf_conntrack *ct, enum nf_conntrack_attr attr, uint16_t zone)
{
	return (nfct_attr_is_set(ct, attr) ? nfct_get_attr_u16(ct, attr) : 0) == zone;
}

static bool has_labels(const struct command *cmd, const struct nf_conntrack *ct)
{
	const struct nfct_bitmask *labels =
		nfct_attr_is_set(ct, ATTR_CONNLABELS) ? nfct_get_attr(ct, ATTR_CONNLABELS) : NULL;

	if (!cmd->labels)
		return true;
	for (unsigned i = 0; i <= nfct_bitmask_maxbit(cmd->labels); i++)
		if (nfct_bitmask_test_bit(cmd->labels, i) &&
		    (!labels || !nfct_bitmask_test_bit(labels, i)))
			return false;
	return true;
}

static bool has_helper(const struct command *cmd, const char *name)
{
	return !given(cmd, OPT_HELPER) || (name && !strcmp(cmd->helper, name));
}

/* Marks, status and what else hangs on the whole flow. -U writes mark and status instead. */
static bool has_meta(const struct command *cmd, const struct nf_conntrack *ct)
{
	bool update = cmd->verb == VERB_UPDATE;
	uint32_t mark = nfct_attr_is_set(ct, ATTR_MARK) ? nfct_get_attr_u32(ct, ATTR_MARK) : 0;
	uint32_t status = nfct_get_attr_u32(ct, ATTR_STATUS);
	uint32_t secmark = nfct_attr_is_set(ct, ATTR_SECMARK) ? nfct_get_attr_u32(ct, ATTR_SECMARK)
							      : 0;

	if (given(cmd, OPT_MARK) && !update && (mark & cmd->mark_mask) != cmd->mark)
		return false;
	if (given(cmd, OPT_STATUS) && !update && (status & cmd->status_mask) != cmd->status)
		return false;
	if (given(cmd, OPT_SECMARK) && secmark != cmd->secmark)
		return false;
	if (given(cmd, OPT_ID) && nfct_get_attr_u32(ct, ATTR_ID) != cmd->id)
		return false;
	if (given(cmd, OPT_ZONE) && !has_zone(ct, ATTR_ZONE, cmd->zone))
		return false;
	if (given(cmd, OPT_ORIG_ZONE) && !has_zone(ct, ATTR_ORIG_ZONE, cmd->orig_zone))
		return false;
	if (given(cmd, OPT_REPLY_ZONE) && !has_zone(ct, ATTR_REPL_ZONE, cmd->reply_zone))
		return false;
	return has_helper(cmd, nfct_attr_is_set(ct, ATTR_HELPER_NAME)
				       ? nfct_get_attr(ct, ATTR_HELPER_NAME)
				       : NULL);
}

bool filter_flow(const struct command *cmd, const struct nf_conntrack *ct)
{
	if (cmd->family != AF_UNSPEC && nfct_get_attr_u8(ct, ATTR_ORIG_L3PROTO) != cmd->family)
		return false;
	return has_address(&cmd->src, ct, ATTR_GRP_ORIG_ADDR_SRC) &&
	       has_address(&cmd->dst, ct, ATTR_GRP_ORIG_ADDR_DST) &&
	       has_address(&cmd->reply_src, ct, ATTR_GRP_REPL_ADDR_SRC) &&
	       has_address(&cmd->reply_dst, ct, ATTR_GRP_REPL_ADDR_DST) && has_protocol(cmd, ct) &&
	       has_state(cmd, ct) && has_nats(cmd, ct) && has_meta(cmd, ct) && has_labels(cmd, ct);
}

/* No zones: the kernel does not say an expectation's. */
bool filter_expect(const struct command *cmd, const struct nf_expect *exp)
{
	const struct nf_conntrack *expected = nfexp_get_attr(exp, ATTR_EXP_EXPECTED);
	const struct nf_conntrack *master = nfexp_get_attr(exp, ATTR_EXP_MASTER);

	if (!expected || !master)
		return false;
	if (cmd->family != AF_UNSPEC &&
	    nfct_get_attr_u8(expected, ATTR_ORIG_L3PROTO) != cmd->family)
		return false;
	return has_address(&cmd->src, expected, ATTR_GRP_ORIG_ADDR_SRC) &&
	       has_address(&cmd->dst, expected, ATTR_GRP_ORIG_ADDR_DST) &&
	       has_address(&cmd->master_src, master, ATTR_GRP_ORIG_ADDR_SRC) &&
	       has_address(&cmd->master_dst, master, ATTR_GRP_ORIG_ADDR_DST) &&
	       has_protocol(cmd, expected) &&
	       has_helper(cmd, nfexp_attr_is_set(exp, ATTR_EXP_HELPER_NAME)
				       ? nfexp_get_attr(exp, ATTR_EXP_HELPER_NAME)
				       : NULL);
}
