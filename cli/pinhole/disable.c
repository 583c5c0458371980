/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole disable: what enable did, backwards.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/pinhole/plan.h"
#include "cli/pinhole/service.h"

struct job {
	struct common common;
	const char *name;
	struct config config;
	char path[SERVICE_PATH_SIZE];
	bool dry_run;
};

static int parse(int argc, char **argv, struct job *job)
{
	static const struct option options[] = { { "dry-run", no_argument, NULL, 'd' },
						 COMMON_OPTIONS,
						 { 0 } };
	int letter, r;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options, NULL)) >= 0) {
		if (letter == 'd') {
			job->dry_run = true;
			continue;
		}
		r = common_option(letter, &job->common);
		if (r)
			return r;
	}
	if (optind + 1 != argc)
		return misused(optind == argc ? "which helper?" : "one helper at a time");
	job->name = argv[optind];
	return EXIT_DONE;
}

/* Whether the name can be a file of ours. */
static bool is_name(const char *name)
{
	return *name && *name != '.' && strlen(name) < CONFIG_NAME_SIZE && !strchr(name, '/');
}

static int remove_rules(const struct job *job, bool *ret_any)
{
	json_t *ruleset;
	char *commands = NULL;
	size_t len = 0;
	FILE *f;
	int r = nft_read(&ruleset);

	if (r != EXIT_DONE)
		return r;
	f = open_memstream(&commands, &len);
	if (!f)
		return fail("%s", strerror(ENOMEM));
	rules_remove(f, ruleset, job->name, true);
	fclose(f);
	json_decref(ruleset);
	*ret_any = len > 0;
	fputs(commands, stdout);
	if (len && !job->dry_run)
		r = nft_run(commands);
	free(commands);
	return r;
}

static int perform(struct job *job)
{
	bool missing, any = false, ours;
	int r = service_read(&job->common, &job->config, &missing);

	if (r == EXIT_DONE)
		r = remove_rules(job, &any);
	if (r != EXIT_DONE)
		return r;
	ours = access(job->path, F_OK) == 0;
	if (!ours && !any) {
		fail("%s is not enabled: there is no %s, and no rule of ours", job->name, job->path);
		return EXIT_FOUND;
	}
	if (job->dry_run) {
		printf("remove %s\nnothing of it was done (--dry-run)\n", job->path);
		return EXIT_DONE;
	}
	if (ours && unlink(job->path) < 0)
		return fail("cannot remove %s: %s", job->path, strerror(errno));
	r = service_shrink(&job->common);
	if (r == EXIT_DONE)
		r = plan_remove_objects(&job->config, job->path);
	service_tidy(&job->common);
	if (r == EXIT_DONE)
		printf("%s is disabled\n", job->name);
	return r;
}

static int run(int argc, char **argv)
{
	struct job job = { .common = COMMON_DEFAULT };
	int r = parse(argc, argv, &job);

	if (r == EXIT_DONE && !is_name(job.name))
		r = misused("`%s' is no helper", job.name);
	if (r == EXIT_DONE && geteuid() != 0)
		r = fail("only root may do that");
	if (r != EXIT_DONE)
		return r;
	service_fragment(&job.common, job.name, job.path);
	r = perform(&job);
	config_free(&job.config);
	return r;
}

const struct verb verb_disable = {
	.word = "disable",
	.prose = "take back what enable did",
	.help = "usage: pinhole disable HELPER [--dry-run]\n"
		"\n"
		"Removes our rules for the helper, its file in helpers.d and, unless somebody else had\n"
		"registered it, the helper itself. Connections that are open stay open, and open nothing\n"
		"more. Exit code 3: it was not enabled.\n",
	.run = run,
};
