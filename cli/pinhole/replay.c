/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole replay: a capture through a helper's parser (capture/play.h).
 */
#include <getopt.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/confine.h"
#include "build.h"
#include "capture/play.h"
#include "cli/pinhole/verb.h"
#include "config/config.h"
#include "helpers/query.h"

#define OUT_SIZE 65536

static const char help[] =
	"usage: pinhole replay FILE --helper NAME [-p PORT] [-v] [-C FILE] [-o json]\n"
	"\n"
	"Shows a capture (pcap or pcapng, `-' is standard input) to a helper's parser, as the daemon\n"
	"would, and prints what it would have opened, packet by packet, and why not. Needs no\n"
	"privilege, no daemon and no helper in the kernel.\n"
	"\n"
	"  -H, --helper NAME  the helper, built in or defined in the daemon's configuration\n"
	"  -p, --port PORT    where the server listens, if not at the helper's usual port\n"
	"  -v, --verbose      all packets of its flows with payload, edits, longer pieces of messages\n"
	"  -C, --config FILE  the configuration that may define the helper\n"
	"  -o json            JSON\n"
	"\n"
	"Exit codes: 0 read; 1 the capture cannot be read, or not to its end; 2 wrong command line;\n"
	"3 no flow of the helper is in it.\n";

struct defined {
	struct query query;
	struct manifest manifest;
	struct helper helper;
};

/* A helper that the configuration defines. NULL, after a complaint: none. */
static const struct helper *find_defined(const char *name, const char *path)
{
	static struct defined defined;
	struct config_messages msgs = { 0 };
	const struct helper_define *define;
	struct config config;
	int r = config_read(&config, path, &msgs);

	for (size_t i = 0; r < 0 && i < msgs.num; i++)
		fprintf(stderr, "%s\n", msgs.list[i].text);
	config_messages_free(&msgs);
	if (r < 0) {
		(void)fail(
			"no helper `%s' is built in (pinhole list), and %s, which may define it, "
			"cannot be read: -C names another file",
			name, path);
		return NULL;
	}
	define = config_find_define(&config, name);
	if (define) {
		defined.query = define->query;
		query_manifest(&defined.query, &defined.manifest);
		defined.helper = (struct helper){ &defined.manifest, query_parse };
	} else {
		(void)fail("no helper `%s' is built in (pinhole list), and %s does not `Define' it",
			   name, path);
	}
	config_free(&config);
	return define ? &defined.helper : NULL;
}

/* The capture is open: what is left is to read it and to write. */
static int confine(void)
{
	static const int syscalls[] = {
		SCMP_SYS(read),	   SCMP_SYS(write), SCMP_SYS(lseek),	  SCMP_SYS(close),
		SCMP_SYS(brk),	   SCMP_SYS(mmap),  SCMP_SYS(munmap),	  SCMP_SYS(mremap),
		SCMP_SYS(madvise), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(exit_group),
	};

	return PINHOLE_INSTRUMENTED
		       ? 0 /* sanitizers and coverage write files when they end */
		       : confine_to_syscalls(syscalls, sizeof(syscalls) / sizeof(syscalls[0]));
}

static int parse_port(const char *text, uint16_t *ret)
{
	unsigned port;
	char more;

	if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 5 ||
	    sscanf(text, "%5u%c", &port, &more) != 1 || !port || port > 65535)
		return misused("`%s' is no port, 1 to 65535", text);
	*ret = (uint16_t)port;
	return EXIT_DONE;
}

static int parse(int argc, char **argv, struct common *common, const char **ret_name,
		 struct play_options *ret)
{
	static const struct option options[] = { COMMON_OPTIONS,
						 { "helper", required_argument, NULL, 'H' },
						 { "port", required_argument, NULL, 'p' },
						 { "verbose", no_argument, NULL, 'v' },
						 { 0 } };
	int letter, r = EXIT_DONE;

	while (r == EXIT_DONE &&
	       (letter = getopt_long(argc, argv, COMMON_LETTERS "H:p:v", options, NULL)) >= 0) {
		switch (letter) {
		case 'H':
			*ret_name = optarg;
			break;
		case 'p':
			r = parse_port(optarg, &ret->port);
			break;
		case 'v':
			ret->verbose = true;
			break;
		default:
			r = common_option(letter, common);
		}
	}
	if (r)
		return r;
	if (optind >= argc)
		return misused("a capture file is missing");
	if (optind + 1 < argc)
		return misused("`%s' is too much", argv[optind + 1]);
	if (!*ret_name)
		return misused("--helper NAME is missing; `pinhole list' has the names");
	ret->path = argv[optind];
	ret->json = common->json;
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	static char buffer[OUT_SIZE]; /* from now on output asks for nothing but write() */
	struct common common = COMMON_DEFAULT;
	struct play_options options = { .confine = confine };
	char error[PLAY_ERROR_SIZE];
	const char *name = NULL;
	int r = parse(argc, argv, &common, &name, &options);

	if (r)
		return r;
	options.helper = helper_find(name);
	if (!options.helper)
		options.helper = find_defined(name, common.config);
	if (!options.helper)
		return EXIT_FAILED;
	setvbuf(stdout, buffer, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, sizeof(buffer));
	switch (play(&options, error)) {
	case PLAY_DONE:
		return EXIT_DONE;
	case PLAY_FAILED:
		break;
	case PLAY_NO_FLOW:
		(void)fail("%s", error);
		return EXIT_FOUND;
	}
	return fail("%s", error);
}

const struct verb verb_replay = {
	.word = "replay",
	.prose = "a capture through a helper's parser",
	.help = help,
	.run = run,
};
