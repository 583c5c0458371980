/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The talk with a scripted kernel: every datagram is played by the test.
 */
#include <errno.h>
#include <poll.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>

static ssize_t fake_recvmsg(int fd, struct msghdr *msg, int flags);
static ssize_t fake_sendmsg(int fd, const struct msghdr *msg, int flags);
static int fake_poll(struct pollfd *fds, nfds_t n, int timeout);

#define recvmsg fake_recvmsg
#define sendmsg fake_sendmsg
#define poll	fake_poll
#include "netfilter/nl.c"
#undef recvmsg
#undef sendmsg
#undef poll

#include "tests/unit/tap.h"

#define PORTID 77
#define SEQ    100

/* One answer to recvmsg: a failure, or a datagram of up to three messages. */
struct step {
	int error;	  /* positive errno, or 0 */
	uint32_t from;	  /* sender; 0 is the kernel */
	uint32_t len_cut; /* MSG_TRUNC */

	struct {
		uint16_t type, flags; /* type 0: no message */
		int32_t status;	      /* first word of the payload */
		int32_t seq_off, portid_off;
	} messages[3];
};

static const struct step *step;
static int n_left, send_error;
static unsigned n_seen;
static size_t n_sent; /* bytes */
static int cb_answer;

static ssize_t fake_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	const struct sockaddr_nl *kernel = msg->msg_name;
	size_t len = 0;

	(void)fd, (void)flags;
	for (size_t i = 0; i < msg->msg_iovlen; i++)
		len += msg->msg_iov[i].iov_len;
	n_sent = len;
	if (send_error) {
		errno = send_error;
		send_error = send_error == EINTR ? 0 : send_error;
		return -1;
	}
	return kernel->nl_pid == 0 ? (ssize_t)len : -1;
}

static int fake_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	(void)fds, (void)n, (void)timeout;
	return n_left > 0;
}

static ssize_t fake_recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct sockaddr_nl *from = msg->msg_name;
	char *at = msg->msg_iov->iov_base;
	size_t len = 0;

	(void)fd, (void)flags;
	memset(at, 0, msg->msg_iov->iov_len);
	if (n_left == 0) {
		errno = EAGAIN;
		return -1;
	}
	n_left--;
	if (step->error) {
		errno = step++->error;
		return -1;
	}
	for (int i = 0; i < 3 && step->messages[i].type; i++) {
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(at + len);

		nlh->nlmsg_type = step->messages[i].type;
		nlh->nlmsg_flags = step->messages[i].flags;
		nlh->nlmsg_seq = SEQ + (uint32_t)step->messages[i].seq_off;
		nlh->nlmsg_pid = PORTID + (uint32_t)step->messages[i].portid_off;
		memcpy(mnl_nlmsg_put_extra_header(nlh, 4), &step->messages[i].status, 4);
		len += nlh->nlmsg_len;
	}
	*from = (struct sockaddr_nl){ .nl_family = AF_NETLINK, .nl_pid = step->from };
	msg->msg_namelen = sizeof(*from);
	msg->msg_flags = step->len_cut ? MSG_TRUNC : 0;
	step++;
	return (ssize_t)len;
}

static int count(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh, (void)data;
	n_seen++;
	return cb_answer;
}

/* Plays n steps; returns nl_talk's answer. */
static int play(const struct step *steps, int n, bool with_cb)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct nl nl = { .fd = -1, .portid = PORTID, .seq = SEQ - 1 };
	struct nlmsghdr *nlh = nl_request(&nl, buf, 0x901, NLM_F_ACK, AF_UNSPEC, 5);

	step = steps;
	n_left = n;
	n_seen = 0;
	return nl_talk(&nl, nlh, with_cb ? count : NULL, NULL);
}

#define DATA                  \
	{                     \
		.type = 0x901 \
	}
#define ACK                         \
	{                           \
		.type = NLMSG_ERROR \
	}
#define DONE                       \
	{                          \
		.type = NLMSG_DONE \
	}
#define PLAY(cb, ...)                              \
	play((const struct step[]){ __VA_ARGS__ }, \
	     sizeof((const struct step[]){ __VA_ARGS__ }) / sizeof(struct step), cb)

static void test_answers(void)
{
	is_int(PLAY(false, { .messages = { ACK } }), 0, "acknowledged");
	is_int(PLAY(false, { .messages = { { .type = NLMSG_ERROR, .status = -EBUSY } } }), -EBUSY,
	       "the kernel's error");
	is_int(PLAY(false, { .messages = { { .type = NLMSG_ERROR, .status = 5 } } }), 0,
	       "a positive status is none");
	is_int(PLAY(true, { .messages = { DATA, ACK } }), 0, "data and acknowledgement");
	is_int(n_seen, 1, "one message seen");
	is_int(PLAY(true, { .messages = { DATA, DATA, DATA } }, { .messages = { DATA } },
		    { .messages = { DONE } }),
	       0, "a dump");
	is_int(n_seen, 4, "four messages seen");
	is_int(PLAY(true, { .messages = { { .type = NLMSG_DONE, .status = -ENOMEM } } }), -ENOMEM,
	       "a dump that ends in an error");
	is_int(PLAY(false, { .messages = { { .type = NLMSG_NOOP }, ACK } }), 0, "no-op");
}

static void test_not_ours(void)
{
	is_int(PLAY(false, { .from = 5, .messages = { ACK } },
		    { .messages = { { .type = NLMSG_ERROR, .status = -EPERM } } }),
	       -EPERM, "another process's answer is none");
	is_int(PLAY(true,
		    { .messages = { { .type = 0x901, .seq_off = -1 },
				    { .type = NLMSG_ERROR, .status = -EIO, .seq_off = -1 } } },
		    { .messages = { DATA, ACK } }),
	       0, "an older answer is none");
	is_int(n_seen, 1, "nor its data");
	is_int(PLAY(false, { .messages = { { .type = NLMSG_DONE, .portid_off = 1 } } },
		    { .messages = { { .type = NLMSG_ERROR, .status = -EIO } } }),
	       -EIO, "an answer to another port is none");
}

static void test_trouble(void)
{
	is_int(PLAY(false, { .error = EINTR }, { .messages = { ACK } }), 0, "interrupted read");
	is_int(PLAY(false, { .error = ENOBUFS }, { .messages = { ACK } }), 0,
	       "overrun before an acknowledgement");
	is_int(PLAY(true, { .error = ENOBUFS }, { .messages = { DATA, DONE } }), -ENOBUFS,
	       "overrun within a dump");
	is_int(PLAY(false, { .error = ENOBUFS }), -ETIMEDOUT, "a lost answer");
	is_int(PLAY(false, { .error = EBADF }), -EBADF, "a broken socket");
	is_int(PLAY(true, { .messages = { { .type = 0x901, .flags = NLM_F_DUMP_INTR }, DONE } }),
	       -EINTR, "a disturbed dump");
	is_int(n_seen, 1, "whose messages were seen");
	is_int(PLAY(true, { .len_cut = 1, .messages = { DATA } }, { .messages = { DONE } }),
	       -EMSGSIZE, "a cut datagram");
	is_int(n_seen, 0, "of which nothing is seen");
	is_int(PLAY(true, { .messages = { { .type = 5 }, DONE } }), -EBADMSG,
	       "an unknown control message");
	is_int(PLAY(true, { .messages = { { .type = NLMSG_OVERRUN }, DONE } }), -ENOBUFS,
	       "an overrun told by message");
	send_error = EINTR;
	is_int(PLAY(false, { .messages = { ACK } }), 0, "interrupted send");
	send_error = ECONNREFUSED;
	is_int(PLAY(false, { .messages = { ACK } }), -ECONNREFUSED, "failed send");
	send_error = 0;
}

static void test_callback(void)
{
	cb_answer = -ENOTEMPTY;
	is_int(PLAY(true, { .messages = { DATA, DATA } }, { .messages = { DATA } },
		    { .messages = { DONE } }),
	       -ENOTEMPTY, "what cb said");
	is_int(n_seen, 1, "cb is not asked again");
	is_int(n_left, 0, "the dump is read to its end");
	cb_answer = 1;
	is_int(PLAY(true, { .messages = { DATA, DONE } }), 0, "a positive answer is none");
	cb_answer = 0;
}

/* Plays n steps behind a request that wants no acknowledgement. */
static int tell(const struct step *steps, int n)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct nl nl = { .fd = -1, .portid = PORTID, .seq = SEQ - 1 };
	struct nlmsghdr *nlh = nl_request(&nl, buf, 0x901, 0, AF_UNSPEC, 5);

	step = steps;
	n_left = n;
	return nl_tell(&nl, NULL, nlh);
}

static void test_tell(void)
{
	static const struct step refusal[] = {
		{ .messages = { { .type = NLMSG_ERROR, .status = -ENOENT, .seq_off = -1 } } },
		{ .messages = { { .type = NLMSG_ERROR, .status = -EEXIST } } },
		{ .error = EIO },
	};
	static const struct step overrun[] = { { .error = ENOBUFS } };
	static const struct step stranger[] = {
		{ .from = 5, .messages = { { .type = NLMSG_ERROR, .status = -EPERM } } },
	};

	is_int(tell(NULL, 0), 0, "silence is assent");
	is_int(tell(refusal, 3), -EEXIST, "a refusal");
	is_int(n_left, 1, "ends it");
	is_int(tell(refusal, 1), 0, "that of another request");
	is_int(tell(overrun, 1), -ENOBUFS, "it may have been lost");
	is_int(tell(stranger, 1), 0, "a stranger's");
	send_error = ECONNREFUSED;
	is_int(tell(NULL, 0), -ECONNREFUSED, "failed send");
	send_error = 0;
}

static void test_request(void)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct nl nl = { .fd = -1, .seq = UINT32_MAX };
	struct nlmsghdr *nlh = nl_request(&nl, buf, 0x305, NLM_F_ACK, AF_INET6, 0x1234);
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);

	is_int(nlh->nlmsg_len, 20, "both headers");
	is_int(nlh->nlmsg_type, 0x305, "type");
	is_int(nlh->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK, "flags");
	is_int(nlh->nlmsg_seq, 1, "zero is no sequence number");
	is_int(nfg->nfgen_family, AF_INET6, "family");
	is_int(ntohs(nfg->res_id), 0x1234, "resource");
}

static void test_socket(void)
{
	struct nl nl = NL_CLOSED;

	if (!ok(nl_open(&nl) == 0, "a socket opens"))
		return;
	ok(nl.fd >= 0 && nl.portid != 0, "with a port");
	nl_close(&nl);
	is_int(nl.fd, -1, "and closes");
	nl_close(&nl);
	nl_close(NULL);
}

int main(void)
{
	test_answers();
	test_not_ours();
	test_trouble();
	test_callback();
	test_tell();
	test_request();
	test_socket();
	return done_testing();
}
