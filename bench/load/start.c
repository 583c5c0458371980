// SPDX-License-Identifier: GPL-2.0-or-later
/* How long a daemon needs, from exec to the first packet of a queue that it has judged. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/loop.h"
#include "bench/load/load.h"

#define PATIENCE (60 * SECOND)

/* Some packet was queued, and none of those queued waits. */
static bool judged(unsigned queue)
{
	unsigned number;
	long long waiting, last;

	for (const char *line = queue_table(getpid()); *line;
	     line += strcspn(line, "\n"), line += *line == '\n')
		if (sscanf(line, "%u %*s %lld %*s %*s %*s %*s %lld", &number, &waiting, &last) ==
			    3 &&
		    number == queue)
			return last > 0 && waiting == 0;
	return false;
}

int start(unsigned queue, char **command)
{
	struct json j = json_over(stdout);
	int64_t begun = loop_now_us();
	bool in_time = false;
	pid_t child = fork();

	if (child == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO); /* our own is for the answer */
		execvp(command[0], command);
		_exit(127);
	}
	if (child < 0)
		return -errno;
	while (!in_time && loop_now_us() - begun < PATIENCE) {
		in_time = judged(queue);
		usleep(500);
	}
	json_put_object_begin(&j, NULL);
	if (in_time)
		json_put_number(&j, "start_us", loop_now_us() - begun);
	json_put_object_end(&j);
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	return json_finish(&j);
}
