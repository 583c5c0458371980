/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * -o save: a flow as the command line that makes it again.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <sys/socket.h>

#include "cli/conntrack/print.h"

static void put_address(FILE *out, char letter, const struct nf_conntrack *ct,
			enum nf_conntrack_attr_grp group)
{
	union nfct_attr_grp_addr addr = { 0 };
	char text[INET6_ADDRSTRLEN];

	if (nfct_get_attr_grp(ct, group, &addr) == 0 &&
	    inet_ntop(nfct_get_attr_u8(ct, ATTR_ORIG_L3PROTO), &addr, text, sizeof(text)))
		fprintf(out, " -%c %s", letter, text);
}

static void put_status(FILE *out, uint32_t status)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} bits[] = {
		{ IPS_SEEN_REPLY, "SEEN_REPLY" },
		{ IPS_ASSURED, "ASSURED" },
		{ IPS_FIXED_TIMEOUT, "FIXED_TIMEOUT" },
		{ IPS_EXPECTED, "EXPECTED" },
	};

	const char *comma = "";

	fputs(" -u ", out);
	for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (status & bits[i].bit) {
			fprintf(out, "%s%s", comma, bits[i].name);
			comma = ",";
		}
	if (!*comma)
		fputs("UNSET", out);
}

static void put_zone(FILE *out, const char *option, const struct nf_conntrack *ct,
		     enum nf_conntrack_attr attr)
{
	if (nfct_attr_is_set(ct, attr))
		fprintf(out, " %s %u", option, nfct_get_attr_u16(ct, attr));
}

/* Where an option's value stands in a flow. Size 0: an option that is never written. */
static const struct {
	enum nf_conntrack_attr attr;
	uint8_t size;
} where[] = {
	[L4_SPORT] = { ATTR_ORIG_PORT_SRC, 2 },
	[L4_DPORT] = { ATTR_ORIG_PORT_DST, 2 },
	[L4_REPLY_SPORT] = { ATTR_REPL_PORT_SRC, 2 },
	[L4_REPLY_DPORT] = { ATTR_REPL_PORT_DST, 2 },
	[L4_STATE] = { ATTR_MAX, 1 },
	[L4_ORIG_VTAG] = { ATTR_SCTP_VTAG_ORIG, 4 },
	[L4_REPLY_VTAG] = { ATTR_SCTP_VTAG_REPL, 4 },
	[L4_ROLE] = { ATTR_DCCP_ROLE, 1 },
	[L4_TYPE] = { ATTR_ICMP_TYPE, 1 },
	[L4_CODE] = { ATTR_ICMP_CODE, 1 },
	[L4_ICMP_ID] = { ATTR_ICMP_ID, 2 },
};

static enum nf_conntrack_attr state_attr(const struct l4 *l4)
{
	return l4->protonum == IPPROTO_SCTP   ? ATTR_SCTP_STATE
	       : l4->protonum == IPPROTO_DCCP ? ATTR_DCCP_STATE
					      : ATTR_TCP_STATE;
}

static void put_l4_option(FILE *out, const struct l4 *l4, const struct l4_option *option,
			  const struct nf_conntrack *ct)
{
	enum nf_conntrack_attr attr = where[option->field].attr;
	uint32_t value;

	if (option->field == L4_STATE)
		attr = state_attr(l4);
	if (!where[option->field].size || !nfct_attr_is_set(ct, attr))
		return;
	value = where[option->field].size == 1	 ? nfct_get_attr_u8(ct, attr)
		: where[option->field].size == 2 ? ntohs(nfct_get_attr_u16(ct, attr))
						 : ntohl(nfct_get_attr_u32(ct, attr));
	if (option->field == L4_STATE) {
		unsigned n = 0;

		while (l4->states[n] && n < value)
			n++;
		if (l4->states[n])
			fprintf(out, " --state %s", l4->states[n]);
	} else if (option->field == L4_ROLE) {
		fprintf(out, " --role %s", value ? "server" : "client");
	} else {
		fprintf(out, " --%s %" PRIu32, option->name, value);
	}
}

void print_flow_save(FILE *out, char letter, const struct nf_conntrack *ct)
{
	uint8_t protonum = nfct_get_attr_u8(ct, ATTR_ORIG_L4PROTO);
	const struct l4 *l4 = l4_by_number(protonum);

	fprintf(out, "-%c", letter);
	if (nfct_attr_is_set(ct, ATTR_TIMEOUT))
		fprintf(out, " -t %" PRIu32, nfct_get_attr_u32(ct, ATTR_TIMEOUT));
	put_status(out, nfct_get_attr_u32(ct, ATTR_STATUS));
	put_zone(out, "-w", ct, ATTR_ZONE);
	put_zone(out, "--orig-zone", ct, ATTR_ORIG_ZONE);
	put_zone(out, "--reply-zone", ct, ATTR_REPL_ZONE);
	put_address(out, 's', ct, ATTR_GRP_ORIG_ADDR_SRC);
	put_address(out, 'd', ct, ATTR_GRP_ORIG_ADDR_DST);
	put_address(out, nfct_getobjopt(ct, NFCT_GOPT_IS_DNAT) ? 'g' : 'r', ct,
		    ATTR_GRP_REPL_ADDR_SRC);
	put_address(out, nfct_getobjopt(ct, NFCT_GOPT_IS_SNAT) ? 'n' : 'q', ct,
		    ATTR_GRP_REPL_ADDR_DST);
	if (l4)
		fprintf(out, " -p %s", l4->name);
	else
		fprintf(out, " -p %u", protonum);
	for (const struct l4_option *o = l4 ? l4->options : NULL; o && o->name; o++)
		put_l4_option(out, l4, o, ct);
	/* behind all that conntrack-tools writes: it loses the mark */
	if (nfct_attr_is_set(ct, ATTR_MARK) && nfct_get_attr_u32(ct, ATTR_MARK))
		fprintf(out, " -m %" PRIu32, nfct_get_attr_u32(ct, ATTR_MARK));
}
