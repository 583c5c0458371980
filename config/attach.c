// SPDX-License-Identifier: GPL-2.0-or-later
/* Attach { Server, Client, Port, Interface, Anywhere, KeepHelper } of a Type. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "config/parser.h"

/* An Attach while its block is read. */
struct attach_target {
	struct config_attach attach;
	uint8_t family; /* of the Type */
};

static int read_network(struct parser *p, const struct attach_target *target,
			struct config_network *list, unsigned *n)
{
	struct config_network network = { .family = target->family };
	struct token word;
	int r = parser_word(p, "an address", &word);

	if (r < 0)
		return r;
	if (*n == CONFIG_ATTACH_NETWORKS_MAX)
		return parser_error(p, &word, "more than %d addresses in one Attach",
				    CONFIG_ATTACH_NETWORKS_MAX);
	if (token_network(&word, network.family, network.addr, &network.prefix_len) < 0)
		return parser_error(p, &word,
				    "expected %s address, with or without /n, as the Type is",
				    network.family == AF_INET ? "an IPv4" : "an IPv6");
	list[(*n)++] = network;
	return 0;
}

static int server(struct parser *p, void *target)
{
	struct attach_target *t = target;

	return read_network(p, t, t->attach.servers, &t->attach.n_servers);
}

static int client(struct parser *p, void *target)
{
	struct attach_target *t = target;

	return read_network(p, t, t->attach.clients, &t->attach.n_clients);
}

static int port(struct parser *p, void *target)
{
	struct config_attach *attach = &((struct attach_target *)target)->attach;
	struct token word;
	uint32_t value;
	int r = parser_word(p, "a port", &word);

	if (r < 0)
		return r;
	if (token_number(&word, 65535, &value) < 0 || !value)
		return parser_error(p, &word, "expected a port, 1 to 65535");
	if (attach->n_ports == CONFIG_ATTACH_PORTS_MAX)
		return parser_error(p, &word, "more than %d ports in one Attach",
				    CONFIG_ATTACH_PORTS_MAX);
	attach->ports[attach->n_ports++] = (uint16_t)value;
	return 0;
}

static int interface(struct parser *p, void *target)
{
	struct config_attach *attach = &((struct attach_target *)target)->attach;
	const struct token word = p->token;

	if (attach->n_interfaces == CONFIG_ATTACH_INTERFACES_MAX)
		return parser_error(p, &word, "more than %d interfaces in one Attach",
				    CONFIG_ATTACH_INTERFACES_MAX);
	return parser_name(p, "interface", attach->interfaces[attach->n_interfaces++]);
}

static int anywhere(struct parser *p, void *target)
{
	(void)p;
	((struct attach_target *)target)->attach.anywhere = true;
	return 0;
}

static int keep_helper(struct parser *p, void *target)
{
	(void)p;
	((struct attach_target *)target)->attach.keep_helper = true;
	return 0;
}

static const struct keyword attach_keywords[] = {
	CALL("Server", server),	      CALL("Client", client),	  CALL("Port", port),
	CALL("Interface", interface), CALL("Anywhere", anywhere), CALL("KeepHelper", keep_helper),
};
const struct block block_attach = BLOCK("Attach", attach_keywords);

int type_attach(struct parser *p, struct helper_type *type)
{
	struct attach_target target = { .attach = { .line = p->keyword.line },
					.family = type->l3 };
	int r;

	if (type->attach.line)
		return parser_error(p, &p->keyword, "Attach given twice, first in line %u",
				    type->attach.line);
	r = parser_block(p, &block_attach, &target);
	if (r == 0)
		type->attach = target.attach;
	return r;
}
