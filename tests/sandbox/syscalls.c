/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * System calls that a worker must die of. Arguments are such that each would do what it is for, as
 * far as a process without privilege may.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/sandbox/attempt.h"

static uint8_t page[4096] __attribute__((aligned(4096)));
static const struct sockaddr_un somewhere = { .sun_family = AF_UNIX, .sun_path = "/run/socket" };

#define CALL(name, ...)                     \
	static void call_##name(void)       \
	{                                   \
		(void)syscall(__VA_ARGS__); \
	}

CALL(openat, SYS_openat, AT_FDCWD, "/", O_RDONLY)
CALL(proc, SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY)
CALL(readlink, SYS_readlinkat, AT_FDCWD, "/proc/self/exe", page, sizeof(page))
CALL(socket, SYS_socket, AF_INET, SOCK_STREAM, 0)
CALL(netlink, SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER)
CALL(socketpair, SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, page)
CALL(connect, SYS_connect, LINK_FD, &somewhere, sizeof(somewhere))
CALL(bind, SYS_bind, LINK_FD, &somewhere, sizeof(somewhere))
CALL(shutdown, SYS_shutdown, LINK_FD, SHUT_RDWR)
CALL(close, SYS_close, LINK_FD)
CALL(dup, SYS_dup, LINK_FD)
CALL(ioctl, SYS_ioctl, LINK_FD, 0x8927 /* SIOCGIFHWADDR */, page)
CALL(setsockopt, SYS_setsockopt, LINK_FD, SOL_SOCKET, SO_SNDBUF, page, sizeof(int))
CALL(execve, SYS_execve, "/proc/self/exe", NULL, NULL)
CALL(clone, SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL)
CALL(ptrace, SYS_ptrace, PTRACE_TRACEME, 0, NULL, NULL)
CALL(kill, SYS_kill, -1, SIGTERM)
CALL(tgkill, SYS_tgkill, 1, 1, SIGKILL)
CALL(pidfd, SYS_pidfd_open, 1, 0)
CALL(vm_read, SYS_process_vm_readv, 1, page, 1, page, 1, 0)
CALL(mmap, SYS_mmap, NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
CALL(mmap_exec, SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
CALL(mprotect, SYS_mprotect, page, sizeof(page), PROT_READ | PROT_EXEC)
CALL(brk, SYS_brk, 0)
CALL(memfd, SYS_memfd_create, "memory", 0)
CALL(bpf, SYS_bpf, BPF_MAP_CREATE, page, sizeof(union bpf_attr))
CALL(unshare, SYS_unshare, CLONE_NEWUSER)
CALL(setns, SYS_setns, LINK_FD, CLONE_NEWNET)
CALL(mount, SYS_mount, "none", "/", "tmpfs", 0, NULL)
CALL(chroot, SYS_chroot, "/")
CALL(prctl, SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)
CALL(seccomp, SYS_seccomp, 0, 0, NULL)
CALL(setuid, SYS_setuid, 0)
CALL(clock, SYS_clock_gettime, 0, page)
CALL(getrandom, SYS_getrandom, page, 16, 0)
CALL(sendto, SYS_sendto, LINK_FD, page, 1, 0, NULL, 0)

static void call_io_uring(void)
{
	struct io_uring_params params = { 0 };

	(void)syscall(SYS_io_uring_setup, 8, &params);
}

static void call_clone3(void)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	(void)syscall(SYS_clone3, &args, sizeof(args));
}

/* Its own end of the link, as a gift to the broker. */
static void call_pass_fd(void)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
	int fd = LINK_FD;

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	(void)syscall(SYS_sendmsg, LINK_FD, &msg, 0);
}

#ifdef __x86_64__
/* The same number in 32 bits is another call: getpid, where 64 bits have writev. */
static void call_i386(void)
{
	long nr = 20;

	__asm__ volatile("int $0x80" : "+a"(nr) : : "memory", "r8", "r9", "r10", "r11");
}

CALL(x32, 0x40000000 | SYS_write, LINK_FD, page, 1)
#endif

const struct forbidden forbidden[] = {
#define TEXT(name) #name
#define ROW(name)                              \
	{                                      \
		TEXT(name), call_##name, false \
	}
#define LIKE(name)                            \
	{                                     \
		TEXT(name), call_##name, true \
	}
	ROW(openat),
	ROW(proc),
	LIKE(readlink),
	ROW(socket),
	ROW(netlink),
	LIKE(socketpair),
	ROW(connect),
	LIKE(bind),
	LIKE(shutdown),
	ROW(close),
	LIKE(dup),
	LIKE(ioctl),
	LIKE(setsockopt),
	ROW(pass_fd),
	LIKE(sendto),
	ROW(execve),
	ROW(clone),
	LIKE(clone3),
	ROW(ptrace),
	ROW(kill),
	LIKE(tgkill),
	LIKE(pidfd),
	ROW(vm_read),
	ROW(mmap),
	ROW(mmap_exec),
	ROW(mprotect),
	ROW(brk),
	LIKE(memfd),
	ROW(io_uring),
	ROW(bpf),
	ROW(unshare),
	ROW(setns),
	ROW(mount),
	LIKE(chroot),
	ROW(prctl),
	LIKE(seccomp),
	LIKE(setuid),
	LIKE(clock),
	LIKE(getrandom),
#ifdef __x86_64__
	ROW(i386),
	ROW(x32),
#endif
	{ NULL, NULL, false },
#undef LIKE
#undef ROW
};
