/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What `pinhole enable` was asked for.
 */
#ifndef PINHOLE_CLI_PINHOLE_WISH_H
#define PINHOLE_CLI_PINHOLE_WISH_H

#include <stdio.h>

#include "cli/pinhole/verb.h"
#include "config/config.h"
#include "helpers/helper.h"

enum wish_print {
	WISH_DO,
	WISH_DRY_RUN,	/* say what would be done */
	WISH_NFT,	/* the rules alone */
	WISH_IPTABLES,
};

struct wish {
	struct common common;
	const char *name;
	int argc;
	char **argv;
	struct config_network servers[CONFIG_ATTACH_NETWORKS_MAX], clients[CONFIG_ATTACH_NETWORKS_MAX];
	unsigned n_servers, n_clients;
	uint16_t ports[CONFIG_ATTACH_PORTS_MAX];
	unsigned n_ports;
	char interfaces[CONFIG_ATTACH_INTERFACES_MAX][CONFIG_NAME_SIZE];
	unsigned n_interfaces;
	bool anywhere, nat_safe, no_accept;
	const char *transport; /* "helper", "rule"; NULL: not said */
	uint16_t n_queues;     /* 1..CONFIG_QUEUES_MAX */
	enum wish_print print;
};

/* Parses the command line of enable. EXIT_DONE or EXIT_USAGE. */
int wish_parse(int argc, char **argv, struct wish *ret);

/* Whether helper `m` may be attached so. EXIT_DONE or EXIT_USAGE. */
int wish_check(const struct wish *w, const struct manifest *m);

/* Families that it is about: MANIFEST_INET | MANIFEST_INET6. */
unsigned wish_l3s(const struct wish *w, const struct manifest *m);

/* What stands in the file for one Type and its protocol. */
struct wish_type {
	uint16_t queue_num, n_queues;
	bool keep_helper, by_rule;
};

/* Writes the file of helpers.d: a Type for each family and each protocol of `m`, TCP's by types[0], UDP's
 * by types[1]. */
void wish_write(FILE *f, const struct wish *w, const struct manifest *m,
		const struct wish_type types[2]);

#endif
