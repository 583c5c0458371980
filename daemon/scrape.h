/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * `Metrics ADDRESS PORT`: GET /metrics over HTTP, on loopback. It knows a supervisor only as somebody
 * who prints the page.
 *
 * Should: never wait, hold few connections, each for a short time.
 * Must not: look at more of a request than its first bytes, or answer anybody who is not on this host.
 */
#ifndef PINHOLE_DAEMON_SCRAPE_H
#define PINHOLE_DAEMON_SCRAPE_H

#include <stdint.h>
#include <stdio.h>

#include "base/loop.h"
#include "config/config.h"

#define SCRAPE_CLIENTS	 4    /* at a time; more wait to be accepted */
#define SCRAPE_PATIENCE	 5000 /* ms for one of them, from first to last */
#define SCRAPE_PAUSE	 20   /* ms between two pages */
#define SCRAPE_HEAD_MAX	 8192 /* bytes of a request */
#define SCRAPE_LINE_SIZE 16   /* of them kept */

struct scrape;

struct scrape_client {
	struct watch on;
	struct scrape *scrape;
	int64_t until; /* loop_now() */
	size_t n_read;
	char line[SCRAPE_LINE_SIZE]; /* what the request begins with */
	unsigned newlines;	     /* in a row: two end it */
	char *answer;		     /* owned; NULL: still reading */
	size_t len, sent;
};

typedef void (*scrape_page)(void *owner, FILE *f);

struct scrape {
	struct watch on;
	struct loop *loop;
	scrape_page page;
	void *owner;
	struct config_metrics at;
	int64_t rests_until; /* loop_now() */
	struct scrape_client clients[SCRAPE_CLIENTS];
};

void scrape_init(struct scrape *s, struct loop *loop, scrape_page page, void *owner);

/* A socket that listens where the configuration says. SCRAPE_NOTHING: nothing is to be done, since it says nothing or
 * what holds already. SCRAPE_FAILED after a line in the log. */
#define SCRAPE_NOTHING (-1)
#define SCRAPE_FAILED  (-2)
int scrape_open(const struct scrape *s, const struct config_metrics *at);

/* From now on this is so. `fd` is scrape_open()'s, and is taken. */
void scrape_set(struct scrape *s, const struct config_metrics *at, int fd);

/* To be called often. Milliseconds until the next time. */
int scrape_tick(struct scrape *s);

#endif
