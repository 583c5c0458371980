/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Tables of layer 4 protocols. A new protocol is one table here.
 */
#include "cli/conntrack/l4.h"

#include <assert.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "cli/conntrack/report.h"

/* Rows: -L -I -U -D -G -E | -L -I -G of the expect table. o may be, R must be, . must not,
 * + may be here and must not in conntrack-tools. */
#define PORT   "oooooo+R+"
#define REPLY  "oooooo..o"
#define EXPECT ".......R."

#define SPORTS                                                       \
	{ "sport", "orig-port-src", L4_SPORT, "oooooo+RR" },         \
		{ "dport", "orig-port-dst", L4_DPORT, "oooooo+RR" }, \
		{ "reply-port-src", 0, L4_REPLY_SPORT, REPLY },      \
		{ "reply-port-dst", 0, L4_REPLY_DPORT, REPLY },      \
		{ "mask-port-src", 0, L4_MASK_SPORT, EXPECT },       \
	{                                                            \
		"mask-port-dst", 0, L4_MASK_DPORT, EXPECT            \
	}

#define TUPLE_PORTS                                         \
	{ "tuple-port-src", 0, L4_TUPLE_SPORT, EXPECT },    \
	{                                                   \
		"tuple-port-dst", 0, L4_TUPLE_DPORT, EXPECT \
	}

#define STATE(rows)                        \
	{                                  \
		"state", 0, L4_STATE, rows \
	}
#define END                \
	{                  \
		0, 0, 0, 0 \
	}

static const struct l4_option tcp_options[] = { SPORTS, STATE("oRooooo.."), TUPLE_PORTS, END };
static const struct l4_option udp_options[] = { SPORTS, TUPLE_PORTS, END };

static const struct l4_option sctp_options[] = {
	SPORTS,
	STATE("oRooooo.."),
	TUPLE_PORTS,
	{ "orig-vtag", 0, L4_ORIG_VTAG, "+R++++..." },
	{ "reply-vtag", 0, L4_REPLY_VTAG, "+R++++..." },
	END,
};

static const struct l4_option dccp_options[] = {
	SPORTS, STATE("oRooooo.."), TUPLE_PORTS, { "role", 0, L4_ROLE, "oRoooo..." }, END,
};

static const struct l4_option icmp_options[] = {
	{ "icmp-type", 0, L4_TYPE, "oRooRo..." },
	{ "icmp-code", 0, L4_CODE, "oRooRo..." },
	{ "icmp-id", 0, L4_ICMP_ID, "oooooo..." },
	END,
};

static const struct l4_option icmpv6_options[] = {
	{ "icmpv6-type", 0, L4_TYPE, "oRooRo..." },
	{ "icmpv6-code", 0, L4_CODE, "oRooRo..." },
	{ "icmpv6-id", 0, L4_ICMP_ID, "oooooo..." },
	END,
};

static const struct l4_option gre_options[] = {
	{ "srckey", "orig-key-src", L4_SPORT, "oooooo+RR" },
	{ "dstkey", "orig-key-dst", L4_DPORT, "oooooo+RR" },
	{ "reply-key-src", 0, L4_REPLY_SPORT, REPLY },
	{ "reply-key-dst", 0, L4_REPLY_DPORT, REPLY },
	{ "mask-key-src", 0, L4_MASK_SPORT, EXPECT },
	{ "mask-key-dst", 0, L4_MASK_DPORT, EXPECT },
	{ "tuple-key-src", 0, L4_TUPLE_SPORT, EXPECT },
	{ "tuple-key-dst", 0, L4_TUPLE_DPORT, EXPECT },
	END,
};

/* The kernel's numbers. */
static const char *const tcp_states[] = { "NONE",     "SYN_SENT",   "SYN_RECV", "ESTABLISHED",
					  "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT",
					  "CLOSE",    "SYN_SENT2",  NULL };
static const char *const sctp_states[] = { "NONE",
					   "CLOSED",
					   "COOKIE_WAIT",
					   "COOKIE_ECHOED",
					   "ESTABLISHED",
					   "SHUTDOWN_SENT",
					   "SHUTDOWN_RECD",
					   "SHUTDOWN_ACK_SENT",
					   "HEARTBEAT_SENT",
					   "HEARTBEAT_ACKED",
					   NULL };
static const char *const dccp_states[] = { "NONE",   "REQUEST",	 "RESPOND", "PARTOPEN",
					   "OPEN",   "CLOSEREQ", "CLOSING", "TIMEWAIT",
					   "IGNORE", "INVALID",	 NULL };

#define PORT_PAIRS \
	.pair = { "sport", "dport" }, .reply_pair = { "reply-src-port", "reply-dst-port" }
#define KEY_PAIRS .pair = { "srckey", "dstkey" }, .reply_pair = { "reply-src-key", "reply-dst-key" }

#define PORT_HELP                                                                         \
	"  --sport, --orig-port-src PORT\t\tsource port of the original direction\n"      \
	"  --dport, --orig-port-dst PORT\t\tdestination port of the original direction\n" \
	"  --reply-port-src PORT\t\t\tsource port of the reply direction\n"               \
	"  --reply-port-dst PORT\t\t\tdestination port of the reply direction\n"          \
	"  --mask-port-src MASK\t\t\texpectation: mask of the source port\n"              \
	"  --mask-port-dst MASK\t\t\texpectation: mask of the destination port\n"         \
	"  --tuple-port-src PORT\t\t\texpectation: source port\n"                         \
	"  --tuple-port-dst PORT\t\t\texpectation: destination port\n"
#define ICMP_HELP(name) "  --" name "-type TYPE\n  --" name "-code CODE\n  --" name "-id ID\n"

static const struct l4 protocols[] = {
	{ "tcp", IPPROTO_TCP, tcp_options, tcp_states, "unknown TCP",
	  PORT_HELP "  --state STATE\t\t\t\tTCP state, such as ESTABLISHED\n", PORT_PAIRS },
	{ "udp", IPPROTO_UDP, udp_options, NULL, NULL, PORT_HELP, PORT_PAIRS },
	{ "udplite", IPPROTO_UDPLITE, udp_options, NULL, NULL, PORT_HELP, PORT_PAIRS },
	{ "sctp", IPPROTO_SCTP, sctp_options, sctp_states, "unknown SCTP",
	  PORT_HELP "  --state STATE\t\t\t\tSCTP state\n"
		    "  --orig-vtag TAG, --reply-vtag TAG\tverification tags\n",
	  PORT_PAIRS },
	{ "dccp", IPPROTO_DCCP, dccp_options, dccp_states, "Unknown DCCP",
	  PORT_HELP "  --state STATE\t\t\t\tDCCP state\n"
		    "  --role client|server\t\t\trole of the original direction\n",
	  PORT_PAIRS },
	{ "icmp", IPPROTO_ICMP, icmp_options, NULL, NULL, ICMP_HELP("icmp"), { 0 }, { 0 } },
	{ "icmpv6", IPPROTO_ICMPV6, icmpv6_options, NULL, NULL, ICMP_HELP("icmpv6"), { 0 }, { 0 } },
	{ "gre", IPPROTO_GRE, gre_options, NULL, NULL,
	  "  --srckey, --orig-key-src KEY\t\tkey of the original direction, source\n"
	  "  --dstkey, --orig-key-dst KEY\t\tkey of the original direction, destination\n"
	  "  --reply-key-src KEY\n  --reply-key-dst KEY\n"
	  "  --mask-key-src MASK\n  --mask-key-dst MASK\n"
	  "  --tuple-key-src KEY\n  --tuple-key-dst KEY\n",
	  KEY_PAIRS },
};

#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

const struct l4 *l4_by_number(uint8_t protonum)
{
	for (unsigned i = 0; i < PROTOCOLS; i++)
		if (protocols[i].protonum == protonum)
			return &protocols[i];
	return NULL;
}

const char *l4_name(uint8_t protonum)
{
	const struct l4 *l4 = l4_by_number(protonum);

	return l4 ? l4->name : NULL;
}

bool l4_resolve(const char *text, uint8_t *ret_protonum)
{
	for (unsigned i = 0; i < PROTOCOLS; i++)
		if (!strcmp(protocols[i].name, text)) {
			*ret_protonum = protocols[i].protonum;
			return true;
		}

	char *end;
	unsigned long number = strtoul(text, &end, 0);

	if (end != text && !*end && number <= UINT8_MAX && text[0] != '-') {
		*ret_protonum = (uint8_t)number;
		return true;
	}

	const struct protoent *entry = getprotobyname(text);

	if (!entry || entry->p_proto < 0 || entry->p_proto > UINT8_MAX)
		return false;
	*ret_protonum = (uint8_t)entry->p_proto;
	return true;
}

uint8_t l4_icmp_answer(uint8_t protonum, uint8_t type)
{
	/* echo, timestamp, information, address mask; ICMPv6 echo, node information */
	static const uint8_t v4[][2] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 17, 18 } };
	static const uint8_t v6[][2] = { { 128, 129 }, { 139, 140 } };
	bool six = protonum == IPPROTO_ICMPV6;
	unsigned pairs = six ? sizeof(v6) / sizeof(v6[0]) : sizeof(v4) / sizeof(v4[0]);

	for (unsigned i = 0; i < pairs; i++) {
		const uint8_t *pair = six ? v6[i] : v4[i];

		if (type == pair[0] || type == pair[1])
			return type == pair[0] ? pair[1] : pair[0];
	}
	return type;
}

static uint32_t take_state(const struct l4 *l4, const char *text)
{
	if (l4->protonum == IPPROTO_TCP && !strcmp(text, "LISTEN"))
		text = "SYN_SENT2";
	for (unsigned i = 0; l4->states[i]; i++)
		if (!strcmp(l4->states[i], text))
			return i;
	die_usage("%s state `%s'", l4->state_label, text);
}

static uint32_t take_role(const char *text)
{
	if (!strcmp(text, "client"))
		return 0;
	if (!strcmp(text, "server"))
		return 1;
	die_usage("Unknown DCCP role `%s'", text);
}

void l4_take(const struct l4 *l4, const struct l4_option *option, const char *text,
	     struct l4_values *values)
{
	uint32_t value = 0;

	switch (option->field) {
	case L4_STATE:
		value = take_state(l4, text);
		break;
	case L4_ROLE:
		value = take_role(text);
		break;
	case L4_ORIG_VTAG:
	case L4_REPLY_VTAG:
	case L4_SPORT:
	case L4_DPORT:
	case L4_REPLY_SPORT:
	case L4_REPLY_DPORT:
	case L4_MASK_SPORT:
	case L4_MASK_DPORT:
	case L4_TUPLE_SPORT:
	case L4_TUPLE_DPORT:
	case L4_TYPE:
	case L4_CODE:
	case L4_ICMP_ID:
		/* not checked: `1x` is 1, as in conntrack-tools. Keys may be hexadecimal. */
		value = (uint32_t)strtoul(text, NULL, l4->protonum == IPPROTO_GRE ? 0 : 10);
		break;
	}
	values->value[option->field] = value;
	values->given |= UINT32_C(1) << option->field;
}
