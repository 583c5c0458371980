/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The verbs, in the order of the help.
 */
#ifndef PINHOLE_CLI_PINHOLE_VERBS_H
#define PINHOLE_CLI_PINHOLE_VERBS_H

#include "cli/pinhole/verb.h"

extern const struct verb verb_list;
extern const struct verb verb_new_helper;
extern const struct verb verb_replay;

static const struct verb *const verbs[] = {
	&verb_list,
	&verb_new_helper,
	&verb_replay,
};

#endif
