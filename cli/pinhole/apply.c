/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole apply: the rules that the configuration's Attach blocks ask for, all of them, once more: after a
 * boot, or when the firewall was loaded anew.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "cli/pinhole/lines.h"
#include "cli/pinhole/plan.h"
#include "cli/pinhole/service.h"
#include "cli/pinhole/target.h"

struct options {
	struct common common;
	bool accept;
};

static int parse(int argc, char **argv, struct options *ret)
{
	static const struct option options[] = { { "no-accept", no_argument, NULL, 'x' },
						 COMMON_OPTIONS,
						 { 0 } };
	int letter, r;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options, NULL)) >= 0) {
		if (letter == 'x') {
			ret->accept = false;
			continue;
		}
		r = common_option(letter, &ret->common);
		if (r)
			return r;
	}
	return optind < argc ? misused("`%s' is too much", argv[optind]) : EXIT_DONE;
}

static int apply(const struct target *t, const struct options *o, struct json *j)
{
	json_t *ruleset;
	struct plan plan;
	int r = nft_read(&ruleset);

	if (r != EXIT_DONE)
		return r;
	r = plan_rules(&plan, t, ruleset, o->accept);
	json_decref(ruleset);
	if (r == EXIT_DONE)
		r = nft_run(plan.commands);
	if (r == EXIT_DONE && o->common.json)
		lines_put(j, t->manifest->name, plan.commands);
	else if (r == EXIT_DONE)
		lines_print(t->manifest->name, plan.commands);
	plan_free(&plan);
	return r;
}

static int run(int argc, char **argv)
{
	struct json j = json_over(stdout);
	struct options o = { .common = COMMON_DEFAULT, .accept = true };
	struct config config;
	struct target target;
	struct manifest buf;
	bool missing;
	int r = parse(argc, argv, &o), done = EXIT_DONE;

	if (r == EXIT_DONE)
		r = service_read(&o.common, &config, &missing);
	if (r != EXIT_DONE)
		return r;
	if (o.common.json)
		json_put_object_begin(&j, NULL);
	for (size_t i = 0; i < config.n_types; i++)
		if (target_first_of_name(&config, i) &&
		    target_find(&target, &config, config.types[i].name, &buf)) {
			r = apply(&target, &o, &j);
			if (r != EXIT_DONE)
				done = r;
		}
	if (o.common.json) {
		json_put_object_end(&j);
		json_finish(&j);
	}
	config_free(&config);
	return done;
}

const struct verb verb_apply = {
	.word = "apply",
	.prose = "load the rules of all enabled helpers again",
	.help = "usage: pinhole apply [--no-accept] [-o json]\n"
		"\n"
		"Makes nftables rules of every Attach in the configuration and its helpers.d, in place of\n"
		"those that are there. conntrackd must run: a rule can only name a registered helper.\n"
		"The service does this when it starts; do it after loading your firewall anew.\n",
	.run = run,
};
