/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a lane tells the kernel: collected, and sent in one call.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/lane.h"

#include <linux/netfilter.h> /* behind netinet/in.h, which it would otherwise contradict */

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

/* Where the next message is to be built, with room for a verdict. */
static void *next_message(struct lane *l)
{
	if (l->out_used + QUEUE_VERDICT_SIZE > sizeof(l->out)) {
		lane_send_now(l, l->out, l->out_used);
		l->out_used = 0;
	}
	return l->out + l->out_used;
}

static void collect(struct lane *l, const struct queue_verdict *v)
{
	l->out_used += MNL_ALIGN(queue_verdict_put(&l->queue, next_message(l), l->queue_num, v)->nlmsg_len);
}

static void collect_batch(struct lane *l, uint32_t last, uint32_t verdict)
{
	l->out_used += MNL_ALIGN(
		queue_batch_put(&l->queue, next_message(l), l->queue_num, last, verdict)->nlmsg_len);
}

static void end_run(struct lane *l)
{
	if (l->run.n == 1)
		collect(l, &(struct queue_verdict){ .id = l->run.last, .verdict = l->run.verdict });
	else if (l->run.n)
		collect_batch(l, l->run.last, l->run.verdict);
	l->run.n = 0;
}

void lane_flush(struct lane *l)
{
	end_run(l);
	if (l->out_used)
		lane_send_now(l, l->out, l->out_used);
	l->out_used = 0;
	take_time(l);
}

void lane_let_go_until(struct lane *l, uint32_t id)
{
	end_run(l);
	collect_batch(l, id, queue_go_on(l->by_rule));
}

/* Is everything before it judged? What is said of it may then be said of all. */
static bool is_oldest(const struct lane *l, const struct slot *s)
{
	return !l->holding.n && s == &l->slots[l->head % LANE_SLOTS];
}

static void join_run(struct lane *l, const struct slot *s, uint32_t verdict)
{
	bool oldest = is_oldest(l, s);

	if (!oldest || l->run.verdict != verdict)
		end_run(l);
	l->run.n++;
	l->run.last = s->packet.id;
	l->run.verdict = verdict;
	if (!oldest)
		end_run(l);
}

static bool is_plain(const struct queue_verdict *v)
{
	return !v->state && !v->flow_timeout && v->verdict != NF_REPEAT && v->verdict != NF_DROP;
}

void lane_send(struct lane *l, const struct slot *s, const struct queue_verdict *v)
{
	if (is_plain(v)) {
		join_run(l, s, v->verdict);
	} else {
		end_run(l);
		collect(l, v);
	}
}
