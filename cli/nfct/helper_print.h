/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Helper objects on stdout.
 */
#ifndef PINHOLE_CLI_NFCT_HELPER_PRINT_H
#define PINHOLE_CLI_NFCT_HELPER_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "netfilter/cthelper.h"

/* All objects of the kernel. */
struct helper_list {
	size_t n;
	struct cthelper *helpers;
};

/* 0 or -errno. Asks again, a few times, when the dump was disturbed. */
int helper_list_read(struct nl *nl, struct helper_list *ret);
void helper_list_free(struct helper_list *list);

/* One block each, as scripts know it; or one JSON array. */
void helper_print(const struct cthelper *helpers, size_t n, bool json);

#endif
