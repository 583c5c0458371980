/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole disable: what enable did, backwards.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/pinhole/lines.h"
#include "cli/pinhole/plan.h"
#include "cli/pinhole/service.h"

struct job {
	struct common common;
	const char *name;
	struct config config;
	char path[SERVICE_PATH_SIZE];
	char *commands; /* of nftables, owned */
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

/* job->commands: what takes the rules away, "" for none. */
static int plan_removal(struct job *job)
{
	json_t *ruleset;
	size_t len = 0;
	FILE *f;
	int r = nft_read(&ruleset);

	if (r != EXIT_DONE)
		return r;
	f = open_memstream(&job->commands, &len);
	if (!f)
		return fail("%s", strerror(ENOMEM));
	rules_remove(f, ruleset, job->name, true);
	fclose(f);
	json_decref(ruleset);
	return EXIT_DONE;
}

static void print(const struct job *job, bool file)
{
	struct json j = json_over(stdout);

	if (!job->common.json) {
		lines_print("nftables", job->commands);
		if (file)
			printf("%-11s %s\n", "removes", job->path);
		puts(job->dry_run ? "nothing of it was done (--dry-run)" : "all of it is taken back");
		return;
	}
	json_put_object_begin(&j, NULL);
	json_put_string(&j, "helper", job->name);
	json_put_bool(&j, "done", !job->dry_run);
	if (file)
		json_put_string(&j, "file", job->path);
	else
		json_put_null(&j, "file");
	lines_put(&j, "nftables", job->commands);
	json_put_object_end(&j);
	json_finish(&j);
}

static int perform(struct job *job, bool file)
{
	int r = *job->commands ? nft_run(job->commands) : EXIT_DONE;

	if (r != EXIT_DONE)
		return r;
	if (file && unlink(job->path) < 0)
		return fail("cannot remove %s: %s", job->path, strerror(errno));
	r = service_shrink(&job->common);
	if (r == EXIT_DONE)
		r = plan_remove_objects(&job->config, job->path);
	service_tidy(&job->common);
	return r;
}

static int disable(struct job *job)
{
	bool missing, file = access(job->path, F_OK) == 0;
	int r = service_read(&job->common, &job->config, &missing);

	if (r == EXIT_DONE)
		r = plan_removal(job);
	if (r != EXIT_DONE)
		return r;
	if (!file && !*job->commands) {
		fail("%s is not enabled: there is no %s, and no rule of ours", job->name, job->path);
		return EXIT_FOUND;
	}
	if (!job->dry_run)
		r = perform(job, file);
	if (r == EXIT_DONE)
		print(job, file);
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
	r = disable(&job);
	free(job.commands);
	config_free(&job.config);
	return r;
}

const struct verb verb_disable = {
	.word = "disable",
	.prose = "take back what enable did",
	.help = "usage: pinhole disable HELPER [--dry-run] [-o json]\n"
		"\n"
		"Removes our rules for the helper, its file in helpers.d and, unless somebody else had\n"
		"registered it, the helper itself. Connections that are open stay open, and open nothing\n"
		"more. Exit code 3: it was not enabled.\n",
	.run = run,
};
