/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The commands. Each returns the exit status and has said what there is to say.
 */
#ifndef PINHOLE_CONNTRACK_RUN_H
#define PINHOLE_CONNTRACK_RUN_H

#include "cli/conntrack/command.h"

int run_command(const struct command *cmd); /* conntrack.c: any of them */

int flow_list(const struct command *cmd); /* flow.c */
int flow_get(const struct command *cmd);
int flow_flush(const struct command *cmd);
int flow_create(const struct command *cmd); /* change.c; also -A */
int flow_update(const struct command *cmd);
int flow_delete(const struct command *cmd);

int expect_list(const struct command *cmd); /* expect.c */
int expect_get(const struct command *cmd);
int expect_create(const struct command *cmd);
int expect_delete(const struct command *cmd);
int expect_flush(const struct command *cmd);
int expect_count(const struct command *cmd);

int run_events(const struct command *cmd); /* events.c, both tables */
int run_stats(const struct command *cmd);  /* stats.c, both tables */
int flow_count(const struct command *cmd);
int run_help(const struct command *cmd); /* help.c */
int run_file(const char *path);		 /* load.c */

#endif
