/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * -E: rows as they happen, until SIGINT or SIGTERM. A lost event is said, not fatal.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "cli/conntrack/filter.h"
#include "cli/conntrack/kernel.h"
#include "cli/conntrack/print.h"
#include "cli/conntrack/report.h"
#include "cli/conntrack/run.h"

#define RECEIVE_SIZE (64 * 1024)

/* Multicast groups of nfnetlink: new, update, destroy follow each other. */
enum { GROUP_FLOW = 1, GROUP_EXPECT = 4 };

static int subscribe(const struct nl *nl, const struct command *cmd)
{
	uint32_t events = given(cmd, OPT_EVENT_MASK) ? cmd->events : NFCT_T_ALL;
	int group = cmd->table == TABLE_EXPECT ? GROUP_EXPECT : GROUP_FLOW;

	for (int i = 0; i < 3; i++, group++)
		if ((events >> i & 1) && setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
						    &group, sizeof(group)) < 0)
			return -errno;
	return 0;
}

static void set_buffer(const struct nl *nl, const struct command *cmd)
{
	unsigned size = cmd->buffer;
	socklen_t len = sizeof(size);

	if (!given(cmd, OPT_BUFFER))
		return;
	/* beyond net.core.rmem_max for whom may, up to it for others */
	if (setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	getsockopt(nl->fd, SOL_SOCKET, SO_RCVBUF, &size, &len);
	fprintf(stderr, "NOTICE: Netlink socket buffer size has been set to %u bytes.\n", size);
}

static enum nf_conntrack_msg_type event_of(const struct nlmsghdr *message)
{
	/* NEW is 0 in both tables, DELETE 2 */
	if ((message->nlmsg_type & 0xff) == IPCTNL_MSG_CT_DELETE)
		return NFCT_T_DESTROY;
	return message->nlmsg_flags & (NLM_F_CREATE | NLM_F_EXCL) ? NFCT_T_NEW : NFCT_T_UPDATE;
}

static void take_event(struct printer *printer, const struct nlmsghdr *message)
{
	const struct command *cmd = printer->cmd;

	if (message->nlmsg_type >> 8 == NFNL_SUBSYS_CTNETLINK_EXP) {
		struct nf_expect *exp = nfexp_new();

		if (exp && nfexp_nlmsg_parse(message, exp) == 0 && filter_expect(cmd, exp))
			print_expect(printer, event_of(message), exp, message);
		if (exp)
			nfexp_destroy(exp);
	} else if (message->nlmsg_type >> 8 == NFNL_SUBSYS_CTNETLINK) {
		struct nf_conntrack *ct = nfct_new();

		if (ct && nfct_nlmsg_parse(message, ct) == 0 && filter_flow(cmd, ct))
			print_flow(printer, event_of(message), ct, message);
		if (ct)
			nfct_destroy(ct);
	}
}

static void warn_lost(void)
{
	fprintf(stderr, "WARNING: the netlink socket overran: events are lost. A larger "
			"--buffer-size helps, see conntrack(8).\n");
}

/* One datagram; false when the socket is of no more use. */
static bool receive(const struct nl *nl, struct printer *printer)
{
	alignas(struct nlmsghdr) char buf[RECEIVE_SIZE];
	struct sockaddr_nl from = { 0 };
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(nl->fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &from_len);
	int left = (int)n;

	if (n < 0 && errno == ENOBUFS)
		warn_lost();
	if (n < 0)
		return errno == ENOBUFS || errno == EINTR || errno == EAGAIN;
	if (from.nl_pid != 0)
		return true;
	for (const struct nlmsghdr *message = (const void *)buf; nl_message_ok(message, left);
	     message = mnl_nlmsg_next(message, &left))
		if (message->nlmsg_type >= NLMSG_MIN_TYPE &&
		    mnl_nlmsg_get_payload_len(message) >= sizeof(struct nfgenmsg))
			take_event(printer, message);
	return true;
}

/* Shows what had happened before the signal, within reason. */
static void drain(const struct nl *nl, struct printer *printer)
{
	struct pollfd fd = { .fd = nl->fd, .events = POLLIN };

	for (unsigned i = 0; i < 4096 && poll(&fd, 1, 0) > 0; i++)
		if (!receive(nl, printer))
			return;
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int run_events(const struct command *cmd)
{
	struct printer printer;
	struct nl nl;
	int signals, r;

	kernel_open(&nl);
	set_buffer(&nl, cmd);
	signals = open_signals();
	r = subscribe(&nl, cmd);
	if (signals < 0 || r < 0) {
		nl_close(&nl);
		return kernel_failed(cmd, r < 0 ? r : errno);
	}
	print_begin(&printer, cmd);
	for (;;) {
		struct pollfd fds[] = { { .fd = signals, .events = POLLIN },
					{ .fd = nl.fd, .events = POLLIN } };

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[0].revents || ferror(stdout)) {
			drain(&nl, &printer);
			break;
		}
		if (fds[1].revents && !receive(&nl, &printer))
			break;
	}
	print_end(&printer);
	kernel_summary(cmd, printer.rows);
	close(signals);
	nl_close(&nl);
	return EXIT_SUCCESS;
}
