/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works
 *
 *     supervisor --order--> broker <--link--> worker (one per queue)
 *         |--------hold---> keeper
 *
 * Every child is an executed program that gets some descriptors and nothing else. The
 * broker keeps CAP_NET_ADMIN through the ambient set; the worker starts with no capability; the
 * keeper is started before the supervisor leaves root behind.
 *
 * A dead worker gets a successor with a fresh link and fresh memory to share. A dead broker takes all
 * links with it, so that the workers end too, and everything is built again around the queues that live
 * here.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/log.h"
#include "build.h"
#include "daemon/supervisor.h"
#include "link/ring.h"
#include "netfilter/queue.h"

#define KEEPER_PATIENCE_MS 5000
#define FDS_MAX		   4 /* that a child gets */
#define ORDERS_SIZE	   (32 * 1024 * 1024) /* all that a broker is told before it begins to read */

/* Moves descriptors to 3, 4, 5 and 6, where the child expects them. */
static int place(const int *fds, int n)
{
	int high[FDS_MAX];

	for (int i = 0; i < n; i++) {
		high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 16);
		if (high[i] < 0)
			return -errno;
	}
	for (int i = 0; i < n; i++)
		if (dup2(high[i], 3 + i) < 0)
			return -errno;
	return 0;
}

static void become(const char *program, char *const argv[], const int *fds, int n, pid_t parent,
		   int (*prepare)(void))
{
	char path[256];
	sigset_t none;
	int null, r;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	(void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); /* a child touches little of much */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO); /* stderr stays for the first words, the child closes it */
	r = parent ? confine_to_life_of_parent(parent) : 0;
	if (r == 0)
		r = place(fds, n);
	if (r == 0)
		r = prepare();
	if (r == 0) {
		snprintf(path, sizeof(path), "%s/%s", PINHOLE_LIBEXECDIR, program);
		execv(path, argv);
		r = -errno;
	}
	err_errno(r, "cannot start %s", program);
	_exit(127);
}

/* `outlives`: the child does not die with us. */
static pid_t spawn(const char *program, char *const argv[], const int *fds, int n, bool outlives,
		   int (*prepare)(void))
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become(program, argv, fds, n, outlives ? 0 : parent, prepare);
	return pid < 0 ? -errno : pid;
}

static int make_pair(int ret[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0 ? -errno : 0;
}

/* ---- keeper ---- */

static int as_root_with_net_admin(void)
{
	return confine_to_net_admin(geteuid(), getegid(), true);
}

int children_start_keeper(struct supervisor *s, const struct config_general *g)
{
	char *argv[] = { "pinhole-keeper", (char *)g->lock_file, (char *)g->unix_path, NULL };
	int pair[2], r = make_pair(pair);

	if (r < 0)
		return r;
	s->keeper = spawn("pinhole-keeper", argv, (int[]){ pair[1], s->lock_fd }, 2, true,
			  as_root_with_net_admin);
	close(pair[1]);
	s->keeper_fd = pair[0];
	return s->keeper < 0 ? (int)s->keeper : 0;
}

void children_end(struct supervisor *s)
{
	static const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };
	int64_t until = loop_now() + KEEPER_PATIENCE_MS;
	pid_t r = 0;

	if (s->keeper <= 0)
		return;
	close(s->keeper_fd);
	while ((r = waitpid(s->keeper, NULL, WNOHANG)) == 0 && loop_now() < until)
		nanosleep(&pause, NULL);
	if (r != s->keeper)
		err("the keeper did not end: helpers may still be enabled, see `nfct helper list`");
	s->keeper = 0;
}

/* ---- broker ---- */

static void broker_ready(struct watch *w, uint32_t events)
{
	struct supervisor *s = container_of(w, struct supervisor, on_broker);

	if (reports_read(s))
		return;
	if (s->broker > 0) /* it is dead, or talks nonsense: SIGCHLD does the rest */
		kill(s->broker, SIGKILL);
	loop_change(&s->loop, w, 0);
}

static int no_preparation(void)
{
	return 0;
}

static void pause_lane(struct supervisor *s, uint16_t lane)
{
	struct lane_record *l = &s->lanes[lane];
	struct order o = { .kind = ORDER_PAUSE, .lane = lane, .blamed = l->blamed };

	l->blamed = false;
	(void)order_send(s->on_broker.fd, &o, sizeof(o), -1);
}

int children_define(struct supervisor *s, uint16_t lane)
{
	const struct query *q = s->lanes[lane].defined;
	struct order o = { .kind = ORDER_DEFINE, .lane = lane };

	if (!q || !s->broker)
		return 0;
	memcpy(o.helper, q->name, sizeof(o.helper));
	o.terms = (struct query_terms){
		.port = q->port, .max = q->max, .timeout = q->timeout, .from_any = q->from_any
	};
	return order_send(s->on_broker.fd, &o, sizeof(o), -1);
}

int children_introduce_lane(struct supervisor *s, const struct config *c, uint16_t lane)
{
	struct lane_record *l = &s->lanes[lane];
	struct order o = { .kind = ORDER_SERVE, .lane = lane, .queue = l->queue_num,
			   .portid = l->queue.portid, .by_rule = l->how & QUEUE_BY_RULE,
			   .purse = l->purse };
	int r;

	if (!s->broker) /* the next one is told */
		return 0;
	r = children_define(s, lane);
	if (r < 0)
		return r;
	memcpy(o.helper, l->helper, sizeof(o.helper));
	r = order_send(s->on_broker.fd, &o, sizeof(o), l->queue.fd);
	if (r == 0)
		r = policies_send(s, c, lane);
	if (r == 0 && l->breaker.open)
		pause_lane(s, lane);
	return r;
}

int children_start_broker(struct supervisor *s)
{
	char *argv[] = { "pinhole-broker", NULL };
	int pair[2], r = make_pair(pair), size = ORDERS_SIZE;

	if (r < 0)
		return r;
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	s->broker = spawn("pinhole-broker", argv, (int[]){ pair[1], s->counters_fd }, 2, false,
			  no_preparation);
	close(pair[1]);
	s->pings = 0;
	s->broker_answers = false;
	s->broker_backoff.started = loop_now();
	s->on_broker = (struct watch){ .fd = -1, .ready = broker_ready };
	r = s->broker < 0 ? (int)s->broker : loop_add(&s->loop, &s->on_broker, pair[0], EPOLLIN);
	if (r < 0) {
		close(pair[0]);
		s->broker = 0;
	}
	return r;
}

static void plan_restart(struct backoff *b)
{
	int64_t now = loop_now();

	if (now - b->started > RESTART_LIFE)
		b->delay = 0;
	b->due = now + b->delay;
	b->delay = b->delay ? b->delay * 2 : RESTART_FIRST;
	if (b->delay > RESTART_LAST)
		b->delay = RESTART_LAST;
}

/* Nobody reads the queues: they let everything pass, until resume_queues(). */
static void pause_queues(struct supervisor *s)
{
	for (unsigned i = 0; i < LANES_MAX; i++)
		if (s->lanes[i].used)
			queue_pause(&s->lanes[i].queue, s->lanes[i].queue_num, s->lanes[i].how);
	s->queues_paused = true;
}

static void resume_queues(struct supervisor *s)
{
	for (unsigned i = 0; i < LANES_MAX; i++)
		if (s->lanes[i].used)
			queue_resume(&s->lanes[i].queue, s->lanes[i].queue_num,
				     s->lanes[i].queue_len, s->lanes[i].how);
	s->queues_paused = false;
}

/* A broker that is due takes over the queues. Milliseconds until one is. */
static int64_t replace_broker(struct supervisor *s, int64_t now)
{
	if (!breaker_allows(&s->broker_breaker, now))
		return s->broker_breaker.until - now;
	if (s->broker_backoff.due > now)
		return s->broker_backoff.due - now;
	if (children_start_broker(s) < 0) {
		plan_restart(&s->broker_backoff);
		return s->broker_backoff.due - now;
	}
	for (uint16_t i = 0; i < LANES_MAX; i++)
		if (s->lanes[i].used && children_introduce_lane(s, &s->config, i) < 0)
			kill(s->broker, SIGKILL);
	if (s->queues_paused)
		resume_queues(s);
	return 0;
}

static unsigned patience(const struct supervisor *s)
{
	return (s->broker_answers ? PINGS_MAX : PINGS_START) << s->silences;
}

static void ping_broker(struct supervisor *s, int64_t now)
{
	struct order o = { .kind = ORDER_PING };

	if (now < s->ping_due)
		return;
	s->ping_due = now + PING_MS;
	if (now - s->broker_backoff.started > RESTART_LIFE)
		s->silences = 0;
	if (s->pings++ < patience(s)) {
		(void)order_send(s->on_broker.fd, &o, sizeof(o), -1);
		return;
	}
	warn("the broker (pid %d) does not answer, replacing it", (int)s->broker);
	s->broker_hangs = true;
	s->silences += s->silences < SILENCES_MAX;
	kill(s->broker, SIGKILL);
}

/* ---- workers ---- */

/* What a worker whose helper is defined reads before it begins: `q`, whole, on the last of its
 * descriptors. Returns it, or -errno. */
static int write_down(const struct query *q)
{
	int ends[2], r = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	if (write(ends[1], q, sizeof(*q)) != (ssize_t)sizeof(*q)) /* far less than a pipe holds */
		r = -EIO;
	close(ends[1]);
	if (r < 0)
		close(ends[0]);
	return r < 0 ? r : ends[0];
}

/* What a worker and the broker have in common. */
struct joint {
	int link[2]; /* the worker's end, the broker's, which never waits for room */
	int ring, bell;
};

static void close_joint(const struct joint *j)
{
	const int fds[] = { j->link[0], j->link[1], j->ring, j->bell };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static int make_link(int ret[2])
{
	return pipe2(ret, O_CLOEXEC) < 0 || fcntl(ret[1], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static int make_joint(struct joint *ret)
{
	int r;

	*ret = (struct joint){ .link = { -1, -1 }, .ring = ring_make(), .bell = ring_make_bell() };
	r = ret->ring < 0 ? ret->ring : ret->bell < 0 ? ret->bell : make_link(ret->link);
	if (r < 0)
		close_joint(ret);
	return r;
}

static int without_power(void)
{
	int r = tune_not_real_time();

	return r < 0 ? r : confine_pass_nothing_on();
}

static pid_t spawn_worker(struct lane_record *l, const struct joint *j)
{
	char *argv[] = { "pinhole-worker", l->helper, NULL };
	int fds[FDS_MAX] = { j->link[0], j->ring, j->bell, -1 };
	pid_t pid;

	if (l->defined) {
		fds[3] = write_down(l->defined);
		if (fds[3] < 0)
			return fds[3];
	}
	pid = spawn("pinhole-worker", argv, fds, l->defined ? 4 : 3, false, without_power);
	if (fds[3] >= 0)
		close(fds[3]);
	return pid;
}

/* Starts it and introduces it to the broker. */
static int employ(struct supervisor *s, uint16_t lane, const struct joint *j)
{
	struct lane_record *l = &s->lanes[lane];
	struct order ring = { .kind = ORDER_RING, .lane = lane };
	struct order bell = { .kind = ORDER_BELL, .lane = lane };
	struct order o = { .kind = ORDER_WORKER, .lane = lane, .blamed = l->blamed };
	int r;

	l->worker = spawn_worker(l, j);
	if (l->worker < 0) {
		r = (int)l->worker;
		l->worker = 0;
		return r;
	}
	tune_worker(l);
	o.worker = l->worker;
	r = order_send(s->on_broker.fd, &ring, sizeof(ring), j->ring);
	if (r == 0)
		r = order_send(s->on_broker.fd, &bell, sizeof(bell), j->bell);
	return r < 0 ? r : order_send(s->on_broker.fd, &o, sizeof(o), j->link[1]);
}

int children_start_worker(struct supervisor *s, uint16_t lane)
{
	struct lane_record *l = &s->lanes[lane];
	struct joint joint;
	int r;

	if (!s->broker) /* it comes behind the next one */
		return 0;
	r = make_joint(&joint);
	if (r < 0)
		return r;
	r = employ(s, lane, &joint);
	close_joint(&joint);
	l->blamed = false;
	l->backoff.started = loop_now();
	return r;
}

void children_stop_worker(struct supervisor *s, uint16_t lane)
{
	if (s->lanes[lane].worker > 0)
		kill(s->lanes[lane].worker, SIGKILL);
}

void children_fault(struct supervisor *s, uint16_t lane, pid_t worker)
{
	struct lane_record *l = &s->lanes[lane];

	if (worker == l->faulty)
		return;
	l->faulty = worker;
	if (!breaker_fault(&l->breaker, loop_now()))
		return;
	err("helper=%s queue=%u paused: %d workers failed in a minute, the last one %s; traffic "
	    "passes and nothing is opened; another one is tried in %d s, or on SIGHUP",
	    l->helper, l->queue_num, BREAKER_FAULTS, l->why, BREAKER_PAUSE / 1000);
	pause_lane(s, lane);
}

void children_forgive(struct supervisor *s)
{
	if (s->broker_breaker.open)
		s->broker_breaker.until = 0;
	for (unsigned i = 0; i < LANES_MAX; i++) {
		if (s->lanes[i].breaker.open)
			s->lanes[i].backoff = (struct backoff){ 0 };
		s->lanes[i].breaker = (struct breaker){ 0 };
	}
}

/* Starts the lane's worker if it is due. Milliseconds until it is; PING_MS: it runs. */
static int64_t replace_worker(struct supervisor *s, uint16_t lane, int64_t now)
{
	struct lane_record *l = &s->lanes[lane];

	if (!l->used || l->worker)
		return PING_MS;
	if (!breaker_allows(&l->breaker, now))
		return l->breaker.until - now;
	if (l->backoff.due <= now && children_start_worker(s, lane) < 0)
		plan_restart(&l->backoff);
	return l->worker ? PING_MS : l->backoff.due - now;
}

int children_tick(struct supervisor *s)
{
	int64_t now = loop_now(), next = PING_MS;

	if (!s->broker)
		next = replace_broker(s, now);
	if (!s->broker)
		return next < PING_MS ? (int)next : PING_MS;
	ping_broker(s, now);
	next = PING_MS;
	for (uint16_t i = 0; i < LANES_MAX; i++) {
		int64_t wait = replace_worker(s, i, now);

		if (wait < next)
			next = wait > 0 ? wait : 0;
	}
	return (int)next;
}

/* ---- deaths ---- */

/* "was killed by signal 11 (Segmentation fault)" */
static const char *end_text(char *buf, size_t size, int status)
{
	if (WIFSIGNALED(status))
		snprintf(buf, size, "was killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(buf, size, "ended with status %d", WEXITSTATUS(status));
	return buf;
}

/* Did it end by its own doing? A worker whose link is closed ends with status 0; who kills from
 * outside uses other signals. */
static bool is_fault(int status)
{
	switch (WIFSIGNALED(status) ? WTERMSIG(status) : 0) {
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
	case SIGABRT:
	case SIGTRAP:
	case SIGSYS:
		return true;
	}
	return WIFEXITED(status) && WEXITSTATUS(status);
}

static void bury_broker(struct supervisor *s, int status)
{
	static struct log_limit limit;
	bool fault = is_fault(status) || s->broker_hangs;
	int fd = s->on_broker.fd;
	char text[64];

	if (log_allowed(&limit))
		warn("broker (pid %d) %s, starting it again", (int)s->broker,
		     end_text(text, sizeof(text), status));
	loop_del(&s->loop, &s->on_broker);
	if (fd >= 0)
		close(fd);
	s->broker = 0;
	s->broker_hangs = false;
	plan_restart(&s->broker_backoff);
	if (!fault)
		s->broker_backoff.delay = RESTART_FIRST;
	for (uint16_t i = 0; i < LANES_MAX; i++) {
		children_stop_worker(s, i);
		s->lanes[i].backoff = (struct backoff){ 0 }; /* it does not pay for this */
	}
	if (fault && breaker_fault(&s->broker_breaker, loop_now()))
		err("the broker failed %d times in a minute: all helpers pause, traffic passes and "
		    "nothing is opened; it is tried again in %d s, or on SIGHUP",
		    BREAKER_FAULTS, BREAKER_PAUSE / 1000);
	if (s->broker_breaker.open || s->broker_backoff.due - loop_now() > QUEUES_WAIT)
		pause_queues(s);
}

static void bury_worker(struct supervisor *s, uint16_t lane, int status)
{
	static struct log_limit limit;
	struct lane_record *l = &s->lanes[lane];

	l->buried = l->worker;
	l->worker = 0;
	if (!l->used)
		return;
	end_text(l->why, sizeof(l->why), status);
	if (log_allowed(&limit))
		warn("worker %s (pid %d) %s, starting it again", l->helper, (int)l->buried, l->why);
	plan_restart(&l->backoff);
	if (!is_fault(status) && l->condemned != l->buried) {
		l->backoff.delay = RESTART_FIRST; /* who was killed does not wait longer each time */
		return;
	}
	l->blamed = true;
	children_fault(s, lane, l->buried);
}

static void bury(struct supervisor *s, pid_t pid, int status)
{
	s->child_failures += WIFEXITED(status) && WEXITSTATUS(status);
	s->child_faults += WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
	s->child_signals += WIFSIGNALED(status) && WTERMSIG(status) != SIGSEGV;
	if (pid == s->keeper) {
		err("the keeper is gone; ending, because nothing would disable the helpers later");
		s->keeper = 0;
		lanes_let_go(s);
		s->over = s->broken = true;
		return;
	}
	if (pid == s->broker) {
		bury_broker(s, status);
		return;
	}
	for (uint16_t i = 0; i < LANES_MAX; i++)
		if (s->lanes[i].worker == pid)
			bury_worker(s, i, status);
}

void children_reap(struct supervisor *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		bury(s, pid, status);
}
