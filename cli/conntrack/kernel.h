/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Questions that the commands share: sockets, dumps, and what the kernel's errors are called.
 */
#ifndef PINHOLE_CONNTRACK_KERNEL_H
#define PINHOLE_CONNTRACK_KERNEL_H

#include "cli/conntrack/command.h"
#include "netfilter/nl.h"

/* Socket for a command's requests; dies if there is none. */
void kernel_open(struct nl *ret);

/* Message types of ctnetlink: subsystem << 8 | message. */
#define KERNEL_CT(message)  (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | (message))
#define KERNEL_EXP(message) (uint16_t)(NFNL_SUBSYS_CTNETLINK_EXP << 8 | (message))

/* Says `Operation failed: TEXT` for the command; returns the exit status. */
int kernel_failed(const struct command *cmd, int error);

/* `N flow entries have been WHAT.`, `expectations` for the expect table; nothing for a line of
 * --load-file. */
void kernel_summary(const struct command *cmd, unsigned rows);

#endif
