// SPDX-License-Identifier: GPL-2.0-or-later
/* What the work cost: times of processes, packets of queues, memory; before and after. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/loop.h"
#include "bench/load/load.h"

#define TIMES_MAX     (4u << 20)
#define PROCESSES_MAX 40
#define TEXT_SIZE     65536

struct process {
	pid_t pid;
	char name[32];
	int64_t user, system; /* ticks */
	int64_t run_ns;
	int64_t sleeps; /* how often it had nothing to do, and was woken */
	int64_t pss, private; /* kB */
};

struct sample {
	struct process processes[PROCESSES_MAX];
	size_t n_processes;
	int64_t queued, dropped, expected;
};

static struct sample before, after;

void tally_add(struct tally *t, int64_t took)
{
	t->done++;
	if (!t->times)
		t->times = malloc(TIMES_MAX * sizeof(*t->times));
	if (t->times && t->n_times < TIMES_MAX)
		t->times[t->n_times++] = (uint32_t)took;
}

static const char *read_text(const char *path)
{
	static char text[TEXT_SIZE];
	size_t len = 0;
	ssize_t n = 1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && n > 0 && len < sizeof(text) - 1) {
		n = read(fd, text + len, sizeof(text) - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	text[len] = '\0';
	return text;
}

static const char *read_of(pid_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return read_text(path);
}

const char *queue_table(pid_t pid)
{
	return read_of(pid, "net/netfilter/nfnetlink_queue");
}

/* Sum of the lines "NAME: N kB". */
static int64_t sum_of(const char *text, const char *name)
{
	int64_t sum = 0;

	for (const char *at = text; (at = strstr(at, name)); at += strlen(name))
		if (at == text || at[-1] == '\n')
			sum += strtoll(at + strlen(name), NULL, 10);
	return sum;
}

static void take_process(pid_t pid, struct process *ret)
{
	const char *text = read_of(pid, "stat"), *name = strchr(text, '('),
		   *end = strrchr(text, ')');
	long long user, system;

	*ret = (struct process){ .pid = pid };
	if (!name || !end ||
	    sscanf(end, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lld %lld", &user,
		   &system) != 2)
		return; /* it is gone, and has cost nothing that could be known */
	snprintf(ret->name, sizeof(ret->name), "%.*s", (int)(end - name - 1), name + 1);
	ret->user = user;
	ret->system = system;
	ret->run_ns = strtoll(read_of(pid, "schedstat"), NULL, 10);
	ret->sleeps = sum_of(read_of(pid, "status"), "voluntary_ctxt_switches:");
	text = read_of(pid, "smaps_rollup");
	ret->pss = sum_of(text, "Pss:");
	ret->private = sum_of(text, "Private_Clean:") + sum_of(text, "Private_Dirty:");
}

static void take_queues(pid_t firewall, struct sample *s)
{
	long long dropped, lost, last;

	for (const char *line = queue_table(firewall); *line;
	     line += strcspn(line, "\n"), line += *line == '\n')
		if (sscanf(line, "%*s %*s %*s %*s %*s %lld %lld %lld", &dropped, &lost, &last) ==
		    3) {
			s->dropped += dropped + lost;
			s->queued += last;
		}
}

/* One line a processor; a column's name says where it stands. */
static int64_t kernel_count(pid_t firewall, const char *name)
{
	const char *text = read_of(firewall, "net/stat/nf_conntrack"), *line = strchr(text, '\n');
	int column = 0, found = -1;
	int64_t sum = 0;
	char word[32];
	int n;

	for (const char *at = text; line && at < line && sscanf(at, "%31s%n", word, &n) == 1;
	     at += n, column++)
		if (strcmp(word, name) == 0)
			found = column;
	for (; line && line[1] && found >= 0; line = strchr(line + 1, '\n')) {
		const char *at = line + 1;

		for (int i = 0; i < found; i++) {
			at += strspn(at, " ");
			at += strcspn(at, " \n");
		}
		sum += strtoll(at, NULL, 16);
	}
	return sum;
}

static int take(const struct task *task, struct sample *ret)
{
	char *end;

	*ret = (struct sample){ 0 };
	for (const char *at = task->processes; *at && ret->n_processes < PROCESSES_MAX - 1;
	     at = end + (*end == ',')) {
		take_process((pid_t)strtol(at, &end, 10), &ret->processes[ret->n_processes++]);
		if (end == at)
			return -EINVAL;
	}
	take_process(getpid(), &ret->processes[ret->n_processes++]);
	if (task->firewall) {
		take_queues(task->firewall, ret);
		ret->expected = kernel_count(task->firewall, "expect_create");
	}
	return 0;
}

int sample_begin(const struct task *task, struct tally *t)
{
	int r = take(task, &before);

	t->done = t->offered = t->lost = t->n_times = 0;
	t->begun = loop_now_us();
	return r;
}

int sample_end(const struct task *task, struct tally *t)
{
	t->ended = loop_now_us();
	return take(task, &after);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void print_processes(const struct task *task, struct json *j)
{
	json_put_array_begin(j, "processes");
	for (size_t i = 0; i < after.n_processes; i++) {
		const struct process *a = &after.processes[i], *b = &before.processes[i];

		json_put_object_begin(j, NULL);
		json_put_string(j, "name", a->name);
		json_put_number(j, "user", a->user - b->user);
		json_put_number(j, "system", a->system - b->system);
		json_put_number(j, "run_ns", a->run_ns - b->run_ns);
		json_put_number(j, "sleeps", a->sleeps - b->sleeps);
		json_put_number(j, "pss_kb", a->pss);
		json_put_number(j, "private_kb", a->private);
		json_put_object_end(j);
	}
	json_put_array_end(j);
}

void sample_print(const struct task *task, struct tally *t, struct json *j)
{
	json_put_number(j, "connections", task->connections);
	json_put_number(j, "depth", task->depth);
	json_put_number(j, "us", t->ended - t->begun);
	json_put_number(j, "done", (int64_t)t->done);
	json_put_number(j, "offered", (int64_t)t->offered);
	json_put_number(j, "lost", (int64_t)t->lost);
	if (t->n_times) {
		qsort(t->times, t->n_times, sizeof(*t->times), compare);
		json_put_number(j, "p50_us", t->times[t->n_times / 2]);
		json_put_number(j, "p99_us", t->times[t->n_times * 99 / 100]);
	}
	json_put_number(j, "queued", after.queued - before.queued);
	json_put_number(j, "dropped", after.dropped - before.dropped);
	json_put_number(j, "expected", after.expected - before.expected);
	print_processes(task, j);
}

int work_idle(const struct task *task)
{
	struct json j = json_over(stdout);
	struct tally t = { 0 };
	int r = sample_begin(task, &t);

	usleep((useconds_t)task->duration);
	if (r == 0)
		r = sample_end(task, &t);
	if (r < 0)
		return r;
	json_put_object_begin(&j, NULL);
	sample_print(task, &t, &j);
	json_put_object_end(&j);
	return json_finish(&j);
}
