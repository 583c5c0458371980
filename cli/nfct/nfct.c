/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * nfct: user-space helpers and timeout policies of the kernel, from the command line.
 *
 * How it works: words.c understands the first two words, in either order, and the options; a
 * subsystem (helper.c, timeout.c) checks its arguments, opens a netlink socket, sends one or two
 * requests of netfilter/ and prints. The first line of every complaint is what scripts know from
 * conntrack-tools; a second one says why and what to do next. doc/man/nfct.8.scd has the words.
 */
#include "cli/nfct/nfct.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "build.h"

int complain(const char *fmt, ...)
{
	va_list args;

	fputs("nfct v" PINHOLE_VERSION ": ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	putc('\n', stderr);
	return EXIT_REFUSED;
}

int complain_netlink(int error)
{
	return complain("netlink error: %s", strerror(-error));
}

int complain_syntax(const char *syntax)
{
	complain("missing parameters");
	fprintf(stderr, "syntax: nfct %s\n", syntax);
	return EXIT_REFUSED;
}

int open_netlink(struct nl *ret)
{
	int r = nl_open(ret);

	if (r == 0)
		return 0;
	complain("cannot open a netlink socket: %s", strerror(-r));
	return EXIT_NO_SOCKET;
}

int parse_l3(const char *word, uint16_t *ret)
{
	if (strcmp(word, "inet") == 0)
		*ret = AF_INET;
	else if (strcmp(word, "inet6") == 0)
		*ret = AF_INET6;
	else
		return complain("unknown layer 3 protocol");
	return 0;
}

bool parse_number(const char *word, uint32_t min, uint32_t max, uint32_t *ret)
{
	uint64_t n = 0;

	if (*word == '\0')
		return false;
	for (; *word; word++) {
		if (*word < '0' || *word > '9')
			return false;
		n = n * 10 + (uint64_t)(*word - '0');
		if (n > max)
			return false;
	}
	if (n < min)
		return false;
	*ret = (uint32_t)n;
	return true;
}

static int usage(const char *argv0)
{
	fprintf(stderr, "Usage: %s command subsystem [parameters]...\n", argv0);
	return EXIT_REFUSED;
}

static int version(void)
{
	puts("nfct v" PINHOLE_VERSION ": utility for the Netfilter's Connection Tracking System\n"
	     "Part of pinhole, a successor of conntrack-tools. Copyright (C) 2026 its authors.\n"
	     "This program comes with ABSOLUTELY NO WARRANTY.\n"
	     "This is free software, under the GNU General Public License version 2 or later:\n"
	     "you may redistribute it under its conditions, see the file COPYING.");
	return EXIT_OK;
}

static int help(void)
{
	puts("nfct COMMAND SUBSYSTEM [ARGUMENTS]     or: nfct SUBSYSTEM COMMAND [ARGUMENTS]\n"
	     "\n"
	     "helper: user-space connection tracking helpers\n"
	     "  list helper\n"
	     "  add helper NAME inet|inet6 tcp|udp [queue-num N] [status enabled|disabled]\n"
	     "             [policy POLICY [max N] [timeout SECONDS]]...\n"
	     "  get|delete helper NAME [inet|inet6 [tcp|udp]]\n"
	     "  enable|disable helper NAME inet|inet6 tcp|udp\n"
	     "  disable helper unserved\n"
	     "  flush helper\n"
	     "\n"
	     "timeout: connection tracking timeout policies\n"
	     "  list|flush timeout\n"
	     "  add timeout NAME inet|inet6 PROTOCOL STATE SECONDS [STATE SECONDS]...\n"
	     "  get|delete timeout NAME\n"
	     "  default-set timeout inet|inet6 PROTOCOL STATE SECONDS [STATE SECONDS]...\n"
	     "  default-get timeout inet|inet6 PROTOCOL\n"
	     "\n"
	     "list version, list help: about this program\n"
	     "\n"
	     "-o json  list, get, default-get: print JSON\n"
	     "--force  enable a helper although nobody listens on its queue\n"
	     "-C FILE  where helpers are defined that are not built in\n"
	     "\n"
	     "Commands and subsystems may be abbreviated. Manual page: nfct(8).");
	return EXIT_OK;
}

static int run(const struct call *call)
{
	switch (call->subsystem) {
	case SUBSYSTEM_TIMEOUT:
		return timeout_run(call);
	case SUBSYSTEM_HELPER:
		return helper_run(call);
	case SUBSYSTEM_VERSION:
		return version();
	case SUBSYSTEM_HELP:
		return help();
	}
	return EXIT_REFUSED;
}

/* A full disk or a closed pipe is a failure too. */
static int finish(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	complain("cannot write: %s", strerror(errno));
	return EXIT_REFUSED;
}

int main(int argc, char **argv)
{
	const char *word, *argv0 = argc > 0 ? argv[0] : "nfct";
	struct call call;

	switch (words_parse(argc, argv, &call, &word)) {
	case WORDS_OK:
		return finish(run(&call));
	case WORDS_HELP:
		return finish(help());
	case WORDS_VERSION:
		return finish(version());
	case WORDS_FEW:
		return usage(argv0);
	case WORDS_BAD_SUBSYSTEM:
		complain("Unknown subsystem: %s", word);
		return usage(argv0);
	case WORDS_BAD_COMMAND:
		complain("Unknown command: %s", word);
		return usage(argv0);
	case WORDS_BAD_FORMAT:
		return complain("unknown output format `%s', there is only json", word);
	case WORDS_MISSING_FORMAT:
		return complain("-o needs an output format: json");
	case WORDS_MISSING_CONFIG:
		return complain("-C needs a configuration file");
	}
	return EXIT_REFUSED;
}
