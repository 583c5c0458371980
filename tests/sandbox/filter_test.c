/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A process that is confined as a worker is dies of each system call but its three. Without the right
 * to make user namespaces the filter is tried alone, and it is said.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sandbox/attempt.h"
#include "tests/unit/tap.h"
#include "worker/sandbox.h"

#define CALLS_MAX 512 /* more than there are */

/* In the child: says that it is confined, tries, says that it lives. */
static void child(int link, int (*confine)(void), void (*call)(long), long nr)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	if (dup2(link, LINK_FD) < 0 || confine() < 0)
		_exit(1);
	if (write(LINK_FD, "c", 1) != 1)
		_exit(2);
	call(nr);
	if (write(LINK_FD, "a", 1) != 1)
		syscall(SYS_exit_group, 4);
	syscall(SYS_exit_group, 0); /* a sanitizer would do more in _exit() */
	_exit(3);
}

/* How a confined process that makes the call ends: wait's status; -1: it could not be confined. */
static int end_of(int (*confine)(void), void (*call)(long), long nr)
{
	char said[2] = { 0 };
	int pair[2], status = -1;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		child(pair[1], confine, call, nr);
	close(pair[1]);
	if (pid > 0 && waitpid(pid, &status, 0) != pid)
		status = -1;
	if (recv(pair[0], said, 1, MSG_DONTWAIT) != 1 || said[0] != 'c')
		status = -1;
	close(pair[0]);
	return status;
}

static void call_of_table(long i)
{
	forbidden[i].call();
}

/* With arguments that no call takes, so that one that is let through comes back. */
static void call_by_number(long nr)
{
	(void)syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L);
}

static bool is_allowed(long nr)
{
	return nr == SYS_read || nr == SYS_write || nr == SYS_exit_group;
}

/* uretprobe and uprobe of x86-64: newer kernels do not show them to filters. They do nothing but for
 * the kernel's own trampolines. */
static bool is_unfiltered(long nr)
{
#ifdef __x86_64__
	return nr == 335 || nr == 336;
#else
	return false;
#endif
}

static bool died_of(int status, int signal)
{
	return status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

static void keep_quiet(long nr)
{
}

static bool can_go_nowhere(void)
{
	return end_of(worker_confine, keep_quiet, 0) == 0;
}

static void test_table(int (*confine)(void))
{
	for (long i = 0; forbidden[i].name; i++) {
		int status = end_of(confine, call_of_table, i);
		const char *name = forbidden[i].name;

		/* Many kernels have no 32 bit. */
		ok(died_of(status, SIGSYS) || (!strcmp(name, "i386") && died_of(status, SIGSEGV)),
		   "%s ends in SIGSYS (%#x)", name, (unsigned)status);
	}
}

static void test_numbers(void)
{
	unsigned n_alive = 0;

	for (long nr = 0; nr < CALLS_MAX; nr++) {
		int status = is_unfiltered(nr)
				     ? SIGSYS
				     : end_of(worker_confine_syscalls, call_by_number, nr);

		if (status != -1 && WIFEXITED(status))
			n_alive++;
		if (!is_allowed(nr) && !died_of(status, SIGSYS))
			ok(false, "system call %ld: status %#x", nr, (unsigned)status);
	}
	is_int(n_alive, 3, "of all calls by number three do not end in SIGSYS");
}

int main(void)
{
	bool whole = can_go_nowhere();

	if (!whole)
		printf("# no user namespaces here: the filter alone\n");
	is_int(end_of(worker_confine_syscalls, keep_quiet, 0), 0, "one that keeps quiet lives");
	test_table(whole ? worker_confine : worker_confine_syscalls);
	test_numbers();
	return done_testing();
}
