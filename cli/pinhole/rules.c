/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where rules stand: a flow gets its helper between conntrack (-200) and NAT (-100), so that NAT knows of
 * it; addresses are therefore those that the client uses. What a helper announced is accepted in the
 * chains of others, since a verdict of our own table would not hold for them.
 *
 * With `Transport rule' packets are queued here, too, instead of by the helper: behind filters and NAT, as it
 * would, but only those that have something to read.
 *
 * There is an object for each family: one for both would make the kernel load the module of its own helper,
 * if there is one, for the family that is not registered.
 */
#include "cli/pinhole/rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "cli/pinhole/target.h"
#include "netfilter/ct.h"

#define COMMENT "pinhole "
#define HELPED	"helped" /* the chain of rules that queue */

const char *rules_object(const struct helper_type *type, char ret[RULES_OBJECT_SIZE])
{
	snprintf(ret, RULES_OBJECT_SIZE, "%s-%s%s", type->name, target_l4(type),
		 type->l3 == AF_INET ? "" : "6");
	return ret;
}

bool rules_is_ours(const struct nft_rule *rule, const char *name)
{
	if (!rule->comment || strncmp(rule->comment, COMMENT, strlen(COMMENT)) != 0)
		return false;
	return !name || !strcmp(rule->comment + strlen(COMMENT), name);
}

bool rules_announced(const struct manifest *m, const struct helper_type *type)
{
	return m->groups && m->classes[0].follow && type->l4 == IPPROTO_TCP;
}

const char *rules_network(const struct config_network *n, char ret[RULES_NETWORK_SIZE])
{
	unsigned bits = n->family == AF_INET ? 32 : 128;
	uint8_t addr[16];
	size_t len;

	memcpy(addr, n->addr, sizeof(addr));
	for (unsigned i = n->prefix_len; i < bits; i++)
		addr[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	inet_ntop(n->family, addr, ret, INET6_ADDRSTRLEN);
	len = strlen(ret);
	if (n->prefix_len < bits)
		snprintf(ret + len, RULES_NETWORK_SIZE - len, "/%u", n->prefix_len);
	return ret;
}

static const char *ip_word(const struct helper_type *type)
{
	return type->l3 == AF_INET ? "ip" : "ip6";
}

/* "ip daddr { A, B } " */
static void print_networks(FILE *f, const char *what, const struct config_network *list, unsigned n)
{
	char text[RULES_NETWORK_SIZE];

	if (n == 1)
		fprintf(f, "%s %s ", what, rules_network(list, text));
	if (n < 2)
		return;
	for (unsigned i = 0; i < n; i++)
		fprintf(f, i ? ", %s" : "%s { %s", i ? rules_network(&list[i], text) : what,
			i ? "" : rules_network(&list[i], text));
	fputs(" } ", f);
}

static void print_interfaces(FILE *f, const char *what, const struct config_attach *a)
{
	if (a->n_interfaces)
		fprintf(f, "%s { ", what);
	for (unsigned i = 0; i < a->n_interfaces; i++)
		fprintf(f, "%s\"%s\"", i ? ", " : "", a->interfaces[i]);
	if (a->n_interfaces)
		fputs(" } ", f);
}

static void print_ports(FILE *f, const struct manifest *m, const struct helper_type *type)
{
	const struct config_attach *a = &type->attach;

	fprintf(f, "%s dport ", target_l4(type));
	if (a->n_ports < 2) {
		fprintf(f, "%u ", a->n_ports ? a->ports[0] : m->port);
		return;
	}
	for (unsigned i = 0; i < a->n_ports; i++)
		fprintf(f, i ? ", %u" : "{ %u", a->ports[i]);
	fputs(" } ", f);
}

static void print_groups(FILE *f, const struct manifest *m, const struct helper_type *type)
{
	if (m->groups && !type->attach.n_servers)
		fprintf(f, "fib daddr type %s ",
			type->l3 == AF_INET ? "{ broadcast, multicast }" : "multicast");
}

static void print_addresses(FILE *f, const struct helper_type *type)
{
	const struct config_attach *a = &type->attach;
	char what[32];

	if (!a->n_servers && !a->n_clients)
		fprintf(f, "meta nfproto %s ", type->l3 == AF_INET ? "ipv4" : "ipv6");
	snprintf(what, sizeof(what), "%s saddr", ip_word(type));
	print_networks(f, what, a->clients, a->n_clients);
	snprintf(what, sizeof(what), "%s daddr", ip_word(type));
	print_networks(f, what, a->servers, a->n_servers);
}

static void print_attach(FILE *f, const struct manifest *m, const struct helper_type *type,
			 const char *chain)
{
	char object[RULES_OBJECT_SIZE];

	fprintf(f, "add rule inet " NFT_TABLE " %s ", chain);
	if (rules_announced(m, type)) {
		fprintf(f, "ct state related ct helper \"%s\" meta nfproto %s meta l4proto %s ",
			m->name, type->l3 == AF_INET ? "ipv4" : "ipv6", target_l4(type));
	} else {
		fputs("ct state new ", f);
		print_interfaces(f, !strcmp(chain, "output") ? "oifname" : "iifname",
				 &type->attach);
		print_addresses(f, type);
		print_groups(f, m, type);
		print_ports(f, m, type);
	}
	fprintf(f, "ct helper set \"%s\" ", rules_object(type, object));
	if (type->by_rule)
		fprintf(f, "ct label set %u ", CT_LABEL_QUEUED);
	fprintf(f, "comment \"" COMMENT "%s\"\n", m->name);
}

/* ---- which packets are queued ---- */

/* Of flows that were given the helper here: by what their rule asked for. TCP's flags
 * stand in front of ports: nft 1.0.6 could not read again what it lists of the other order. */
static void print_queued(FILE *f, const struct manifest *m, const struct helper_type *type, unsigned port,
			 const char *flags)
{
	const struct config_attach *a = &type->attach;
	char what[32];

	fprintf(f, "meta nfproto %s ", type->l3 == AF_INET ? "ipv4" : "ipv6");
	if (flags)
		fprintf(f, "tcp flags %s ", flags);
	if (rules_announced(m, type)) {
		fprintf(f, "ct helper \"%s\" meta l4proto %s ", m->name, target_l4(type));
		return;
	}
	snprintf(what, sizeof(what), "ct original %s saddr", ip_word(type));
	print_networks(f, what, a->clients, a->n_clients);
	snprintf(what, sizeof(what), "ct original %s daddr", ip_word(type));
	print_networks(f, what, a->servers, a->n_servers);
	fprintf(f, "meta l4proto %s ct original proto-dst %u ", target_l4(type), port);
}

/* A TCP packet without payload is as long as its headers, whose length the byte at 96 bits says (no
 * expression of nft's own: nft 1.0.6 cannot list a set with that). IPv4 options pass for payload. */
static void print_not_empty(FILE *f, const struct helper_type *type)
{
	const bool v4 = type->l3 == AF_INET;

	fprintf(f, "@th,96,8 . %s length != { ", ip_word(type));
	for (unsigned words = 5; words < 16; words++)
		fprintf(f, "%s0x%x . %u", words > 5 ? ", " : "", words << 4, 4 * words + (v4 ? 20 : 0));
	fputs(" } ", f);
}

/* The kernel's number of a flow is one for both its directions, whatever NAT does. The seed is there because
 * each rule would be given another one. */
static void print_to(FILE *f, const struct helper_type *type)
{
	if (type->n_queues > 1)
		fprintf(f, "queue flags bypass to jhash ct id mod %u seed 0x1 offset %u ", type->n_queues,
			type->queue_num);
	else
		fprintf(f, "queue flags bypass to %u ", type->queue_num);
}

static void print_queue(FILE *f, const struct manifest *m, const struct helper_type *type, unsigned port,
			const char *flags)
{
	fputs("add rule inet " NFT_TABLE " " HELPED " ", f);
	print_queued(f, m, type, port, flags);
	if (type->l4 == IPPROTO_UDP)
		fputs("udp length > 8 ", f);
	else if (!flags)
		print_not_empty(f, type);
	print_to(f, type);
	fprintf(f, "comment \"" COMMENT "%s\"\n", m->name);
}

/* The SYN/ACK says where both streams begin. A reset must not overtake what was said before it. */
static void queue_type(FILE *f, const struct manifest *m, const struct helper_type *type)
{
	const struct config_attach *a = &type->attach;
	unsigned n_ports = rules_announced(m, type) || !a->n_ports ? 1 : a->n_ports;

	for (unsigned i = 0; i < n_ports; i++) {
		unsigned port = a->n_ports ? a->ports[i] : m->port;

		print_queue(f, m, type, port, NULL); /* most of them */
		if (type->l4 == IPPROTO_TCP) {
			print_queue(f, m, type, port, "& (syn | ack) == syn | ack");
			print_queue(f, m, type, port, "rst");
		}
	}
}

/* Flows without the label pass by one rule. What leaves by the loopback is seen at input. */
static void print_helped(FILE *f)
{
	static const char *const chains[] = { "postrouting", "input" };

	fputs("add chain inet " NFT_TABLE " " HELPED "\n", f);
	for (unsigned c = 0; c < 2; c++) {
		fprintf(f, "add chain inet " NFT_TABLE " %s { type filter hook %s priority 300; "
			   "policy accept; }\n", chains[c], chains[c]);
		fprintf(f, "flush chain inet " NFT_TABLE " %s\n", chains[c]);
		fprintf(f, "add rule inet " NFT_TABLE " %s %sct label %u jump " HELPED "\n", chains[c],
			c ? "" : "oifname != \"lo\" ", CT_LABEL_QUEUED);
	}
}

void rules_attach(FILE *f, const struct target *t)
{
	static const char *const chains[] = { "prerouting", "output" };
	char object[RULES_OBJECT_SIZE];

	fputs("add table inet " NFT_TABLE "\n", f);
	for (unsigned c = 0; c < 2; c++)
		fprintf(f, "add chain inet " NFT_TABLE " %s { type filter hook %s priority -150; "
			   "policy accept; }\n", chains[c], chains[c]);
	for (unsigned i = 0; i < t->n_types; i++)
		fprintf(f, "add ct helper inet " NFT_TABLE " %s { type \"%s\" protocol %s; l3proto %s; }\n",
			rules_object(t->types[i], object), t->manifest->name, target_l4(t->types[i]),
			ip_word(t->types[i]));
	for (unsigned c = 0; c < 2; c++)
		for (unsigned i = 0; i < t->n_types; i++)
			print_attach(f, t->manifest, t->types[i], chains[c]);
	for (unsigned i = 0; i < t->n_types; i++)
		if (t->types[i]->by_rule) {
			print_helped(f);
			break;
		}
	for (unsigned i = 0; i < t->n_types; i++)
		if (t->types[i]->by_rule)
			queue_type(f, t->manifest, t->types[i]);
}

/* "tcp dport 1024-65535 ". Where answers lead back to the port that was asked from, the expectation
 * alone knows which that is. */
static void print_opened(FILE *f, const struct manifest_class *c, uint8_t l4)
{
	const char *word = l4 == MANIFEST_TCP ? "tcp" : "udp";

	if (c->back && l4 == MANIFEST_UDP)
		fprintf(f, "meta l4proto %s ", word);
	else
		fprintf(f, "%s dport %u-65535 ", word, c->min_port ? c->min_port : 1);
}

/* Ends of the announced connection that the Attach names: what opens it may be either side, and NAT may
 * stand between, so an end is looked for where it does not change it. */
static unsigned print_end(FILE *f, const struct manifest *m, const struct helper_type *type,
			  unsigned way)
{
	const struct config_attach *a = &type->attach;
	const bool servers = a->n_servers && !m->groups;
	char what[32];

	if (!servers && !a->n_clients)
		return 1;
	snprintf(what, sizeof(what), "ct %s %s %s", way ? "reply" : "original", ip_word(type),
		 servers ? "daddr" : "saddr");
	print_networks(f, what, servers ? a->servers : a->clients,
		       servers ? a->n_servers : a->n_clients);
	return 2;
}

static void print_accept(FILE *f, const struct target *t, const struct helper_type *type,
			 const struct nft_chain *chain, uint8_t l4)
{
	const struct manifest_class *c = &t->manifest->classes[0];
	unsigned ways = 1;

	for (unsigned way = 0; way < ways; way++) {
		fprintf(f, "insert rule %s %s %s ct state related ct helper \"%s\" ", chain->family,
			chain->table, chain->name, t->manifest->name);
		if (!strcmp(chain->family, "inet"))
			fprintf(f, "meta nfproto %s ", type->l3 == AF_INET ? "ipv4" : "ipv6");
		ways = print_end(f, t->manifest, type, way);
		print_opened(f, c, l4);
		fprintf(f, "accept comment \"" COMMENT "%s\"\n", t->manifest->name);
	}
}

/* Protocols that a helper's classes may open. */
static uint8_t opened_l4s(const struct manifest *m)
{
	uint8_t l4s = 0;

	for (unsigned i = 0; i < m->n_classes; i++)
		l4s |= m->classes[i].l4s;
	return l4s;
}

void rules_accept(FILE *f, const struct target *t, const struct nft_chain *chain)
{
	uint8_t l4s = opened_l4s(t->manifest);

	for (unsigned i = 0; i < t->n_types; i++) {
		const struct helper_type *type = t->types[i];

		/* One rule for the family, whatever its control channels run over. */
		if (target_had_l3(t, i))
			continue;
		if (strcmp(chain->family, "inet") != 0 && strcmp(chain->family, ip_word(type)) != 0)
			continue;
		if (l4s & MANIFEST_TCP)
			print_accept(f, t, type, chain, MANIFEST_TCP);
		if (l4s & MANIFEST_UDP)
			print_accept(f, t, type, chain, MANIFEST_UDP);
	}
}

static void remove_objects(FILE *f, const json_t *ruleset, const char *name)
{
	static const char *const l4s[] = { "tcp", "tcp6", "udp", "udp6" };
	char object[RULES_OBJECT_SIZE];

	for (unsigned i = 0; i < sizeof(l4s) / sizeof(l4s[0]); i++) {
		snprintf(object, sizeof(object), "%s-%s", name, l4s[i]);
		if (nft_has(ruleset, "ct helper", "inet", NFT_TABLE, object))
			fprintf(f, "delete ct helper inet " NFT_TABLE " %s\n", object);
	}
}

void rules_remove(FILE *f, const json_t *ruleset, const char *name, bool objects)
{
	bool others = false;
	struct nft_rule rule;

	for (size_t at = 0; nft_next_rule(ruleset, &at, &rule);) {
		/* The rules that lead to others are nobody's. */
		bool in_table = !strcmp(rule.family, "inet") && !strcmp(rule.table, NFT_TABLE) &&
				!nft_statement(&rule, "jump");

		if (rules_is_ours(&rule, name))
			fprintf(f, "delete rule %s %s %s handle %lld\n", rule.family, rule.table,
				rule.chain, (long long)rule.handle);
		else if (in_table)
			others = true;
	}
	if (!objects)
		return;
	remove_objects(f, ruleset, name);
	if (!others && nft_has(ruleset, "table", "inet", NULL, NFT_TABLE))
		fputs("delete table inet " NFT_TABLE "\n", f);
}
