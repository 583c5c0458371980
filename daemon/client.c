/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The control socket's client side.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/request.h"

static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		close(fd);
		return -errno;
	}
	return fd;
}

int request_send(const char *path, int request, FILE *out)
{
	char buf[4096];
	ssize_t n;
	int fd = connect_to(path), r = 0;

	if (fd < 0)
		return fd;
	if (send(fd, &request, sizeof(request), MSG_NOSIGNAL) != sizeof(request))
		r = -errno;
	while (r == 0 && (n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0)
			r = -errno;
		else
			fwrite(buf, 1, (size_t)n, out);
	}
	close(fd);
	return r;
}
