/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The one place that knows how a message of the conntrack command looks.
 */
#include "cli/conntrack/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "build.h"

static void __attribute__((format(printf, 1, 0))) vreport(const char *fmt, va_list ap)
{
	fflush(stdout);
	fprintf(stderr, PROGRAM " v" PINHOLE_VERSION " (conntrack-tools): ");
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void die_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vreport(fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try `" PROGRAM " -h' or '" PROGRAM " --help' for more information.\n");
	exit(EXIT_USAGE);
}

void die_other(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vreport(fmt, ap);
	va_end(ap);
	exit(EXIT_OTHER);
}

void report(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vreport(fmt, ap);
	va_end(ap);
}

void report_version(void)
{
	printf(PROGRAM " v" PINHOLE_VERSION " (conntrack-tools)\n");
}
