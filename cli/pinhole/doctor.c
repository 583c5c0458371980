/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole doctor: looks for what usually goes wrong, and says what mends it. Each check is a function of
 * its own; it reads and changes nothing. doc/doctor.md lists them.
 */
#include "cli/pinhole/doctor.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/pinhole/service.h"
#include "netfilter/cthelper.h"

static void (*const checks[])(struct doctor *) = {
	check_support,	check_modules,	   check_daemon,   check_unserved, check_queues,
	check_attached, check_after_nat,   check_anywhere, check_accepted, check_related,
	check_other_queues, check_rp_filter, check_sysctls,
};

char *doctor_text(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int r;

	va_start(args, fmt);
	r = vasprintf(&text, fmt, args);
	va_end(args);
	return r < 0 ? NULL : text;
}

void doctor_add(struct doctor *d, enum level level, const char *check, const char *why, char *what,
		char *mend)
{
	if (d->n_findings < FINDINGS_MAX) {
		d->findings[d->n_findings++] = (struct finding){ check, level, what, mend, why };
		return;
	}
	d->n_findings++;
	free(what);
	free(mend);
}

static unsigned n_kept(const struct doctor *d)
{
	return d->n_findings < FINDINGS_MAX ? d->n_findings : FINDINGS_MAX;
}

static void print_text(const struct doctor *d)
{
	static const char *const names[] = { [LEVEL_WARNING] = "warning", [LEVEL_BAD] = "bad" };
	static const char *const colours[] = { [LEVEL_WARNING] = "\033[33m", [LEVEL_BAD] = "\033[31m" };
	bool colour = with_colour();

	for (unsigned i = 0; i < n_kept(d); i++) {
		const struct finding *f = &d->findings[i];

		printf("%s%s%s: %s\n   why: %s\n  mend: %s\n", colour ? colours[f->level] : "",
		       names[f->level], colour ? "\033[0m" : "", f->what ? f->what : f->check, f->why,
		       f->mend ? f->mend : "");
	}
	if (d->n_findings > n_kept(d))
		printf("and %u more\n", d->n_findings - n_kept(d));
	if (!d->n_findings)
		puts("nothing found");
}

static void print_json(const struct doctor *d)
{
	struct json j = json_over(stdout);

	json_put_array_begin(&j, NULL);
	for (unsigned i = 0; i < n_kept(d); i++) {
		const struct finding *f = &d->findings[i];

		json_put_object_begin(&j, NULL);
		json_put_string(&j, "check", f->check);
		json_put_string(&j, "level", f->level == LEVEL_BAD ? "bad" : "warning");
		json_put_string(&j, "what", f->what ? f->what : "");
		json_put_string(&j, "why", f->why);
		json_put_string(&j, "mend", f->mend ? f->mend : "");
		json_put_object_end(&j);
	}
	json_put_array_end(&j);
	json_finish(&j);
}

static int parse(int argc, char **argv, struct common *ret)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	int letter, r;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options, NULL)) >= 0) {
		r = common_option(letter, ret);
		if (r)
			return r;
	}
	return optind < argc ? misused("`%s' is too much", argv[optind]) : EXIT_DONE;
}

static int look(struct doctor *d)
{
	bool missing;
	int r;

	if (geteuid() != 0)
		return fail("only root may look into the kernel's tables: sudo pinhole doctor");
	r = service_read(&d->common, &d->config, &missing);
	if (r != EXIT_DONE)
		return r;
	if (nl_open(&d->nl) < 0)
		return fail("cannot open a netlink socket: %s", strerror(errno));
	r = nft_read(&d->ruleset);
	if (r != EXIT_DONE)
		return r;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](d);
	if (d->common.json)
		print_json(d);
	else
		print_text(d);
	return d->n_findings ? EXIT_FOUND : EXIT_DONE;
}

static int run(int argc, char **argv)
{
	static struct doctor d;
	int r;

	d = (struct doctor){ .common = COMMON_DEFAULT, .nl = NL_CLOSED };
	r = parse(argc, argv, &d.common);
	if (r == EXIT_DONE)
		r = look(&d);
	for (unsigned i = 0; i < n_kept(&d); i++) {
		free(d.findings[i].what);
		free(d.findings[i].mend);
	}
	json_decref(d.ruleset);
	nl_close(&d.nl);
	config_free(&d.config);
	return r;
}

const struct verb verb_doctor = {
	.word = "doctor",
	.prose = "find what is wrong, and say what mends it",
	.help = "usage: pinhole doctor [-o json]\n"
		"\n"
		"Looks at the kernel, the daemon, queues, rules and sysctls, and changes nothing. Each finding\n"
		"says what is wrong, why that matters, and the command that mends it. Exit codes: 0 nothing\n"
		"found, 3 something found, 1 it could not look. doc/doctor.md explains every check.\n",
	.run = run,
};
