/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a lane tells the kernel: collected, and sent in one call.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/lane.h"

void lane_send_now(struct lane *l, const void *messages, size_t len)
{
	ssize_t n;

	do
		n = send(l->queue.fd, messages, len, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		l->counters->kernel_errors++;
}

static void take_time(struct lane *l)
{
	int64_t now;

	if (!l->n_judged)
		return;
	now = loop_now_us();
	for (unsigned i = 0; i < l->n_judged; i++)
		latency_add(&l->counters->latency,
			    now > l->judged[i] ? (uint64_t)(now - l->judged[i]) : 0);
	l->n_judged = 0;
}

void lane_judged(struct lane *l, const struct slot *s)
{
	if (l->n_judged == LANE_JUDGED)
		take_time(l);
	l->judged[l->n_judged++] = s->read_us;
}

void lane_flush(struct lane *l)
{
	if (l->out_used)
		lane_send_now(l, l->out, l->out_used);
	l->out_used = 0;
	take_time(l);
}

void lane_send(struct lane *l, const struct nlmsghdr *nlh)
{
	size_t len = MNL_ALIGN(nlh->nlmsg_len);

	if (l->out_used + len > sizeof(l->out))
		lane_flush(l);
	memcpy(l->out + l->out_used, nlh, nlh->nlmsg_len);
	l->out_used += len;
}
