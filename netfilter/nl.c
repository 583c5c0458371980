/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The netlink socket: headers, sequence numbers, who may answer, when an answer is complete.
 * It knows no attribute and no subsystem.
 */
#include "netfilter/nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdalign.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The kernel fills at most 32 KiB per dump message; a queue socket may also hold a packet of up to
 * 64 KiB and its attributes. */
#define RECEIVE_SIZE (72 * 1024)
#define REFUSAL_SIZE 1024
/* The kernel answers within the system call that asks, so this only ever ends a lost answer. */
#define ANSWER_MS    5000

static int open_protocol(struct nl *ret, int protocol)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	socklen_t len = sizeof(addr);
	int one = 1, r;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -errno;
	/* Errors then come without a copy of the request. */
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret = (struct nl){ .fd = fd, .portid = addr.nl_pid, .seq = (uint32_t)time(NULL) };
	return 0;
}

int nl_open(struct nl *ret)
{
	return open_protocol(ret, NETLINK_NETFILTER);
}

int nl_open_route(struct nl *ret)
{
	int one = 1, r = open_protocol(ret, NETLINK_ROUTE);

	if (r == 0) /* dumps then leave out what was not asked for */
		setsockopt(ret->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	return r;
}

void nl_close(struct nl *nl)
{
	if (!nl || nl->fd < 0)
		return;
	close(nl->fd);
	*nl = NL_CLOSED;
}

struct nlmsghdr *nl_request(struct nl *nl, void *buf, uint16_t type, uint16_t flags, uint8_t family,
			    uint16_t res_id)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));

	/* 0 is what unasked messages carry. */
	if (++nl->seq == 0)
		nl->seq = 1;
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = nl->seq;
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(res_id);
	return nlh;
}

/* Sends `first`, which may be NULL, and `last`. */
static int send_all(const struct nl *nl, struct nlmsghdr *first, struct nlmsghdr *last)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct iovec iov[] = {
		{ .iov_base = first, .iov_len = first ? MNL_ALIGN(first->nlmsg_len) : 0 },
		{ .iov_base = last, .iov_len = last->nlmsg_len },
	};
	struct msghdr msg = { .msg_name = &kernel,
			      .msg_namelen = sizeof(kernel),
			      .msg_iov = iov,
			      .msg_iovlen = 2 };
	ssize_t n;

	do
		n = sendmsg(nl->fd, &msg, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == iov[0].iov_len + iov[1].iov_len ? 0 : -EMSGSIZE;
}

/* Reads one datagram of the kernel, skipping other senders'; waits `ms` for one. Returns its length,
 * 0 for one that was cut, -errno. -ENOBUFS: the socket overran, answers may be lost; -EAGAIN: there is none,
 * and 0 ms to wait. */
static ssize_t receive(const struct nl *nl, void *buf, size_t size, int ms)
{
	for (;;) {
		struct sockaddr_nl from = { 0 };
		struct iovec iov = { .iov_base = buf, .iov_len = size };
		struct msghdr msg = { .msg_name = &from,
				      .msg_namelen = sizeof(from),
				      .msg_iov = &iov,
				      .msg_iovlen = 1 };
		ssize_t n = recvmsg(nl->fd, &msg, MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN && ms) {
			struct pollfd p = { .fd = nl->fd, .events = POLLIN };
			int ready = poll(&p, 1, ms);

			if (ready == 0)
				return -ETIMEDOUT;
			if (ready < 0 && errno != EINTR)
				return -errno;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (msg.msg_namelen != sizeof(from) || from.nl_pid != 0)
			continue;
		return msg.msg_flags & MSG_TRUNC ? 0 : n;
	}
}

struct talk {
	uint32_t seq, portid;
	int (*cb)(const struct nlmsghdr *, void *);
	void *data;
	bool done, interrupted;
	int error; /* first error of the kernel or of cb */
};

static void note_error(struct talk *talk, int error)
{
	if (error < 0 && talk->error == 0)
		talk->error = error;
}

/* The leading int of an error or end-of-dump message; absent: 0. */
static int status_of(const struct nlmsghdr *nlh)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	return error < 0 ? error : 0;
}

static void take_message(struct talk *talk, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_seq != talk->seq || nlh->nlmsg_pid != talk->portid)
		return; /* left over from an earlier talk, or not asked for */
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		talk->interrupted = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_NOOP:
		break;
	case NLMSG_OVERRUN:
		note_error(talk, -ENOBUFS);
		break;
	case NLMSG_ERROR:
	case NLMSG_DONE:
		note_error(talk, status_of(nlh));
		talk->done = true;
		break;
	default:
		if (nlh->nlmsg_type < NLMSG_MIN_TYPE ||
		    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nfgenmsg))
			note_error(talk, -EBADMSG);
		else if (talk->cb && talk->error == 0)
			note_error(talk, talk->cb(nlh, talk->data));
	}
}

static void take_datagram(struct talk *talk, const void *buf, ssize_t n)
{
	int left = (int)n;

	for (const struct nlmsghdr *nlh = buf; nl_message_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		take_message(talk, nlh);
}

int nl_talk(struct nl *nl, struct nlmsghdr *request, int (*cb)(const struct nlmsghdr *, void *),
	    void *data)
{
	/* A dump is read to its end even after an error: the socket could not start another. */
	struct talk talk = {
		.seq = request->nlmsg_seq, .portid = nl->portid, .cb = cb, .data = data
	};
	alignas(struct nlmsghdr) char buf[RECEIVE_SIZE] __attribute__((uninitialized)); /* it is large */
	int r = send_all(nl, NULL, request);

	if (r < 0)
		return r;
	while (!talk.done) {
		ssize_t n = receive(nl, buf, sizeof(buf), ANSWER_MS);

		if (n == -ENOBUFS) {
			/* Data may be missing. An acknowledgement alone is either gone, then the next
			 * round times out, or it stands right behind. */
			if (cb)
				note_error(&talk, -ENOBUFS);
			continue;
		}
		if (n < 0)
			return talk.error ? talk.error : (int)n;
		if (n == 0)
			note_error(&talk, -EMSGSIZE);
		take_datagram(&talk, buf, n);
	}
	if (talk.error)
		return talk.error;
	return talk.interrupted ? -EINTR : 0;
}

int nl_tell(struct nl *nl, struct nlmsghdr *first, struct nlmsghdr *request)
{
	struct talk talk = { .seq = request->nlmsg_seq, .portid = nl->portid };
	alignas(struct nlmsghdr) char buf[REFUSAL_SIZE];
	ssize_t n;
	int r = send_all(nl, first, request);

	if (r < 0)
		return r;
	while (!talk.done && (n = receive(nl, buf, sizeof(buf), 0)) != -EAGAIN) {
		if (n < 0) /* a refusal may have been lost */
			return (int)n;
		take_datagram(&talk, buf, n);
	}
	return talk.error;
}

int nl_join(struct nl *nl, unsigned group)
{
	return setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0
		       ? -errno
		       : 0;
}

int nl_wait(const struct nl *nl, uint16_t type, int ms)
{
	alignas(struct nlmsghdr) char buf[RECEIVE_SIZE];

	for (;;) {
		ssize_t n = receive(nl, buf, sizeof(buf), ms);
		int left = (int)n;

		if (n < 0 && n != -ENOBUFS)
			return (int)n;
		for (const struct nlmsghdr *nlh = (const void *)buf; nl_message_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left))
			if (nlh->nlmsg_type == type)
				return 0;
	}
}
