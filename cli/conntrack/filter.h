/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which flows and expectations a command is about. Pure: looks at objects only.
 */
#ifndef PINHOLE_CONNTRACK_FILTER_H
#define PINHOLE_CONNTRACK_FILTER_H

#include "cli/conntrack/command.h"

bool filter_flow(const struct command *cmd, const struct nf_conntrack *ct);
bool filter_expect(const struct command *cmd, const struct nf_expect *exp);

#endif
