/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What helper.h demands of a parser's answer, as a check that says what is wrong.
 */
#ifndef PINHOLE_HELPERS_CONTRACT_H
#define PINHOLE_HELPERS_CONTRACT_H

#include "helpers/helper.h"

/* `before` and `after`: the state around the call. NULL when all is well, else what is broken. */
const char *contract_broken(const struct manifest *m, const struct input *in, const void *before,
			    const void *after, enum outcome outcome, const struct output *out);

#endif
