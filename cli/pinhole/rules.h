/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What an Attach means, as firewall rules. It only writes text.
 */
#ifndef PINHOLE_CLI_PINHOLE_RULES_H
#define PINHOLE_CLI_PINHOLE_RULES_H

#include <stdio.h>

#include "cli/pinhole/nft.h"
#include "config/config.h"
#include "helpers/helper.h"

/* A helper and its Types that have an Attach: each family with each protocol once at most. */
#define TARGET_TYPES_MAX 4
struct target {
	const struct manifest *manifest;
	const struct helper_type *types[TARGET_TYPES_MAX];
	unsigned n_types;
};

/* The Types of helper `name` in `c` with an Attach. `buf` is for a helper that `c` defines and must live as
 * long. False: there is no helper of that name, or none of its Types has an Attach. */
bool target_find(struct target *ret, const struct config *c, const char *name, struct manifest *buf);

/* nft commands, one a line: our table, the helper objects, the rules that give flows the helper and, with
 * `Transport rule', those that queue. */
void rules_attach(FILE *f, const struct target *t);

/* One that lets in what the helper has announced, at the head of a chain that would drop it. Nothing if
 * that chain's family sees none of it. */
void rules_accept(FILE *f, const struct target *t, const struct nft_chain *chain);

/* Commands that take back all rules of helper `name`; with `objects` also its ct helper objects, and our
 * table with the last of them. Packets that wait in a queue are lost when those go. */
void rules_remove(FILE *f, const json_t *ruleset, const char *name, bool objects);

/* The same as iptables commands. */
void rules_iptables_attach(FILE *f, const struct target *t);
void rules_iptables_accept(FILE *f, const struct target *t);

/* Name of our ct helper object for a Type. Returns ret. */
#define RULES_OBJECT_SIZE (CONFIG_NAME_SIZE + 8)
const char *rules_object(const struct helper_type *type, char ret[RULES_OBJECT_SIZE]);

/* Whether a rule is ours, for helper `name` (NULL: for any). */
bool rules_is_ours(const struct nft_rule *rule, const char *name);

/* Whether the Type's flows are not known by a port but announced by flows of another of its Types: the
 * TCP of ssdp. */
bool rules_announced(const struct manifest *m, const struct helper_type *type);

/* A network as text, without the bits behind its prefix. Returns ret. */
#define RULES_NETWORK_SIZE 64
const char *rules_network(const struct config_network *n, char ret[RULES_NETWORK_SIZE]);

#endif
