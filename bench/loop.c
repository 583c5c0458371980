// SPDX-License-Identifier: GPL-2.0-or-later
/* bench-loop [flows] QUEUE...: accepts every packet of some queues, and does nothing else. What a packet costs
 * here it costs whoever reads a queue with libnetfilter_queue. `flows`: the kernel says with each packet what it
 * knows of its flow, without which there is no helper; nobody looks at it. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>

#define RANGE	  0xffff
#define QUEUE_LEN 10240

static int judge(struct nfq_q_handle *queue, struct nfgenmsg *message, struct nfq_data *packet,
		 void *nothing)
{
	struct nfqnl_msg_packet_hdr *header = nfq_get_msg_packet_hdr(packet);

	return header ? nfq_set_verdict(queue, ntohl(header->packet_id), NF_ACCEPT, 0, NULL) : 0;
}

static uint32_t flags = NFQA_CFG_F_FAIL_OPEN;

static int bind_to(struct nfq_handle *library, const char *number)
{
	struct nfq_q_handle *queue =
		nfq_create_queue(library, (uint16_t)strtoul(number, NULL, 10), judge, NULL);

	if (!queue || nfq_set_mode(queue, NFQNL_COPY_PACKET, RANGE) < 0 ||
	    nfq_set_queue_maxlen(queue, QUEUE_LEN) < 0 ||
	    nfq_set_queue_flags(queue, flags, flags) < 0)
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	static char buffer[RANGE + 4096] __attribute__((aligned(8)));
	struct nfq_handle *library = nfq_open();
	ssize_t n = 0;
	int first = 1;

	if (argc > 1 && !strcmp(argv[1], "flows")) {
		flags |= NFQA_CFG_F_CONNTRACK;
		first = 2;
	}
	for (int i = first; i < argc && library; i++)
		if (bind_to(library, argv[i]) < 0) {
			perror("bench-loop: a queue");
			return 1;
		}
	while (library && (n >= 0 || errno == ENOBUFS || errno == EINTR)) {
		n = recv(nfq_fd(library), buffer, sizeof(buffer), 0);
		if (n > 0)
			nfq_handle_packet(library, buffer, (int)n);
	}
	perror("bench-loop");
	return 1;
}
