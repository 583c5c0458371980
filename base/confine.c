/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The order matters everywhere here: groups before user, user before capabilities, namespaces
 * before the capabilities that they give are thrown away, system calls last.
 */
#include "base/confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Needs CAP_SETPCAP: so while there still is some power. */
static int bound_to(int capability)
{
	for (int c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
		if (c != capability && prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0)
			return -errno;
	return 0;
}

/* Keeps `capability` (or none: -1) in permitted and effective, nothing else. */
static int only_capability(int capability, bool pass_on)
{
	capng_clear(CAPNG_SELECT_CAPS);
	if (capability >= 0) {
		capng_type_t sets = CAPNG_EFFECTIVE | CAPNG_PERMITTED;

		if (pass_on)
			sets |= CAPNG_INHERITABLE;
		if (capng_update(CAPNG_ADD, sets, (unsigned)capability) < 0)
			return -EINVAL;
	}
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return -EPERM;
	if (capability >= 0 && pass_on &&
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0)
		return -errno;
	return 0;
}

int confine_to_net_admin(uid_t uid, gid_t gid, bool pass_on)
{
	bool root = geteuid() == 0;
	int r = root ? bound_to(CAP_NET_ADMIN) : 0;

	if (r < 0)
		return r;
	if (root && setgroups(0, NULL) < 0)
		return -errno;
	if (root && uid != 0 &&
	    (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setresgid(gid, gid, gid) < 0 ||
	     setresuid(uid, uid, uid) < 0 || prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0))
		return -errno;
	r = only_capability(CAP_NET_ADMIN, pass_on);
	if (r < 0)
		return r;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

int confine_pass_nothing_on(void)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	return only_capability(-1, false);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -EPERM : 0;
}

/* The new user namespace knows us by the same numbers, and nobody else. */
static int map_ids(uid_t uid, gid_t gid)
{
	char line[64];
	int r;

	snprintf(line, sizeof(line), "%u %u 1\n", uid, uid);
	r = write_file("/proc/self/uid_map", line);
	if (r < 0)
		return r;
	r = write_file("/proc/self/setgroups", "deny");
	if (r < 0)
		return r;
	snprintf(line, sizeof(line), "%u %u 1\n", gid, gid);
	return write_file("/proc/self/gid_map", line);
}

static int empty_root(void)
{
	unsigned long flags = MS_NODEV | MS_NOEXEC | MS_NOSUID;

	if (mount("", "/", "", MS_PRIVATE | MS_REC, NULL) < 0 ||
	    mount("none", "/proc", "tmpfs", flags, "nr_inodes=2,nr_blocks=1,mode=555") < 0 ||
	    chdir("/proc") < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0 ||
	    mount("", "/", "", MS_REMOUNT | MS_BIND | MS_RDONLY | flags, NULL) < 0)
		return -errno;
	return 0;
}

static int no_resources(void)
{
	static const int limits[] = { RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_CORE, RLIMIT_FSIZE,
				      RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE };
	struct rlimit none = { 0, 0 };

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (setrlimit(limits[i], &none) < 0)
			return -errno;
	return 0;
}

int confine_to_nowhere(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int r;

	/* An executed program is dumpable, one that changed user before is not: only a dumpable
	 * process owns its /proc files and can write its maps. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return -errno;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
		    CLONE_NEWCGROUP) < 0)
		return -errno;
	r = map_ids(uid, gid);
	if (r < 0)
		return r;
	r = empty_root();
	if (r < 0)
		return r;
	r = bound_to(-1);
	if (r < 0)
		return r;
	r = only_capability(-1, false);
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	return no_resources();
}

int confine_to_syscalls(const int *syscalls, size_t n)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r = filter ? 0 : -ENOMEM;

	/* Other ways into the kernel (32 bit, x32) end the process, too. */
	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	for (size_t i = 0; i < n && r == 0; i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, syscalls[i], 0);
	if (r == 0)
		r = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return r;
}

int confine_to_life_of_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	return getppid() == parent ? 0 : -ESRCH; /* it was quicker */
}
