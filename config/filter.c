// SPDX-License-Identifier: GPL-2.0-or-later
/* Filter [From Userspace|Kernelspace] { Protocol, Address, State } of General. */
#include "config/parser.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The names of the protocol database that have a number below 256; IANA protocol-numbers. */
static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {
	{ "ip", 0 },	    { "hopopt", 0 },	   { "icmp", 1 },
	{ "igmp", 2 },	    { "ggp", 3 },	   { "ipencap", 4 },
	{ "ipv4", 4 },	    { "st", 5 },	   { "tcp", 6 },
	{ "egp", 8 },	    { "igp", 9 },	   { "pup", 12 },
	{ "udp", 17 },	    { "hmp", 20 },	   { "xns-idp", 22 },
	{ "rdp", 27 },	    { "iso-tp4", 29 },	   { "dccp", 33 },
	{ "xtp", 36 },	    { "ddp", 37 },	   { "idpr-cmtp", 38 },
	{ "ipv6", 41 },	    { "ipv6-route", 43 },  { "ipv6-frag", 44 },
	{ "idrp", 45 },	    { "rsvp", 46 },	   { "gre", 47 },
	{ "esp", 50 },	    { "ipsec-esp", 50 },   { "ah", 51 },
	{ "ipsec-ah", 51 }, { "skip", 57 },	   { "ipv6-icmp", 58 },
	{ "icmpv6", 58 },   { "ipv6-nonxt", 59 },  { "ipv6-opts", 60 },
	{ "rspf", 73 },	    { "cphb", 73 },	   { "vmtp", 81 },
	{ "eigrp", 88 },    { "ospf", 89 },	   { "ospfigp", 89 },
	{ "ax.25", 93 },    { "ipip", 94 },	   { "etherip", 97 },
	{ "encap", 98 },    { "pim", 103 },	   { "ipcomp", 108 },
	{ "vrrp", 112 },    { "l2tp", 115 },	   { "isis", 124 },
	{ "sctp", 132 },    { "fc", 133 },	   { "mobility-header", 135 },
	{ "udplite", 136 }, { "mpls-in-ip", 137 }, { "manet", 138 },
	{ "hip", 139 },	    { "shim6", 140 },	   { "wesp", 141 },
	{ "rohc", 142 },    { "ethernet", 143 },
};

static const struct {
	const char *word;
	enum config_tcp_state state;
} tcp_states[] = {
	{ "SYN_SENT", CONFIG_TCP_SYN_SENT },
	{ "SYN_RECV", CONFIG_TCP_SYN_RECV },
	{ "ESTABLISHED", CONFIG_TCP_ESTABLISHED },
	{ "FIN_WAIT", CONFIG_TCP_FIN_WAIT },
	{ "CLOSE_WAIT", CONFIG_TCP_CLOSE_WAIT },
	{ "LAST_ACK", CONFIG_TCP_LAST_ACK },
	{ "TIME_WAIT", CONFIG_TCP_TIME_WAIT },
	{ "CLOSED", CONFIG_TCP_CLOSE },
	{ "CLOSE", CONFIG_TCP_CLOSE },
	{ "LISTEN", CONFIG_TCP_LISTEN },
};

/* `Accept {` or `Ignore {`. */
static int filter_logic(struct parser *p, const char *name, enum config_filter_logic *ret)
{
	struct token word;
	int r = parser_word(p, "Accept or Ignore", &word);

	if (r < 0)
		return r;
	if (token_is(&word, "Accept"))
		*ret = CONFIG_FILTER_ACCEPT;
	else if (token_is(&word, "Ignore"))
		*ret = CONFIG_FILTER_IGNORE;
	else
		return parser_error(p, &word, "expected Accept or Ignore");
	return parser_open(p, name);
}

static int protocol_number(const struct token *word, uint32_t *ret)
{
	size_t i;

	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (token_is_nocase(word, protocols[i].name)) {
			*ret = protocols[i].number;
			return 0;
		}
	return token_number(word, 255, ret);
}

static int filter_protocol(struct parser *p, void *target)
{
	struct config_filter *filter = target;
	unsigned line = p->keyword.line;
	int r = filter_logic(p, "Protocol", &filter->protocol_logic);

	if (r < 0)
		return r;
	while (p->token.type != TOKEN_CLOSE) {
		struct token word;
		uint32_t number;

		r = parser_end(p, "Protocol", line);
		if (r < 0)
			return r;
		r = parser_word(p, "protocol names or `}'", &word);
		if (r < 0)
			return r;
		r = protocol_number(&word, &number);
		if (r == -ERANGE)
			return parser_error(p, &word,
					    "expected a protocol name or a number up "
					    "to 255");
		if (r < 0)
			parser_warn(p, &word, "unknown protocol name, ignoring");
		else
			filter->protocols[number / 8] |= (uint8_t)(1u << (number % 8));
	}
	parser_next(p);
	return 0;
}

static int add_network(struct parser *p, struct config_filter *filter, const struct token *word,
		       const struct config_network *network)
{
	struct config_network *list;
	size_t i;

	for (i = 0; i < filter->n_networks; i++)
		if (!memcmp(&filter->networks[i], network, sizeof(*network))) {
			parser_warn(p, word, "is repeated in the address filter, ignoring");
			return 0;
		}
	if (filter->n_networks >= CONFIG_NETWORKS_MAX)
		return parser_error(p, word, "more than %d addresses in the filter",
				    CONFIG_NETWORKS_MAX);
	list = realloc(filter->networks, (filter->n_networks + 1) * sizeof(*list));
	if (!list)
		return parser_no_memory(p);
	filter->networks = list;
	list[filter->n_networks++] = *network;
	return 0;
}

/* One `IPv4_address A[/n]`. A wrong address is skipped with a warning, as it always was; what is
 * no address at all is a mistake in the grammar. */
static int address_item(struct parser *p, struct config_filter *filter)
{
	struct config_network network = { .family = AF_INET };
	struct token word;
	int r;

	if (p->token.type == TOKEN_WORD && token_is(&p->token, "IPv6_address"))
		network.family = AF_INET6;
	else if (p->token.type != TOKEN_WORD || !token_is(&p->token, "IPv4_address"))
		return parser_error(p, &p->token, "expected IPv4_address, IPv6_address or `}'");
	parser_next(p);
	r = parser_word(p, "an address", &word);
	if (r < 0)
		return r;
	r = token_network(&word, network.family, network.addr, &network.prefix_len);
	if (r == 0)
		return add_network(p, filter, &word, &network);
	if (!token_looks_like_address(&word))
		return parser_error(p, &word, "expected an %s address, with or without /n",
				    network.family == AF_INET ? "IPv4" : "IPv6");
	parser_warn(p, &word, "is not a valid %s%s, ignoring",
		    network.family == AF_INET ? "IPv4" : "IPv6",
		    r == -ERANGE ? " network" : " address");
	return 0;
}

static int filter_address(struct parser *p, void *target)
{
	struct config_filter *filter = target;
	unsigned line = p->keyword.line;
	int r = filter_logic(p, "Address", &filter->address_logic);

	if (r < 0)
		return r;
	while (p->token.type != TOKEN_CLOSE) {
		r = parser_end(p, "Address", line);
		if (r < 0)
			return r;
		r = address_item(p, filter);
		if (r < 0)
			return r;
	}
	parser_next(p);
	return 0;
}

static int state_group(struct parser *p, struct config_filter *filter)
{
	struct token word;
	size_t i;
	int r;

	for (;;) {
		r = parser_word(p, "TCP states, then `for TCP'", &word);
		if (r < 0)
			return r;
		if (token_is(&word, "for"))
			break;
		for (i = 0; i < sizeof(tcp_states) / sizeof(tcp_states[0]); i++)
			if (token_is(&word, tcp_states[i].word))
				break;
		if (i == sizeof(tcp_states) / sizeof(tcp_states[0]))
			return parser_error(p, &word,
					    "expected SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, "
					    "CLOSE_WAIT, LAST_ACK, TIME_WAIT, CLOSED or LISTEN, "
					    "then `for TCP'");
		filter->tcp_states |= 1u << tcp_states[i].state;
	}
	r = parser_word(p, "TCP", &word);
	if (r < 0)
		return r;
	return token_is(&word, "TCP") ? 0 : parser_error(p, &word, "expected TCP");
}

static int filter_state(struct parser *p, void *target)
{
	struct config_filter *filter = target;
	unsigned line = p->keyword.line;
	int r = filter_logic(p, "State", &filter->state_logic);

	if (r < 0)
		return r;
	while (p->token.type != TOKEN_CLOSE) {
		r = parser_end(p, "State", line);
		if (r < 0)
			return r;
		r = state_group(p, filter);
		if (r < 0)
			return r;
	}
	parser_next(p);
	return 0;
}

static const struct keyword filter_keywords[] = {
	CALL("Protocol", filter_protocol),
	CALL("Address", filter_address),
	CALL("State", filter_state),
};
const struct block block_filter = BLOCK("Filter", filter_keywords);

int general_filter(struct parser *p, void *target)
{
	struct config_general *general = target;
	struct token word;
	int r;

	if (p->token.type == TOKEN_WORD && token_is(&p->token, "From")) {
		parser_next(p);
		r = parser_word(p, "Userspace or Kernelspace", &word);
		if (r < 0)
			return r;
		if (token_is(&word, "Kernelspace"))
			general->filter.kernel_space = true;
		else if (token_is(&word, "Userspace"))
			general->filter.kernel_space = false;
		else
			return parser_error(p, &word, "expected Userspace or Kernelspace");
	}
	return parser_block(p, &block_filter, &general->filter);
}
