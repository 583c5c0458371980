/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The lock file: its existence is what fail-over scripts look at, its flock() is what counts. It
 * is held by the supervisor and the keeper together; the last one removes the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/supervisor.h"

#define WAIT_MS 3000 /* for the keeper of a daemon that has just died */

/* Is the process that wrote its number here still there? */
static bool owner_lives(int fd)
{
	char text[16] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long pid = n > 0 ? strtol(text, NULL, 10) : 0;

	return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

/* The file could have been removed between open() and flock(). */
static bool is_still(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_ino == there.st_ino &&
	       ours.st_dev == there.st_dev;
}

/* 1: got it; 0: try again; -errno. */
static int attempt(const char *path, int *ret_fd)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_still(fd, path)) {
		*ret_fd = fd;
		return 1;
	}
	r = owner_lives(fd) ? -EEXIST : 0;
	close(fd);
	return r;
}

int lock_take(const char *path)
{
	static const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	int64_t until = loop_now() + WAIT_MS;
	int fd = -1, r;

	while ((r = attempt(path, &fd)) == 0 && loop_now() < until)
		nanosleep(&pause, NULL);
	if (r == -EEXIST || r == 0) {
		err("lockfile `%s' exists, perhaps conntrackd already running?", path);
		return -EEXIST;
	}
	if (r < 0) {
		err_errno(r, "cannot open lockfile `%s'", path);
		return r;
	}
	if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0)
		warn_errno(errno, "cannot write lockfile `%s'", path);
	return fd;
}
