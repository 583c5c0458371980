/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nice, Scheduler, CPUAffinity. The supervisor takes what General says, and its children have it from
 * there, but for the policy: a parser reads what strangers send, and one that does not come to an end
 * would, in real time, take its processor from everybody.
 */
#include <errno.h>
#include <sched.h>
#include <sys/resource.h>

#include "base/log.h"
#include "daemon/supervisor.h"

static void be_nice(int nice)
{
	if (setpriority(PRIO_PROCESS, 0, nice) < 0)
		warn_errno(errno, "`Nice %d' is not honoured", nice);
}

static void be_real_time(enum config_scheduler scheduler, int priority)
{
	int policy = scheduler == CONFIG_SCHEDULER_FIFO ? SCHED_FIFO : SCHED_RR;
	struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, policy, &param) < 0)
		warn_errno(errno, "`Scheduler' with Priority %d is not honoured", priority);
}

/* The kernel ignores CPUs that are not there, as long as one is. */
static void pin(pid_t pid, const cpu_set_t *cpus, const char *whose)
{
	cpu_set_t got;

	if (sched_setaffinity(pid, sizeof(*cpus), cpus) < 0) {
		if (errno != ESRCH) /* it has just ended */
			warn_errno(errno, "`CPUAffinity' of %s is not honoured", whose);
		return;
	}
	if (sched_getaffinity(pid, sizeof(got), &got) == 0 && !CPU_EQUAL(&got, cpus))
		warn("`CPUAffinity' of %s names CPUs that are not there", whose);
}

void tune(const struct config_general *g)
{
	if (g->has_nice)
		be_nice(g->nice);
	if (CPU_COUNT(&g->cpus))
		pin(0, &g->cpus, "General");
	if (g->scheduler != CONFIG_SCHEDULER_DEFAULT)
		be_real_time(g->scheduler, g->scheduler_priority);
}

int tune_not_real_time(void)
{
	static const struct sched_param none = { 0 };
	int policy = sched_getscheduler(0);

	if (policy != SCHED_FIFO && policy != SCHED_RR)
		return 0;
	return sched_setscheduler(0, SCHED_OTHER, &none) < 0 ? -errno : 0;
}

void tune_worker(const struct lane_record *l)
{
	cpu_set_t ours;

	if (CPU_COUNT(&l->cpus))
		pin(l->worker, &l->cpus, l->helper);
	else if (sched_getaffinity(0, sizeof(ours), &ours) == 0)
		pin(l->worker, &ours, "General");
}

void tune_lane(struct lane_record *l, const struct config *c)
{
	CPU_ZERO(&l->cpus);
	for (size_t i = 0; i < c->n_types; i++)
		if (config_owns_queue(&c->types[i], l->queue_num))
			CPU_OR(&l->cpus, &l->cpus, &c->types[i].cpus);
	if (l->worker)
		tune_worker(l);
}
