/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The control socket's language: one native-endian 32-bit number asks, text until end of file
 * answers. The numbers are conntrackd's own (conntrack-tools 1.4.9) and never change; ours begin
 * at 1000.
 */
#ifndef PINHOLE_DAEMON_REQUEST_H
#define PINHOLE_DAEMON_REQUEST_H

#include <stdio.h>

enum request {
	REQUEST_FLUSH_KERNEL = 0,
	REQUEST_RESYNC = 1,
	REQUEST_DUMP_INTERNAL = 16,
	REQUEST_DUMP_EXTERNAL = 17,
	REQUEST_COMMIT = 18,
	REQUEST_PURGE = 20,
	REQUEST_STATS = 21,
	REQUEST_BULK = 22,
	REQUEST_RESYNC_PEER = 23,
	REQUEST_DUMP_INTERNAL_XML = 24,
	REQUEST_DUMP_EXTERNAL_XML = 25,
	REQUEST_KILL = 26,
	REQUEST_STATS_NETWORK = 28,
	REQUEST_STATS_CACHE = 29,
	REQUEST_STATS_RUNTIME = 30,
	REQUEST_STATS_LINK = 31,
	REQUEST_STATS_RSQUEUE = 32,
	REQUEST_FLUSH_INTERNAL = 33,
	REQUEST_FLUSH_EXTERNAL = 34,
	REQUEST_STATS_PROCESS = 35,
	REQUEST_STATS_QUEUE = 36,
	REQUEST_STATS_EXPECT = 37,
	REQUEST_FLUSH_KERNEL_EXPECT = 38,
	REQUEST_RESYNC_EXPECT = 39,
	REQUEST_DUMP_INTERNAL_EXPECT = 40,
	REQUEST_DUMP_EXTERNAL_EXPECT = 41,
	REQUEST_COMMIT_EXPECT = 42,
	REQUEST_FLUSH_KERNEL_BOTH = 43,
	REQUEST_RESYNC_BOTH = 44,
	REQUEST_FLUSH = 45,
	REQUEST_COMMIT_BOTH = 46,
	REQUEST_DUMP_INTERNAL_EXPECT_XML = 47,
	REQUEST_DUMP_EXTERNAL_EXPECT_XML = 48,
	REQUEST_STATS_HELPER = 1000,
	REQUEST_STATS_AUDIT = 1001,
	REQUEST_RELOAD = 1100, /* as SIGHUP; answers with REQUEST_RELOADED, or with what is wrong */
};

#define REQUEST_RELOADED "applied\n"

/* What a command line asks for. */
struct options {
	const char *config; /* -C, or the default */
	int daemonise;
	int request;   /* enum request; -1: run the daemon */
	int version, help, selftest;
};

/* Parses conntrackd's command line. 0; or -EINVAL after one or more lines on stderr. */
int options_parse(int argc, char **argv, struct options *ret);
void options_usage(const char *name);

/* Asks the daemon behind the socket `path` and copies its answer to `out`. 0; -errno when it cannot be
 * asked (-ENOENT, -ECONNREFUSED: none runs; -EACCES: not by this user) or answers no more. */
int request_send(const char *path, int request, FILE *out);

#endif
