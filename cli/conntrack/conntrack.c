/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * conntrack: the command for people and scripts that look into the kernel's connection tracking.
 *
 * How it works
 *
 *   options.c    words -> struct command      matrix.c   which command may have which option
 *   values.c     texts of options             l4.c       what each protocol adds
 *   filter.c     which objects are meant      object.c   options -> conntrack objects
 *   flow.c, change.c, expect.c, events.c, stats.c        the commands, one netlink talk each
 *   print.c      rows: text, XML              json_out.c, save.c, process.c
 *
 * What the kernel sends is parsed and put into text by libnetfilter_conntrack, so that lines equal
 * conntrack-tools' to the byte; sockets and requests are netfilter/nl.h's. Exit status: 0 done,
 * 1 the kernel or the table said no, 2 the command line is wrong.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/conntrack/options.h"
#include "cli/conntrack/report.h"
#include "cli/conntrack/run.h"

int run_command(const struct command *cmd)
{
	bool expect = cmd->table == TABLE_EXPECT;

	switch (cmd->verb) {
	case VERB_LIST:
		return expect ? expect_list(cmd) : flow_list(cmd);
	case VERB_CREATE:
		return expect ? expect_create(cmd) : flow_create(cmd);
	case VERB_ADD:
		return flow_create(cmd);
	case VERB_UPDATE:
		return flow_update(cmd);
	case VERB_DELETE:
		return expect ? expect_delete(cmd) : flow_delete(cmd);
	case VERB_GET:
		return expect ? expect_get(cmd) : flow_get(cmd);
	case VERB_FLUSH:
		return expect ? expect_flush(cmd) : flow_flush(cmd);
	case VERB_EVENT:
		return run_events(cmd);
	case VERB_COUNT:
		return expect ? expect_count(cmd) : flow_count(cmd);
	case VERB_STATS:
		return run_stats(cmd);
	case VERB_VERSION:
		report_version();
		return EXIT_SUCCESS;
	case VERB_HELP:
	case VERB_NONE:
		break;
	}
	return run_help(cmd);
}

int main(int argc, char **argv)
{
	struct command cmd = { .verb = VERB_NONE };
	int status;

	if (argc >= 3 && (!strcmp(argv[1], "-R") || !strcmp(argv[1], "--load-file")))
		return run_file(argv[2]);
	options_parse(&cmd, argc, argv);
	status = run_command(&cmd);
	command_clear(&cmd);
	return status;
}
