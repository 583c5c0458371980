/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Small questions about a target (rules.h), and about what a configuration says of helpers.
 */
#ifndef PINHOLE_CLI_PINHOLE_TARGET_H
#define PINHOLE_CLI_PINHOLE_TARGET_H

#include <netinet/in.h>

#include "cli/pinhole/rules.h"

static inline const char *target_l4(const struct helper_type *type)
{
	return type->l4 == IPPROTO_TCP ? "tcp" : "udp";
}

/* Whether a type before the i-th has its family. */
static inline bool target_had_l3(const struct target *t, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (t->types[k]->l3 == t->types[i]->l3)
			return true;
	return false;
}

/* What helper `name` may do: a built-in one, or what `c` defines; `buf` is where the latter is put and
 * points into `c`. NULL: there is none. */
const struct manifest *target_manifest(const struct config *c, const char *name, struct manifest *buf);

/* "queue 20000", or "queues 20000 to 20003". Returns ret. */
#define TARGET_QUEUES_SIZE 32
const char *target_queues(const struct helper_type *type, char ret[TARGET_QUEUES_SIZE]);

/* The first of the Type's queues, which begin with `first` in the kernel, that nobody listens on; -1: none. */
int32_t target_unserved(const struct helper_type *type, unsigned first);

/* Whether no Type of `c` before the i-th has its name. */
bool target_first_of_name(const struct config *c, size_t i);

#endif
