/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Checks of nftables rules. Rules of the iptables commands show no more than that they are there, so the
 * checks keep silent about what those may do.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pinhole/doctor.h"
#include "cli/pinhole/target.h"

#define NAT_PRIO -100

/* "inet filter forward" */
#define PLACE_SIZE 256
static void print_place(const struct nft_rule *r, char ret[PLACE_SIZE])
{
	snprintf(ret, PLACE_SIZE, "%s %s %s", r->family, r->table, r->chain);
}

static bool find_chain(const struct doctor *d, const struct nft_rule *rule, struct nft_chain *ret)
{
	for (size_t at = 0; nft_next_chain(d->ruleset, &at, ret);)
		if (!strcmp(ret->family, rule->family) && !strcmp(ret->table, rule->table) &&
		    !strcmp(ret->name, rule->chain))
			return true;
	return false;
}

/* The first Type of that name that has an Attach, NULL: none. */
static const struct helper_type *attached_type(const struct doctor *d, const char *name)
{
	for (size_t i = 0; i < d->config.n_types; i++)
		if (d->config.types[i].attach.line && !strcmp(d->config.types[i].name, name))
			return &d->config.types[i];
	return NULL;
}

static bool uses_iptables(const struct doctor *d)
{
	struct nft_chain chain;

	for (size_t at = 0; nft_next_chain(d->ruleset, &at, &chain);)
		if (nft_is_iptables(&chain))
			return true;
	return false;
}

static bool is_attached(const struct doctor *d, const char *name)
{
	struct nft_rule rule;

	for (size_t at = 0; nft_next_rule(d->ruleset, &at, &rule);) {
		const char *helper = nft_helper_of(d->ruleset, &rule);

		if (helper && !strcmp(helper, name))
			return true;
	}
	return false;
}

static char *mend_command(const struct doctor *d, const struct helper_type *t, bool attached)
{
	if (attached)
		return doctor_text("pinhole apply");
	return doctor_text("put `Attach { Server ADDRESS }' into Type %s in %s:%u, then: pinhole apply",
			   t->name, config_file(&d->config, t->file), t->line);
}

/* The first queue of a Type that no rule queues to; -1: none. */
static int32_t missing_queue(const struct doctor *d, const struct helper_type *t)
{
	for (unsigned i = 0; i < t->n_queues; i++)
		if (!nft_is_queued(d->ruleset, t->queue_num + i))
			return (int32_t)(t->queue_num + i);
	return -1;
}

/* With `Transport rule' the helper does not queue. */
static void check_queued(struct doctor *d)
{
	for (size_t i = 0; i < d->config.n_types; i++) {
		const struct helper_type *t = &d->config.types[i];
		int32_t missing = t->by_rule && !uses_iptables(d) ? missing_queue(d, t) : -1;

		if (missing < 0)
			continue;
		doctor_add(d, LEVEL_BAD, "queued",
			   "with `Transport rule' rules have to queue what the helper is to read. Loading a "
			   "firewall anew often takes such rules away",
			   doctor_text("no rule queues packets of helper %s to queue %d", t->name,
				       missing),
			   mend_command(d, t, t->attach.line));
	}
}

static bool is_served(const struct doctor *d, unsigned queue)
{
	for (size_t i = 0; i < d->config.n_types; i++)
		if (config_owns_queue(&d->config.types[i], queue))
			return true;
	return false;
}

/* Rules for more Queues than there are now. */
static void check_strays(struct doctor *d)
{
	unsigned queue, last;
	struct nft_rule rule;

	for (size_t at = 0; nft_next_rule(d->ruleset, &at, &rule);) {
		if (!rules_is_ours(&rule, NULL) || !nft_queues(&rule, &queue, &last))
			continue;
		while (queue <= last && is_served(d, queue))
			queue++;
		if (queue > last)
			continue;
		doctor_add(d, LEVEL_BAD, "stray_queue",
			   "its packets pass, and nobody reads them: what they announce stays shut",
			   doctor_text("rules of ours queue to queue %u, which no Type has", queue),
			   doctor_text("pinhole apply"));
		return;
	}
}

void check_attached(struct doctor *d)
{
	check_queued(d);
	check_strays(d);
	for (size_t i = 0; i < d->config.n_types; i++) {
		const struct helper_type *t = &d->config.types[i];

		if (!target_first_of_name(&d->config, i) || is_attached(d, t->name) || uses_iptables(d))
			continue;
		doctor_add(d, LEVEL_BAD, "attach",
			   "since Linux 6.0 no connection gets a helper by itself: a rule has to give it. "
			   "Loading a firewall anew often takes such rules away",
			   doctor_text("no rule gives any connection the helper %s", t->name),
			   mend_command(d, t, attached_type(d, t->name)));
	}
}

/* Moves a rule to a chain that stands before NAT. */
static char *move_command(const struct nft_rule *rule, const char *hook)
{
	char *text = nft_rule_text(rule), *command = NULL;

	if (text)
		command = doctor_text("nft 'add chain %s %s before_nat_%s { type filter hook %s priority -150; }; "
				      "add rule %s %s before_nat_%s %s; delete rule %s %s %s handle %lld'",
				      rule->family, rule->table, hook, hook, rule->family, rule->table,
				      hook, text, rule->family, rule->table, rule->chain,
				      (long long)rule->handle);
	free(text);
	return command;
}

void check_after_nat(struct doctor *d)
{
	char where[PLACE_SIZE];
	struct nft_chain chain;
	struct nft_rule rule;

	for (size_t at = 0; nft_next_rule(d->ruleset, &at, &rule);) {
		const char *name = nft_helper_of(d->ruleset, &rule);
		bool early;

		if (!name || !find_chain(d, &rule, &chain) || !chain.hook)
			continue;
		early = !strcmp(chain.hook, "prerouting") || !strcmp(chain.hook, "output");
		if (early && chain.prio < NAT_PRIO)
			continue;
		print_place(&rule, where);
		doctor_add(d, LEVEL_BAD, "after_nat",
			   "a connection that NAT has seen without its helper has no room for changed "
			   "lengths: what the helper translates breaks it (until Linux 6.17 of 2025)",
			   doctor_text("%s gives connections the helper %s at %s, priority %lld: after NAT "
				       "(%d)", where, name, chain.hook,
				       (long long)chain.prio, NAT_PRIO),
			   move_command(&rule, early ? chain.hook : "prerouting"));
	}
}

static bool is_private(const struct sockaddr *addr)
{
	const struct sockaddr_in *v4 = (const void *)addr;
	const struct sockaddr_in6 *v6 = (const void *)addr;
	uint32_t a;

	if (addr->sa_family == AF_INET6)
		return (v6->sin6_addr.s6_addr[0] & 0xfe) == 0xfc; /* RFC 4193 */
	if (addr->sa_family != AF_INET)
		return false;
	a = ntohl(v4->sin_addr.s_addr);
	return a >> 24 == 10 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8; /* RFC 1918 */
}

static unsigned prefix_of(const struct sockaddr *mask)
{
	const struct sockaddr_in *v4 = (const void *)mask;
	const struct sockaddr_in6 *v6 = (const void *)mask;
	unsigned n = 0;

	if (mask->sa_family == AF_INET)
		return (unsigned)__builtin_popcount(v4->sin_addr.s_addr);
	for (unsigned i = 0; i < 16; i++)
		n += (unsigned)__builtin_popcount(v6->sin6_addr.s6_addr[i]);
	return n;
}

/* This machine's own private networks, "A,B", of one family or (0) of both. */
static char *own_networks(int family)
{
	struct ifaddrs *list = NULL, *i;
	char *ret = NULL, text[RULES_NETWORK_SIZE];
	size_t len;
	FILE *f = open_memstream(&ret, &len);
	unsigned n = 0;

	if (!f)
		return NULL;
	if (getifaddrs(&list) < 0)
		list = NULL;
	for (i = list; i; i = i->ifa_next) {
		struct config_network network = { 0 };

		if (!i->ifa_addr || !i->ifa_netmask || !is_private(i->ifa_addr) ||
		    (family && i->ifa_addr->sa_family != family))
			continue;
		network.family = (uint8_t)i->ifa_addr->sa_family;
		network.prefix_len = (uint8_t)prefix_of(i->ifa_netmask);
		if (network.family == AF_INET)
			memcpy(network.addr, &((struct sockaddr_in *)i->ifa_addr)->sin_addr, 4);
		else
			memcpy(network.addr, &((struct sockaddr_in6 *)i->ifa_addr)->sin6_addr, 16);
		fprintf(f, "%s%s", n++ ? "," : "", rules_network(&network, text));
	}
	freeifaddrs(list);
	fclose(f);
	if (!n) {
		free(ret);
		ret = strdup("NETWORK");
	}
	return ret;
}

static const char wide_attach[] =
	"whoever gets any two hosts to speak the protocol opens ports in your firewall: a web page is "
	"enough (NAT slipstreaming)";

static void check_anywhere_types(struct doctor *d)
{
	for (size_t i = 0; i < d->config.n_types; i++) {
		const struct helper_type *t = &d->config.types[i];
		char *networks;

		if (!t->attach.anywhere || !target_first_of_name(&d->config, i))
			continue;
		networks = own_networks(0);
		doctor_add(d, LEVEL_WARNING, "anywhere", wide_attach,
			   doctor_text("%s:%u gives helper %s to connections between any hosts",
				       config_file(&d->config, t->file), t->attach.line, t->name),
			   doctor_text("pinhole enable %s --client %s", t->name, networks ? networks : ""));
		free(networks);
	}
}

/* Whether a rule looks at an address: ip saddr, ip6 daddr, fib, a mark or an interface set by others. */
static bool names_hosts(const struct nft_rule *rule)
{
	const json_t *statement;
	size_t i;

	json_array_foreach(rule->expr, i, statement) {
		const json_t *left = json_object_get(json_object_get(statement, "match"), "left");
		const json_t *payload = json_object_get(left, "payload");
		const char *field = json_string_value(json_object_get(payload, "field"));

		if ((field && (!strcmp(field, "saddr") || !strcmp(field, "daddr"))) ||
		    json_object_get(left, "fib") || json_object_get(left, "concat"))
			return true;
	}
	return nft_ct_match(rule, "helper");
}

static void check_anywhere_rules(struct doctor *d)
{
	char where[PLACE_SIZE];
	struct manifest buf;
	struct nft_rule rule;

	for (size_t at = 0; nft_next_rule(d->ruleset, &at, &rule);) {
		const char *name = nft_helper_of(d->ruleset, &rule);
		const struct manifest *m = name ? target_manifest(&d->config, name, &buf) : NULL;
		bool v6 = !strcmp(rule.family, "ip6");
		char *text, *networks;

		if (!m || m->groups || names_hosts(&rule) || rules_is_ours(&rule, NULL))
			continue;
		print_place(&rule, where);
		text = nft_rule_text(&rule);
		networks = own_networks(v6 ? AF_INET6 : AF_INET);
		doctor_add(d, LEVEL_WARNING, "anywhere", wide_attach,
			   doctor_text("%s gives helper %s to connections between any hosts",
				       where, name),
			   doctor_text("nft 'insert rule %s position %lld %s saddr { %s } %s; "
				       "delete rule %s handle %lld'", where, (long long)rule.handle,
				       v6 ? "ip6" : "ip", networks ? networks : "", text ? text : "",
				       where, (long long)rule.handle));
		free(text);
		free(networks);
	}
}

void check_anywhere(struct doctor *d)
{
	check_anywhere_types(d);
	check_anywhere_rules(d);
}

/* ---- what is accepted ---- */

static bool names_helper(const struct nft_rule *rule, const char *name)
{
	const char *helper = json_string_value(nft_ct_match(rule, "helper"));

	return helper && !strcmp(helper, name);
}

/* Whether a rule of the chain, or of one of its table that no hook calls, accepts what helper `name` has
 * announced. */
static bool accepts(const struct doctor *d, const struct nft_chain *chain, const char *name)
{
	struct nft_chain its;
	struct nft_rule rule;

	for (size_t at = 0; nft_next_rule(d->ruleset, &at, &rule);) {
		if (strcmp(rule.family, chain->family) != 0 || strcmp(rule.table, chain->table) != 0)
			continue;
		if (strcmp(rule.chain, chain->name) != 0 && find_chain(d, &rule, &its) && its.hook)
			continue;
		if (nft_accepts_all_related(&rule) ||
		    (names_helper(&rule, name) && nft_statement(&rule, "accept")))
			return true;
	}
	return false;
}

static bool judges(const struct nft_chain *chain)
{
	return chain->hook && chain->drops && !strcmp(chain->type, "filter") && !nft_is_iptables(chain) &&
	       (!strcmp(chain->hook, "forward") || !strcmp(chain->hook, "input") ||
		!strcmp(chain->hook, "output"));
}

void check_accepted(struct doctor *d)
{
	struct nft_chain chain;

	for (size_t at = 0; nft_next_chain(d->ruleset, &at, &chain);)
		for (size_t i = 0; judges(&chain) && i < d->config.n_types; i++) {
			const struct helper_type *t = &d->config.types[i];

			if (!target_first_of_name(&d->config, i) || accepts(d, &chain, t->name))
				continue;
			doctor_add(d, LEVEL_BAD, "accept",
				   "an expectation only marks the announced connection as related: a rule has "
				   "to accept it",
				   doctor_text("chain %s %s %s drops what %s announces", chain.family,
					       chain.table, chain.name, t->name),
				   attached_type(d, t->name) ?
					   doctor_text("pinhole apply") :
					   doctor_text("nft 'insert rule %s %s %s ct state related ct helper "
						       "\"%s\" accept'", chain.family, chain.table,
						       chain.name, t->name));
		}
}

static void print_other_states(FILE *f, const json_t *right)
{
	const json_t *set = json_object_get(right, "set"), *list = set ? set : right, *one;
	unsigned n = 0;
	size_t i;

	json_array_foreach(list, i, one) {
		const char *state = json_string_value(one);

		if (state && strcmp(state, "related") != 0)
			fprintf(f, "%s%s", n++ ? "," : "", state);
	}
	if (!n)
		fputs("established", f);
}

/* "related : accept" goes on to the next rule instead. */
static void print_map(FILE *f, const struct nft_rule *rule)
{
	char *text = nft_rule_text(rule), *at = text ? strstr(text, "related : accept") : NULL;

	if (at)
		fprintf(f, "%.*srelated : continue%s", (int)(at - text), text,
			at + strlen("related : accept"));
	free(text);
}

/* ICMP errors are related, too, and stay. */
static char *narrow_command(const struct nft_rule *rule, const char *where)
{
	const json_t *states = nft_ct_match(rule, "state");
	char *command = NULL;
	size_t len;
	FILE *f = open_memstream(&command, &len);

	if (!f)
		return NULL;
	fprintf(f, "nft 'replace rule %s handle %lld ", where, (long long)rule->handle);
	if (states) {
		fputs("ct state ", f);
		print_other_states(f, states);
		fputs(" accept", f);
	} else {
		print_map(f, rule);
	}
	fprintf(f, "; insert rule %s meta l4proto { icmp, ipv6-icmp } ct state related accept' && pinhole "
		   "apply", where);
	fclose(f);
	return command;
}

void check_related(struct doctor *d)
{
	char where[PLACE_SIZE];
	struct nft_rule rule;

	for (size_t at = 0; d->config.n_types && nft_next_rule(d->ruleset, &at, &rule);) {
		if (!nft_accepts_all_related(&rule))
			continue;
		print_place(&rule, where);
		doctor_add(d, LEVEL_WARNING, "related",
			   "it opens what any helper on this machine announces, for any host and port, not "
			   "only what you have enabled helpers for",
			   doctor_text("%s accepts every related connection", where),
			   narrow_command(&rule, where));
	}
}

/* ---- other readers of packets ---- */

/* Whether packets of helper `name` have left the chain before a rule of it. */
static bool is_spared(const struct doctor *d, const struct nft_rule *queuing, const char *name)
{
	struct nft_rule rule;

	for (size_t at = 0; nft_next_rule(d->ruleset, &at, &rule);) {
		if (strcmp(rule.family, queuing->family) != 0 ||
		    strcmp(rule.table, queuing->table) != 0 || strcmp(rule.chain, queuing->chain) != 0)
			continue;
		if (rule.handle == queuing->handle)
			return false;
		if (names_helper(&rule, name) && json_array_size(rule.expr) == 2 &&
		    (nft_statement(&rule, "accept") || nft_statement(&rule, "return")))
			return true;
	}
	return false;
}

static bool queues_to_others(const struct nft_rule *rule)
{
	return nft_statement(rule, "queue") && !rules_is_ours(rule, NULL);
}

void check_other_queues(struct doctor *d)
{
	char where[PLACE_SIZE];
	struct nft_rule rule;

	for (size_t at = 0; nft_next_rule(d->ruleset, &at, &rule);)
		for (size_t i = 0; queues_to_others(&rule) && i < d->config.n_types; i++) {
			const struct helper_type *t = &d->config.types[i];

			if (!target_first_of_name(&d->config, i) || is_spared(d, &rule, t->name))
				continue;
			print_place(&rule, where);
			doctor_add(d, LEVEL_BAD, "other_queue",
				   "a packet of a helped connection that comes back from another queue is "
				   "confirmed too early: its source is not translated any more",
				   doctor_text("%s queues connections of %s to another program",
					       where, t->name),
				   doctor_text("nft 'insert rule %s position %lld ct helper \"%s\" accept'",
					       where, (long long)rule.handle, t->name));
		}
}
