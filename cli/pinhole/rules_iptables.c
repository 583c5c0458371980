/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The rules as iptables commands, for firewalls that are made of those. One command takes one network
 * each as source and as destination, so there is one for each pair.
 */
#include <netinet/in.h>
#include <sys/socket.h>

#include "cli/pinhole/target.h"

struct flow {
	const struct config_network *client, *server; /* NULL: any */
	const char *interface;			      /* NULL: any */
};

static const char *command(const struct helper_type *type)
{
	return type->l3 == AF_INET ? "iptables" : "ip6tables";
}

static void print_ports(FILE *f, const struct manifest *m, const struct helper_type *type)
{
	const struct config_attach *a = &type->attach;

	fprintf(f, " -p %s", target_l4(type));
	if (a->n_ports < 2) {
		fprintf(f, " --dport %u", a->n_ports ? a->ports[0] : m->port);
		return;
	}
	for (unsigned i = 0; i < a->n_ports; i++)
		fprintf(f, i ? ",%u" : " -m multiport --dports %u", a->ports[i]);
}

static void print_attach(FILE *f, const struct manifest *m, const struct helper_type *type,
			 const struct flow *flow, const char *chain, const char *interface)
{
	char text[RULES_NETWORK_SIZE];

	fprintf(f, "%s -t raw -A %s", command(type), chain);
	if (flow->interface)
		fprintf(f, " %s %s", interface, flow->interface);
	if (flow->client)
		fprintf(f, " -s %s", rules_network(flow->client, text));
	if (flow->server)
		fprintf(f, " -d %s", rules_network(flow->server, text));
	if (m->groups && !flow->server)
		fprintf(f, " -m addrtype --dst-type MULTICAST%s",
			type->l3 == AF_INET ? ",BROADCAST" : "");
	print_ports(f, m, type);
	fprintf(f, " -j CT --helper %s\n", m->name);
}

static void attach_type(FILE *f, const struct manifest *m, const struct helper_type *type)
{
	const struct config_attach *a = &type->attach;

	if (type->by_rule) {
		fprintf(f, "# Transport rule, %s over %s: nftables alone has such rules\n", m->name,
			target_l4(type));
		return;
	}
	if (rules_announced(m, type)) {
		fprintf(f, "# %s over tcp: table raw cannot tell which connections were announced; "
			   "name the devices' ports there\n", m->name);
		return;
	}
	for (unsigned s = 0; s < (a->n_servers ? a->n_servers : 1); s++)
		for (unsigned c = 0; c < (a->n_clients ? a->n_clients : 1); c++)
			for (unsigned i = 0; i < (a->n_interfaces ? a->n_interfaces : 1); i++) {
				const struct flow flow = {
					a->n_clients ? &a->clients[c] : NULL,
					a->n_servers ? &a->servers[s] : NULL,
					a->n_interfaces ? a->interfaces[i] : NULL,
				};

				print_attach(f, m, type, &flow, "PREROUTING", "-i");
				print_attach(f, m, type, &flow, "OUTPUT", "-o");
			}
}

void rules_iptables_attach(FILE *f, const struct target *t)
{
	for (unsigned i = 0; i < t->n_types; i++)
		attach_type(f, t->manifest, t->types[i]);
}

static void accept_in(FILE *f, const struct target *t, const struct helper_type *type,
		      const char *chain, unsigned l4)
{
	const struct manifest_class *c = &t->manifest->classes[0];
	const struct config_attach *a = &type->attach;
	const bool servers = a->n_servers && !t->manifest->groups;
	const struct config_network *list = servers ? a->servers : a->clients;
	unsigned n = servers ? a->n_servers : a->n_clients;
	char text[RULES_NETWORK_SIZE];

	/* Twice for each end: the announced connection's own source or destination, before NAT, or where
	 * its answers go. */
	for (unsigned i = 0; i < (n ? 2 * n : 1); i++) {
		fprintf(f, "%s -I %s -m conntrack --ctstate RELATED", command(type), chain);
		if (n)
			fprintf(f, " %s %s",
				i < n ? (servers ? "--ctorigdst" : "--ctorigsrc") :
					(servers ? "--ctrepldst" : "--ctreplsrc"),
				rules_network(&list[i % n], text));
		fprintf(f, " -m helper --helper %s -p %s", t->manifest->name,
			l4 == MANIFEST_TCP ? "tcp" : "udp");
		if (!(c->back && l4 == MANIFEST_UDP))
			fprintf(f, " --dport %u:65535", c->min_port ? c->min_port : 1);
		fputs(" -j ACCEPT\n", f);
	}
}

void rules_iptables_accept(FILE *f, const struct target *t)
{
	static const char *const chains[] = { "FORWARD", "INPUT", "OUTPUT" };

	for (unsigned i = 0; i < t->n_types; i++)
		for (unsigned l4 = MANIFEST_TCP; l4 <= MANIFEST_UDP; l4++)
			for (unsigned c = 0; c < 3; c++)
				if (!target_had_l3(t, i) && t->manifest->classes[0].l4s & l4)
					accept_in(f, t, t->types[i], chains[c], l4);
}
