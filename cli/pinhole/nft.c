/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/pinhole/nft.h"

#include <nftables/libnftables.h>
#include <stdio.h>
#include <string.h>

#include "cli/pinhole/verb.h"

static const char *error_text(struct nft_ctx *nft)
{
	const char *text = nft_ctx_get_error_buffer(nft);

	return text && *text ? text : "no reason given";
}

static struct nft_ctx *open_nft(void)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);

	if (nft && (nft_ctx_buffer_output(nft) || nft_ctx_buffer_error(nft))) {
		nft_ctx_free(nft);
		nft = NULL;
	}
	if (!nft)
		fail("libnftables: out of memory");
	return nft;
}

int nft_run(const char *commands)
{
	struct nft_ctx *nft = open_nft();
	int r = EXIT_DONE;

	if (!nft)
		return EXIT_FAILED;
	if (nft_run_cmd_from_buffer(nft, commands))
		r = fail("nftables refused, nothing was changed:\n%s", error_text(nft));
	nft_ctx_free(nft);
	return r;
}

int nft_read(json_t **ret)
{
	struct nft_ctx *nft = open_nft();
	json_t *root = NULL, *list;

	if (!nft)
		return EXIT_FAILED;
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_HANDLE |
					      NFT_CTX_OUTPUT_NUMERIC_PRIO);
	if (nft_run_cmd_from_buffer(nft, "list ruleset"))
		fail("cannot read the ruleset:\n%s", error_text(nft));
	else if (!(root = json_loads(nft_ctx_get_output_buffer(nft), 0, NULL)))
		fail("cannot understand what libnftables says of the ruleset");
	nft_ctx_free(nft);
	if (!root)
		return EXIT_FAILED;
	list = json_incref(json_object_get(root, "nftables"));
	json_decref(root);
	if (!json_is_array(list)) {
		json_decref(list);
		return fail("cannot understand what libnftables says of the ruleset");
	}
	*ret = list;
	return EXIT_DONE;
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* The next entry of that kind with the strings that each has. */
static const json_t *next(const json_t *ruleset, size_t *at, const char *kind)
{
	while (*at < json_array_size(ruleset)) {
		const json_t *o = json_object_get(json_array_get(ruleset, (*at)++), kind);

		if (o && text_of(o, "family"))
			return o;
	}
	return NULL;
}

bool nft_next_rule(const json_t *ruleset, size_t *at, struct nft_rule *ret)
{
	const json_t *o;

	while ((o = next(ruleset, at, "rule"))) {
		*ret = (struct nft_rule){
			.family = text_of(o, "family"),
			.table = text_of(o, "table"),
			.chain = text_of(o, "chain"),
			.comment = text_of(o, "comment"),
			.handle = json_integer_value(json_object_get(o, "handle")),
			.expr = json_object_get(o, "expr"),
		};
		if (ret->table && ret->chain && json_is_array(ret->expr))
			return true;
	}
	return false;
}

const json_t *nft_statement(const struct nft_rule *rule, const char *kind)
{
	const json_t *statement;
	size_t i;

	json_array_foreach(rule->expr, i, statement) {
		const json_t *found = json_object_get(statement, kind);

		if (found)
			return found;
	}
	return NULL;
}

static bool drops_all(const struct nft_rule *rule)
{
	return !nft_statement(rule, "match") &&
	       (nft_statement(rule, "drop") || nft_statement(rule, "reject"));
}

static bool ends_in_drop(const json_t *ruleset, const struct nft_chain *chain)
{
	struct nft_rule rule;

	for (size_t at = 0; nft_next_rule(ruleset, &at, &rule);)
		if (!strcmp(rule.family, chain->family) && !strcmp(rule.table, chain->table) &&
		    !strcmp(rule.chain, chain->name) && drops_all(&rule))
			return true;
	return false;
}

bool nft_next_chain(const json_t *ruleset, size_t *at, struct nft_chain *ret)
{
	const char *policy;
	const json_t *o;

	while ((o = next(ruleset, at, "chain"))) {
		*ret = (struct nft_chain){
			.family = text_of(o, "family"),
			.table = text_of(o, "table"),
			.name = text_of(o, "name"),
			.type = text_of(o, "type"),
			.hook = text_of(o, "hook"),
			.prio = json_integer_value(json_object_get(o, "prio")),
		};
		policy = text_of(o, "policy");
		if (!ret->table || !ret->name || (ret->hook && !ret->type))
			continue;
		ret->drops = ret->hook &&
			     ((policy && !strcmp(policy, "drop")) || ends_in_drop(ruleset, ret));
		return true;
	}
	return false;
}

bool nft_has(const json_t *ruleset, const char *kind, const char *family, const char *table,
	     const char *name)
{
	const json_t *o;

	for (size_t at = 0; (o = next(ruleset, &at, kind));) {
		const char *its_table = text_of(o, "table"), *its_name = text_of(o, "name");

		if (!strcmp(text_of(o, "family"), family) && its_name && !strcmp(its_name, name) &&
		    (!table || (its_table && !strcmp(its_table, table))))
			return true;
	}
	return false;
}

bool nft_is_iptables(const struct nft_chain *chain)
{
	static const char *const names[] = { "PREROUTING", "INPUT", "FORWARD", "OUTPUT",
					     "POSTROUTING" };

	if (strcmp(chain->family, "ip") != 0 && strcmp(chain->family, "ip6") != 0)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(chain->name, names[i]))
			return true;
	return false;
}

static bool names_related(const json_t *right)
{
	const json_t *set = json_object_get(right, "set"), *list = set ? set : right, *one;
	const char *text = json_string_value(right);
	size_t i;

	if (text)
		return !strcmp(text, "related");
	json_array_foreach(list, i, one)
		if (json_is_string(one) && !strcmp(json_string_value(one), "related"))
			return true;
	return false;
}

/* ct state vmap { established : accept, related : accept } */
static bool maps_related_to_accept(const struct nft_rule *rule)
{
	const json_t *vmap = nft_statement(rule, "vmap"), *pair;
	const json_t *ct = json_object_get(json_object_get(vmap, "key"), "ct");
	const char *key = text_of(ct, "key");
	size_t i;

	if (!key || strcmp(key, "state") != 0)
		return false;
	json_array_foreach(json_object_get(json_object_get(vmap, "data"), "set"), i, pair)
		if (names_related(json_array_get(pair, 0)) &&
		    json_object_get(json_array_get(pair, 1), "accept"))
			return true;
	return false;
}

bool nft_accepts_all_related(const struct nft_rule *rule)
{
	const json_t *statement;
	bool related = false;
	size_t i;

	if (maps_related_to_accept(rule))
		return !nft_statement(rule, "match");
	if (!nft_statement(rule, "accept"))
		return false;
	json_array_foreach(rule->expr, i, statement) {
		const json_t *match = json_object_get(statement, "match");
		const char *key = text_of(json_object_get(json_object_get(match, "left"), "ct"), "key");

		if (!match)
			continue;
		if (!key || strcmp(key, "state") != 0)
			return false;
		related = related || names_related(json_object_get(match, "right"));
	}
	return related;
}

const json_t *nft_ct_match(const struct nft_rule *rule, const char *key)
{
	const json_t *statement;
	size_t i;

	json_array_foreach(rule->expr, i, statement) {
		const json_t *match = json_object_get(statement, "match");
		const char *its = text_of(json_object_get(json_object_get(match, "left"), "ct"), "key");

		if (its && !strcmp(its, key))
			return json_object_get(match, "right");
	}
	return NULL;
}

const char *nft_helper_of(const json_t *ruleset, const struct nft_rule *rule)
{
	const char *name = json_string_value(nft_statement(rule, "ct helper"));
	const json_t *o;

	if (!name)
		return NULL;
	for (size_t at = 0; (o = next(ruleset, &at, "ct helper"));) {
		const char *table = text_of(o, "table"), *its_name = text_of(o, "name");

		if (!strcmp(text_of(o, "family"), rule->family) && table && its_name &&
		    !strcmp(table, rule->table) && !strcmp(its_name, name))
			return text_of(o, "type");
	}
	return NULL;
}

/* What stands behind `queue' is a number, { range: [first, last] }, or { HASH: { mod, offset } }. */
bool nft_queues(const struct nft_rule *rule, unsigned *ret_first, unsigned *ret_last)
{
	json_t *num = json_object_get(nft_statement(rule, "queue"), "num");
	json_t *inner = json_object_iter_value(json_object_iter(num));
	json_int_t first = json_integer_value(num), last = first;

	if (json_is_array(inner)) {
		first = json_integer_value(json_array_get(inner, 0));
		last = json_integer_value(json_array_get(inner, 1));
	} else if (inner) {
		first = json_integer_value(json_object_get(inner, "offset"));
		last = first + json_integer_value(json_object_get(inner, "mod")) - 1;
	}
	*ret_first = (unsigned)first;
	*ret_last = (unsigned)last;
	return num != NULL;
}

/* Has the rule's chain a hook, or leads another rule there? */
static bool is_reached(const json_t *ruleset, const struct nft_rule *rule)
{
	struct nft_chain chain;
	struct nft_rule other;

	for (size_t at = 0; nft_next_chain(ruleset, &at, &chain);)
		if (chain.hook && !strcmp(chain.family, rule->family) && !strcmp(chain.table, rule->table) &&
		    !strcmp(chain.name, rule->chain))
			return true;
	for (size_t at = 0; nft_next_rule(ruleset, &at, &other);) {
		const char *target = text_of(nft_statement(&other, "jump"), "target");

		if (target && !strcmp(target, rule->chain) && !strcmp(other.family, rule->family) &&
		    !strcmp(other.table, rule->table))
			return true;
	}
	return false;
}

bool nft_is_queued(const json_t *ruleset, unsigned num)
{
	struct nft_rule rule;
	unsigned first, last;

	for (size_t at = 0; nft_next_rule(ruleset, &at, &rule);)
		if (nft_queues(&rule, &first, &last) && num >= first && num <= last &&
		    is_reached(ruleset, &rule))
			return true;
	return false;
}

/* The line of a listing that ends in "# handle N", without that and without indentation. */
static char *find_line(const char *listing, long long handle)
{
	char end[40];
	const char *found, *start;

	snprintf(end, sizeof(end), " # handle %lld\n", handle);
	found = strstr(listing, end);
	if (!found)
		return NULL;
	for (start = found; start > listing && start[-1] != '\n'; start--)
		;
	start += strspn(start, "\t ");
	return strndup(start, (size_t)(found - start));
}

char *nft_rule_text(const struct nft_rule *rule)
{
	struct nft_ctx *nft = open_nft();
	char command[256], *text = NULL;

	if (!nft)
		return NULL;
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_HANDLE);
	snprintf(command, sizeof(command), "list chain %s %s %s", rule->family, rule->table, rule->chain);
	if (nft_run_cmd_from_buffer(nft, command) == 0)
		text = find_line(nft_ctx_get_output_buffer(nft), rule->handle);
	nft_ctx_free(nft);
	return text;
}
