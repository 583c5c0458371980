// SPDX-License-Identifier: GPL-2.0-or-later
/* Work over control connections, FTP's but for one: all of it is lines, and what is said when one comes. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "base/loop.h"
#include "bench/load/load.h"

#define BLOCK_SIZE  65536
#define SDU	    8192 /* bytes of an Oracle session's packet */
#define FIRST_PORT  12000 /* of connections that stay */
#define OPENING_MAX 64	  /* connections that wait for their greeting, of those that stay */

struct run;

struct connection {
	struct watch watch;
	struct run *run;
	unsigned lines; /* received */
	int64_t opened;
	int64_t sent[TOKEN_MAX]; /* when each command that is under way was; a ring */
	unsigned head, under_way;
	uint64_t bytes; /* written */
};

struct run {
	const struct task *task;
	struct loop loop;
	struct tally tally;
	struct connection *connections;
	unsigned n_open;
	const char *command; /* said again and again; NULL: see talk() */
	bool again;	     /* a session that has ended is followed by another */
	bool bulk;
	bool sql; /* bulk, too */
	uint16_t next_port; /* 0: any will do */
	int64_t now;	    /* 0: not looked at in this turn */
	int error;
};

static void receive(struct watch *w, uint32_t events);

static int64_t now(struct run *r)
{
	if (!r->now)
		r->now = loop_now_us();
	return r->now;
}

static void fail(struct run *r, const char *what)
{
	r->error = errno ? -errno : -EPROTO;
	fprintf(stderr, "bench-load: %s: %s\n", what, strerror(-r->error));
}

static void say(struct connection *c, const char *line)
{
	if (send(c->watch.fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		fail(c->run, "send");
	c->sent[(c->head + c->under_way++) % TOKEN_MAX] = now(c->run);
}

/* Left to find a port among tens of thousands that are taken, the kernel would try most of them. */
static void bind_to_next_port(struct run *r, int fd)
{
	struct sockaddr_in own = { .sin_family = AF_INET };
	int one = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	do
		own.sin_port = htons(r->next_port++);
	while (bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0 && errno == EADDRINUSE);
}

static void connect_again(struct connection *c)
{
	uint16_t port = c->run->sql ? TNS_PORT : FTP_PORT;
	struct sockaddr_in to = { AF_INET, htons(port), c->run->task->server, { 0 } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	if (fd >= 0 && c->run->next_port)
		bind_to_next_port(c->run, fd);
	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0 ||
	    (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)) {
		fail(c->run, "connect");
		return;
	}
	*c = (struct connection){ .run = c->run, .watch.ready = receive, .opened = now(c->run) };
	if (loop_add(&c->run->loop, &c->watch, fd, c->run->sql ? EPOLLOUT : EPOLLIN) < 0)
		fail(c->run, "watch");
}

static void hang_up(struct connection *c)
{
	int fd = c->watch.fd;

	loop_del(&c->run->loop, &c->watch);
	close(fd);
}

/* A line has come: says the next. */
static void talk(struct connection *c)
{
	struct run *r = c->run;

	if (c->lines++ == 0)
		r->n_open++;
	if (c->under_way) {
		if (r->command)
			tally_add(&r->tally, now(r) - c->sent[c->head]);
		c->head = (c->head + 1) % TOKEN_MAX;
		c->under_way--;
	}
	if (r->command) {
		while (c->under_way < r->task->depth && !r->error)
			say(c, r->command);
	} else if (r->again) {
		if (c->lines < 3)
			say(c, c->lines == 1 ? "USER x\r\n" : "QUIT\r\n");
	} else if (r->bulk) {
		if (c->lines == 1 && !r->sql)
			say(c, "BULK\r\n");
		else
			loop_change(&r->loop, &c->watch, EPOLLOUT);
	} else if (r->n_open + OPENING_MAX <= r->task->connections) {
		connect_again(&r->connections[r->n_open + OPENING_MAX - 1]);
	}
}

/* "CONNECT, and here is the data": their length and offset stand at 24. */
static void ask_for_session(struct connection *c)
{
	static const char wish[] = "(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=bench)))";
	uint8_t packet[58 + sizeof(wish) - 1] = { 0 };

	tns_header(packet, sizeof(packet), TNS_CONNECT);
	packet[25] = sizeof(wish) - 1;
	packet[27] = 58;
	memcpy(packet + 58, wish, sizeof(wish) - 1);
	if (send(c->watch.fd, packet, sizeof(packet), MSG_NOSIGNAL) < 0)
		fail(c->run, "send");
	loop_change(&c->run->loop, &c->watch, EPOLLIN);
}

static void pour(struct connection *c)
{
	static uint8_t block[BLOCK_SIZE];
	ssize_t n;

	if (!block[1]) {
		for (size_t i = 0; i < sizeof(block); i++)
			block[i] = (uint8_t)i;
		for (size_t i = 0; c->run->sql && i < sizeof(block); i += SDU)
			tns_header(block + i, SDU, TNS_DATA);
	}
	n = send(c->watch.fd, block, sizeof(block), MSG_NOSIGNAL);
	if (n > 0)
		c->bytes += (uint64_t)n;
	else if (errno != EAGAIN)
		fail(c->run, "send");
}

static void receive(struct watch *w, uint32_t events)
{
	struct connection *c = container_of(w, struct connection, watch);
	char text[4096];
	ssize_t n;

	if (events & EPOLLOUT && c->run->sql && !c->lines) {
		ask_for_session(c);
		return;
	}
	if (events & EPOLLOUT) {
		pour(c);
		return;
	}
	n = recv(w->fd, text, sizeof(text), 0);
	for (ssize_t i = 0; i < n; i++)
		if (text[i] == '\n')
			talk(c);
	if (n > 0 || (n < 0 && errno == EAGAIN))
		return;
	if (n < 0 || !c->run->again || c->lines < 3) {
		errno = n < 0 ? errno : 0;
		fail(c->run, "a connection ended");
		return;
	}
	tally_add(&c->run->tally, now(c->run) - c->opened);
	hang_up(c);
	connect_again(c);
}

static void turns_until(struct run *r, int64_t end)
{
	int64_t left;

	while (!r->error && (left = end - now(r)) > 0) {
		r->now = 0;
		loop_turn(&r->loop, (int)(left / 1000 + 1));
	}
}

static int open_all(struct run *r, unsigned at_once)
{
	const struct task *task = r->task;
	int64_t patience;

	r->connections = calloc(task->connections, sizeof(*r->connections));
	if (!r->connections)
		return -ENOMEM;
	if (loop_open(&r->loop) < 0)
		return -EMFILE;
	for (unsigned i = 0; i < task->connections; i++)
		r->connections[i].run = r;
	for (unsigned i = 0; i < task->connections && i < at_once && !r->error; i++)
		connect_again(&r->connections[i]);
	patience = now(r) + 30 * SECOND + task->connections * (SECOND / 200);
	while (r->n_open < task->connections && !r->error) {
		turns_until(r, now(r) + SECOND / 100);
		if (now(r) > patience) {
			fprintf(stderr, "bench-load: %u of %u connections\n", r->n_open,
				task->connections);
			return -ETIMEDOUT;
		}
	}
	return r->error;
}

/* Bytes that the server's machine has taken. */
static uint64_t delivered(const struct run *r)
{
	uint64_t sum = 0;
	int waiting;

	for (unsigned i = 0; i < r->task->connections; i++) {
		waiting = 0;
		(void)ioctl(r->connections[i].watch.fd, SIOCOUTQ, &waiting);
		sum += r->connections[i].bytes - (unsigned)waiting;
	}
	return sum;
}

static int measure(struct run *r)
{
	struct json j = json_over(stdout);
	uint64_t bytes;
	int error = open_all(r, r->task->connections);

	if (error)
		return error;
	turns_until(r, now(r) + r->task->duration / 5);
	bytes = delivered(r);
	error = sample_begin(r->task, &r->tally);
	turns_until(r, r->tally.begun + r->task->duration);
	if (!error)
		error = sample_end(r->task, &r->tally);
	if (error || r->error)
		return error ? error : r->error;
	json_put_object_begin(&j, NULL);
	sample_print(r->task, &r->tally, &j);
	if (r->bulk)
		json_put_number(&j, "bytes", (int64_t)(delivered(r) - bytes));
	json_put_object_end(&j);
	return json_finish(&j);
}

int work_ftp(const struct task *task)
{
	return measure(&(struct run){ .task = task, .command = "NOOP\r\n" });
}

int work_expect(const struct task *task)
{
	return measure(&(struct run){ .task = task, .command = "PASV\r\n" });
}

int work_connect(const struct task *task)
{
	return measure(&(struct run){ .task = task, .again = true });
}

int work_bulk(const struct task *task)
{
	return measure(&(struct run){ .task = task, .bulk = true });
}

int work_sql(const struct task *task)
{
	return measure(&(struct run){ .task = task, .bulk = true, .sql = true });
}

int work_hold(const struct task *task)
{
	struct run r = { .task = task, .next_port = FIRST_PORT };
	char byte;
	int error;

	raise_file_limit();
	error = open_all(&r, OPENING_MAX);
	if (error)
		return error;
	puts("open");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
