/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * recvmmsg(), whose headers are made once.
 */
#include "broker/reads.h"

#include <errno.h>

#include "netfilter/queue.h"

void reads_init(struct reads *r, void *memory)
{
	uint8_t *at = memory;

	for (unsigned i = 0; i < READS_MAX; i++, at += QUEUE_MESSAGE_SIZE) {
		r->places[i] = (struct iovec){ at, QUEUE_MESSAGE_SIZE };
		r->headers[i].msg_hdr = (struct msghdr){ .msg_name = &r->senders[i],
							 .msg_iov = &r->places[i],
							 .msg_iovlen = 1 };
	}
	r->n = READS_MAX;
}

int reads_get(struct reads *r, int fd, unsigned most)
{
	int n;

	if (most > READS_MAX)
		most = READS_MAX;
	for (unsigned i = 0; i < r->n; i++) /* the last call has written there */
		r->headers[i].msg_hdr.msg_namelen = sizeof(r->senders[i]);
	n = recvmmsg(fd, r->headers, most, MSG_DONTWAIT, NULL);
	r->n = n < 0 ? 0 : (unsigned)n;
	return n < 0 ? -errno : n;
}

const struct nlmsghdr *reads_message(const struct reads *r, unsigned i, unsigned *ret_len)
{
	*ret_len = r->headers[i].msg_len;
	if (r->headers[i].msg_hdr.msg_namelen != sizeof(r->senders[i]) || r->senders[i].nl_pid)
		return NULL;
	return r->places[i].iov_base;
}

uint8_t *reads_keep(struct reads *r, unsigned i, uint8_t *instead)
{
	uint8_t *message = r->places[i].iov_base;

	r->places[i].iov_base = instead;
	return message;
}
