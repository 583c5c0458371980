// SPDX-License-Identifier: GPL-2.0-or-later
/* Work over UDP: portmapper look-ups (RFC 1833), each answered with another port. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "bench/load/load.h"

#define CALLS	  65536		/* times that are remembered, by transaction id */
#define IN_TIME	  SECOND	/* an answer that comes later is none */
#define RECOVERY  (60 * SECOND) /* how long is asked again after a flood */
#define ASK_AGAIN (SECOND / 20)
#define BURST_MAX 64

struct run;

struct flow {
	struct watch watch;
	struct run *run;
	uint32_t xid; /* of its newest call */
	int64_t asked;
};

struct run {
	const struct task *task;
	struct loop loop;
	struct tally tally;
	struct flow *flows;
	bool waits; /* an answer is followed by the next call */
	uint32_t xid;
	uint32_t oldest; /* answers to what was asked before are not counted */
	int64_t sent[CALLS];
	int64_t now; /* 0: not looked at in this turn */
};

static int64_t now(struct run *r)
{
	if (!r->now)
		r->now = loop_now_us();
	return r->now;
}

static void ask(struct flow *f)
{
	/* xid, call, RPC 2, portmapper 2 GETPORT, no credentials, of mountd 3 over UDP */
	static uint32_t call[14] = { 0, 0, 2, 100000, 2, 3, 0, 0, 0, 0, 100005, 3, IPPROTO_UDP, 0 };
	static bool swapped;

	for (int i = 1; i < 14 && !swapped; i++)
		call[i] = htonl(call[i]);
	swapped = true;
	f->xid = ++f->run->xid;
	f->asked = now(f->run);
	f->run->sent[f->xid % CALLS] = f->asked;
	call[0] = htonl(f->xid);
	(void)send(f->watch.fd, call, sizeof(call),
		   0); /* what is lost is asked again, or counted */
	f->run->tally.offered++;
}

static void receive(struct watch *w, uint32_t events)
{
	struct flow *f = container_of(w, struct flow, watch);
	struct run *r = f->run;
	uint32_t answer[7], xid;
	int64_t took;

	for (int i = 0; i < (r->waits ? 1 : BURST_MAX); i++) {
		if (recv(w->fd, answer, sizeof(answer), 0) != sizeof(answer))
			return;
		xid = ntohl(answer[0]);
		took = now(r) - r->sent[xid % CALLS];
		if (r->waits && xid != f->xid)
			continue;
		if (xid >= r->oldest && took < IN_TIME)
			tally_add(&r->tally, took);
		if (r->waits)
			ask(f);
	}
}

static int open_all(struct run *r)
{
	struct sockaddr_in to = { AF_INET, htons(RPC_PORT), r->task->server, { 0 } };
	int fd;

	r->flows = calloc(r->task->connections, sizeof(*r->flows));
	if (!r->flows)
		return -ENOMEM;
	if (loop_open(&r->loop) < 0)
		return -EMFILE;
	for (unsigned i = 0; i < r->task->connections; i++) {
		struct flow *f = &r->flows[i];

		*f = (struct flow){ .run = r, .watch.ready = receive };
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
		    loop_add(&r->loop, &f->watch, fd, EPOLLIN) < 0)
			return -errno;
	}
	r->now = loop_now_us();
	return 0;
}

static void turn(struct run *r, int64_t wait)
{
	r->now = 0;
	loop_turn(&r->loop, (int)(wait / 1000));
	now(r);
}

/* Answers until `end`; what is not answered in time is asked again. */
static void wait_until(struct run *r, int64_t end)
{
	int64_t looked = r->now;

	while (r->now < end) {
		turn(r, ASK_AGAIN);
		if (r->now - looked < ASK_AGAIN)
			continue;
		looked = r->now;
		for (unsigned i = 0; i < r->task->connections; i++)
			if (r->now - r->flows[i].asked > IN_TIME) {
				r->tally.lost++;
				ask(&r->flows[i]);
			}
	}
}

/* Asks at the rate, whatever is answered. */
static void pour_until(struct run *r, int64_t end)
{
	int64_t begun = r->now;
	uint64_t due, asked = 0;

	while (r->now < end) {
		due = (uint64_t)(r->now - begun) * r->task->rate / SECOND;
		if (due > asked + BURST_MAX)
			asked = due - BURST_MAX; /* this machine cannot */
		for (; asked < due; asked++)
			ask(&r->flows[asked % r->task->connections]);
		turn(r, 1000);
	}
}

/* After a flood: how long until a look-up is answered, or until nobody would wait any more. */
static int64_t recovery(struct run *r)
{
	int64_t end = r->now, last = 0;
	uint64_t before = r->tally.done;

	r->oldest = r->xid + 1;
	for (unsigned i = 0; r->tally.done == before && r->now - end < RECOVERY; turn(r, 1000))
		if (r->now - last >= ASK_AGAIN) {
			last = r->now;
			ask(&r->flows[i++ % r->task->connections]);
		}
	return r->now - end;
}

/* A fifth of the time unmeasured, then the rest. */
static int measure(struct run *r, void (*work_until)(struct run *r, int64_t until))
{
	const struct task *task = r->task;
	int error;

	work_until(r, r->now + task->duration / 5);
	error = sample_begin(task, &r->tally);
	work_until(r, r->tally.begun + task->duration);
	return error ? error : sample_end(task, &r->tally);
}

int work_rpc(const struct task *task)
{
	static struct run r = { .waits = true };
	struct json j = json_over(stdout);
	int error;

	r.task = task;
	error = open_all(&r);
	for (unsigned i = 0; i < task->connections && !error; i++)
		ask(&r.flows[i]);
	if (error)
		return error;
	error = measure(&r, wait_until);
	if (error)
		return error;
	json_put_object_begin(&j, NULL);
	sample_print(task, &r.tally, &j);
	json_put_object_end(&j);
	return json_finish(&j);
}

int work_flood(const struct task *task)
{
	static struct run r;
	struct json j = json_over(stdout);
	int error;

	if (!task->rate)
		return -EINVAL;
	r.task = task;
	error = open_all(&r);
	if (error)
		return error;
	error = measure(&r, pour_until);
	if (error)
		return error;
	json_put_object_begin(&j, NULL);
	sample_print(task, &r.tally, &j);
	json_put_number(&j, "recovery_us", recovery(&r));
	json_put_object_end(&j);
	return json_finish(&j);
}
