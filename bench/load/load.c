// SPDX-License-Identifier: GPL-2.0-or-later
/* bench-load: the command line. */
#include "bench/load/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define FILES_MAX 120000

static const struct {
	const char *name;
	int (*work)(const struct task *task);
} works[] = {
	{ "ftp", work_ftp },	 { "expect", work_expect }, { "connect", work_connect },
	{ "bulk", work_bulk },	 { "hold", work_hold },	    { "rpc", work_rpc },
	{ "flood", work_flood }, { "idle", work_idle },	    { "sql", work_sql },
};

static int usage(void)
{
	fputs("usage: bench-load ftp|expect|connect|bulk|sql|hold|rpc|flood|idle ADDRESS\n"
	      "                  [-c CONNECTIONS] [-d DEPTH] [-t SECONDS] [-r RATE] [-f PID] [-p PID,PID...]\n"
	      "       bench-load serve\n"
	      "       bench-load start QUEUE COMMAND...\n",
	      stderr);
	return 2;
}

void raise_file_limit(void)
{
	struct rlimit files = { FILES_MAX, FILES_MAX };

	(void)setrlimit(RLIMIT_NOFILE,
			&files); /* whoever may not has connections enough for a trial */
}

static unsigned number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

static int options(int argc, char **argv, struct task *task)
{
	int option;

	while ((option = getopt(argc, argv, "c:d:t:r:f:p:")) != -1)
		switch (option) {
		case 'c':
			task->connections = number(optarg);
			break;
		case 'd':
			task->depth = number(optarg);
			break;
		case 't':
			task->duration = (int64_t)(strtod(optarg, NULL) * SECOND);
			break;
		case 'r':
			task->rate = number(optarg);
			break;
		case 'f':
			task->firewall = (pid_t)number(optarg);
			break;
		case 'p':
			task->processes = optarg;
			break;
		default:
			return -EINVAL;
		}
	if (!task->connections || !task->depth || task->depth > TOKEN_MAX || task->duration <= 0)
		return -EINVAL;
	return optind == argc ? 0 : -EINVAL;
}

static int run(int (*work)(const struct task *), int argc, char **argv)
{
	struct task task = { .connections = 1, .depth = 1, .duration = SECOND, .processes = "" };

	if (argc < 2 || inet_pton(AF_INET, argv[1], &task.server) != 1 ||
	    options(argc - 1, argv + 1, &task) < 0)
		return usage();
	return work(&task);
}

int main(int argc, char **argv)
{
	int r = -EINVAL;

	if (argc == 2 && strcmp(argv[1], "serve") == 0)
		r = serve();
	else if (argc > 3 && strcmp(argv[1], "start") == 0)
		r = start(number(argv[2]), argv + 3);
	else
		for (size_t i = 0; argc > 2 && i < sizeof(works) / sizeof(works[0]); i++)
			if (strcmp(argv[1], works[i].name) == 0)
				r = run(works[i].work, argc - 1, argv + 1);
	if (r == -EINVAL)
		return usage();
	if (r < 0)
		fprintf(stderr, "bench-load: %s: %s\n", argv[1], strerror(-r));
	return r ? 1 : 0;
}
