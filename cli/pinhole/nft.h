/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The kernel's nftables ruleset, through libnftables: read whole, changed in transactions.
 *
 * How it works: the ruleset is read as libnftables' JSON (libnftables-json(5)) and kept as that; what is
 * asked of it is answered by walking over it. Strings belong to the ruleset. What we have put there is
 * known by its comment: "pinhole NAME".
 */
#ifndef PINHOLE_CLI_PINHOLE_NFT_H
#define PINHOLE_CLI_PINHOLE_NFT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define NFT_TABLE "pinhole" /* of family inet */

/* Runs commands, one a line: all of them or none. EXIT_DONE, or EXIT_FAILED after a complaint. */
int nft_run(const char *commands);

/* The whole ruleset. EXIT_DONE, or EXIT_FAILED after a complaint. The caller json_decref()s it. */
int nft_read(json_t **ret);

struct nft_rule {
	const char *family, *table, *chain;
	const char *comment; /* or NULL */
	int64_t handle;
	const json_t *expr; /* array of statements */
};

/* A chain; `hook` is NULL if it is no base chain. */
struct nft_chain {
	const char *family, *table, *name, *type, *hook;
	int64_t prio;
	bool drops; /* its policy, or a last rule without condition, drops or rejects */
};

/* Walks: *at begins with 0. False at the end. */
bool nft_next_rule(const json_t *ruleset, size_t *at, struct nft_rule *ret);
bool nft_next_chain(const json_t *ruleset, size_t *at, struct nft_chain *ret);

/* Whether a table or an object of that kind ("table", "ct helper") stands there. */
bool nft_has(const json_t *ruleset, const char *kind, const char *family, const char *table,
	     const char *name);

/* Whether the chain is of iptables-nft, which does not show what nft puts there. */
bool nft_is_iptables(const struct nft_chain *chain);

/* The first statement of that kind in a rule ("accept", "queue", "match"), or NULL. */
const json_t *nft_statement(const struct nft_rule *rule, const char *kind);

/* Whether the rule accepts every related packet: it asks for the state, and for nothing else. */
bool nft_accepts_all_related(const struct nft_rule *rule);

/* The value that a rule compares `ct KEY` with, NULL if it does not. */
const json_t *nft_ct_match(const struct nft_rule *rule, const char *key);

/* The queues that a rule may put a packet into. False: it queues none. */
bool nft_queues(const struct nft_rule *rule, unsigned *ret_first, unsigned *ret_last);

/* Whether a rule queues packets to `num`; one in a chain that nothing leads to does not. */
bool nft_is_queued(const json_t *ruleset, unsigned num);

/* The kernel's helper that a rule gives its packets' flows ("ftp", not the object's name), or NULL. */
const char *nft_helper_of(const json_t *ruleset, const struct nft_rule *rule);

/* A rule in nft's words, without handle. The caller frees it; NULL: it cannot be had. */
char *nft_rule_text(const struct nft_rule *rule);

#endif
