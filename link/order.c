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

#define RIGHTS_MAX ((sizeof(union rights) - CMSG_LEN(0)) / sizeof(int))

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

/* The one descriptor that came along; -1 when there is none. -EBADMSG, all closed, when there are
 * more: the padding of `rights` has room for a second. */
static int take_fd(struct msghdr *msg)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	int fds[RIGHTS_MAX];
	size_t n;

	if (!cmsg || cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
		return -1;
	n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(cmsg), n * sizeof(int));
	if (n == 1 && !(msg->msg_flags & MSG_CTRUNC))
		return fds[0];
	while (n > 0)
		close(fds[--n]);
	return -EBADMSG;
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
	int fd;

	do
		n = recvmsg(socket, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	fd = take_fd(&msg);
	if ((size_t)n == len && !(msg.msg_flags & MSG_TRUNC) && fd != -EBADMSG) {
		*ret_fd = fd;
		return 1;
	}
	if (fd >= 0)
		close(fd);
	return n == 0 ? 0 : -EBADMSG;
}

bool order_check(const struct order *o)
{
	if (o->kind == ORDER_DEFINE && (!*o->helper || !o->terms.port || !o->terms.max ||
					!o->terms.timeout || o->terms.from_any > 1))
		return false;
	return o->kind <= ORDER_LAST && o->lane < LANES_MAX && o->purse < LANES_MAX &&
	       o->class < HELPER_CLASSES_MAX && memchr(o->helper, 0, sizeof(o->helper));
}
