/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Who caused an event: from a netlink port to the name of a process, by way of /proc.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/conntrack/print.h"

#define NETLINK_NETFILTER_NUMBER 12

/* The socket's inode, 0 if no such port is open any more. */
static unsigned long port_inode(uint32_t portid)
{
	FILE *f = fopen("/proc/net/netlink", "re");
	char line[256];
	unsigned long found = 0;

	if (!f)
		return 0;
	while (!found && fgets(line, sizeof(line), f)) {
		unsigned long protocol, port, inode;

		/* sk protocol port groups rmem wmem dump locks drops inode */
		if (sscanf(line, "%*s %lu %lu %*s %*s %*s %*s %*s %*s %lu", &protocol, &port,
			   &inode) == 3 &&
		    protocol == NETLINK_NETFILTER_NUMBER && port == portid)
			found = inode;
	}
	fclose(f);
	return found;
}

static bool holds(const char *pid, unsigned long inode)
{
	char path[288], want[64], target[64];
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	snprintf(want, sizeof(want), "socket:[%lu]", inode);

	DIR *dir = opendir(path);

	if (!dir)
		return false;
	for (struct dirent *entry; !found && (entry = readdir(dir));) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		if (n < 0)
			continue;
		target[n] = '\0';
		found = !strcmp(target, want);
	}
	closedir(dir);
	return found;
}

static bool name_of(const char *pid, char *ret_name, int size)
{
	char path[288];

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);

	FILE *f = fopen(path, "re");
	bool found = f && fgets(ret_name, size, f);

	if (f)
		fclose(f);
	if (found)
		ret_name[strcspn(ret_name, "\n")] = '\0';
	return found;
}

static bool find_process(uint32_t portid, char *ret_name, int size)
{
	unsigned long inode = port_inode(portid);
	char guess[16];
	bool found = false;

	if (!inode)
		return false;
	/* the first netlink socket of a process has its pid as port */
	snprintf(guess, sizeof(guess), "%" PRIu32, portid);
	if (holds(guess, inode))
		return name_of(guess, ret_name, size);

	DIR *proc = opendir("/proc");

	if (!proc)
		return false;
	for (struct dirent *entry; !found && (entry = readdir(proc));)
		found = entry->d_name[0] >= '0' && entry->d_name[0] <= '9' &&
			holds(entry->d_name, inode) && name_of(entry->d_name, ret_name, size);
	closedir(proc);
	return found;
}

void print_origin(FILE *out, uint32_t portid)
{
	/* events come in bursts of one cause */
	static uint32_t last_portid;
	static char last_name[64];

	if (portid != last_portid || !last_name[0]) {
		last_portid = portid;
		if (!find_process(portid, last_name, sizeof(last_name)))
			last_name[0] = '\0';
	}
	fprintf(out, " [USERSPACE] portid=%" PRIu32, portid);
	if (last_name[0])
		fprintf(out, " progname=%s", last_name);
}
