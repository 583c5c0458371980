/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * sd_notify(3) by hand: one datagram.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/loop.h"
#include "daemon/supervisor.h"

void notify_manager(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(to.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}

void notify_watchdog(void)
{
	static int64_t due;
	const char *usec = getenv("WATCHDOG_USEC");
	int64_t now = loop_now(), period = usec ? strtoll(usec, NULL, 10) / 1000 / 3 : 0;

	if (period <= 0 || now < due)
		return;
	due = now + period;
	notify_manager("WATCHDOG=1");
}
