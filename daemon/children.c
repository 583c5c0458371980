/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works
 *
 *     supervisor --order--> broker <--link--> worker (one per queue)
 *         |--------hold---> keeper
 *
 * Every child is an executed program that gets two or three descriptors and nothing else. The
 * broker keeps CAP_NET_ADMIN through the ambient set; the worker starts with no capability; the
 * keeper is started before the supervisor leaves root behind.
 *
 * A dead worker gets a successor with a fresh link. A dead broker takes all links with it, so that
 * the workers end too, and everything is built again around the queues that live here.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/log.h"
#include "build.h"
#include "daemon/supervisor.h"

#define KEEPER_PATIENCE_MS 5000

/* Moves one or two descriptors to 3 and 4, where the child expects them. */
static int place(const int *fds, int n)
{
	int high[2];

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

static void write_report(struct supervisor *s, struct report *r)
{
	r->text[sizeof(r->text) - 1] = 0;
	switch ((enum report_kind)r->kind) {
	case REPORT_LOG:
		if (r->level <= LOG_LEVEL_DEBUG)
			log_line(r->level, r->text);
		break;
	case REPORT_WORKER:
		/* Often it is dead already and the successor on its way. */
		if (r->lane >= LANES_MAX || r->worker <= 0 ||
		    s->lanes[r->lane].worker != r->worker)
			break;
		warn("helper=%s queue=%u worker does not answer as it should, replacing it",
		     s->lanes[r->lane].helper, s->lanes[r->lane].queue_num);
		kill(r->worker, SIGKILL);
		break;
	}
}

static void broker_ready(struct watch *w, uint32_t events)
{
	struct supervisor *s = container_of(w, struct supervisor, on_broker);
	struct report r;
	int fd, n;

	while ((n = order_receive(w->fd, &r, sizeof(r), &fd)) > 0) {
		if (fd >= 0)
			close(fd);
		write_report(s, &r);
	}
	if (n != -EAGAIN) { /* it is dead, or talks nonsense: SIGCHLD does the rest */
		if (s->broker > 0)
			kill(s->broker, SIGKILL);
		loop_change(&s->loop, w, 0);
	}
}

static int no_preparation(void)
{
	return 0;
}

int children_introduce_lane(struct supervisor *s, const struct config *c, uint16_t lane)
{
	struct lane_record *l = &s->lanes[lane];
	struct order o = { .kind = ORDER_SERVE, .lane = lane, .queue = l->queue_num,
			   .portid = l->queue.portid };

	int r;

	memcpy(o.helper, l->helper, sizeof(o.helper));
	r = order_send(s->on_broker.fd, &o, sizeof(o), l->queue.fd);
	return r < 0 ? r : lanes_send_policies(s, c, lane);
}

int children_start_broker(struct supervisor *s)
{
	char *argv[] = { "pinhole-broker", NULL };
	int pair[2], r = make_pair(pair);

	if (r < 0)
		return r;
	s->broker = spawn("pinhole-broker", argv, (int[]){ pair[1], s->counters_fd }, 2, false,
			  no_preparation);
	close(pair[1]);
	s->on_broker = (struct watch){ .fd = -1, .ready = broker_ready };
	r = s->broker < 0 ? (int)s->broker : loop_add(&s->loop, &s->on_broker, pair[0], EPOLLIN);
	if (r < 0)
		close(pair[0]);
	return r;
}

static void restart_broker(struct supervisor *s)
{
	int fd = s->on_broker.fd;

	loop_del(&s->loop, &s->on_broker);
	if (fd >= 0)
		close(fd);
	if (children_start_broker(s) < 0) {
		s->over = s->broken = true;
		return;
	}
	for (uint16_t i = 0; i < LANES_MAX; i++) {
		struct lane_record *l = &s->lanes[i];

		l->delay = 0; /* no fault of the workers, whether they are dead already or not */
		l->due = loop_now();
		if (l->used && children_introduce_lane(s, &s->config, i) == 0)
			children_stop_worker(s, i);
	}
}

/* ---- workers ---- */

int children_start_worker(struct supervisor *s, uint16_t lane)
{
	struct lane_record *l = &s->lanes[lane];
	char *argv[] = { "pinhole-worker", l->helper, NULL };
	struct order o = { .kind = ORDER_WORKER, .lane = lane };
	int pair[2], r = make_pair(pair);

	if (r < 0)
		return r;
	l->worker = spawn("pinhole-worker", argv, (int[]){ pair[1] }, 1, false,
			  confine_pass_nothing_on);
	close(pair[1]);
	o.worker = l->worker;
	r = l->worker < 0 ? (int)l->worker : order_send(s->on_broker.fd, &o, sizeof(o), pair[0]);
	close(pair[0]);
	if (l->worker < 0)
		l->worker = 0;
	l->started = loop_now();
	return r;
}

void children_stop_worker(struct supervisor *s, uint16_t lane)
{
	if (s->lanes[lane].worker > 0)
		kill(s->lanes[lane].worker, SIGKILL);
}

static void plan_restart(struct lane_record *l)
{
	int64_t now = loop_now();

	if (now - l->started > RESTART_LIFE)
		l->delay = 0;
	l->due = now + l->delay;
	l->delay = l->delay ? l->delay * 2 : RESTART_FIRST;
	if (l->delay > RESTART_LAST)
		l->delay = RESTART_LAST;
}

int children_tick(struct supervisor *s)
{
	int64_t now = loop_now(), next = -1;

	for (uint16_t i = 0; i < LANES_MAX; i++) {
		struct lane_record *l = &s->lanes[i];

		if (!l->used || l->worker)
			continue;
		if (l->due <= now && children_start_worker(s, i) < 0)
			plan_restart(l);
		if (!l->worker && (next < 0 || l->due - now < next))
			next = l->due > now ? l->due - now : 0;
	}
	return (int)next;
}

/* ---- deaths ---- */

static void describe(const char *what, const char *helper, pid_t pid, int status)
{
	static struct log_limit limit;

	if (!log_allowed(&limit))
		return;
	if (WIFSIGNALED(status))
		warn("%s%s (pid %d) was killed by signal %d (%s), starting it again", what, helper,
		     (int)pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		warn("%s%s (pid %d) ended with status %d, starting it again", what, helper,
		     (int)pid, WEXITSTATUS(status));
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
		describe("broker", "", pid, status);
		restart_broker(s);
		return;
	}
	for (uint16_t i = 0; i < LANES_MAX; i++)
		if (s->lanes[i].worker == pid) {
			s->lanes[i].worker = 0;
			if (!s->lanes[i].used)
				return;
			describe("worker ", s->lanes[i].helper, pid, status);
			plan_restart(&s->lanes[i]);
		}
}

void children_reap(struct supervisor *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		bury(s, pid, status);
}
