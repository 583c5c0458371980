/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Giving power away: users, capabilities, namespaces, system calls. Each call takes away for good;
 * none can be undone by the process or by what it executes.
 *
 * Errors are -errno, and the caller must not go on after one.
 */
#ifndef PINHOLE_BASE_CONFINE_H
#define PINHOLE_BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Becomes `uid` and `gid` with no further group, holding CAP_NET_ADMIN alone (permitted,
 * effective; inheritable and ambient too where `pass_on`, so that an executed program has it).
 * uid 0 gives up everything but CAP_NET_ADMIN and keeps the name of root.
 *
 * Should: leave the bounding set at CAP_NET_ADMIN, set no_new_privs.
 * Must not: keep a group, another capability, or a way back. */
int confine_to_net_admin(uid_t uid, gid_t gid, bool pass_on);

/* In a child that is about to execute an unprivileged program: clears ambient and inheritable. */
int confine_pass_nothing_on(void);

/* Moves into namespaces of its own: user, mount, network, IPC, UTS, cgroup; the root directory
 * becomes an empty read-only one; no capability is left, in any set; the limits on files,
 * processes and core dumps go to 0.
 *
 * Should: work without privilege (by way of the user namespace).
 * Must not: leave a path to any file, or a device in the network namespace. */
int confine_to_nowhere(void);

/* From here on, any system call that is not listed kills the process. SCMP_SYS() numbers. */
int confine_to_syscalls(const int *syscalls, size_t n);

/* The process dies when its parent does. */
int confine_to_life_of_parent(pid_t parent);

#endif
