/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The kernel's table of queues, /proc/net/netfilter/nfnetlink_queue. Only root may open it; who has
 * it open may read it again and again.
 */
#ifndef PINHOLE_DAEMON_QUEUES_H
#define PINHOLE_DAEMON_QUEUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUES_MAX 512

struct queue_row {
	uint16_t number;
	uint32_t waiting;      /* packets without a verdict */
	uint32_t dropped;      /* the queue was full */
	uint32_t user_dropped; /* the socket's buffer was */
};

struct queue_table {
	size_t n;
	struct queue_row rows[QUEUES_MAX];
};

/* Descriptor, or -1. */
int queues_open(void);

/* Empty when it cannot be read. */
void queues_read(int fd, struct queue_table *ret);

/* Reads the table's text; lines that are none are left out. */
void queues_parse(const char *text, struct queue_table *ret);

/* NULL: it is not there. */
const struct queue_row *queues_find(const struct queue_table *t, uint16_t number);

#endif
