/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole: sets helpers up, watches them and explains what they did.
 *
 * How it works: a table of verbs, each in a file of its own with its help. What a verb needs of the
 * kernel comes from netfilter/, of the configuration from config/, of the daemon from ask.c.
 * doc/man/pinhole.8.scd has the words, doc/json.md the JSON.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "cli/pinhole/verb.h"
#include "cli/pinhole/verbs.h"

static const char *running;
static FILE *complaints; /* NULL: stderr */

__attribute__((format(printf, 1, 0))) static void complain(const char *fmt, va_list args)
{
	FILE *f = complaints ? complaints : stderr;

	fprintf(f, "pinhole%s%s: ", running ? " " : "", running ? running : "");
	vfprintf(f, fmt, args);
	putc('\n', f);
}

void complain_to(FILE *f)
{
	complaints = f;
}

int fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain(fmt, args);
	va_end(args);
	return EXIT_FAILED;
}

int misused(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain(fmt, args);
	va_end(args);
	fprintf(stderr, "pinhole %s%s--help says more\n", running ? running : "", running ? " " : "");
	return EXIT_USAGE;
}

bool with_colour(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && !(no && *no);
}

int common_option(int letter, struct common *ret)
{
	switch (letter) {
	case 'C':
		ret->config = optarg;
		return EXIT_DONE;
	case 'o':
		if (strcmp(optarg, "json"))
			return misused("unknown output format `%s', there is only json", optarg);
		ret->json = true;
		return EXIT_DONE;
	}
	fprintf(stderr, "pinhole %s --help says more\n", running); /* getopt has complained */
	return EXIT_USAGE;
}

static int help(void)
{
	puts("usage: pinhole VERB [ARGUMENTS]\n");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		printf("  %-12s %s\n", verbs[i]->word, verbs[i]->prose);
	puts("\npinhole VERB --help says more. Every verb takes\n"
	     "  -C, --config FILE  the daemon's configuration\n"
	     "  -o json            JSON instead of text\n"
	     "Exit codes: 0 done; 1 it could not be done; 2 wrong command line; 3 done, and what was\n"
	     "asked about is not as it should be, or not there. Manual page: pinhole(8).");
	return EXIT_DONE;
}

static const struct verb *find(const char *word)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i]->word, word))
			return verbs[i];
	return NULL;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

static int run(int argc, char **argv)
{
	static char name[32]; /* as getopt() calls us */
	const struct verb *verb;

	if (argc < 2)
		return misused("a verb is missing");
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("pinhole " PINHOLE_VERSION);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return help();
	verb = find(argv[1]);
	if (!verb)
		return misused("there is no verb `%s'", argv[1]);
	running = verb->word;
	if (asks_for_help(argc - 1, argv + 1)) {
		fputs(verb->help, stdout);
		return EXIT_DONE;
	}
	snprintf(name, sizeof(name), "pinhole %s", running);
	argv[1] = name;
	return verb->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int code = run(argc, argv);

	/* A full disk or a closed pipe is a failure too. */
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	return fail("cannot write: %s", strerror(errno));
}
