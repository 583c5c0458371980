/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The supervisor: what it holds, and the parts that it is made of. It owns every descriptor that
 * must outlive a child: queue sockets, counters, lock. Children are disposable.
 */
#ifndef PINHOLE_DAEMON_SUPERVISOR_H
#define PINHOLE_DAEMON_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/loop.h"
#include "config/config.h"
#include "daemon/breaker.h"
#include "daemon/quarantine.h"
#include "daemon/scrape.h"
#include "helpers/query.h"
#include "link/audit.h"
#include "link/counters.h"
#include "link/order.h"
#include "netfilter/cthelper.h"

/* A worker that dies young is started again later and later; one that has lived this long is
 * started at once. Milliseconds. */
#define RESTART_FIRST 20
#define RESTART_LAST 5000
#define RESTART_LIFE 10000

/* A broker that has not answered so many of the pings of so many ms is replaced; one that has only just begun
 * has more time, and so has, each time twice as much, who follows one that was silent: on a starved machine
 * replacing them is what starves it. */
#define PING_MS	     500
#define PINGS_MAX    3
#define PINGS_START  20
#define SILENCES_MAX 4

/* Longer than that, in ms, packets do not wait for a new broker. */
#define QUEUES_WAIT 100

/* When a child is to be started again. */
struct backoff {
	int64_t started; /* loop_now() when it was */
	int64_t due;	 /* loop_now() when it is to be */
	int64_t delay;	 /* what the last restart waited, ms */
};

/* A packet that ended a worker, as the broker hands it in. */
struct quarantine_packet {
	uint16_t lane;
	uint32_t len;
	uint8_t data[QUARANTINE_PACKET_MAX];
};

/* One queue: all Type blocks of one helper that name it. */
struct lane_record {
	bool used, wanted; /* wanted: by the configuration that is being applied */
	bool fresh;        /* bound for the configuration that is being applied */
	char helper[HELPER_NAME_SIZE];
	struct query *defined; /* owned; NULL: the helper is a built-in one */
	uint16_t queue_num;
	uint32_t queue_len;
	uint16_t purse; /* lanes of one Type have the same one: they share its budgets */
	unsigned how; /* QUEUE_* */
	cpu_set_t cpus; /* of its worker; none: ours */
	struct nl queue;
	pid_t worker;	 /* 0: none */
	pid_t buried;	 /* the last one that ended */
	pid_t condemned; /* the one that the broker complained of */
	pid_t faulty;	 /* the last one that failed by its own fault */
	bool blamed;	 /* the last worker died of what it was at */
	struct backoff backoff;
	struct breaker breaker;
	char why[64]; /* how the last worker ended */
};

struct supervisor {
	struct config config;
	const char *config_path;
	int lock_fd; /* -1: none */
	struct loop loop;
	struct nl nl;
	struct lane_record lanes[LANES_MAX];
	struct lane_counters *counters; /* shared with the broker, who writes */
	const struct audit_rings *audit; /* behind them */
	int counters_fd;
	pid_t broker, keeper;
	struct backoff broker_backoff;
	struct breaker broker_breaker;
	bool broker_hangs;
	bool queues_paused; /* nobody reads them: they let pass */
	unsigned pings;	  /* that the broker has not answered */
	bool broker_answers; /* it has answered one */
	unsigned silences; /* brokers in a row that were replaced for that */
	int64_t ping_due; /* loop_now() */
	int quarantine;	  /* the folder; -1: none */
	int queues_fd;	  /* the kernel's table of queues; -1: unknown */
	struct scrape scrape;
	struct quarantine_packet packet;
	struct watch on_broker, on_signal, on_control;
	int keeper_fd;
	bool over;	/* asked to end */
	bool broken;	/* ends with failure */
	int64_t started; /* loop_now() */
	unsigned child_failures, child_faults, child_signals, unknown_requests;
};

/* ---- children.c ---- */

/* Starts the keeper: as root, before privileges go. */
int children_start_keeper(struct supervisor *s, const struct config_general *g);
int children_start_broker(struct supervisor *s);

/* Hands a lane's queue to the broker, with the policies of `c`. */
int children_introduce_lane(struct supervisor *s, const struct config *c, uint16_t lane);

/* Tells the broker what a lane's helper is, if that is defined. 0 or -errno. */
int children_define(struct supervisor *s, uint16_t lane);

/* Starts (or starts again) the worker of a lane and tells the broker. */
int children_start_worker(struct supervisor *s, uint16_t lane);
void children_stop_worker(struct supervisor *s, uint16_t lane);

/* Collects dead children and replaces them. */
void children_reap(struct supervisor *s);

/* Starts children that are due and looks after the broker. Milliseconds until the next time. */
int children_tick(struct supervisor *s);

/* A worker of the lane failed by its own fault; too often, and the lane pauses. */
void children_fault(struct supervisor *s, uint16_t lane, pid_t worker);

/* What failed too often gets another chance. */
void children_forgive(struct supervisor *s);

/* ---- reports.c ---- */

/* Reads what the broker says. False: it talks nonsense, or is gone. */
bool reports_read(struct supervisor *s);

/* Lets the keeper disable the helpers and waits until it has. */
void children_end(struct supervisor *s);

/* ---- lanes.c ---- */

/* Makes the kernel, the broker and the workers serve `wanted`. Nothing is changed unless all of it
 * can be: on -errno, after messages in the log, all is as before; -EIO: some of it failed late.
 * *wanted is taken: it has become s->config, or is freed. */
int lanes_apply(struct supervisor *s, struct config *wanted);

/* What helper `name` may do: a built-in one, or what `c` defines; `buf` is where the latter is put and
 * points into `c`. NULL: there is none. */
const struct manifest *lanes_manifest(const struct config *c, const char *name, struct manifest *buf);

/* The keeper's work where the keeper is gone: disables the helpers, lets go what is pending. */
void lanes_let_go(struct supervisor *s);

/* Writes what the parser or the daemon found wrong with a file. */
void messages_log(const struct config_messages *m);

/* ---- policies.c ---- */

/* Tells the broker what the configuration allows the helper of a lane. 0 or -errno. */
int policies_send(struct supervisor *s, const struct config *c, uint16_t lane);

/* ---- budget.c ---- */

/* What a Type may have open; NULL: one that the configuration does not name. */
struct budget budget_for(const struct helper_type *t);

/* ---- control.c ---- */

/* Makes the socket at path; before privileges go. */
int control_open(const char *path);
void control_watch(struct supervisor *s, int fd);

/* ---- status.c, metrics.c ---- */

/* Answers the requests for JSON and metrics. False: it is none of them. */
bool status_answer(struct supervisor *s, int request, FILE *f);

/* OpenMetrics text. */
void metrics_print(struct supervisor *s, FILE *f);

/* ---- lock.c ---- */

/* Takes the lock file. Returns its descriptor; -errno after a line in the log: -EEXIST when
 * another daemon holds it. A file left by a crash is no obstacle. */
int lock_take(const char *path);

/* ---- modules.c ---- */

/* Loads what the helpers of `c` may need; before privileges go. What is not there is told, if it is missed. */
void modules_load(const struct config *c);

/* ---- notify.c ---- */

/* Tells the service manager, if there is one. "READY=1" */
void notify_manager(const char *state);

/* Tells its watchdog, if it has one and it is time. */
void notify_watchdog(void);

/* ---- tune.c ---- */

/* Nice, CPUAffinity and Scheduler, for us and whoever we start from here on; before privileges go. What
 * cannot be had is told. */
void tune(const struct config_general *g);

/* In a child that is about to execute a parser. 0 or -errno. */
int tune_not_real_time(void);

/* Puts the lane's worker on its CPUs. */
void tune_worker(const struct lane_record *l);

/* Makes them those that the Types of the queue name, and puts the worker there if there is one. */
void tune_lane(struct lane_record *l, const struct config *c);

/* ---- selftest.c ---- */

/* Prints what the running kernel supports, tried in a network namespace of its own. Exit status:
 * success if the daemon can work. */
int selftest_run(void);

/* ---- supervisor.c ---- */

/* Reads the configuration again and applies it. What is wrong with it goes to the log, and to `answer`
 * if that is not NULL; else that is told REQUEST_RELOADED. */
void supervisor_reload(struct supervisor *s, FILE *answer);

/* Runs until told to end. `ready_fd`: a byte is written there when the daemon serves; -1: none.
 * Exit status. */
int supervisor_run(const char *config_path, struct config *config, int ready_fd);

#endif
