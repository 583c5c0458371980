/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works
 *
 * Start, in this order: lock, control socket and log while still root; the keeper; nice value, CPUs
 * and real time, which are not for the keeper; then privileges are dropped to CAP_NET_ADMIN under a
 * user of our own; the broker; the configuration (queues, workers, helpers: lanes.c). Only then the
 * daemon says that it is ready.
 *
 * End: the keeper sees our end of its pair go, disables every helper, lets go what is pending and
 * removes lock and socket. It does the same when we are killed: there is one way out.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/log.h"
#include "build.h"
#include "daemon/queues.h"
#include "daemon/request.h"
#include "daemon/supervisor.h"

void supervisor_reload(struct supervisor *s, FILE *answer)
{
	struct config_messages msgs = { 0 };
	struct config wanted;
	int r = config_read(&wanted, s->config_path, &msgs), fd = SCRAPE_NOTHING;
	struct config_metrics metrics = { 0 };

	messages_log(&msgs);
	for (size_t i = 0; answer && i < msgs.num; i++)
		fprintf(answer, "%s\n", msgs.list[i].text);
	config_messages_free(&msgs);
	if (r == 0) {
		metrics = wanted.general.metrics;
		fd = scrape_open(&s->scrape, &metrics);
		r = fd == SCRAPE_FAILED ? -EADDRNOTAVAIL : lanes_apply(s, &wanted);
		if (fd == SCRAPE_FAILED)
			config_free(&wanted);
	}
	if (r == 0 || r == -EIO)
		scrape_set(&s->scrape, &metrics, fd);
	else if (fd >= 0)
		close(fd);
	if (r < 0)
		err("%s was not applied%s", s->config_path,
		    r == -EIO ? " completely, see above" : ": the old configuration stays");
	else
		info("%s applied", s->config_path);
	if (answer)
		fputs(r < 0 ? "it was not applied, the log of conntrackd says why\n" : REQUEST_RELOADED,
		      answer);
	children_forgive(s);
}

static void signal_ready(struct watch *w, uint32_t events)
{
	struct supervisor *s = container_of(w, struct supervisor, on_signal);
	struct signalfd_siginfo si;

	while (read(w->fd, &si, sizeof(si)) == sizeof(si))
		switch (si.ssi_signo) {
		case SIGCHLD:
			children_reap(s);
			break;
		case SIGHUP:
			supervisor_reload(s, NULL);
			break;
		case SIGINT:
		case SIGTERM:
			s->over = true;
			break;
		}
}

static int watch_signals(struct supervisor *s)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	s->on_signal = (struct watch){ .fd = -1, .ready = signal_ready };
	return loop_add(&s->loop, &s->on_signal, fd, EPOLLIN);
}

/* Counters and trail outlive a broker, who cannot make them shorter under our feet. */
static int share_with_broker(struct supervisor *s)
{
	struct shared *shared;

	s->counters_fd = memfd_create("pinhole-counters", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (s->counters_fd < 0 || ftruncate(s->counters_fd, sizeof(*shared)) < 0 ||
	    fcntl(s->counters_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -errno;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, s->counters_fd, 0);
	if (shared == MAP_FAILED)
		return -errno;
	s->counters = shared->counters;
	s->audit = &shared->audit;
	return 0;
}

static void open_quarantine(struct supervisor *s, uid_t uid, gid_t gid)
{
	static const char path[] = PINHOLE_STATEDIR "/quarantine";

	s->quarantine = quarantine_open(path, uid, gid);
	if (s->quarantine < 0)
		warn_errno(s->quarantine, "cannot open %s: packets that end a worker are not kept",
			   path);
}

/* The user that the build names; nobody, with a warning, where it does not exist. Somebody who is
 * not root already stays who he is. */
static int drop_privileges(struct supervisor *s)
{
	const struct passwd *pw = NULL;

	if (geteuid() != 0) {
		open_quarantine(s, geteuid(), getegid());
		return confine_to_net_admin(geteuid(), getegid(), true);
	}
	pw = getpwnam(PINHOLE_USER);
	if (!pw) {
		warn("there is no user `" PINHOLE_USER "', running as `nobody': create it with "
		     "useradd --system --shell /usr/sbin/nologin " PINHOLE_USER);
		pw = getpwnam("nobody");
	}
	if (!pw || pw->pw_uid == 0)
		return -ENOENT;
	open_quarantine(s, pw->pw_uid, pw->pw_gid);
	return confine_to_net_admin(pw->pw_uid, pw->pw_gid, true);
}

static int open_control(struct supervisor *s, const char *path)
{
	int fd;

	if (!*path)
		return 0;
	fd = control_open(path);
	if (fd < 0) {
		err_errno(fd, "cannot make the control socket `%s'", path);
		return fd;
	}
	control_watch(s, fd);
	return 0;
}

static void print_page(void *owner, FILE *f)
{
	metrics_print(owner, f);
}

static int open_metrics(struct supervisor *s, const struct config_metrics *at)
{
	int fd;

	scrape_init(&s->scrape, &s->loop, print_page, s);
	fd = scrape_open(&s->scrape, at);
	if (fd == SCRAPE_FAILED)
		return -EADDRNOTAVAIL;
	scrape_set(&s->scrape, at, fd);
	return 0;
}

static int set_up(struct supervisor *s, const struct config *config)
{
	const struct config_general *g = &config->general;
	int r = loop_open(&s->loop);

	if (r == 0)
		r = share_with_broker(s);
	if (r == 0)
		r = watch_signals(s);
	if (r < 0) {
		err_errno(r, "cannot start");
		return r;
	}
	s->lock_fd = lock_take(g->lock_file);
	if (s->lock_fd < 0)
		return s->lock_fd;
	r = children_start_keeper(s, g);
	if (r == 0)
		r = open_control(s, g->unix_path);
	if (r == 0)
		r = open_metrics(s, &g->metrics);
	if (r == 0) {
		modules_load(config);
		s->queues_fd = queues_open();
		tune(g);
		r = drop_privileges(s);
		if (r < 0)
			err_errno(r, "cannot drop privileges");
	}
	if (r == 0)
		r = nl_open(&s->nl);
	if (r == 0)
		r = children_start_broker(s);
	return r;
}

/* Tells the parent that waits in the foreground, and leaves its terminal. */
static void come_of_age(int ready_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (write(ready_fd, "", 1) != 1 || null < 0)
		warn_errno(errno, "cannot leave the terminal");
	close(ready_fd);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
}

static void serve(struct supervisor *s, int ready_fd)
{
	int children, scrapes;

	info("-- starting in %s mode, helper types: %zu --", ready_fd < 0 ? "console" : "daemon",
	     s->config.n_types);
	if (ready_fd >= 0)
		come_of_age(ready_fd);
	notify_manager("READY=1");
	while (!s->over) {
		notify_watchdog();
		children = children_tick(s);
		scrapes = scrape_tick(&s->scrape);
		if (loop_turn(&s->loop, children < scrapes ? children : scrapes) < 0)
			s->over = s->broken = true;
	}
	info("---- shutdown received ----");
	notify_manager("STOPPING=1");
}

int supervisor_run(const char *config_path, struct config *config, int ready_fd)
{
	static struct supervisor s;
	int r;

	/* Its own configuration is empty: the file's is applied to a daemon that serves nothing. */
	s = (struct supervisor){ .config_path = config_path, .lock_fd = -1, .nl = NL_CLOSED,
				 .started = loop_now(), .keeper_fd = -1, .quarantine = -1, .queues_fd = -1 };
	r = set_up(&s, config);
	if (r == 0)
		r = lanes_apply(&s, config);
	if (r == 0)
		serve(&s, ready_fd);
	else
		err("conntrackd cannot start, please review your configuration");
	children_end(&s);
	return r < 0 || s.broken ? EXIT_FAILURE : EXIT_SUCCESS;
}
