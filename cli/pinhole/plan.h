/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is to be done in the kernel for a helper, and what was found on the way.
 */
#ifndef PINHOLE_CLI_PINHOLE_PLAN_H
#define PINHOLE_CLI_PINHOLE_PLAN_H

#include "cli/pinhole/nft.h"
#include "cli/pinhole/rules.h"
#include "netfilter/nl.h"

struct plan {
	char *commands; /* of nftables, one transaction */
	char *iptables; /* commands for the operator's own firewall, "" if it needs none */
	char *notes;	/* one a line, for the operator */
};

/* Rules that attach a target and accept what it announces where that would be dropped, in place of those
 * that are there. EXIT_DONE, or EXIT_FAILED after a complaint. */
int plan_rules(struct plan *ret, const struct target *t, const json_t *ruleset, bool accept);
void plan_free(struct plan *p);

/* Notes on what NAT and this target's rules would do to each other; one a line, "" for none. The caller
 * frees it. */
char *plan_nat_notes(const json_t *ruleset);

/* The first of `n` queue numbers in a row that nobody has, from `first` on: not the configuration, not the
 * kernel's queues and helpers, not a rule. */
uint16_t plan_queues(struct nl *nl, const struct config *c, const json_t *ruleset, uint16_t first,
		     uint16_t n);

/* Whether the helper object of a Type is enabled, its queue served and its rules there. EXIT_DONE, or
 * EXIT_FAILED after a complaint for each that is not. */
int plan_verify(struct nl *nl, const struct target *t, const json_t *ruleset);

/* Unregisters the helper objects of the Types in `file` (NULL: of all in `c`), but those that somebody else
 * had registered. One that a rule of somebody's still names stays. EXIT_DONE, or EXIT_FAILED after a
 * complaint for each that is left. */
int plan_remove_objects(const struct config *c, const char *file);

/* Whether something that is no user-space helper has the name of this Type. EXIT_DONE, or EXIT_FAILED
 * after a complaint that says what. *ret_exists: an object is there that can be used. */
int plan_check_name(struct nl *nl, const struct helper_type *type, bool *ret_exists);

#endif
