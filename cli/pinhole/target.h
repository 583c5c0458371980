/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Small questions about a target (rules.h).
 */
#ifndef PINHOLE_CLI_PINHOLE_TARGET_H
#define PINHOLE_CLI_PINHOLE_TARGET_H

#include <netinet/in.h>

#include "cli/pinhole/rules.h"

static inline const char *target_l4(const struct helper_type *type)
{
	return type->l4 == IPPROTO_TCP ? "tcp" : "udp";
}

/* Whether a type before the i-th has its family, or its protocol. */
static inline bool target_had_l3(const struct target *t, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (t->types[k]->l3 == t->types[i]->l3)
			return true;
	return false;
}

static inline bool target_had_l4(const struct target *t, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (t->types[k]->l4 == t->types[i]->l4)
			return true;
	return false;
}

#endif
