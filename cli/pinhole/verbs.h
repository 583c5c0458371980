/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The verbs, in the order of the help.
 */
#ifndef PINHOLE_CLI_PINHOLE_VERBS_H
#define PINHOLE_CLI_PINHOLE_VERBS_H

#include "cli/pinhole/verb.h"

extern const struct verb verb_list;
extern const struct verb verb_show;
extern const struct verb verb_enable;
extern const struct verb verb_disable;
extern const struct verb verb_apply;
extern const struct verb verb_doctor;
extern const struct verb verb_selftest;
extern const struct verb verb_why;
extern const struct verb verb_log;
extern const struct verb verb_top;
extern const struct verb verb_metrics;
extern const struct verb verb_replay;
extern const struct verb verb_new_helper;

static const struct verb *const verbs[] = {
	&verb_list,
	&verb_show,
	&verb_enable,
	&verb_disable,
	&verb_apply,
	&verb_doctor,
	&verb_selftest,
	&verb_why,
	&verb_log,
	&verb_top,
	&verb_metrics,
	&verb_replay,
	&verb_new_helper,
};

#endif
