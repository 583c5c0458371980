/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * epoll, level-triggered.
 */
#include "base/loop.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

int loop_open(struct loop *ret)
{
	*ret = (struct loop){ .epoll = epoll_create1(EPOLL_CLOEXEC), .turn_us = loop_now_us() };
	return ret->epoll < 0 ? -errno : 0;
}

int loop_add(struct loop *l, struct watch *w, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) < 0)
		return -errno;
	w->fd = fd;
	w->events = events;
	return 0;
}

void loop_change(struct loop *l, struct watch *w, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	if (w->fd < 0 || w->events == events)
		return;
	if (epoll_ctl(l->epoll, EPOLL_CTL_MOD, w->fd, &e) == 0)
		w->events = events;
}

void loop_del(struct loop *l, struct watch *w)
{
	if (w->fd < 0)
		return;
	(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	w->fd = -1;
	for (int i = 0; i < l->n_pending; i++)
		if (l->pending[i].data.ptr == w)
			l->pending[i].data.ptr = NULL;
}

int loop_turn(struct loop *l, int timeout_ms)
{
	l->n_pending = epoll_wait(l->epoll, l->pending, LOOP_BATCH, timeout_ms);
	l->turn_us = loop_now_us();
	if (l->n_pending < 0) {
		l->n_pending = 0;
		return errno == EINTR ? 0 : -errno;
	}
	for (int i = 0; i < l->n_pending; i++) {
		struct watch *w = l->pending[i].data.ptr;

		if (w)
			w->ready(w, l->pending[i].events);
	}
	l->n_pending = 0;
	return 0;
}

int64_t loop_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t loop_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t loop_turn_us(const struct loop *l)
{
	return l->turn_us;
}

int64_t loop_turn_ms(const struct loop *l)
{
	return l->turn_us / 1000;
}
