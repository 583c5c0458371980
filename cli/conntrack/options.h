/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Command line to struct command. Start-up code: a wrong line ends the program.
 */
#ifndef PINHOLE_CONNTRACK_OPTIONS_H
#define PINHOLE_CONNTRACK_OPTIONS_H

#include "cli/conntrack/command.h"

/* Parses argv[1..] and checks it. ret_cmd keeps pointers to what command_clear() frees. */
void options_parse(struct command *ret_cmd, int argc, char **argv);
void command_clear(struct command *cmd);

/* matrix.c: dies unless the command may have its options and has what it must have. */
void options_check(const struct command *cmd);

/* The name that messages use. */
const char *option_name(enum opt option);

#endif
