/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/pinhole/plan.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/pinhole/target.h"
#include "cli/pinhole/verb.h"
#include "netfilter/cthelper.h"
#include "netfilter/listener.h"

#define BEFORE_NAT -100 /* where nat chains usually stand at prerouting and output */
#define ATTACH_PRIO -150

static bool is_filter_hook(const struct nft_chain *chain)
{
	return chain->hook && !strcmp(chain->type, "filter") &&
	       (!strcmp(chain->hook, "forward") || !strcmp(chain->hook, "input") ||
		!strcmp(chain->hook, "output")) &&
	       strcmp(chain->family, "bridge") != 0;
}

/* Chains of the operator that would drop what the helper announces. */
static void accept_where_dropped(FILE *nft, FILE *iptables, FILE *notes, const struct target *t,
				 const json_t *ruleset)
{
	bool legacy = access("/proc/net/ip_tables_names", F_OK) == 0;
	struct nft_chain chain;

	for (size_t at = 0; nft_next_chain(ruleset, &at, &chain);) {
		if (!is_filter_hook(&chain) || !chain.drops)
			continue;
		if (nft_is_iptables(&chain))
			legacy = true;
		else
			rules_accept(nft, t, &chain);
	}
	if (!legacy)
		return;
	rules_iptables_accept(iptables, t);
	fputs("the firewall is, or may be, made with iptables: its rules are yours. Where it drops what "
	      "nobody has accepted, run the iptables commands below\n", notes);
}

int plan_rules(struct plan *ret, const struct target *t, const json_t *ruleset, bool accept)
{
	size_t sizes[3];
	FILE *nft, *iptables, *notes;

	*ret = (struct plan){ 0 };
	nft = open_memstream(&ret->commands, &sizes[0]);
	iptables = open_memstream(&ret->iptables, &sizes[1]);
	notes = open_memstream(&ret->notes, &sizes[2]);
	if (!nft || !iptables || !notes)
		return fail("%s", strerror(ENOMEM));
	rules_remove(nft, ruleset, t->manifest->name, false);
	rules_attach(nft, t);
	if (accept)
		accept_where_dropped(nft, iptables, notes, t, ruleset);
	fclose(nft);
	fclose(iptables);
	fclose(notes);
	return EXIT_DONE;
}

void plan_free(struct plan *p)
{
	free(p->commands);
	free(p->iptables);
	free(p->notes);
}

char *plan_nat_notes(const json_t *ruleset)
{
	struct nft_chain chain;
	struct nft_rule rule;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	for (size_t at = 0; nft_next_chain(ruleset, &at, &chain);)
		if (chain.hook && !strcmp(chain.type, "nat") && chain.prio <= ATTACH_PRIO &&
		    (!strcmp(chain.hook, "prerouting") || !strcmp(chain.hook, "output")))
			fprintf(f, "chain %s %s %s translates at priority %lld, before helpers are "
				   "attached (%d): give it %d\n", chain.family, chain.table, chain.name,
				(long long)chain.prio, ATTACH_PRIO, BEFORE_NAT);
	for (size_t at = 0; nft_next_rule(ruleset, &at, &rule);)
		if (nft_statement(&rule, "queue") && !rules_is_ours(&rule, NULL))
			fprintf(f, "a rule in %s %s %s queues packets to another program: flows that go "
				   "there and have a helper leave without their source translated\n",
				rule.family, rule.table, rule.chain);
	fclose(f);
	return text;
}

struct user {
	unsigned queue_num;
	bool found;
};

static int compare_queue(const struct cthelper *h, void *data)
{
	struct user *user = data;

	user->found = user->found || h->queue_num == user->queue_num;
	return 0;
}

static bool is_taken(struct nl *nl, const struct config *c, const json_t *ruleset, unsigned num)
{
	struct user user = { .queue_num = num };

	for (size_t i = 0; i < c->n_types; i++)
		if (config_owns_queue(&c->types[i], num))
			return true;
	if (listener_find(LISTENER_TABLE, num) != 0 || nft_is_queued(ruleset, num))
		return true;
	return cthelper_dump(nl, compare_queue, &user) == 0 && user.found;
}

uint16_t plan_queues(struct nl *nl, const struct config *c, const json_t *ruleset, uint16_t first,
		     uint16_t n)
{
	for (unsigned num = first; num < (unsigned)first + n && first + n <= UINT16_MAX; num++)
		if (is_taken(nl, c, ruleset, num))
			first = (uint16_t)(num + 1);
	return first;
}

static struct cthelper key_of(const struct helper_type *type)
{
	struct cthelper key = { .has = CTHELPER_NAME | CTHELPER_TUPLE, .l3 = type->l3,
				.l4 = type->l4 };

	memcpy(key.name, type->name, sizeof(key.name));
	return key;
}

int plan_check_name(struct nl *nl, const struct helper_type *type, bool *ret_exists)
{
	struct cthelper key = key_of(type), found;
	struct cthelper_clash clash;
	char text[256];
	int r = cthelper_get(nl, &key, &found);

	*ret_exists = r == 0;
	if (r == 0)
		return EXIT_DONE;
	if (r != -ENOENT) {
		r = cthelper_supported(nl);
		return fail("%s", r == -EOPNOTSUPP ? "the kernel has no user-space helpers: modprobe "
						     "nfnetlink_cthelper" : strerror(-r));
	}
	cthelper_clash(nl, &key, NULL, &clash);
	if (clash.kind == CTHELPER_CLASH_MODULE && *clash.module)
		return fail("%s", cthelper_clash_text(&clash, &key, text, sizeof(text)));
	return EXIT_DONE;
}

static unsigned count_rules(const json_t *ruleset, const char *name)
{
	struct nft_rule rule;
	unsigned n = 0;

	for (size_t at = 0; nft_next_rule(ruleset, &at, &rule);)
		n += rules_is_ours(&rule, name) && !strcmp(rule.table, NFT_TABLE);
	return n;
}

/* At least: two give flows the helper; one queues, of TCP three. */
static unsigned rules_of(const struct target *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->n_types; i++)
		n += !t->types[i]->by_rule ? 2 : t->types[i]->l4 == IPPROTO_TCP ? 5 : 3;
	return n;
}

int plan_verify(struct nl *nl, const struct target *t, const json_t *ruleset)
{
	int r = EXIT_DONE;

	for (unsigned i = 0; i < t->n_types; i++) {
		const struct helper_type *type = t->types[i];
		struct cthelper key = key_of(type), found;
		int32_t unserved;
		const char *l3 = cthelper_l3_word(type->l3), *l4 = cthelper_l4_word(type->l4);

		if (cthelper_get(nl, &key, &found) < 0)
			r = fail("the kernel does not have helper %s %s %s: is conntrackd running?",
				 type->name, l3, l4);
		else if (found.enabled == type->by_rule)
			r = fail("helper %s %s %s is %s: is conntrackd running?", type->name, l3, l4,
				 found.enabled ? "enabled although a rule queues" : "not enabled");
		else if ((unserved = target_unserved(type, found.queue_num)) >= 0)
			r = fail("nobody listens on queue %d, where the kernel sends what %s is to "
				 "read: start conntrackd", unserved, type->name);
	}
	if (count_rules(ruleset, t->manifest->name) < rules_of(t))
		r = fail("rules are missing in table inet " NFT_TABLE ": pinhole apply");
	return r;
}

static int remove_object(struct nl *nl, const struct helper_type *type)
{
	const char *l3 = cthelper_l3_word(type->l3), *l4 = cthelper_l4_word(type->l4);
	struct cthelper key = key_of(type);
	int r = cthelper_delete(nl, &key);

	if (r == -EBUSY)
		return fail("helper %s %s %s stays registered: a rule that is not ours still names it. "
			    "Remove that rule, then: nfct helper delete %s %s %s", key.name, l3, l4,
			    key.name, l3, l4);
	if (r < 0 && r != -ENOENT)
		return fail("cannot remove helper %s %s %s: %s", key.name, l3, l4, strerror(-r));
	return EXIT_DONE;
}

int plan_remove_objects(const struct config *c, const char *file)
{
	int r = EXIT_DONE;
	struct nl nl;

	if (nl_open(&nl) < 0)
		return fail("cannot open a netlink socket: %s", strerror(errno));
	for (size_t i = 0; i < c->n_types; i++) {
		const struct helper_type *type = &c->types[i];

		if ((!file || !strcmp(config_file(c, type->file), file)) && !type->attach.keep_helper &&
		    remove_object(&nl, type) != EXIT_DONE)
			r = EXIT_FAILED;
	}
	nl_close(&nl);
	return r;
}
