/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Messages with and without descriptors over a real pair; no descriptor may leak, whatever comes.
 */
#include "link/order.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "link/counters.h"
#include "tests/unit/tap.h"

static int pair[2];

static int open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Sends n descriptors in one message, as order_send() does not. */
static void send_many(const void *message, size_t len, int n)
{
	int fds[4] = { 0, 0, 0, 0 };
	char control[CMSG_SPACE(sizeof(fds))] __attribute__((aligned(8))) = { 0 };
	struct iovec iov = { .iov_base = (void *)message, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = CMSG_SPACE((size_t)n * sizeof(int)) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, (size_t)n * sizeof(int));
	sendmsg(pair[0], &msg, 0);
}

static void test_order(void)
{
	struct order o = { .kind = ORDER_WORKER, .lane = 3, .worker = 77, .helper = "rpc" }, got;
	int fd = 99, before = open_descriptors();
	char one;

	is_int(order_receive(pair[1], &got, sizeof(got), &fd), -EAGAIN, "nothing there");
	is_int(fd, 99, "untouched");
	is_int(order_send(pair[0], &o, sizeof(o), -1), 0, "sent");
	is_int(order_receive(pair[1], &got, sizeof(got), &fd), 1, "received");
	ok(!memcmp(&o, &got, sizeof(o)), "the same");
	is_int(fd, -1, "no descriptor");
	order_send(pair[0], &o, sizeof(o), pair[0]);
	is_int(order_receive(pair[1], &got, sizeof(got), &fd), 1, "with a descriptor");
	ok(fd >= 0 && fd != pair[0], "another number");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "closed on exec");
	ok(send(fd, "x", 1, 0) == 1 && recv(pair[1], &one, 1, 0) == 1, "the same file");
	close(fd);
	is_int(open_descriptors(), before, "none left");
}

static void test_wrong(void)
{
	char buf[sizeof(struct order) + 1] = { 0 };
	int fd = 99, before = open_descriptors();
	struct order got;

	for (int with = -1; with <= 0; with++) {
		order_send(pair[0], buf, sizeof(got) - 1, with);
		is_int(order_receive(pair[1], &got, sizeof(got), &fd), -EBADMSG, "too short");
		order_send(pair[0], buf, sizeof(got) + 1, with);
		is_int(order_receive(pair[1], &got, sizeof(got), &fd), -EBADMSG, "too long");
		order_send(pair[0], buf, 0, with);
		is_int(order_receive(pair[1], &got, sizeof(got), &fd), 0, "empty");
		is_int(open_descriptors(), before, "its descriptor is closed");
	}
	for (int n = 2; n <= 4; n++) {
		send_many(buf, sizeof(got), n);
		is_int(order_receive(pair[1], &got, sizeof(got), &fd), -EBADMSG, "%d at once", n);
		is_int(open_descriptors(), before, "all are closed");
	}
	is_int(fd, 99, "untouched by all this");
}

static void test_end(void)
{
	struct order o = { 0 };
	int fd, r;

	do
		r = order_send(pair[0], &o, sizeof(o), -1);
	while (r == 0);
	is_int(r, -EAGAIN, "nobody reads: does not block");
	while (order_receive(pair[1], &o, sizeof(o), &fd) > 0)
		;
	close(pair[0]);
	is_int(order_receive(pair[1], &o, sizeof(o), &fd), 0, "end of file");
	is_int(order_send(pair[1], &o, sizeof(o), -1), -EPIPE, "nobody there: no signal");
	is_int(order_receive(-1, &o, sizeof(o), &fd), -EBADF, "no socket");
}

static void test_check(void)
{
	struct order o = { .kind = ORDER_LAST, .lane = LANES_MAX - 1, .purse = LANES_MAX - 1,
			   .helper = "123456789012345",
			   .terms = { .port = 1, .max = 1, .timeout = 1, .from_any = 1 } };

	ok(order_check(&o), "at every bound");
	o.kind++;
	ok(!order_check(&o), "kind");
	o.kind--;
	o.lane++;
	ok(!order_check(&o), "lane");
	o.lane--;
	o.purse++;
	ok(!order_check(&o), "purse");
	o.purse--;
	o.class = HELPER_CLASSES_MAX;
	ok(!order_check(&o), "class");
	o.class--;
	ok(order_check(&o), "the last class");
	o.terms.from_any = 2;
	ok(!order_check(&o), "terms: no truth");
	o.terms = (struct query_terms){ .max = 1, .timeout = 1 };
	ok(!order_check(&o), "terms: no port");
	o.terms = (struct query_terms){ .port = 1, .timeout = 1 };
	ok(!order_check(&o), "terms: none of it");
	o.terms = (struct query_terms){ .port = 1, .max = 1 };
	ok(!order_check(&o), "terms: no time");
	o.terms.timeout = 1;
	o.helper[15] = 'x';
	ok(!order_check(&o), "a name without end");
	o.helper[0] = o.helper[15] = '\0';
	ok(!order_check(&o), "a definition without a name");
	o.kind = ORDER_SERVE;
	ok(order_check(&o), "another order has none");
}

int main(void)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
		return 1;
	test_order();
	test_wrong();
	test_end();
	test_check();
	return done_testing();
}
