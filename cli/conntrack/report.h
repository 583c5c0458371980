/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Messages of the conntrack command, all on stderr, all in the form
 * `conntrack vVERSION (conntrack-tools): TEXT`, and the ends of the program.
 */
#ifndef PINHOLE_CONNTRACK_REPORT_H
#define PINHOLE_CONNTRACK_REPORT_H

#include <stdint.h>

#define PROGRAM "conntrack"

enum { EXIT_OTHER = 1, EXIT_USAGE = 2 };

/* The command line is wrong: message, hint, exit status 2. For start-up only. */
void die_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Message, exit status 1. For start-up only. */
void die_other(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Message; the program goes on. */
void report(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints `conntrack vVERSION (conntrack-tools)` on stdout. */
void report_version(void);

#endif
