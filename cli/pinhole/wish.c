/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/pinhole/wish.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pinhole/rules.h"

static bool parse_number(const char *word, unsigned long max, unsigned long *ret)
{
	char *end;

	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	*ret = strtoul(word, &end, 10);
	return !*end && !errno && *ret <= max;
}

static bool parse_network(char *word, struct config_network *ret)
{
	char *slash = strchr(word, '/');
	unsigned long prefix_len;

	*ret = (struct config_network){ 0 };
	if (slash)
		*slash = '\0';
	ret->family = strchr(word, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(ret->family, word, ret->addr) != 1)
		return false;
	prefix_len = ret->family == AF_INET ? 32 : 128;
	if (slash && !parse_number(slash + 1, prefix_len, &prefix_len))
		return false;
	ret->prefix_len = (uint8_t)prefix_len;
	return true;
}

/* "ADDRESS[/N][,...]" */
static int add_networks(const char *option, char *words, struct config_network *list, unsigned *n)
{
	char *rest = words, *word;

	while ((word = strsep(&rest, ","))) {
		if (*n == CONFIG_ATTACH_NETWORKS_MAX)
			return misused("--%s: more than %d addresses", option,
				       CONFIG_ATTACH_NETWORKS_MAX);
		if (!parse_network(word, &list[*n]))
			return misused("--%s: `%s' is no address, with or without /n (names may change "
				       "and are not looked up)", option, word);
		(*n)++;
	}
	return EXIT_DONE;
}

static int add_ports(struct wish *w, char *words)
{
	unsigned long port;
	char *word;

	while ((word = strsep(&words, ","))) {
		if (!parse_number(word, 65535, &port) || !port)
			return misused("--port: `%s' is no port, 1 to 65535", word);
		if (w->n_ports == CONFIG_ATTACH_PORTS_MAX)
			return misused("--port: more than %d ports", CONFIG_ATTACH_PORTS_MAX);
		w->ports[w->n_ports++] = (uint16_t)port;
	}
	return EXIT_DONE;
}

static int add_interfaces(struct wish *w, char *words)
{
	char *word;

	while ((word = strsep(&words, ","))) {
		if (w->n_interfaces == CONFIG_ATTACH_INTERFACES_MAX)
			return misused("--on: more than %d interfaces", CONFIG_ATTACH_INTERFACES_MAX);
		if (!*word || strlen(word) >= CONFIG_NAME_SIZE)
			return misused("--on: `%s' is no interface name", word);
		snprintf(w->interfaces[w->n_interfaces++], CONFIG_NAME_SIZE, "%s", word);
	}
	return EXIT_DONE;
}

static int set_print(struct wish *w, const char *word)
{
	if (!strcmp(word, "nft"))
		w->print = WISH_NFT;
	else if (!strcmp(word, "iptables"))
		w->print = WISH_IPTABLES;
	else
		return misused("--print-rules: `%s' is neither nft nor iptables", word);
	return EXIT_DONE;
}

static int set_transport(struct wish *w, const char *word)
{
	if (strcmp(word, "helper") != 0 && strcmp(word, "rule") != 0)
		return misused("--transport: `%s' is neither helper nor rule", word);
	w->transport = word;
	return EXIT_DONE;
}

static int set_queues(struct wish *w, const char *word)
{
	unsigned long n;

	if (!parse_number(word, CONFIG_QUEUES_MAX, &n) || !n)
		return misused("--queues: `%s' is no number of queues, 1 to %d", word, CONFIG_QUEUES_MAX);
	w->n_queues = (uint16_t)n;
	return EXIT_DONE;
}

static int option(struct wish *w, int letter)
{
	switch (letter) {
	case 's':
		return add_networks("server", optarg, w->servers, &w->n_servers);
	case 'c':
		return add_networks("client", optarg, w->clients, &w->n_clients);
	case 'p':
		return add_ports(w, optarg);
	case 'i':
		return add_interfaces(w, optarg);
	case 'a':
		w->anywhere = true;
		return EXIT_DONE;
	case 'n':
		w->nat_safe = true;
		return EXIT_DONE;
	case 't':
		return set_transport(w, optarg);
	case 'q':
		return set_queues(w, optarg);
	case 'x':
		w->no_accept = true;
		return EXIT_DONE;
	case 'd':
		w->print = WISH_DRY_RUN;
		return EXIT_DONE;
	case 'r':
		return set_print(w, optarg);
	}
	return common_option(letter, &w->common);
}

int wish_parse(int argc, char **argv, struct wish *ret)
{
	static const struct option options[] = {
		{ "server", required_argument, NULL, 's' },
		{ "client", required_argument, NULL, 'c' },
		{ "port", required_argument, NULL, 'p' },
		{ "on", required_argument, NULL, 'i' },
		{ "anywhere", no_argument, NULL, 'a' },
		{ "nat-safe", no_argument, NULL, 'n' },
		{ "transport", required_argument, NULL, 't' },
		{ "queues", required_argument, NULL, 'q' },
		{ "no-accept", no_argument, NULL, 'x' },
		{ "dry-run", no_argument, NULL, 'd' },
		{ "print-rules", required_argument, NULL, 'r' },
		COMMON_OPTIONS,
		{ 0 },
	};
	int letter, r;

	*ret = (struct wish){ .common = COMMON_DEFAULT, .n_queues = 1, .argc = argc, .argv = argv };
	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options, NULL)) >= 0) {
		r = option(ret, letter);
		if (r)
			return r;
	}
	if (optind + 1 != argc)
		return misused(optind == argc ? "which helper? `pinhole list' names them" :
						"one helper at a time");
	ret->name = argv[optind];
	return EXIT_DONE;
}

static unsigned l3s_of(const struct config_network *list, unsigned n)
{
	unsigned l3s = n ? 0 : MANIFEST_INET | MANIFEST_INET6;

	for (unsigned i = 0; i < n; i++)
		l3s |= list[i].family == AF_INET ? MANIFEST_INET : MANIFEST_INET6;
	return l3s;
}

unsigned wish_l3s(const struct wish *w, const struct manifest *m)
{
	unsigned l3s = l3s_of(w->servers, w->n_servers) & l3s_of(w->clients, w->n_clients);

	return m->l3s ? l3s & m->l3s : l3s;
}

int wish_check(const struct wish *w, const struct manifest *m)
{
	bool known = w->n_servers || w->n_clients || m->groups;

	if (!known && !w->anywhere)
		return misused("between which hosts? Name the server (--server ADDRESS), the clients "
			       "(--client NETWORK) or both. With --anywhere every host may have every "
			       "other open ports in your firewall through %s", m->name);
	if (w->n_queues > 1 && w->transport && !strcmp(w->transport, "helper"))
		return misused("--queues: a helper that queues by itself has one; only rules can use more");
	if (!wish_l3s(w, m))
		return misused("no family is left: servers and clients%s are of different ones",
			       m->l3s ? ", or what the protocol runs over," : "");
	return EXIT_DONE;
}

static void write_networks(FILE *f, const char *word, const struct config_network *list, unsigned n,
			   uint8_t l3)
{
	char text[RULES_NETWORK_SIZE];

	for (unsigned i = 0; i < n; i++)
		if (list[i].family == l3)
			fprintf(f, "\t\t\t%s %s\n", word, rules_network(&list[i], text));
}

static void write_type(FILE *f, const struct wish *w, const struct manifest *m, uint8_t l3, uint8_t l4,
		       const struct wish_type *type)
{
	fprintf(f, "\tType %s %s %s {\n\t\tQueueNum %u\n", m->name, l3 == AF_INET ? "inet" : "inet6",
		l4 == IPPROTO_TCP ? "tcp" : "udp", type->queue_num);
	if (type->by_rule)
		fputs("\t\tTransport rule\n", f);
	if (type->n_queues > 1)
		fprintf(f, "\t\tQueues %u\n", type->n_queues);
	fputs("\t\tAttach {\n", f);
	write_networks(f, "Server", w->servers, w->n_servers, l3);
	write_networks(f, "Client", w->clients, w->n_clients, l3);
	for (unsigned i = 0; i < w->n_ports; i++)
		fprintf(f, "\t\t\tPort %u\n", w->ports[i]);
	for (unsigned i = 0; i < w->n_interfaces; i++)
		fprintf(f, "\t\t\tInterface %s\n", w->interfaces[i]);
	if (w->anywhere)
		fputs("\t\t\tAnywhere\n", f);
	if (type->keep_helper)
		fputs("\t\t\tKeepHelper\n", f);
	fputs("\t\t}\n\t}\n", f);
}

void wish_write(FILE *f, const struct wish *w, const struct manifest *m,
		const struct wish_type types[2])
{
	static const uint8_t l3s[] = { AF_INET, AF_INET6 }, l4s[] = { IPPROTO_TCP, IPPROTO_UDP };

	fprintf(f, "# Made by: pinhole enable %s ...\n# Taken back by: pinhole disable %s\nHelper {\n",
		m->name, m->name);
	for (unsigned l4 = 0; l4 < 2; l4++)
		for (unsigned l3 = 0; l3 < 2; l3++)
			if (m->l4s & 1U << l4 && wish_l3s(w, m) & 1U << l3)
				write_type(f, w, m, l3s[l3], l4s[l4], &types[l4]);
	fputs("}\n", f);
}
