// SPDX-License-Identifier: GPL-2.0-or-later
/* Dedicated links of Sync: Multicast, UDP, TCP [Default] { }. */
#include "config/parser.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* A link while its block is read. */
struct link {
	struct config_link link;
	bool has_local, has_peer;
};

static int link_address(struct parser *p, struct link *link, uint8_t family, uint8_t *ret)
{
	struct token keyword = p->keyword;

	if (link->link.family && link->link.family != family)
		return parser_error(p, &keyword,
				    "IPv4 and IPv6 in one link, expected one family per link");
	link->link.family = family;
	return parser_address(p, family, ret);
}

static int ipv4_address(struct parser *p, void *target)
{
	struct link *link = target;

	link->has_local = true;
	return link_address(p, link, AF_INET, link->link.local);
}

static int ipv6_address(struct parser *p, void *target)
{
	struct link *link = target;

	link->has_local = true;
	return link_address(p, link, AF_INET6, link->link.local);
}

static int ipv4_destination(struct parser *p, void *target)
{
	struct link *link = target;

	link->has_peer = true;
	return link_address(p, link, AF_INET, link->link.peer);
}

static int ipv6_destination(struct parser *p, void *target)
{
	struct link *link = target;

	link->has_peer = true;
	return link_address(p, link, AF_INET6, link->link.peer);
}

static int ipv4_interface(struct parser *p, void *target)
{
	struct link *link = target;
	uint8_t addr[16];
	int r = link_address(p, link, AF_INET, addr);

	if (r < 0)
		return r;
	link->link.has_outgoing = true;
	memcpy(link->link.outgoing, addr, sizeof(link->link.outgoing));
	return 0;
}

static int ipv6_interface(struct parser *p, void *target)
{
	struct token keyword = p->keyword;
	uint8_t addr[16];
	int r = parser_address(p, AF_INET6, addr);

	(void)target;
	if (r < 0)
		return r;
	parser_warn(p, &keyword, "`IPv6_interface' not required, ignoring");
	return 0;
}

static int link_port(struct parser *p, void *target)
{
	struct link *link = target;
	struct token word;
	uint32_t port;
	int r = parser_word(p, "a number", &word);

	if (r < 0)
		return r;
	if (token_number(&word, 65535, &port) < 0 || !port)
		return parser_error(p, &word, "expected a port, 1 to 65535");
	link->link.port = (uint16_t)port;
	return 0;
}

static int link_interface(struct parser *p, void *target)
{
	struct link *link = target;
	struct token word;
	int r = parser_word(p, "an interface name", &word);

	if (r < 0)
		return r;
	r = token_interface(&word, link->link.interface, sizeof(link->link.interface));
	if (r == -ENAMETOOLONG)
		return parser_error(p, &word, "interface name is longer than %d characters",
				    CONFIG_NAME_SIZE - 1);
	if (r < 0)
		return parser_error(p, &word, "expected an interface name");
	return 0;
}

#define COMMON_KEYWORDS                                                        \
	CALL("Interface", link_interface), CALL("IPv4_address", ipv4_address), \
		CALL("IPv6_address", ipv6_address),                            \
		NUMBER("SndSocketBuffer", struct link, link.snd_buffer),       \
		NUMBER("RcvSocketBuffer", struct link, link.rcv_buffer),       \
		SWITCH("Checksum", struct link, link.checksum)

#define PEER_KEYWORDS                                       \
	CALL("IPv4_Destination_Address", ipv4_destination), \
		CALL("IPv6_Destination_Address", ipv6_destination), CALL("Port", link_port)

static const struct keyword multicast_keywords[] = {
	COMMON_KEYWORDS,
	CALL("IPv4_interface", ipv4_interface),
	OLD_CALL("IPv6_interface", ipv6_interface),
	CALL("Group", link_port),
};
const struct block block_multicast = BLOCK("Multicast", multicast_keywords);

static const struct keyword udp_keywords[] = { COMMON_KEYWORDS, PEER_KEYWORDS };
const struct block block_udp = BLOCK("UDP", udp_keywords);

static const struct keyword tcp_keywords[] = {
	COMMON_KEYWORDS,
	PEER_KEYWORDS,
	NUMBER("ErrorQueueLength", struct link, link.error_queue_len),
};
const struct block block_tcp = BLOCK("TCP", tcp_keywords);

/* What the link cannot do without. */
static int check_link(struct parser *p, const struct token *keyword, const struct link *link,
		      enum config_link_type type)
{
	const char *missing = NULL;

	if (!link->link.interface[0])
		missing = "Interface";
	else if (!link->has_local)
		missing = "IPv4_address or IPv6_address";
	else if (type != CONFIG_LINK_MULTICAST && !link->has_peer)
		missing = link->link.family == AF_INET ? "IPv4_Destination_Address"
						       : "IPv6_Destination_Address";
	else if (!link->link.port)
		missing = type == CONFIG_LINK_MULTICAST ? "Group" : "Port";
	return missing ? parser_error(p, keyword, "link without %s", missing) : 0;
}

static int sync_link(struct parser *p, struct config_sync *sync, enum config_link_type type,
		     const struct block *block)
{
	struct token keyword = p->keyword;
	struct link link = {
		.link = { .checksum = true, .error_queue_len = 128, .line = keyword.line }
	};
	bool is_default = p->token.type == TOKEN_WORD && token_is(&p->token, "Default");
	int r;

	if (sync->n_links && sync->link_type != type)
		return parser_error(p, &keyword,
				    "cannot use `%s' with other dedicated link protocols!",
				    block->name);
	if (sync->n_links >= CONFIG_LINKS_MAX)
		return parser_error(p, &keyword,
				    "too many dedicated links in the configuration file "
				    "(Maximum: %d)",
				    CONFIG_LINKS_MAX);
	if (is_default)
		parser_next(p);
	r = parser_block(p, block, &link);
	if (r < 0)
		return r;
	r = check_link(p, &keyword, &link, type);
	if (r < 0)
		return r;
	if (is_default)
		sync->default_link = sync->n_links;
	sync->link_type = type;
	sync->links[sync->n_links++] = link.link;
	return 0;
}

int sync_multicast(struct parser *p, void *target)
{
	return sync_link(p, target, CONFIG_LINK_MULTICAST, &block_multicast);
}

int sync_udp(struct parser *p, void *target)
{
	return sync_link(p, target, CONFIG_LINK_UDP, &block_udp);
}

int sync_tcp(struct parser *p, void *target)
{
	return sync_link(p, target, CONFIG_LINK_TCP, &block_tcp);
}
