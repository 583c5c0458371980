/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The worker's list of system calls.
 */
#include "worker/sandbox.h"

#include <seccomp.h>
#include <unistd.h>

#include "base/confine.h"
#include "link/link.h"

static const int syscalls[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(exit_group),
};

int worker_confine_syscalls(void)
{
	return confine_to_syscalls(syscalls, sizeof(syscalls) / sizeof(syscalls[0]));
}

int worker_confine(void)
{
	int r = confine_to_nowhere();

	if (r < 0)
		return r;
	for (int fd = 0; fd < LINK_FD; fd++)
		close(fd);
	return worker_confine_syscalls();
}
