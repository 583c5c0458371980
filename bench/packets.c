/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * bench-packets HELPER CASE_FILE TIMES: lets the flows of a case file go through broker and worker, in one process,
 * each message in one packet, and prints how many packets that were. There is no kernel: what is left are our own
 * instructions, for callgrind to count (bench/instructions).
 */
#include "broker/rig_test.h"

#include "broker/fate.h"
#include "tests/cases/case.h"
#include "wire/text.h"
#include "worker/feed.h"

#define FIRST_SEQ 1000u

#define LONG	  1000000 /* milliseconds: everything that was opened is over then */

static struct feed *tcp, *udp;
static uint32_t last_flow, n_packets;

static void work(void)
{
	struct link_packet p;
	const uint8_t *payload;

	while (ring_next(&rig.ring, &p, &payload) > 0) {
		feed_packet(p.orig.l4 == IPPROTO_TCP ? tcp : udp, &p, payload, ring_answer(&rig.ring));
		if (!(p.flags & LINK_PACKET_NOTICE))
			ring_give(&rig.ring);
		ring_done(&rig.ring, &p);
	}
	ring_bell(rig.bell);
	rig_turn();
}

/* What the kernel is told is taken away unread. */
static void queue(struct queued *q)
{
	static char sink[QUEUE_MESSAGE_SIZE];

	q->id = ++n_packets;
	rig_queue(q);
	work();
	while (recv(rig.kernel, sink, sizeof(sink), MSG_DONTWAIT) > 0)
		;
}

static void play(const struct case_one *one)
{
	uint32_t seq[2] = { FIRST_SEQ, FIRST_SEQ };
	uint8_t l4 = one->tuples[0].l4;
	struct queued q = { .flow_id = ++last_flow, .tuples = one->tuples, .state = one->state, .l4 = l4 };

	rig.now += LONG;
	(void)fate_tick(&rig_books, rig.now);
	for (unsigned d = 0; l4 == IPPROTO_TCP && d < 2; d++) {
		q.flags = (uint8_t)(d ? PACKET_TCP_SYN | PACKET_TCP_ACK : PACKET_TCP_SYN);
		q.seq = FIRST_SEQ - 1;
		q.info = d ? IP_CT_ESTABLISHED_REPLY : IP_CT_NEW;
		queue(&q);
	}
	q.flags = 0;
	q.status = IPS_CONFIRMED;
	for (unsigned i = 0; i < one->n_messages; i++) {
		const struct case_message *m = &one->messages[i];

		q.payload = (const char *)m->data;
		q.len = (uint32_t)m->len;
		q.seq = seq[m->direction];
		q.info = m->direction == DIRECTION_REPLY ? IP_CT_ESTABLISHED_REPLY : IP_CT_ESTABLISHED;
		seq[m->direction] += (uint32_t)m->len;
		queue(&q);
	}
}

int main(int argc, char **argv)
{
	const struct helper *helper = argc == 4 ? helper_find(argv[1]) : NULL;
	struct case_file file;
	uint32_t times;

	if (!helper || !case_read(argv[2], &file) ||
	    !text_get_decimal(argv[3], strlen(argv[3]), 1000000, &times)) {
		fputs("usage: bench-packets HELPER CASE_FILE TIMES\n", stderr);
		return EXIT_FAILURE;
	}
	tcp = feed_new(helper, IPPROTO_TCP);
	udp = feed_new(helper, IPPROTO_UDP);
	if (!tcp || !udp)
		return EXIT_FAILURE;
	rig.manifest = helper->manifest;
	rig_open();
	rig_employ(10);
	while (times--)
		for (unsigned i = 0; i < file.n_cases; i++)
			play(&file.cases[i]);
	printf("%u packets\n", n_packets);
	case_free(&file);
	return EXIT_SUCCESS;
}
