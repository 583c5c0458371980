/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole-keeper: the last one out turns off the light.
 *
 * How it works
 *
 * A helper that is enabled while nobody listens makes the kernel lose new flows, and a queue whose
 * last socket is closed drops what is pending. So somebody must outlive the supervisor, whatever
 * kills it. The keeper holds a copy of every queue's socket and the list of helpers; when the
 * supervisor's end of their pair is gone it disables the helpers, lets go what is pending, removes
 * the control socket and the lock file, and ends.
 *
 * It is root without any power but CAP_NET_ADMIN, because both files stand in root's folders. It
 * hears nothing but orders from the supervisor, of fixed size, and never reads a packet.
 *
 * Started as `pinhole-keeper LOCK-FILE CONTROL-SOCKET`; the lock is held on descriptor 4.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "link/counters.h"
#include "link/order.h"
#include "netfilter/cthelper.h"
#include "netfilter/queue.h"

#define KEPT_MAX 1024

static struct {
	bool used;
	uint16_t num;
	unsigned how; /* QUEUE_BY_RULE */
	struct nl queue;
} lanes[LANES_MAX];

static struct {
	char name[HELPER_NAME_SIZE];
	uint16_t l3;
	uint8_t l4;
} kept[KEPT_MAX];

static unsigned n_kept;

static void hold_helper(const struct order *o)
{
	for (unsigned i = 0; i < n_kept; i++)
		if (kept[i].l3 == o->l3 && kept[i].l4 == o->l4 &&
		    !strcmp(kept[i].name, o->helper))
			return;
	if (n_kept == KEPT_MAX)
		return;
	memcpy(kept[n_kept].name, o->helper, sizeof(o->helper));
	kept[n_kept].l3 = o->l3;
	kept[n_kept++].l4 = o->l4;
}

static void carry_out(const struct order *o, int fd)
{
	switch ((enum order_kind)o->kind) {
	case ORDER_SERVE:
		if (fd < 0 || lanes[o->lane].used)
			break;
		lanes[o->lane].used = true;
		lanes[o->lane].num = o->queue;
		lanes[o->lane].how = o->by_rule ? QUEUE_BY_RULE : 0;
		lanes[o->lane].queue = (struct nl){ .fd = fd, .portid = o->portid };
		return;
	case ORDER_RELEASE:
		if (lanes[o->lane].used)
			nl_close(&lanes[o->lane].queue);
		lanes[o->lane].used = false;
		break;
	case ORDER_HELPER:
		hold_helper(o);
		break;
	case ORDER_RING:
	case ORDER_BELL:
	case ORDER_WORKER:
	case ORDER_PAUSE:
	case ORDER_CRASHES:
	case ORDER_PING:
	case ORDER_NETWORK:
	case ORDER_HOST:
	case ORDER_POLICY:
	case ORDER_BUDGET:
	case ORDER_DEFINE:
		break;
	}
	if (fd >= 0)
		close(fd);
}

/* Until the supervisor is gone. */
static void listen_to_supervisor(void)
{
	struct pollfd p = { .fd = ORDER_FD, .events = POLLIN };
	struct order o;
	int fd, r;

	for (;;) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return;
		while ((r = order_receive(ORDER_FD, &o, sizeof(o), &fd)) > 0) {
			if (order_check(&o))
				carry_out(&o, fd);
			else if (fd >= 0)
				close(fd);
		}
		if (r == 0)
			return;
		if (r != -EAGAIN && r != -EBADMSG)
			return;
	}
}

static void disable_helpers(void)
{
	struct nl nl;
	int r = nl_open(&nl);

	if (r < 0) {
		syslog(LOG_ERR, "cannot disable any helper: %s", strerror(-r));
		return;
	}
	for (unsigned i = 0; i < n_kept; i++) {
		struct cthelper h = { .has = CTHELPER_NAME | CTHELPER_TUPLE | CTHELPER_STATUS,
				      .l3 = kept[i].l3, .l4 = kept[i].l4 };

		memcpy(h.name, kept[i].name, sizeof(h.name));
		r = cthelper_set(&nl, &h, 0);
		if (r < 0 && r != -EINVAL && r != -ENOENT) /* somebody deleted it meanwhile */
			syslog(LOG_ERR, "cannot disable helper `%s': %s", h.name, strerror(-r));
	}
}

static void let_go_pending(void)
{
	for (unsigned i = 0; i < LANES_MAX; i++)
		if (lanes[i].used)
			queue_accept_all(&lanes[i].queue, lanes[i].num, lanes[i].how);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("pinhole-keeper is started by conntrackd\n", stderr);
		return EXIT_FAILURE;
	}
	openlog("pinhole-keeper", LOG_PID, LOG_DAEMON);
	close(STDERR_FILENO);
	/* A service manager may signal the whole group; the keeper's turn comes last. */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	listen_to_supervisor();
	disable_helpers();
	let_go_pending();
	if (*argv[2])
		(void)unlink(argv[2]);
	(void)unlink(argv[1]);
	return EXIT_SUCCESS;
}
