/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Messages of a queue, many with one call. Each comes into memory that can be kept: who keeps it gives
 * other memory instead.
 */
#ifndef PINHOLE_BROKER_READS_H
#define PINHOLE_BROKER_READS_H

#include <linux/netlink.h>
#include <stdint.h>
#include <sys/socket.h>

#define READS_MAX 32 /* messages of one call */

struct reads {
	struct mmsghdr headers[READS_MAX];
	struct iovec places[READS_MAX];
	struct sockaddr_nl senders[READS_MAX];
	unsigned n; /* of the last call */
};

/* `memory`: READS_MAX times QUEUE_MESSAGE_SIZE bytes, the caller's. */
void reads_init(struct reads *r, void *memory);

/* Reads what is there, `most` messages at most (and READS_MAX). How many, or -errno: -EAGAIN for none. */
int reads_get(struct reads *r, int fd, unsigned most);

/* The i-th of them and its length; NULL when it is not the kernel's. */
const struct nlmsghdr *reads_message(const struct reads *r, unsigned i, unsigned *ret_len);

/* Keeps it, for `instead`. */
uint8_t *reads_keep(struct reads *r, unsigned i, uint8_t *instead);

#endif
