/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Messages with descriptors on a SOCK_SEQPACKET pair.
 */
#include "link/order.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "link/counters.h"

union rights {
	char buf[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int order_send(int socket, const void *message, size_t len, int fd)
{
	struct iovec iov = { .iov_base = (void *)message, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union rights rights = { 0 };
	struct cmsghdr *cmsg;
	ssize_t n;

	if (fd >= 0) {
		msg.msg_control = rights.buf;
		msg.msg_controllen = sizeof(rights.buf);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	}
	do
		n = sendmsg(socket, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static int take_fd(struct msghdr *msg)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	int fd = -1;

	if (cmsg && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS &&
	    cmsg->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(cmsg), sizeof(int));
	return fd;
}

int order_receive(int socket, void *ret_message, size_t len, int *ret_fd)
{
	struct iovec iov = { .iov_base = ret_message, .iov_len = len };
	union rights rights;
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = rights.buf,
			      .msg_controllen = sizeof(rights.buf) };
	ssize_t n;

	do
		n = recvmsg(socket, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*ret_fd = take_fd(&msg);
	if (n == 0)
		return 0;
	if ((size_t)n == len && !(msg.msg_flags & MSG_TRUNC))
		return 1;
	if (*ret_fd >= 0)
		close(*ret_fd);
	*ret_fd = -1;
	return -EBADMSG;
}

bool order_check(const struct order *o)
{
	return o->kind <= ORDER_LAST && o->lane < LANES_MAX &&
	       memchr(o->helper, 0, sizeof(o->helper));
}
