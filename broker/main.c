/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole-broker: turns what workers ask for into netlink messages, after checking it.
 *
 * How it works
 *
 * The supervisor starts it with CAP_NET_ADMIN under a user of its own, and sends it orders: serve
 * this queue (its socket rides along), here is a worker for it, let it go. Everything that the
 * broker knows comes from there, from the kernel, and from link_answer_check()ed answers. It links
 * no parser, opens no file and makes no socket after start; its log lines are written by the
 * supervisor.
 *
 * It ends when the supervisor's end of the pair does.
 */
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/log.h"
#include "broker/fate.h"
#include "broker/lane.h"
#include "helpers/query.h"
#include "link/order.h"

/* All that it does after start. */
static const int syscalls[] = {
	/* packets, verdicts, links */
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
	SCMP_SYS(write), SCMP_SYS(close),
	/* the loop */
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(clock_gettime),
	SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigreturn),
	/* lanes come and go with configuration */
	SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise),
	SCMP_SYS(getrandom),
	/* the end, and abort() */
	SCMP_SYS(exit_group), SCMP_SYS(rt_sigprocmask), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(tgkill),
};

/* A helper that is not a built-in one. */
struct definition {
	struct query query;
	struct manifest manifest;
};

static struct broker {
	struct loop loop;
	struct nl ct, route;
	struct watch on_order;
	struct lane *lanes[LANES_MAX];
	uint16_t n_lanes; /* none behind these */
	struct definition definitions[LANES_MAX]; /* by lane */
	struct shared *shared;
	struct lane_counters *counters; /* there */
	struct lane_memory *memory;
	struct books books;
	bool over;
} broker;

static void relay(enum log_level level, const char *text)
{
	struct report r = { .kind = REPORT_LOG, .level = (uint8_t)level };

	snprintf(r.text, sizeof(r.text), "%s", text);
	(void)order_send(ORDER_FD, &r, sizeof(r), -1);
}

static void ask_for_worker(uint16_t lane)
{
	struct report r = { .kind = REPORT_WORKER, .lane = lane,
			    .worker = broker.lanes[lane]->worker,
			    .broken = broker.lanes[lane]->fall != FALL_GONE };

	/* Asked again at the next tick if the pair is full. */
	broker.lanes[lane]->asked_for_worker = order_send(ORDER_FD, &r, sizeof(r), -1) == 0;
}

/* Gives the supervisor the packet that a worker died of. */
static void hand_in(uint16_t lane, const struct crash *c)
{
	struct report r = { .kind = REPORT_PACKET, .lane = lane, .total = c->len };
	char flow[AUDIT_TUPLE_SIZE];

	warn("a packet ended the worker helper=%s flow=\"%s\" direction=%s len=%u",
	     broker.lanes[lane]->manifest->name, audit_tuple_text(flow, &c->flow),
	     c->direction == DIRECTION_ORIG ? "orig" : "reply", c->len);
	for (; r.off < r.total; r.off += sizeof(r.text)) {
		uint32_t left = r.total - r.off;

		memcpy(r.text, c->data + r.off, left < sizeof(r.text) ? left : sizeof(r.text));
		if (order_send(ORDER_FD, &r, sizeof(r), -1) < 0)
			return;
	}
}

/* In place: a lane that serves it goes by the new terms at once. */
static void define(const struct order *o)
{
	struct definition *d = &broker.definitions[o->lane];

	d->query = (struct query){ .port = o->terms.port,
				   .asks = QUERY_MULTICAST,
				   .from_any = o->terms.from_any,
				   .max = o->terms.max,
				   .timeout = o->terms.timeout };
	memcpy(d->query.name, o->helper, sizeof(d->query.name));
	query_manifest(&d->query, &d->manifest);
}

static const struct manifest *find_manifest(const struct order *o)
{
	const struct definition *d = &broker.definitions[o->lane];

	return strcmp(d->query.name, o->helper) ? manifest_find(o->helper) : &d->manifest;
}

/* Returns true when it keeps the descriptor. */
static bool serve(const struct order *o, int fd)
{
	const struct manifest *m = find_manifest(o);
	struct nl queue = { .fd = fd, .portid = o->portid };

	if (!m || fd < 0 || broker.lanes[o->lane])
		return false;
	broker.lanes[o->lane] = lane_new(&broker.loop, &broker.ct, &queue, o->lane, o->queue, o->by_rule, m,
					 &broker.counters[o->lane], &broker.memory[o->lane]);
	if (!broker.lanes[o->lane])
		return false;
	broker.lanes[o->lane]->books = &broker.books;
	if (broker.n_lanes <= o->lane)
		broker.n_lanes = (uint16_t)(o->lane + 1);
	ledger_share(&broker.books.ledger, o->lane, o->purse);
	fate_adopt(&broker.books, o->lane, o->queue, m);
	return true;
}

static void answer_ping(void)
{
	struct report r = { .kind = REPORT_ALIVE };

	(void)order_send(ORDER_FD, &r, sizeof(r), -1);
}

static bool carry_out(const struct order *o, int fd)
{
	struct lane *l = broker.lanes[o->lane];

	switch ((enum order_kind)o->kind) {
	case ORDER_SERVE:
		return serve(o, fd);
	case ORDER_RING:
		if (fd >= 0 && l)
			(void)lane_set_ring(l, fd); /* without it the worker is refused */
		return false;
	case ORDER_BELL:
		if (fd < 0 || !l)
			return false;
		lane_set_bell(l, fd);
		return true;
	case ORDER_WORKER:
		if (fd < 0 || !l)
			return false;
		if (lane_set_worker(l, fd, o->worker, o->blamed))
			hand_in(o->lane, &l->crash);
		return true;
	case ORDER_PAUSE:
		if (l && lane_pause(l, o->blamed))
			hand_in(o->lane, &l->crash);
		fate_close_lane(&broker.books, o->lane);
		return false;
	case ORDER_RELEASE:
		lane_free(l);
		broker.lanes[o->lane] = NULL;
		fate_close_lane(&broker.books, o->lane);
		return false;
	case ORDER_HELPER:
		return false; /* the keeper's */
	case ORDER_NETWORK:
	case ORDER_HOST:
	case ORDER_POLICY:
		if (l)
			lane_set_policy(l, o);
		return false;
	case ORDER_CRASHES:
		if (l)
			lane_set_crash_policy(l, o->l3, o->drops);
		return false;
	case ORDER_PING:
		answer_ping();
		return false;
	case ORDER_DEFINE:
		define(o);
		return false;
	case ORDER_BUDGET:
		ledger_share(&broker.books.ledger, o->lane, o->purse);
		ledger_set_budget(&broker.books.ledger, o->lane, o->l3 == AF_INET6, &o->budget);
		return false;
	}
	return false;
}

static void order_ready(struct watch *w, uint32_t events)
{
	struct order o;
	int fd, r;

	while ((r = order_receive(w->fd, &o, sizeof(o), &fd)) > 0)
		if ((!order_check(&o) || !carry_out(&o, fd)) && fd >= 0)
			close(fd);
	broker.over = r != -EAGAIN;
}

/* Milliseconds until somebody has to look at a clock; -1: nobody. */
static int tick(void)
{
	int timeout = fate_tick(&broker.books, loop_turn_ms(&broker.loop));

	for (uint16_t i = 0; i < broker.n_lanes; i++) {
		struct lane *l = broker.lanes[i];

		if (l)
			l->counters->open = ledger_open_of(&broker.books.ledger, i);
		if (!l || !lane_is_busy(l))
			continue;
		if (timeout < 0 || timeout > LANE_TICK_MS)
			timeout = LANE_TICK_MS;
		if (lane_tick(l))
			ask_for_worker(i);
	}
	return timeout;
}

/* Counters and trail, and behind them what a successor has to know: the supervisor only keeps it. */
static int map_memory(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t shared = (sizeof(struct shared) + page - 1) / page * page;
	size_t size = shared + sizeof(*broker.memory) * LANES_MAX;
	uint8_t *p;

	if (ftruncate(COUNTERS_FD, (off_t)size) < 0)
		return -errno;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, COUNTERS_FD, 0);
	if (p == MAP_FAILED)
		return -errno;
	close(COUNTERS_FD);
	broker.shared = (struct shared *)(void *)p;
	broker.counters = broker.shared->counters;
	broker.memory = (struct lane_memory *)(void *)(p + shared);
	return 0;
}

static int set_up(void)
{
	int r = map_memory();

	if (r < 0)
		return r;
	for (int fd = 0; fd < ORDER_FD; fd++)
		close(fd);
	r = nl_open(&broker.ct);
	if (r < 0)
		return r;
	r = nl_open_route(&broker.route);
	if (r < 0)
		return r;
	r = books_open(&broker.books, &broker.ct, broker.shared);
	if (r < 0)
		return r;
	broker.books.route = &broker.route;
	r = loop_open(&broker.loop);
	if (r < 0)
		return r;
	broker.on_order = (struct watch){ .fd = -1, .ready = order_ready };
	r = loop_add(&broker.loop, &broker.on_order, ORDER_FD, EPOLLIN);
	if (r < 0)
		return r;
	return confine_to_syscalls(syscalls, sizeof(syscalls) / sizeof(syscalls[0]));
}

int main(void)
{
	struct log_sinks sinks = { .file_fd = -1, .syslog_facility = -1, .relay = relay };
	int r;

	log_open("pinhole-broker", &sinks);
	signal(SIGPIPE, SIG_IGN); /* a worker that is gone */
	r = set_up();
	if (r < 0) {
		err_errno(r, "broker cannot start");
		return EXIT_FAILURE;
	}
	while (!broker.over && loop_turn(&broker.loop, tick()) == 0)
		;
	for (unsigned i = 0; i < LANES_MAX; i++)
		lane_free(broker.lanes[i]);
	return EXIT_SUCCESS;
}
