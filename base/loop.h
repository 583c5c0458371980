/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The event loop: epoll over watches that their owners embed. One thread, no allocation.
 */
#ifndef PINHOLE_BASE_LOOP_H
#define PINHOLE_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* What a watch's owner finds again with container_of(). */
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

struct watch {
	int fd; /* -1: not watched */
	uint32_t events;
	/* `events` are EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR as they came. */
	void (*ready)(struct watch *w, uint32_t events);
};

#define LOOP_BATCH 16
struct loop {
	int epoll;
	struct epoll_event pending[LOOP_BATCH];
	int n_pending;
	int64_t turn_us; /* loop_now_us() behind the last wait */
};

int loop_open(struct loop *ret);

/* Watches fd for `events`, which may be 0 (hang-up only). */
int loop_add(struct loop *l, struct watch *w, int fd, uint32_t events);
void loop_change(struct loop *l, struct watch *w, uint32_t events);

/* Stops watching; the descriptor stays open. A watch that is not watched is left alone. */
void loop_del(struct loop *l, struct watch *w);

/* Waits up to timeout_ms (-1: for ever) and calls what is ready. 0, or -errno (never -EINTR). */
int loop_turn(struct loop *l, int timeout_ms);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t loop_now(void);

/* Microseconds of it. */
int64_t loop_now_us(void);

/* The same as they were when the turn's events were found: for what need not be exact, and costs nothing. */
int64_t loop_turn_ms(const struct loop *l);
int64_t loop_turn_us(const struct loop *l);

#endif
