/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works
 *
 * Everything is non-blocking, and belongs to the supervisor's loop. A client is read to the empty line
 * that ends a request's head, of which only the first bytes are kept: closing earlier would have the
 * kernel reset the connection under the answer. Then it is written to until all is sent. Whoever is
 * not done in time is dropped, and whoever comes while all places are taken waits in the kernel.
 */
#include "daemon/scrape.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "wire/addr.h"

#define BACKLOG 8

void scrape_init(struct scrape *s, struct loop *loop, scrape_page page, void *owner)
{
	*s = (struct scrape){ .loop = loop, .page = page, .owner = owner, .on = { .fd = -1 } };
	for (unsigned i = 0; i < SCRAPE_CLIENTS; i++)
		s->clients[i] = (struct scrape_client){ .scrape = s, .on = { .fd = -1 } };
}

/* ---- one client */

static void hang_up(struct scrape_client *c)
{
	int fd = c->on.fd;

	loop_del(c->scrape->loop, &c->on);
	close(fd);
	free(c->answer);
	*c = (struct scrape_client){ .scrape = c->scrape, .on = { .fd = -1 } };
}

static bool begins_with(const struct scrape_client *c, const char *text)
{
	size_t len = strlen(text);

	return c->n_read > len && !memcmp(c->line, text, len) && strchr(" ?\r\n", c->line[len]) &&
	       c->line[len];
}

static void write_answer(struct scrape_client *c, FILE *f)
{
	static const char type[] = "application/openmetrics-text; version=1.0.0; charset=utf-8";
	bool get = begins_with(c, "GET /metrics"), head = begins_with(c, "HEAD /metrics");
	struct scrape *s = c->scrape;
	char *page = NULL;
	size_t len = 0;
	FILE *p = get || head ? open_memstream(&page, &len) : NULL;

	if (!p) {
		fputs("HTTP/1.0 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 19\r\n\r\n"
		      "there is: /metrics\n",
		      f);
		return;
	}
	s->page(s->owner, p);
	fclose(p);
	fprintf(f, "HTTP/1.0 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", type, len);
	if (get && page)
		fwrite(page, 1, len, f);
	free(page);
}

/* False: it is over. */
static bool send_answer(struct scrape_client *c)
{
	ssize_t n =
		send(c->on.fd, c->answer + c->sent, c->len - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->sent += (size_t)n;
	return c->sent < c->len;
}

static bool make_answer(struct scrape_client *c)
{
	FILE *f = open_memstream(&c->answer, &c->len);

	if (!f)
		return false;
	write_answer(c, f);
	if (fclose(f) != 0 || !c->answer)
		return false;
	c->scrape->rests_until = loop_now() + SCRAPE_PAUSE;
	loop_change(c->scrape->loop, &c->on, EPOLLOUT);
	return send_answer(c);
}

/* False: it is over, or too long. */
static bool read_request(struct scrape_client *c)
{
	char buf[1024];
	ssize_t n = recv(c->on.fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	for (ssize_t i = 0; i < n; i++) {
		if (c->n_read < sizeof(c->line))
			c->line[c->n_read] = buf[i];
		c->n_read++;
		if (buf[i] == '\n' && ++c->newlines == 2)
			return make_answer(c);
		if (buf[i] != '\n' && buf[i] != '\r')
			c->newlines = 0;
	}
	return n > 0 && c->n_read <= SCRAPE_HEAD_MAX;
}

static void client_ready(struct watch *w, uint32_t events)
{
	struct scrape_client *c = container_of(w, struct scrape_client, on);

	if (!(c->answer ? send_answer(c) : read_request(c)))
		hang_up(c);
}

/* ---- all of them */

static struct scrape_client *free_place(struct scrape *s)
{
	for (unsigned i = 0; i < SCRAPE_CLIENTS; i++)
		if (s->clients[i].on.fd < 0)
			return &s->clients[i];
	return NULL;
}

static void listen_or_rest(struct scrape *s)
{
	bool listens = free_place(s) && loop_now() >= s->rests_until;

	loop_change(s->loop, &s->on, listens ? EPOLLIN : 0);
}

static void somebody_comes(struct watch *w, uint32_t events)
{
	struct scrape *s = container_of(w, struct scrape, on);
	struct scrape_client *c = free_place(s);
	int fd = c ? accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;

	if (fd >= 0) {
		c->until = loop_now() + SCRAPE_PATIENCE;
		c->on.ready = client_ready;
		if (loop_add(s->loop, &c->on, fd, EPOLLIN) < 0)
			close(fd);
	} else if (c && errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
		s->rests_until =
			loop_now() + SCRAPE_PATIENCE; /* no descriptor is left, or the like */
	}
	listen_or_rest(s);
}

int scrape_tick(struct scrape *s)
{
	int64_t now = loop_now(), next = SCRAPE_PATIENCE;

	if (s->on.fd < 0)
		return SCRAPE_PATIENCE;
	for (unsigned i = 0; i < SCRAPE_CLIENTS; i++) {
		struct scrape_client *c = &s->clients[i];

		if (c->on.fd >= 0 && now >= c->until)
			hang_up(c);
		if (c->on.fd >= 0 && c->until - now < next)
			next = c->until - now;
	}
	listen_or_rest(s);
	if (now < s->rests_until && s->rests_until - now < next)
		next = s->rests_until - now;
	return (int)next;
}

/* ---- where */

static bool same_place(const struct config_metrics *a, const struct config_metrics *b)
{
	return a->family == b->family && a->port == b->port &&
	       !memcmp(a->addr, b->addr, sizeof(a->addr));
}

static int listen_at(const struct config_metrics *at)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(at->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(at->port) };
	bool is_v6 = at->family == AF_INET6;
	const void *addr = is_v6 ? (const void *)&v6 : &v4;
	int fd = socket(at->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1, error;

	memcpy(&v4.sin_addr, at->addr, sizeof(v4.sin_addr));
	memcpy(&v6.sin6_addr, at->addr, sizeof(v6.sin6_addr));
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
	    bind(fd, addr, is_v6 ? sizeof(v6) : sizeof(v4)) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	error = errno;
	if (fd >= 0)
		close(fd);
	return -error;
}

int scrape_open(const struct scrape *s, const struct config_metrics *at)
{
	struct addr addr = addr_from_bytes(at->family, at->addr);
	char text[ADDR_TEXT_SIZE];
	int r;

	if (!at->family || same_place(&s->at, at))
		return SCRAPE_NOTHING;
	r = listen_at(at);
	if (r >= 0)
		return r;
	addr_to_text(&addr, text);
	err_errno(r, "cannot listen at %s port %u, as `Metrics' says%s", text, at->port,
		  r == -EACCES ? ": for a port below 1024 the daemon must be started again" : "");
	return SCRAPE_FAILED;
}

void scrape_set(struct scrape *s, const struct config_metrics *at, int fd)
{
	int old = s->on.fd;

	if (same_place(&s->at, at))
		return;
	for (unsigned i = 0; i < SCRAPE_CLIENTS; i++)
		if (s->clients[i].on.fd >= 0)
			hang_up(&s->clients[i]);
	loop_del(s->loop, &s->on);
	if (old >= 0)
		close(old);
	s->at = *at;
	s->on.ready = somebody_comes;
	if (fd >= 0 && loop_add(s->loop, &s->on, fd, EPOLLIN) < 0) {
		warn("cannot watch the socket for `Metrics'");
		close(fd);
	}
}
