/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What nfct's subsystems share: how they speak and how they end.
 */
#ifndef PINHOLE_CLI_NFCT_NFCT_H
#define PINHOLE_CLI_NFCT_NFCT_H

#include <stdint.h>

#include "cli/nfct/words.h"
#include "netfilter/nl.h"

/* Exit codes, as they have always been. */
enum {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,
	EXIT_NO_SOCKET = 255,
};

/* "nfct vV: TEXT" and a newline on stderr. Returns EXIT_REFUSED. */
int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* complain("netlink error: ...") for a -errno. */
int complain_netlink(int error);

/* The syntax line below complain("missing parameters"). */
int complain_syntax(const char *syntax);

/* 0, or complains and returns EXIT_NO_SOCKET. */
int open_netlink(struct nl *ret);

/* inet, inet6 to AF_INET, AF_INET6. 0, or complains and returns EXIT_REFUSED. */
int parse_l3(const char *word, uint16_t *ret);

/* A whole decimal number in [min, max]. */
bool parse_number(const char *word, uint32_t min, uint32_t max, uint32_t *ret);

/* Each runs one call to its exit code. */
int helper_run(const struct call *call);
int timeout_run(const struct call *call);

#endif
