/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Helpers that are not built in: `Define` of conntrackd.conf.
 */
#ifndef PINHOLE_CLI_NFCT_DEFINED_H
#define PINHOLE_CLI_NFCT_DEFINED_H

#include "helpers/query.h"

/* `manifest` points into `query`: do not copy. */
struct defined {
	struct query query;
	struct manifest manifest;
};

/* Looks for a Define of that name in `file`, NULL: the default one. 0, or complains and returns
 * EXIT_REFUSED. */
int defined_find(const char *file, const char *name, struct defined *ret);

#endif
