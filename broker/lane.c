/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works
 *
 * Packets stand in a ring in the order in which the kernel queued them:
 *
 *     head: oldest not judged     unsent: first that the worker has not been given     tail
 *
 * Reading stops while the ring is full or the worker's is: the rest waits in the kernel, whose queue
 * fails open. What needs no parser (no payload, related errors, another helper's flow) is passed
 * at once, as long as it does not overtake its own flow; the worker gets a notice of SYN, FIN and RST.
 *
 * All goes in batches, as large as what is there: one call reads what is queued, a byte wakes the worker
 * if it sleeps, a bell says that it has answered, one send carries the verdicts. Nobody waits for more.
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
#include <unistd.h>

#include <linux/netfilter/nfnetlink_queue.h> /* behind netinet/in.h */

#include "broker/handover.h"
#include "broker/judge.h"

#define CALLS_PER_TURN 8 /* that read, so that one lane cannot starve the others */
#define MESSAGES_SIZE  ((size_t)(LANE_SLOTS + READS_MAX) * QUEUE_MESSAGE_SIZE)

/* What a packet is called on the link: never 0, never that of a notice. */
static uint32_t id_of(uint32_t position)
{
	return position % (1u << 31) + 1;
}

static struct slot *slot_at(struct lane *l, uint32_t position)
{
	return &l->slots[position % LANE_SLOTS];
}

/* ---- towards the worker ---- */

static void drop_link(struct lane *l, enum fall fall)
{
	if (l->link < 0)
		return;
	loop_del(l->loop, &l->on_link);
	loop_del(l->loop, &l->on_bell);
	close(l->link);
	if (l->bell >= 0)
		close(l->bell);
	l->link = l->bell = -1;
	ring_unmap(&l->ring);
	l->young = loop_now() - l->link_since < LANE_YOUNG_MS;
	l->link_since = loop_now();
	l->fall = fall;
	if (l->head == l->unsent)
		return;
	l->tried_again &= l->suspect == l->head;
	l->suspect = l->head;
	crash_suspect(&l->crash, slot_at(l, l->head));
}

/* Puts what waits on the ring, as far as there is room. */
static void fill_ring(struct lane *l)
{
	while (l->link >= 0 && l->unsent != l->tail) {
		const struct slot *s = slot_at(l, l->unsent);

		if (s->follows)
			handover_notice(l, s);
		else if (!handover_put(l, s, id_of(l->unsent), 0))
			return;
		l->unsent++;
	}
}

static void feed_worker(struct lane *l)
{
	fill_ring(l);
	handover_wake(l);
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

/* The oldest is judged; and what had only waited behind it. */
static void step(struct lane *l)
{
	do {
		if (l->unsent == l->head)
			l->unsent++;
		l->head++;
		if (l->head == l->tail || !slot_at(l, l->head)->follows)
			return;
		judge_again(l, slot_at(l, l->head));
	} while (true);
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
	step(l);
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
	if (!memory_begin_both(l->memory, s, &client))
		return;
	l->counters->flows++;
	client.at.tcp_flags = PACKET_TCP_RST;
	handover_notice(l, &client);
	client.at.tcp_flags = PACKET_TCP_SYN;
	handover_notice(l, &client);
}

/* Would it overtake packets of its stream, or its connection's end overtake what was said before it? */
static bool would_overtake(struct lane *l, const struct slot *s)
{
	if (!slot_keeps_order(s))
		return false;
	for (uint32_t i = l->head; i != l->tail; i++)
		if (slot_at(l, i)->packet.flow.id == s->packet.flow.id &&
		    slot_direction(slot_at(l, i)) == slot_direction(s))
			return true;
	return false;
}

/* No worker reads it. */
static void pass_packet(struct lane *l, struct slot *s, bool known)
{
	l->counters->passed++;
	if (!known) {
		judge_pass(l, s);
	} else if (would_overtake(l, s)) {
		s->follows = true;
		l->tail++;
		fill_ring(l);
	} else {
		handover_notice(l, s);
		judge_again(l, s);
	}
}

static void take_packet(struct lane *l, const struct nlmsghdr *nlh)
{
	struct slot *s = slot_at(l, l->tail);
	bool known = queue_parse(nlh, &s->packet);

	l->counters->packets++;
	if (!s->packet.id)
		return; /* nothing to be judged */
	if (l->inherits) /* it may have died before it could remember the last one */
		lane_let_go_until(l, s->packet.id - 1);
	l->inherits = false;
	l->memory->newest = s->packet.id;
	s->read_us = l->batch_us;
	known = known && s->packet.data && packet_parse(s->packet.data, s->packet.len, &s->at) &&
		is_for_worker(l, s);
	if (known && (s->at.tcp_flags & (PACKET_TCP_SYN | PACKET_TCP_ACK)) == PACKET_TCP_SYN)
		memory_begin(l->memory, s);
	if (known && l->by_rule && s->at.tcp_flags & PACKET_TCP_SYN && slot_direction(s) == DIRECTION_REPLY)
		begin_by_answer(l, s);
	if (known) {
		memory_note_begin(l->memory, s);
		l->counters->flows += !(s->packet.flow.status & IPS_CONFIRMED);
	}
	s->follows = false;
	if (!known || !s->at.payload_len || memory_flow(l->memory, s)->dark || grace_is_over(l)) {
		pass_packet(l, s, known);
		return;
	}
	if (crash_is_barred(&l->crash, s)) {
		l->counters->barred++;
		judge_unread(l, s, drops_crashes(l, s));
		return;
	}
	memory_note_read(l->memory, s);
	s->since = loop_turn_ms(l->loop);
	l->tail++;
	fill_ring(l);
}

static void take_error(struct lane *l, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

	/* ENOENT: the packet went with its device, or with a firewall reload. */
	if (nlh->nlmsg_len >= mnl_nlmsg_size(sizeof(*e)) && e->error && e->error != -ENOENT)
		l->counters->kernel_errors++;
}

/* The next free slot keeps a packet's message, and gives its own memory instead. */
static void take_message(struct lane *l, unsigned i)
{
	struct slot *s = slot_at(l, l->tail);
	unsigned len;
	const struct nlmsghdr *nlh = reads_message(&l->reads, i, &len);

	if (!nlh || !nl_message_ok(nlh, (int)len))
		return;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		take_error(l, nlh);
	} else if (nlh->nlmsg_type == (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET)) {
		s->message = reads_keep(&l->reads, i, s->message);
		take_packet(l, nlh);
	}
}

/* Reads as many as there are and there is room for. False: that was all. */
static bool read_some(struct lane *l)
{
	unsigned room = LANE_SLOTS - (l->tail - l->head);
	unsigned most = room < READS_MAX ? room : READS_MAX;
	int n = reads_get(&l->reads, l->queue.fd, most);

	if (n < 0)
		return n == -EINTR || n == -ENOBUFS;
	for (int i = 0; i < n; i++)
		take_message(l, (unsigned)i);
	return (unsigned)n == most;
}

static void queue_ready(struct watch *w, uint32_t events)
{
	struct lane *l = container_of(w, struct lane, on_queue);
	bool more = true;

	l->batch_us = loop_turn_us(l->loop);
	for (int i = 0; i < CALLS_PER_TURN && has_room(l) && more; i++) {
		more = read_some(l);
		handover_wake(l);
	}
	lane_flush(l);
	watch_queue(l);
}

/* ---- from the worker ---- */

static bool take_answer(struct lane *l, const void *raw)
{
	static struct link_answer a; /* large */

	if (!link_answer_check(raw, sizeof(a), l->manifest, &a))
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
	step(l);
	return true;
}

static void break_off(struct lane *l)
{
	l->counters->violations++;
	drop_link(l, FALL_VIOLATION);
}

static void take_answers(struct lane *l)
{
	const void *raw;

	while (l->link >= 0 && (raw = ring_take(&l->ring)))
		if (!take_answer(l, raw))
			break_off(l);
}

static void go_on(struct lane *l)
{
	lane_flush(l);
	feed_worker(l);
	watch_queue(l);
}

static void bell_rings(struct watch *w, uint32_t events)
{
	struct lane *l = container_of(w, struct lane, on_bell);

	take_answers(l);
	go_on(l);
}

/* Nothing ever comes that way but the end. What it answered before counts. */
static void link_ready(struct watch *w, uint32_t events)
{
	struct lane *l = container_of(w, struct lane, on_link);

	take_answers(l);
	drop_link(l, FALL_GONE);
	go_on(l);
}

/* ---- life ---- */

/* Lets go what a predecessor has read and did not judge. */
static void inherit(struct lane *l)
{
	memory_inherit(l->memory, l->manifest->resync_line);
	l->inherits = true;
	lane_let_go_until(l, l->memory->newest);
	lane_flush(l);
}

struct lane *lane_new(struct loop *loop, struct nl *ct, const struct nl *queue, uint16_t index,
		      uint16_t queue_num, bool by_rule, const struct manifest *m,
		      struct lane_counters *counters, struct lane_memory *memory)
{
	size_t size = MESSAGES_SIZE;
	struct lane *l = calloc(1, sizeof(*l));
	struct held *held = calloc(HOLD_MAX, sizeof(*held));
	void *messages = mmap(NULL, size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (!l || !held || messages == MAP_FAILED)
		goto fail;
	l->index = index; /* all the rest is zero: pages that nobody touches */
	l->queue_num = queue_num;
	l->by_rule = by_rule;
	l->manifest = m;
	l->counters = counters;
	l->loop = loop;
	l->ct = ct;
	l->queue = *queue;
	l->link = l->bell = l->next_bell = -1;
	l->link_since = loop_now();
	l->messages = messages;
	l->memory = memory;
	l->holding.list = held;
	for (uint32_t i = 0; i < LANE_SLOTS; i++)
		l->slots[i].message = l->messages + (size_t)i * QUEUE_MESSAGE_SIZE;
	reads_init(&l->reads, l->messages + (size_t)LANE_SLOTS * QUEUE_MESSAGE_SIZE);
	if (crash_init(&l->crash) < 0)
		goto fail;
	l->on_queue = (struct watch){ .fd = -1, .ready = queue_ready };
	l->on_link = (struct watch){ .fd = -1, .ready = link_ready };
	l->on_bell = (struct watch){ .fd = -1, .ready = bell_rings };
	if (loop_add(loop, &l->on_queue, queue->fd, 0) < 0)
		goto fail;
	if (counters->packets)
		inherit(l);
	else if (memory->newest)
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
	munmap(l->messages, MESSAGES_SIZE);
	ring_unmap(&l->next);
	if (l->next_bell >= 0)
		close(l->next_bell);
	free(l->holding.list);
	free(l);
}

/* The last worker's time is over; true when what it was at is to be kept. */
static bool bury_worker(struct lane *l, bool blamed)
{
	take_answers(l); /* at the last */
	lane_flush(l);
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

int lane_set_ring(struct lane *l, int fd)
{
	ring_unmap(&l->next);
	return ring_map(&l->next, fd, false);
}

void lane_set_bell(struct lane *l, int fd)
{
	if (l->next_bell >= 0)
		close(l->next_bell);
	l->next_bell = fd;
}

bool lane_set_worker(struct lane *l, int link, int32_t pid, bool blamed)
{
	bool keep = bury_worker(l, blamed);

	l->paused = false;
	l->unsent = l->head;
	for (uint32_t i = l->head; i != l->tail; i++)
		slot_at(l, i)->since = loop_now();
	l->link = link;
	l->ring = l->next;
	l->next = (struct ring){ 0 };
	l->bell = l->next_bell;
	l->next_bell = -1;
	l->worker = pid;
	l->link_since = loop_now();
	l->asked_for_worker = false;
	l->counters->worker_starts++;
	if (!l->ring.down || loop_add(l->loop, &l->on_link, link, 0) < 0 ||
	    loop_add(l->loop, &l->on_bell, l->bell, EPOLLIN | EPOLLET) < 0)
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
	       loop_turn_ms(l->loop) - slot_at(l, l->head)->since > LANE_DEADLINE_MS;
}

bool lane_tick(struct lane *l)
{
	if (is_overdue(l)) /* perhaps it is we who are late */
		bell_rings(&l->on_bell, EPOLLIN);
	if (is_overdue(l))
		drop_link(l, FALL_SILENT);
	if (grace_is_over(l))
		pass_all(l);
	judge_release(l, loop_turn_ms(l->loop) - LANE_HOLD_MS);
	lane_flush(l);
	watch_queue(l);
	if (l->link >= 0 || l->paused || l->asked_for_worker)
		return false;
	l->asked_for_worker = true;
	return true;
}
