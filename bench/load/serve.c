// SPDX-License-Identifier: GPL-2.0-or-later
/* The other side of all work: FTP's control port and the portmapper, as far as bench-load asks. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "bench/load/load.h"

#define PORT_FIRST  20000 /* announced one after the other */
#define PORT_COUNT  6000  /* none of them is on anybody's list of ports to refuse */
#define DATAGRAMS   32
#define DISCARD_MAX (4 << 20)

struct peer {
	struct watch watch;
	bool bulk;
	bool sql;
};

static struct loop loop;

static uint16_t next_port(void)
{
	static unsigned n;

	return (uint16_t)(PORT_FIRST + n++ % PORT_COUNT);
}

static void say(struct peer *p, const char *text)
{
	(void)send(p->watch.fd, text, strlen(text),
		   MSG_NOSIGNAL); /* its end is seen when it is read */
}

static void end(struct peer *p)
{
	int fd = p->watch.fd;

	loop_del(&loop, &p->watch);
	close(fd);
	free(p);
}

/* "227 ... (h1,h2,h3,h4,p1,p2)" */
static void announce(struct peer *p)
{
	struct sockaddr_in own = { 0 };
	socklen_t len = sizeof(own);
	const uint8_t *host = (const uint8_t *)&own.sin_addr;
	uint16_t port = next_port();
	char text[80];

	(void)getsockname(p->watch.fd, (struct sockaddr *)&own, &len);
	snprintf(text, sizeof(text), "227 Entering Passive Mode (%u,%u,%u,%u,%u,%u).\r\n", host[0],
		 host[1], host[2], host[3], port >> 8, port & 255);
	say(p, text);
}

/* False: that was the last one. */
static bool answer(struct peer *p, const char *command)
{
	switch (command[0]) {
	case 'P':
		announce(p);
		return true;
	case 'U':
		say(p, "331 whose?\r\n");
		return true;
	case 'B':
		p->bulk = true;
		say(p, "200 ok\r\n");
		return true;
	case 'Q':
		say(p, "221 bye\r\n");
		return false;
	default:
		say(p, "200 ok\r\n");
		return true;
	}
}

/* Takes the session, in whatever words it was asked for. The last byte is a line feed, for our client. */
static void accept_session(struct peer *p)
{
	uint8_t packet[32] = { 0 };

	tns_header(packet, sizeof(packet), TNS_ACCEPT);
	packet[sizeof(packet) - 1] = '\n';
	(void)send(p->watch.fd, packet, sizeof(packet), MSG_NOSIGNAL);
	p->bulk = true;
}

/* The client is ours: it never sends half a line. */
static void hear(struct watch *w, uint32_t events)
{
	struct peer *p = container_of(w, struct peer, watch);
	char text[4096];
	ssize_t n;

	if (p->bulk)
		n = recv(w->fd, NULL, DISCARD_MAX, MSG_TRUNC);
	else
		n = recv(w->fd, text, sizeof(text), 0);
	if (p->sql && !p->bulk && n > 0)
		accept_session(p);
	for (ssize_t i = 0, line = 0; i < n && !p->bulk; i++)
		if (text[i] == '\n') {
			if (!answer(p, text + line))
				n = 0;
			line = i + 1;
		}
	if (n == 0 || (n < 0 && errno != EAGAIN))
		end(p);
}

static void take_in(struct watch *w, bool sql)
{
	struct peer *p;
	int fd, one = 1;

	while ((fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		p = calloc(1, sizeof(*p));
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (!p || (p->watch.ready = hear, loop_add(&loop, &p->watch, fd, EPOLLIN) < 0)) {
			free(p);
			close(fd);
			continue;
		}
		p->sql = sql;
		if (!sql)
			say(p, "220 ready\r\n");
	}
}

static void greet(struct watch *w, uint32_t events)
{
	take_in(w, false);
}

static void listen_to(struct watch *w, uint32_t events)
{
	take_in(w, true);
}

/* xid, reply, accepted, no verifier, done, port */
static void look_up(struct watch *w, uint32_t events)
{
	static uint32_t words[DATAGRAMS][16];
	static struct sockaddr_in from[DATAGRAMS];
	static struct iovec parts[DATAGRAMS];
	static struct mmsghdr messages[DATAGRAMS];
	int n;

	for (int i = 0; i < DATAGRAMS; i++) {
		parts[i] = (struct iovec){ words[i], sizeof(words[i]) };
		messages[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
						       .msg_namelen = sizeof(from[i]),
						       .msg_iov = &parts[i],
						       .msg_iovlen = 1 };
	}
	n = recvmmsg(w->fd, messages, DATAGRAMS, 0, NULL);
	for (int i = 0; i < n; i++) {
		memset(&words[i][1], 0, 6 * sizeof(words[i][0]));
		words[i][1] = htonl(1);
		words[i][6] = htonl(next_port());
		parts[i].iov_len = 7 * sizeof(words[i][0]);
	}
	for (int i = 0, sent; i < n; i += sent) {
		sent = sendmmsg(w->fd, messages + i, (unsigned)(n - i), 0);
		if (sent <= 0)
			sent = 1; /* as if the net had lost it */
	}
}

static int bind_to(int type, uint16_t port, struct watch *w)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1, room = 8 << 20;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (type == SOCK_STREAM && listen(fd, SOMAXCONN) < 0)
		return -errno;
	return loop_add(&loop, w, fd, EPOLLIN);
}

int serve(void)
{
	static struct watch ftp = { .ready = greet }, rpc = { .ready = look_up }, tns = { .ready = listen_to };
	int r = loop_open(&loop);

	raise_file_limit();
	if (r == 0)
		r = bind_to(SOCK_STREAM, FTP_PORT, &ftp);
	if (r == 0)
		r = bind_to(SOCK_DGRAM, RPC_PORT, &rpc);
	if (r == 0)
		r = bind_to(SOCK_STREAM, TNS_PORT, &tns);
	while (r == 0)
		r = loop_turn(&loop, -1);
	return r;
}
