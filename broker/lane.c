/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works
 *
 * Packets stand in a ring in the order in which the kernel queued them:
 *
 *     head: oldest not judged     unsent: first that the worker has not been given     tail
 *
 * Reading stops while the ring is full or the link is: the rest waits in the kernel, whose queue
 * fails open. What needs no parser (no payload, related errors, another helper's flow) is passed
 * at once; the worker gets a notice of SYN, FIN and RST.
 *
 * The worker answers in order. When it dies, hangs or breaks the rules the link is closed, and what
 * is not judged is sent again when the next link comes. Only the packet that it was at is suspect:
 * if the worker died of it (the supervisor knows the signal), no other one sees these bytes again,
 * and the crash policy judges. If no link comes in time everything passes.
 *
 * When the broker itself dies, its successor lets go what it had read, and finds in lane_memory
 * where the streams' messages begin and what was written into them.
 */
#include "broker/lane.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/netfilter/nfnetlink_queue.h> /* behind netinet/in.h */

#include "broker/judge.h"

#define READS_PER_TURN 256 /* so that one lane cannot starve the others */
#define LINK_BUFFER    (4 * 1024 * 1024)
#define NOTICE_ID      UINT32_MAX

/* What a packet is called on the link: never 0, never NOTICE_ID. */
static uint32_t id_of(uint32_t position)
{
	return position % (1u << 31) + 1;
}

static struct slot *slot_at(struct lane *l, uint32_t position)
{
	return &l->slots[position % LANE_SLOTS];
}

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

/* ---- towards the worker ---- */

static void describe(struct lane *l, const struct slot *s, struct link_packet *ret)
{
	const struct ct_flow *flow = &s->packet.flow;

	*ret = (struct link_packet){
		.flow_id = flow->id,
		.seq = s->at.seq,
		.len = s->at.payload_len,
		.total_len = s->at.payload_total,
		.zone = flow->zone,
		.direction = (uint8_t)slot_direction(s),
		.state_len = flow->state_len,
		.orig = flow->orig,
		.reply = flow->reply,
	};
	if (s->at.tcp_flags & PACKET_TCP_FIN)
		ret->flags |= LINK_PACKET_FIN;
	if (s->at.tcp_flags & PACKET_TCP_SYN)
		ret->flags |= LINK_PACKET_SYN;
	if (s->at.tcp_flags & PACKET_TCP_RST)
		ret->flags |= LINK_PACKET_RST;
	if (ret->len < ret->total_len)
		ret->flags |= LINK_PACKET_TRUNCATED;
	ret->flags |= memory_flags(l->memory, s);
	memcpy(ret->state, flow->state, sizeof(ret->state));
}

static int put_on_link(struct lane *l, const struct slot *s, uint32_t id, uint8_t flags)
{
	struct link_packet packet;
	struct iovec iov[] = {
		{ .iov_base = &packet, .iov_len = sizeof(packet) },
		{ .iov_base = (void *)(s->packet.data + s->at.payload_off),
		  .iov_len = s->at.payload_len },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n;

	describe(l, s, &packet);
	packet.id = id;
	packet.flags |= flags;
	do
		n = sendmsg(l->link, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static void drop_link(struct lane *l, enum fall fall)
{
	if (l->link < 0)
		return;
	loop_del(l->loop, &l->on_link);
	close(l->link);
	l->link = -1;
	l->young = loop_now() - l->link_since < LANE_YOUNG_MS;
	l->link_since = loop_now();
	l->fall = fall;
	if (l->head == l->unsent)
		return;
	l->tried_again &= l->suspect == l->head;
	l->suspect = l->head;
	crash_suspect(&l->crash, slot_at(l, l->head));
}

/* Sends what waits, as far as the link takes it. */
static void feed_worker(struct lane *l)
{
	while (l->link >= 0 && l->unsent != l->tail) {
		int r = put_on_link(l, slot_at(l, l->unsent), id_of(l->unsent), 0);

		/* One that is gone may have left answers: link_ready() reads them. */
		if (r == -EAGAIN || r == -EPIPE || r == -ECONNRESET)
			break;
		if (r < 0)
			drop_link(l, FALL_GONE);
		else
			l->unsent++;
	}
	if (l->link >= 0)
		loop_change(l->loop, &l->on_link,
			    l->unsent == l->tail ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

/* Judges a packet that no worker reads: accepted, unless `drops`. */
static void judge_unread(struct lane *l, const struct slot *s, bool drops)
{
	if (drops) {
		judge_drop(l, s);
		return;
	}
	memory_flow(l->memory, s)->lost[slot_direction(s)] = true;
	if (l->manifest->resync_line && memory_ends_line(s))
		memory_set_boundary(l->memory, s);
	judge_again(l, s);
}

static bool drops_crashes(const struct lane *l, const struct slot *s)
{
	return l->drops[s->packet.flow.orig.src.family == AF_INET6];
}

static bool is_suspect(const struct lane *l)
{
	return l->crash.present && l->suspect == l->head && l->head != l->tail;
}

/* Judges the oldest packet without asking anybody. */
static void pass_oldest(struct lane *l)
{
	const struct slot *s = slot_at(l, l->head);

	judge_unread(l, s, is_suspect(l) && drops_crashes(l, s));
	l->counters->unanswered++;
	if (l->unsent == l->head)
		l->unsent++;
	l->head++;
}

/* The last worker's end is known. Was it what it was at? */
static bool settle_suspect(struct lane *l, bool blamed)
{
	bool guilty = l->crash.present && (blamed || l->fall != FALL_GONE);

	if (guilty) {
		l->counters->crashes++;
		if (l->fall != FALL_SILENT || !l->young)
			crash_convict(&l->crash, l->fall);
	}
	if (is_suspect(l)) {
		if (guilty || l->tried_again)
			pass_oldest(l);
		else
			l->tried_again = true;
	}
	l->crash.present = false;
	return guilty;
}

static void pass_all(struct lane *l)
{
	judge_release(l, INT64_MAX);
	while (l->head != l->tail)
		pass_oldest(l);
	lane_flush(l);
}

/* ---- from the kernel ---- */

static bool grace_is_over(const struct lane *l)
{
	return l->link < 0 && (l->paused || loop_now() - l->link_since > LANE_DEADLINE_MS);
}

static bool has_room(const struct lane *l)
{
	return l->tail - l->head < LANE_SLOTS && l->unsent == l->tail &&
	       (l->link >= 0 || grace_is_over(l));
}

static void watch_queue(struct lane *l)
{
	loop_change(l->loop, &l->on_queue, has_room(l) ? EPOLLIN : 0);
}

/* Is there something for the parser in it? An error that speaks of a flow is none of its packets, and
 * has another protocol. (A flow through a pinhole is RELATED, too, until it is answered.) */
static bool is_for_worker(const struct lane *l, const struct slot *s)
{
	const struct queue_packet *p = &s->packet;

	return p->has_flow && p->ct_info != IP_CT_RELATED_REPLY &&
	       !strcmp(p->flow.helper, l->manifest->name) && p->flow.orig.l4 == s->at.l4;
}

/* A rule hands over no SYN, and no packet without payload at a connection's end. But the answer to the SYN,
 * which says where both streams begin; whatever had the tuple before is over. */
static void begin_by_answer(struct lane *l, const struct slot *s)
{
	struct slot client = *s;

	client.packet.ct_info = IP_CT_ESTABLISHED;
	client.at.seq = s->at.ack;
	client.at.payload_len = client.at.payload_total = 0;
	if (!memory_begin_both(l->memory, s, &client) || l->link < 0)
		return;
	client.at.tcp_flags = PACKET_TCP_RST;
	(void)put_on_link(l, &client, NOTICE_ID, LINK_PACKET_NOTICE);
	client.at.tcp_flags = PACKET_TCP_SYN;
	(void)put_on_link(l, &client, NOTICE_ID, LINK_PACKET_NOTICE);
}

/* Lets go of everything up to a packet's id. */
static void pass_until(struct lane *l, uint32_t id)
{
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4)));

	lane_send(l, queue_batch_put(&l->queue, buf, l->queue_num, id, l->by_rule));
}

static void take_packet(struct lane *l, const struct nlmsghdr *nlh)
{
	struct slot *s = slot_at(l, l->tail);
	bool known = queue_parse(nlh, &s->packet);

	l->counters->packets++;
	if (!s->packet.id)
		return; /* nothing to be judged */
	if (l->inherits) /* it may have died before it could remember the last one */
		pass_until(l, s->packet.id - 1);
	l->inherits = false;
	l->memory->newest = s->packet.id;
	s->read_us = l->batch_us;
	known = known && s->packet.data && packet_parse(s->packet.data, s->packet.len, &s->at) &&
		is_for_worker(l, s);
	if (known && (s->at.tcp_flags & (PACKET_TCP_SYN | PACKET_TCP_ACK)) == PACKET_TCP_SYN)
		memory_begin(l->memory, s);
	if (known && l->by_rule && s->at.tcp_flags & PACKET_TCP_SYN && slot_direction(s) == DIRECTION_REPLY)
		begin_by_answer(l, s);
	if (known)
		memory_note_begin(l->memory, s);
	if (!known || !s->at.payload_len || memory_flow(l->memory, s)->dark || grace_is_over(l)) {
		if (known && s->at.tcp_flags & (PACKET_TCP_SYN | PACKET_TCP_FIN | PACKET_TCP_RST) &&
		    l->link >= 0)
			(void)put_on_link(l, s, NOTICE_ID, LINK_PACKET_NOTICE);
		if (known)
			judge_again(l, s);
		else
			judge_pass(l, s);
		l->counters->passed++;
		return;
	}
	if (crash_is_barred(&l->crash, s)) {
		l->counters->barred++;
		judge_unread(l, s, drops_crashes(l, s));
		return;
	}
	memory_note_read(l->memory, s);
	s->since = loop_now();
	l->tail++;
	feed_worker(l);
}

static void take_error(struct lane *l, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

	/* ENOENT: the packet went with its device, or with a firewall reload. */
	if (nlh->nlmsg_len >= mnl_nlmsg_size(sizeof(*e)) && e->error && e->error != -ENOENT)
		l->counters->kernel_errors++;
}

/* Reads one message. False when there is none. */
static bool read_one(struct lane *l)
{
	struct slot *s = slot_at(l, l->tail);
	struct sockaddr_nl from;
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(l->queue.fd, s->message, QUEUE_MESSAGE_SIZE, MSG_DONTWAIT,
			     (struct sockaddr *)&from, &from_len);
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)s->message;
	int left = (int)n;

	if (n < 0)
		return errno == EINTR || errno == ENOBUFS;
	if (from_len != sizeof(from) || from.nl_pid != 0 || !nl_message_ok(nlh, left))
		return true;
	if (nlh->nlmsg_type == NLMSG_ERROR)
		take_error(l, nlh);
	else if (nlh->nlmsg_type == (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET))
		take_packet(l, nlh);
	return true;
}

static void queue_ready(struct watch *w, uint32_t events)
{
	struct lane *l = container_of(w, struct lane, on_queue);

	l->batch_us = loop_now_us();
	for (int i = 0; i < READS_PER_TURN && has_room(l); i++)
		if (!read_one(l))
			break;
	lane_flush(l);
	watch_queue(l);
}

/* ---- from the worker ---- */

static bool take_answer(struct lane *l, const void *data, size_t len)
{
	struct link_answer a;

	if (!link_answer_check(data, len, l->manifest, &a))
		return false;
	if (l->head == l->unsent || a.id != id_of(l->head))
		return false; /* not asked, or not in order */
	l->counters->parsed++;
	l->counters->messages += a.n_messages;
	l->counters->malformed += a.n_malformed;
	l->counters->lost_claims += a.lost;
	if (a.note)
		l->counters->notes[a.note]++;
	if (a.boundary)
		memory_set_boundary(l->memory, slot_at(l, l->head));
	if (a.n_messages > a.n_malformed)
		memory_flow(l->memory, slot_at(l, l->head))->lost[slot_direction(slot_at(l, l->head))] =
			false;
	judge_answer(l, slot_at(l, l->head), &a);
	l->head++;
	return true;
}

/* Nothing was read: is that the end of the link? That is read again and again, an empty message of
 * a worker that lives but once. */
static bool is_end(const struct lane *l)
{
	uint8_t byte;
	ssize_t n = recv(l->link, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN);
}

static void link_ready(struct watch *w, uint32_t events)
{
	struct lane *l = container_of(w, struct lane, on_link);
	uint8_t buf[sizeof(struct link_answer) + 1];
	ssize_t n = 0;

	for (int i = 0; i < LANE_SLOTS && l->link >= 0; i++) {
		enum fall fall = FALL_GONE;

		n = recv(l->link, buf, sizeof(buf), MSG_DONTWAIT);
		/* ECONNRESET comes once, before what the worker said at the last. */
		if (n < 0 && (errno == EINTR || errno == ECONNRESET))
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n > 0 && take_answer(l, buf, (size_t)n))
			continue;
		if (n > 0 || !is_end(l)) {
			fall = FALL_VIOLATION;
			l->counters->violations++;
		}
		drop_link(l, fall);
	}
	lane_flush(l);
	feed_worker(l);
	watch_queue(l);
}

/* ---- life ---- */

/* Lets go what a predecessor has read and did not judge. */
static void inherit(struct lane *l)
{
	memory_inherit(l->memory, l->manifest->resync_line);
	l->inherits = true;
	pass_until(l, l->memory->newest);
	lane_flush(l);
}

struct lane *lane_new(struct loop *loop, struct nl *ct, const struct nl *queue, uint16_t index,
		      uint16_t queue_num, bool by_rule, const struct manifest *m,
		      struct lane_counters *counters, struct lane_memory *memory)
{
	size_t size = (size_t)LANE_SLOTS * QUEUE_MESSAGE_SIZE;
	struct lane *l = calloc(1, sizeof(*l));
	struct held *held = calloc(HOLD_MAX, sizeof(*held));
	void *messages = mmap(NULL, size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (!l || !held || messages == MAP_FAILED)
		goto fail;
	*l = (struct lane){ .index = index,
			    .queue_num = queue_num,
			    .by_rule = by_rule,
			    .manifest = m,
			    .counters = counters,
			    .loop = loop,
			    .ct = ct,
			    .queue = *queue,
			    .link = -1,
			    .link_since = loop_now(),
			    .messages = messages,
			    .memory = memory,
			    .holding = { .list = held } };
	for (uint32_t i = 0; i < LANE_SLOTS; i++)
		l->slots[i].message = l->messages + (size_t)i * QUEUE_MESSAGE_SIZE;
	if (crash_init(&l->crash) < 0)
		goto fail;
	l->on_queue = (struct watch){ .fd = -1, .ready = queue_ready };
	l->on_link = (struct watch){ .fd = -1, .ready = link_ready };
	if (loop_add(loop, &l->on_queue, queue->fd, 0) < 0)
		goto fail;
	if (counters->packets)
		inherit(l);
	else
		*memory = (struct lane_memory){ 0 };
	return l;
fail:
	if (messages != MAP_FAILED)
		munmap(messages, size);
	free(held);
	free(l);
	return NULL;
}

void lane_free(struct lane *l)
{
	if (!l)
		return;
	pass_all(l);
	drop_link(l, FALL_GONE);
	loop_del(l->loop, &l->on_queue);
	nl_close(&l->queue);
	munmap(l->messages, (size_t)LANE_SLOTS * QUEUE_MESSAGE_SIZE);
	free(l->holding.list);
	free(l);
}

/* The last worker's time is over; true when what it was at is to be kept. */
static bool bury_worker(struct lane *l, bool blamed)
{
	if (l->link >= 0) /* for what it answered at the last */
		link_ready(&l->on_link, EPOLLIN);
	drop_link(l, FALL_GONE);
	judge_release(l, INT64_MAX); /* its successor knows nothing of their beginnings */
	return settle_suspect(l, blamed);
}

bool lane_pause(struct lane *l, bool blamed)
{
	bool keep = bury_worker(l, blamed);

	l->paused = true;
	pass_all(l);
	watch_queue(l);
	return keep;
}

bool lane_set_worker(struct lane *l, int link, int32_t pid, bool blamed)
{
	int size = LINK_BUFFER;
	bool keep = bury_worker(l, blamed);

	l->paused = false;
	l->unsent = l->head;
	for (uint32_t i = l->head; i != l->tail; i++)
		slot_at(l, i)->since = loop_now();
	(void)setsockopt(link, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	l->link = link;
	l->worker = pid;
	l->link_since = loop_now();
	l->asked_for_worker = false;
	l->counters->worker_starts++;
	if (loop_add(l->loop, &l->on_link, link, EPOLLIN) < 0)
		drop_link(l, FALL_GONE);
	feed_worker(l);
	lane_flush(l);
	watch_queue(l);
	return keep;
}

bool lane_is_busy(const struct lane *l)
{
	return (l->link < 0 && !l->paused) || l->head != l->tail || l->holding.n;
}

static bool is_overdue(struct lane *l)
{
	return l->link >= 0 && l->head != l->tail &&
	       loop_now() - slot_at(l, l->head)->since > LANE_DEADLINE_MS;
}

bool lane_tick(struct lane *l)
{
	if (is_overdue(l)) /* perhaps it is we who are late */
		link_ready(&l->on_link, EPOLLIN);
	if (is_overdue(l))
		drop_link(l, FALL_SILENT);
	if (grace_is_over(l))
		pass_all(l);
	judge_release(l, loop_now() - LANE_HOLD_MS);
	lane_flush(l);
	watch_queue(l);
	if (l->link >= 0 || l->paused || l->asked_for_worker)
		return false;
	l->asked_for_worker = true;
	return true;
}
