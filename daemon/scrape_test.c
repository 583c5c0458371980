/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A page over HTTP, and clients that send nothing, too much, or read nothing.
 */
#include "daemon/scrape.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/unit/tap.h"

static struct loop loop;
static struct scrape scrape;
static unsigned pages;
static size_t page_len;

static void page(void *owner, FILE *f)
{
	pages++;
	for (size_t i = 0; i < page_len; i++)
		putc('x', f);
	fputs((const char *)owner, f);
}

static void turn(int ms)
{
	int64_t until = loop_now() + ms;

	do {
		(void)loop_turn(&loop, 5);
		(void)scrape_tick(&scrape);
	} while (loop_now() < until);
}

static int dial(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(scrape.at.port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval limit = { .tv_sec = 5 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static const char *answer(int fd)
{
	static char buf[4096];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(buf) - 1 && (n = recv(fd, buf + len, sizeof(buf) - 1 - len, 0)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
	close(fd);
	return buf;
}

static const char *ask(const char *request)
{
	int fd = dial();

	(void)send(fd, request, strlen(request), MSG_NOSIGNAL);
	turn(60);
	return answer(fd);
}

static void open_somewhere(void)
{
	struct config_metrics at = { .family = AF_INET, .addr = { 127, 0, 0, 1 } };
	int fd = -2;

	for (at.port = 29477; fd < 0 && at.port < 29577; at.port++) {
		fd = scrape_open(&scrape, &at);
		if (fd >= 0)
			break;
	}
	scrape_set(&scrape, &at, fd);
	is_int(scrape_open(&scrape, &at), SCRAPE_NOTHING, "what holds already is not done again");
}

static void test_answers(void)
{
	const char *got = ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");

	ok(!strncmp(got, "HTTP/1.0 200 OK\r\n", 17), "a page");
	ok(strstr(got,
		  "\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"),
	   "its type");
	ok(strstr(got, "\r\nContent-Length: 5\r\n\r\nhello"), "its content");
	got = ask("HEAD /metrics HTTP/1.0\n\n");
	ok(strstr(got, "Content-Length: 5\r\n\r\n") && !strstr(got, "hello"), "HEAD");
	got = ask("GET /metrics?a=b HTTP/1.0\r\n\r\n");
	ok(strstr(got, "hello"), "with a query");
	for (const char *const *wrong =
		     (const char *const[]){
			     "GET / HTTP/1.0\r\n\r\n", "\r\n\r\n", "GET /metricsx HTTP/1.0\r\n\r\n",
			     "POST /metrics HTTP/1.0\r\n\r\n", "get /metrics HTTP/1.0\r\n\r\n",
			     "\x16\x03\x01\n\n", "GET /metric\n\n", NULL };
	     *wrong; wrong++)
		ok(!strncmp(ask(*wrong), "HTTP/1.0 404 ", 13), "not found");
	is_int(pages, 3, "pages that were made");
}

static void test_pieces(void)
{
	static const char text[] = "GET /metrics HTTP/1.0\r\n\r\n";
	int fd = dial();

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		(void)send(fd, text + i, 1, MSG_NOSIGNAL);
		turn(1);
	}
	turn(60);
	ok(strstr(answer(fd), "hello"), "byte after byte");
}

static unsigned n_clients(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < SCRAPE_CLIENTS; i++)
		n += scrape.clients[i].on.fd >= 0;
	return n;
}

static void test_too_much(void)
{
	char text[SCRAPE_HEAD_MAX + 2048];
	int fd = dial();

	memset(text, 'a', sizeof(text));
	(void)send(fd, text, sizeof(text), MSG_NOSIGNAL);
	turn(100);
	is_int(n_clients(), 0, "one that never ends is dropped");
	close(fd);
}

static void test_silence(void)
{
	int silent[SCRAPE_CLIENTS + 2];

	for (unsigned i = 0; i < SCRAPE_CLIENTS + 2; i++)
		silent[i] = dial();
	turn(50);
	is_int(n_clients(), SCRAPE_CLIENTS, "so many places");
	is_int(scrape.on.events, 0, "then nobody is let in");
	for (unsigned i = 0; i < SCRAPE_CLIENTS; i++)
		scrape.clients[i].until = loop_now();
	turn(50);
	is_int(n_clients(), 2, "who is silent is dropped, who waited comes in");
	for (unsigned i = 0; i < SCRAPE_CLIENTS + 2; i++)
		close(silent[i]);
	turn(50);
	is_int(n_clients(), 0, "who goes is forgotten");
	ok(strstr(ask("GET /metrics\n\n"), "hello"), "and others are served");
}

static void test_reads_nothing(void)
{
	int fd = dial();
	int64_t began = loop_now();

	page_len = 8 << 20;
	(void)send(fd, "GET /metrics\n\n", 14, MSG_NOSIGNAL);
	turn(100);
	is_int(n_clients(), 1, "it is being written to");
	ok(loop_now() - began < 2000, "nobody waits for it");
	scrape.clients[0].until = loop_now();
	turn(10);
	is_int(n_clients(), 0, "it is dropped");
	close(fd);
	page_len = 0;
}

static void test_change(void)
{
	struct config_metrics none = { 0 },
			      low = { .family = AF_INET6, .addr = { [15] = 1 }, .port = 1 };

	scrape_set(&scrape, &none, SCRAPE_NOTHING);
	is_int(scrape.on.fd, -1, "none any more");
	is_int(dial(), -1, "nobody listens");
	if (geteuid() != 0)
		is_int(scrape_open(&scrape, &low), SCRAPE_FAILED,
		       "a low port is not for everybody");
}

int main(void)
{
	struct log_sinks sinks = { .file_fd = -1, .syslog_facility = -1 };
	static char hello[] = "hello";

	log_open("scrape_test", &sinks);
	if (loop_open(&loop) < 0)
		return 1;
	scrape_init(&scrape, &loop, page, hello);
	open_somewhere();
	test_answers();
	test_pieces();
	test_too_much();
	test_silence();
	test_reads_nothing();
	test_change();
	return done_testing();
}
