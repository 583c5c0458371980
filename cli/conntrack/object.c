/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Options to conntrack objects.
 */
#include "cli/conntrack/object.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "cli/conntrack/report.h"

struct nf_conntrack *object_new(void)
{
	struct nf_conntrack *ct = nfct_new();

	if (!ct)
		die_other("not enough memory");
	return ct;
}

static void set_address(struct nf_conntrack *ct, const struct net *net,
			enum nf_conntrack_attr attr4, enum nf_conntrack_attr attr6)
{
	if (net->family == AF_INET)
		nfct_set_attr(ct, attr4, net->addr);
	else if (net->family == AF_INET6)
		nfct_set_attr(ct, attr6, net->addr);
}

static void set_port(struct nf_conntrack *ct, const struct l4_values *values, enum l4_field field,
		     enum nf_conntrack_attr attr)
{
	if (l4_given(values, field))
		nfct_set_attr_u16(ct, attr, htons((uint16_t)values->value[field]));
}

static void set_icmp(struct nf_conntrack *ct, const struct l4_values *values)
{
	if (l4_given(values, L4_TYPE))
		nfct_set_attr_u8(ct, ATTR_ICMP_TYPE, (uint8_t)values->value[L4_TYPE]);
	if (l4_given(values, L4_CODE))
		nfct_set_attr_u8(ct, ATTR_ICMP_CODE, (uint8_t)values->value[L4_CODE]);
	if (l4_given(values, L4_TYPE)) /* an id is part of every ICMP tuple */
		nfct_set_attr_u16(ct, ATTR_ICMP_ID, htons((uint16_t)values->value[L4_ICMP_ID]));
}

struct nf_conntrack *object_tuple(const struct command *cmd, const struct net *src,
				  const struct net *dst, enum l4_field sport, enum l4_field dport)
{
	struct nf_conntrack *ct = object_new();

	nfct_set_attr_u8(ct, ATTR_ORIG_L3PROTO, cmd->family == AF_INET6 ? AF_INET6 : AF_INET);
	nfct_set_attr_u8(ct, ATTR_ORIG_L4PROTO, cmd->protonum);
	set_address(ct, src, ATTR_ORIG_IPV4_SRC, ATTR_ORIG_IPV6_SRC);
	set_address(ct, dst, ATTR_ORIG_IPV4_DST, ATTR_ORIG_IPV6_DST);
	set_port(ct, &cmd->l4_values, sport, ATTR_ORIG_PORT_SRC);
	set_port(ct, &cmd->l4_values, dport, ATTR_ORIG_PORT_DST);
	set_icmp(ct, &cmd->l4_values);
	return ct;
}

static bool some_orig(const struct command *cmd)
{
	return given(cmd, OPT_SRC) || given(cmd, OPT_DST);
}

/* The reply direction: what was given, and for the rest the original direction turned round. The
 * kernel applies NAT itself and wants to find the tuple as it is without. */
static void set_reply(struct nf_conntrack *ct, const struct command *cmd)
{
	nfct_set_attr_u8(ct, ATTR_REPL_L3PROTO, cmd->family == AF_INET6 ? AF_INET6 : AF_INET);
	nfct_set_attr_u8(ct, ATTR_REPL_L4PROTO, cmd->protonum);
	if (some_orig(cmd))
		nfct_setobjopt(ct, NFCT_SOPT_SETUP_REPLY);
	if (!given(cmd, OPT_DST_NAT)) {
		set_address(ct, &cmd->reply_src, ATTR_REPL_IPV4_SRC, ATTR_REPL_IPV6_SRC);
		set_port(ct, &cmd->l4_values, L4_REPLY_SPORT, ATTR_REPL_PORT_SRC);
	}
	if (!given(cmd, OPT_SRC_NAT)) {
		set_address(ct, &cmd->reply_dst, ATTR_REPL_IPV4_DST, ATTR_REPL_IPV6_DST);
		set_port(ct, &cmd->l4_values, L4_REPLY_DPORT, ATTR_REPL_PORT_DST);
	}
	if (!some_orig(cmd))
		nfct_setobjopt(ct, NFCT_SOPT_SETUP_ORIGINAL);
}

/* A saved line gives the translated port only as a reply port. */
static void set_nat(struct nf_conntrack *ct, const struct command *cmd, const struct nat *nat,
		    bool source)
{
	enum l4_field reply = source ? L4_REPLY_DPORT : L4_REPLY_SPORT;
	enum l4_field orig = source ? L4_SPORT : L4_DPORT;
	const struct l4_values *values = &cmd->l4_values;
	uint16_t port = nat->port;

	set_address(ct, &nat->addr, source ? ATTR_SNAT_IPV4 : ATTR_DNAT_IPV4,
		    source ? ATTR_SNAT_IPV6 : ATTR_DNAT_IPV6);
	if (!port && l4_given(values, reply) && l4_given(values, orig) &&
	    values->value[reply] != values->value[orig])
		port = htons((uint16_t)values->value[reply]);
	if (port)
		nfct_set_attr_u16(ct, source ? ATTR_SNAT_PORT : ATTR_DNAT_PORT, port);
}

#define TCP_TIME_WAIT_STATE 7

static void set_tcp_state(struct nf_conntrack *ct, uint8_t state)
{
	uint8_t flags = IP_CT_TCP_FLAG_BE_LIBERAL | IP_CT_TCP_FLAG_SACK_PERM;

	if (state >= TCP_TIME_WAIT_STATE)
		flags |= IP_CT_TCP_FLAG_CLOSE_INIT;
	nfct_set_attr_u8(ct, ATTR_TCP_STATE, state);
	nfct_set_attr_u8(ct, ATTR_TCP_FLAGS_ORIG, flags);
	nfct_set_attr_u8(ct, ATTR_TCP_MASK_ORIG, flags);
	nfct_set_attr_u8(ct, ATTR_TCP_FLAGS_REPL, flags);
	nfct_set_attr_u8(ct, ATTR_TCP_MASK_REPL, flags);
}

void object_set_state(struct nf_conntrack *ct, const struct command *cmd)
{
	const struct l4_values *v = &cmd->l4_values;
	uint8_t state = (uint8_t)v->value[L4_STATE];

	if (l4_given(v, L4_STATE) && cmd->protonum == IPPROTO_TCP)
		set_tcp_state(ct, state);
	if (l4_given(v, L4_STATE) && cmd->protonum == IPPROTO_SCTP)
		nfct_set_attr_u8(ct, ATTR_SCTP_STATE, state);
	if (l4_given(v, L4_STATE) && cmd->protonum == IPPROTO_DCCP)
		nfct_set_attr_u8(ct, ATTR_DCCP_STATE, state);
	if (l4_given(v, L4_ORIG_VTAG))
		nfct_set_attr_u32(ct, ATTR_SCTP_VTAG_ORIG, htonl(v->value[L4_ORIG_VTAG]));
	if (l4_given(v, L4_REPLY_VTAG))
		nfct_set_attr_u32(ct, ATTR_SCTP_VTAG_REPL, htonl(v->value[L4_REPLY_VTAG]));
	if (l4_given(v, L4_ROLE))
		nfct_set_attr_u8(ct, ATTR_DCCP_ROLE, (uint8_t)v->value[L4_ROLE]);
}

static void set_zones(struct nf_conntrack *ct, const struct command *cmd)
{
	if (given(cmd, OPT_ZONE))
		nfct_set_attr_u16(ct, ATTR_ZONE, cmd->zone);
	if (given(cmd, OPT_ORIG_ZONE))
		nfct_set_attr_u16(ct, ATTR_ORIG_ZONE, cmd->orig_zone);
	if (given(cmd, OPT_REPLY_ZONE))
		nfct_set_attr_u16(ct, ATTR_REPL_ZONE, cmd->reply_zone);
}

struct nf_conntrack *object_flow(const struct command *cmd)
{
	struct nf_conntrack *ct = object_tuple(cmd, &cmd->src, &cmd->dst, L4_SPORT, L4_DPORT);

	set_reply(ct, cmd);
	set_zones(ct, cmd);
	object_set_state(ct, cmd);
	if (given(cmd, OPT_TIMEOUT))
		nfct_set_attr_u32(ct, ATTR_TIMEOUT, cmd->timeout);
	if (given(cmd, OPT_STATUS))
		nfct_set_attr_u32(ct, ATTR_STATUS, cmd->status);
	if (given(cmd, OPT_MARK))
		nfct_set_attr_u32(ct, ATTR_MARK, cmd->mark);
	if (given(cmd, OPT_SRC_NAT))
		set_nat(ct, cmd, &cmd->snat, true);
	if (given(cmd, OPT_DST_NAT))
		set_nat(ct, cmd, &cmd->dnat, false);
	if (given(cmd, OPT_HELPER))
		nfct_set_attr(ct, ATTR_HELPER_NAME, cmd->helper);
	if (cmd->label_add)
		nfct_set_attr(ct, ATTR_CONNLABELS, nfct_bitmask_clone(cmd->label_add));
	return ct;
}
