/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The control socket's server side. Requests are four bytes and answers are small, so a client is
 * served in one go; one that sends nothing within a moment is hung up on.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/request.h"
#include "daemon/supervisor.h"

#define BACKLOG 20
#define PATIENCE_US 200000

int control_open(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), r = 0;
	mode_t mask;

	if (fd < 0)
		return -errno;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	(void)unlink(path);
	mask = umask(0177);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, BACKLOG) < 0)
		r = -errno;
	umask(mask);
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

static void print_runtime(const struct supervisor *s, FILE *f)
{
	/* The layout is conntrackd's; what it counts of the event stream is not ours to count. */
	fprintf(f, "daemon uptime: %lld min\n\n", (long long)(loop_now() - s->started) / 60000);
	fprintf(f,
		"netlink stats:\n"
		"\tevents received:\t%20llu\n"
		"\tevents filtered:\t%20llu\n"
		"\tevents unknown type:\t\t%12u\n"
		"\tcatch event failed:\t\t%12u\n"
		"\tdump unknown type:\t\t%12u\n"
		"\tnetlink overrun:\t\t%12u\n"
		"\tflush kernel table:\t\t%12u\n"
		"\tresync with kernel table:\t%12u\n"
		"\tcurrent buffer size (in bytes):\t%12u\n\n",
		0ULL, 0ULL, 0, 0, 0, 0, 0, 0, s->config.general.netlink_buffer_size);
	fprintf(f,
		"runtime stats:\n"
		"\tchild process failed:\t\t%12u\n"
		"\t\tchild process segfault:\t%12u\n"
		"\t\tchild process termsig:\t%12u\n"
		"\tselect failed:\t\t\t%12u\n"
		"\twait failed:\t\t\t%12u\n"
		"\tlocal read failed:\t\t%12u\n"
		"\tlocal unknown request:\t\t%12u\n\n",
		s->child_failures, s->child_faults, s->child_signals, 0, 0, 0,
		s->unknown_requests);
}

static void print_processes(const struct supervisor *s, FILE *f)
{
	if (s->broker_breaker.open)
		fprintf(f, "type=broker paused: failed too often, all helpers let pass\n");
	else
		fprintf(f, "PID=%d type=broker\n", (int)s->broker);
	fprintf(f, "PID=%d type=keeper\n", (int)s->keeper);
	for (unsigned i = 0; i < LANES_MAX; i++) {
		const struct lane_record *l = &s->lanes[i];

		if (!l->used)
			continue;
		if (l->worker)
			fprintf(f, "PID=%d ", (int)l->worker);
		if (l->worker || l->breaker.open)
			fprintf(f, "type=worker helper=%s queue=%u%s%s\n", l->helper, l->queue_num,
				l->breaker.open ? " paused: the last of many failed workers " : "",
				l->breaker.open ? l->why : "");
	}
}

static void print_lane(const struct config *config, const struct lane_record *l,
		       const struct lane_counters *c, FILE *f)
{
	struct manifest buf;
	const struct manifest *m = lanes_manifest(config, l->helper, &buf);

	fprintf(f, "helper %s queue %u:%s\n", l->helper, l->queue_num,
		l->breaker.open ? " paused, see conntrackd -s process" : "");
#define COUNTER(name, prose) fprintf(f, "\t%-24s%12llu\n", #name ":", (unsigned long long)c->name);
	LANE_COUNTERS
#undef COUNTER
#define REFUSAL(name, prose)                                                                       \
	if (c->refusals[REFUSED_##name])                                                           \
		fprintf(f, "\t\trefused %-20s%8llu\n", #name ":",                                  \
			(unsigned long long)c->refusals[REFUSED_##name]);
	REFUSALS
#undef REFUSAL
	for (unsigned i = 1; m && m->notes[i]; i++)
		if (c->notes[i])
			fprintf(f, "\t\tnote %-23s%8llu\n", m->notes[i],
				(unsigned long long)c->notes[i]);
	fputc('\n', f);
}

static void print_audit(const struct supervisor *s, FILE *f)
{
	struct audit_record *records = malloc(AUDIT_RECORDS * sizeof(*records));
	size_t n = records ? audit_collect(s->audit, records) : 0;
	char line[AUDIT_TEXT_SIZE];

	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s\n", audit_line(line, &records[i]));
	free(records);
}

static void answer(struct supervisor *s, int request, FILE *f)
{
	switch (request) {
	case REQUEST_KILL:
		s->over = true;
		return;
	case REQUEST_STATS_RUNTIME:
		print_runtime(s, f);
		return;
	case REQUEST_STATS_PROCESS:
		print_processes(s, f);
		return;
	case REQUEST_STATS_HELPER:
		for (unsigned i = 0; i < LANES_MAX; i++)
			if (s->lanes[i].used)
				print_lane(&s->config, &s->lanes[i], &s->counters[i], f);
		return;
	case REQUEST_STATS_AUDIT:
		print_audit(s, f);
		return;
	case REQUEST_RELOAD:
		supervisor_reload(s, f);
		return;
	}
	if (request < 0 || request > REQUEST_DUMP_EXTERNAL_EXPECT_XML)
		s->unknown_requests++;
}

static void control_ready(struct watch *w, uint32_t events)
{
	struct supervisor *s = container_of(w, struct supervisor, on_control);
	struct timeval patience = { .tv_usec = PATIENCE_US };
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC), request;
	char *text = NULL;
	size_t len = 0;
	FILE *f;

	if (fd < 0)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	f = open_memstream(&text, &len);
	if (f && recv(fd, &request, sizeof(request), MSG_WAITALL) == sizeof(request)) {
		answer(s, request, f);
		fflush(f);
		for (size_t at = 0; at < len;) {
			ssize_t n = send(fd, text + at, len - at, MSG_NOSIGNAL);

			if (n <= 0)
				break;
			at += (size_t)n;
		}
	}
	if (f)
		fclose(f);
	free(text);
	/* After -k the socket stays open until we end: the client waits for that. */
	if (!s->over)
		close(fd);
}

void control_watch(struct supervisor *s, int fd)
{
	s->on_control = (struct watch){ .fd = -1, .ready = control_ready };
	if (loop_add(&s->loop, &s->on_control, fd, EPOLLIN) < 0)
		warn("cannot watch the control socket");
}
