/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the commands share when they talk with the kernel.
 */
#include "cli/conntrack/kernel.h"

#include <errno.h>
#include <string.h>

#include "cli/conntrack/report.h"

void kernel_open(struct nl *ret)
{
	int r = nl_open(ret);

	if (r < 0)
		die_other("Can't open handler: %s", strerror(-r));
}

static const char *text_of(const struct command *cmd, int error)
{
	bool expect = cmd->table == TABLE_EXPECT;

	switch (error) {
	case EEXIST:
		if (!expect && cmd->verb == VERB_CREATE)
			return "Such conntrack exists, try -U to update";
		break;
	case ENOENT:
		if (expect && cmd->verb == VERB_CREATE)
			return "master conntrack not found";
		if (!expect && (cmd->verb == VERB_CREATE || cmd->verb == VERB_ADD ||
				cmd->verb == VERB_GET || cmd->verb == VERB_DELETE))
			return "such conntrack doesn't exist";
		break;
	case EPERM:
		return "sorry, you must be root or get CAP_NET_ADMIN capability to do this";
	case EINVAL:
		if (cmd->verb != VERB_ADD)
			return "invalid parameters";
		break;
	case ENOMEM:
		return "not enough memory";
	case ETIME:
		return "conntrack has expired";
	case EAFNOSUPPORT:
		if (!expect && cmd->verb == VERB_GET)
			return "protocol not supported";
		break;
	}
	return strerror(error);
}

int kernel_failed(const struct command *cmd, int error)
{
	report("Operation failed: %s", text_of(cmd, error < 0 ? -error : error));
	return EXIT_OTHER;
}

static const char *done(const struct command *cmd)
{
	switch (cmd->verb) {
	case VERB_CREATE:
		return "created";
	case VERB_ADD:
		return "added";
	case VERB_UPDATE:
		return "updated";
	case VERB_DELETE:
		return "deleted";
	case VERB_LIST:
	case VERB_GET:
	case VERB_EVENT:
	case VERB_NONE:
	case VERB_FLUSH:
	case VERB_COUNT:
	case VERB_STATS:
	case VERB_HELP:
	case VERB_VERSION:
		break;
	}
	return "shown";
}

void kernel_summary(const struct command *cmd, unsigned rows)
{
	bool expect = cmd->table == TABLE_EXPECT;

	if (cmd->from_file)
		return;
	if (cmd->verb == VERB_EVENT)
		report("%u %s events have been shown.", rows, expect ? "expectation" : "flow");
	else
		report("%u %s have been %s.", rows, expect ? "expectations" : "flow entries",
		       done(cmd));
}
