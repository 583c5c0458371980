/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * conntrackd: the supervisor, or a client of the one that runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "build.h"
#include "daemon/request.h"
#include "daemon/supervisor.h"

/* Warnings and errors of the file; the console is all there is by now. */
static int read_config(const char *path, bool quiet, struct config *ret)
{
	struct config_messages msgs = { 0 };
	int r = config_read(ret, path, &msgs);

	if (!quiet || r < 0)
		messages_log(&msgs);
	config_messages_free(&msgs);
	return r;
}

static int open_log(const struct config_general *g, bool console)
{
	struct log_sinks sinks = { .console = console, .file_fd = -1,
				   .syslog_facility = g->syslog_facility,
				   .debug = getenv("PINHOLE_DEBUG") != NULL };

	if (*g->log_file) {
		sinks.file_fd = open(g->log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		if (sinks.file_fd < 0) {
			err_errno(errno, "can't open log file `%s'", g->log_file);
			return -1;
		}
	}
	log_open("conntrack-tools", &sinks);
	return 0;
}

/* Leaves the terminal. The parent waits until the child serves, and says whether it does. Returns
 * the descriptor on which the child tells. */
static int go_to_background(void)
{
	int pipe_fds[2], null, status = EXIT_FAILURE;
	char byte;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		err_errno(errno, "cannot go to the background");
		exit(EXIT_FAILURE);
	}
	if (pid > 0) {
		close(pipe_fds[1]);
		if (read(pipe_fds[0], &byte, 1) == 1)
			status = EXIT_SUCCESS;
		exit(status);
	}
	close(pipe_fds[0]);
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	if (chdir("/") < 0)
		warn_errno(errno, "chdir /");
	return pipe_fds[1];
}

static int run_daemon(const struct options *o)
{
	char path[PATH_MAX];
	struct config config;
	int ready = -1;

	if (read_config(o->config, false, &config) < 0)
		return EXIT_FAILURE;
	/* -d changes the directory, and a reload reads the file again. */
	if (!realpath(o->config, path))
		return EXIT_FAILURE;
	umask(0177);
	if (o->daemonise)
		ready = go_to_background();
	if (open_log(&config.general, true) < 0)
		return EXIT_FAILURE;
	return supervisor_run(path, &config, ready);
}

static int run_client(const struct options *o)
{
	struct config config;

	if (read_config(o->config, true, &config) < 0)
		return EXIT_FAILURE;
	if (request_send(config.general.unix_path, o->request, stdout) == 0)
		return EXIT_SUCCESS;
	fputs("can't connect: is conntrackd running? appropriate permissions?\n", stderr);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct options o;

	if (options_parse(argc, argv, &o) < 0)
		return EXIT_FAILURE;
	if (o.help) {
		options_usage(argv[0]);
		return EXIT_SUCCESS;
	}
	if (o.version) {
		printf("Connection tracking userspace daemon v" PINHOLE_VERSION " (pinhole)\n");
		return EXIT_SUCCESS;
	}
	if (o.selftest)
		return selftest_run();
	return o.request >= 0 ? run_client(&o) : run_daemon(&o);
}
