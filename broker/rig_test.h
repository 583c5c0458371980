/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A lane between a kernel and a worker that are both the test's. Packets are written as the kernel
 * queues them; what the lane sends to either side is read back as words:
 *
 *	kernel:  v7          verdict for packet 7, as it is
 *	         v7=DROP     dropped
 *	         v7=REPEAT   it comes again
 *	         v7=PAST     to a queue that nobody has
 *	         until7      for all packets up to 7
 *	         v7+4        with 4 bytes of state
 *	         v7+60s      with a time for its flow
 *	         v7+expect   with an expectation to be created
 *	         v7=hello    with another payload
 *	         ct:10:0:2   adjustment of the flow's sequence numbers: position, before, after
 *	worker:  1:hello     packet 1 with its payload
 *	         notice:S    of SYN, FIN, RST
 *
 * Time stands still but for rig.now; the sender of netlink messages is rig.sender; pinholes are
 * granted as rig says. It includes lane.c.
 */
#ifndef PINHOLE_BROKER_RIG_TEST_H
#define PINHOLE_BROKER_RIG_TEST_H

#include <fcntl.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/loop.h"
#include "broker/fate.h"
#include "broker/pinhole.h"
#include "netfilter/ifaddr.h"

static int fake_recvmmsg(int fd, struct mmsghdr *messages, unsigned most, int flags,
			 struct timespec *timeout);
static int64_t fake_now(void);
static int64_t fake_now_us(void);
static int64_t fake_turn_ms(const struct loop *l);
static int64_t fake_turn_us(const struct loop *l);

#define recvmmsg fake_recvmmsg
#define loop_now fake_now
#define loop_now_us fake_now_us
#define loop_turn_ms fake_turn_ms
#define loop_turn_us fake_turn_us
#include "broker/lane.c"
#include "broker/reads.c"
#include "broker/verdicts.c"
#undef recvmmsg
#undef loop_now
#undef loop_now_us
#undef loop_turn_ms
#undef loop_turn_us

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>

#include "tests/unit/tap.h"

static const struct manifest toy = {
	.name = "toy",
	.state_len = 4,
	.n_classes = 1,
	.classes = { { .name = "toy", .l4s = MANIFEST_TCP | MANIFEST_UDP, .min_port = 1024 } },
};

static struct rig {
	struct loop loop;
	struct lane *lane;
	struct lane_counters counters;
	struct lane_memory memory;
	int kernel, worker; /* the test's ends */
	struct ring ring;   /* the worker's side */
	int bell;
	int64_t now;
	uint32_t sender;      /* netlink address that packets come from */
	uint16_t granted;     /* port that pinhole_open() grants; 0: the one asked for */
	uint16_t moved;	      /* it grants a port so much higher where NAT is */
	enum refusal refusal; /* its refusal */
	int ignored;	      /* what the kernel says of one that a verdict was to create */
	struct prefix networks[IFADDR_NETWORKS_MAX]; /* of interface 7 */
	int n_networks;
	int n_open;
	void (*opened)(const struct expectation *e); /* told of each before its port moves */
	const struct manifest *manifest;	     /* the lane's; NULL: toy */
	bool by_rule;				     /* and how its queue is filled */
	bool midway; /* the worker's last packet was called so */
	bool blamed; /* the next worker's predecessor died of its packet */
	bool kept;   /* that packet is to be kept */
} rig;

static int fake_recvmmsg(int fd, struct mmsghdr *messages, unsigned most, int flags,
			 struct timespec *timeout)
{
	int n = 0;

	(void)timeout;
	for (; n < (int)most; n++) {
		struct msghdr *m = &messages[n].msg_hdr;
		ssize_t len = recv(fd, m->msg_iov->iov_base, m->msg_iov->iov_len, flags);

		if (len < 0)
			return n ? n : -1;
		messages[n].msg_len = (unsigned)len;
		*(struct sockaddr_nl *)m->msg_name = (struct sockaddr_nl){ .nl_pid = rig.sender };
	}
	return n;
}

static int64_t fake_now(void)
{
	return rig.now;
}

static int64_t fake_now_us(void)
{
	return rig.now * 1000;
}

static int64_t fake_turn_ms(const struct loop *l)
{
	(void)l;
	return rig.now;
}

static int64_t fake_turn_us(const struct loop *l)
{
	(void)l;
	return rig.now * 1000;
}

enum opened pinhole_open(struct nl *nl, const struct manifest *m, uint16_t min_port, bool fixed,
			 bool known, struct expectation *e, enum refusal *ret_why, int *ret_error)
{
	(void)nl, (void)m, (void)min_port, (void)fixed, (void)known;
	*ret_error = 0;
	*ret_why = rig.refusal;
	if (rig.refusal != REFUSED_NOT)
		return OPENED_NOT;
	if (rig.granted)
		e->tuple.dport = rig.granted;
	if (rig.opened)
		rig.opened(e);
	if (e->nat.present)
		e->tuple.dport = (uint16_t)(e->tuple.dport + rig.moved);
	rig.n_open++;
	return OPENED_NEW;
}

enum opened pinhole_make_room(struct nl *nl, const struct expectation *e, enum refusal *ret_why,
			      int *ret_error)
{
	(void)nl, (void)e;
	*ret_error = 0;
	*ret_why = rig.refusal;
	return rig.refusal == REFUSED_NOT ? OPENED_NEW : OPENED_NOT;
}

int pinhole_verify(struct nl *nl, const struct expectation *e)
{
	(void)nl, (void)e;
	rig.n_open += rig.ignored == 0;
	return rig.ignored;
}

int ifaddr_networks(struct nl *route, uint32_t index, const struct addr *src, const struct addr *dst,
		    struct prefix ret[IFADDR_NETWORKS_MAX])
{
	(void)route, (void)src, (void)dst;
	memcpy(ret, rig.networks, sizeof(rig.networks));
	return index == 7 ? rig.n_networks : 0;
}

void pinhole_close(struct nl *nl, const struct expectation *e)
{
	(void)nl, (void)e;
	rig.n_open--;
}

/* A packet to be queued. */
struct queued {
	uint32_t id;
	const char *payload;
	uint32_t len; /* of payload; 0: a string */
	uint32_t seq, ack;
	uint8_t flags;	    /* PACKET_TCP_*; ACK is always there */
	uint8_t l4;	    /* 0: TCP */
	uint8_t info;	    /* enum ip_conntrack_info */
	const char *helper; /* NULL: toy */
	bool nated, gso, no_flow;
	bool first; /* of a flow of datagrams: it is not confirmed yet */
	uint32_t status;  /* IPS_*; CONFIRMED besides for datagrams that are not the first */
	uint32_t flow_id; /* 0: 1 */
	const struct tuple *tuples; /* orig, reply; NULL: as `nated` says */
	const uint8_t *state;	    /* HELPER_STATE_MAX bytes; NULL: zeros */
};

static inline struct tuple rig_tuple(const char *src, uint16_t sport, const char *dst,
				     uint16_t dport, uint8_t l4)
{
	struct tuple t = { .sport = sport, .dport = dport, .l4 = l4 };

	addr_from_text(src, strlen(src), &t.src);
	addr_from_text(dst, strlen(dst), &t.dst);
	return t;
}

/* IPv4 with a TCP or UDP header; returns its length. */
static inline uint32_t rig_packet(const struct queued *q, uint8_t *out)
{
	static const uint8_t ip[20] = { 0x45, [8] = 64, [12] = 10, 0, 0, 1, 192, 0, 2, 1 };
	bool udp = q->l4 == IPPROTO_UDP;
	uint32_t len = q->len ? q->len : q->payload ? (uint32_t)strlen(q->payload) : 0;
	uint32_t header = udp ? 8 : 20, seq = htonl(q->seq), ack = htonl(q->ack);
	uint16_t total = htons((uint16_t)(20 + header + len)), udp_len = htons((uint16_t)(8 + len));

	memset(out, 0, 20 + header);
	memcpy(out, ip, sizeof(ip));
	memcpy(out + 2, &total, 2);
	out[9] = udp ? IPPROTO_UDP : IPPROTO_TCP;
	if (udp) {
		memcpy(out + 24, &udp_len, 2);
	} else {
		memcpy(out + 24, &seq, 4);
		memcpy(out + 28, &ack, 4);
		out[32] = 5 << 4;
		out[33] = q->flags;
	}
	if (q->payload)
		memcpy(out + 20 + header, q->payload, len);
	return 20 + header + len;
}

static inline void rig_put_flow(struct nlmsghdr *nlh, const struct queued *q)
{
	const char *seen = q->nated ? "198.51.100.9" : "10.0.0.1";
	uint8_t l4 = q->l4 ? q->l4 : IPPROTO_TCP;
	struct tuple orig = rig_tuple("10.0.0.1", 700, "192.0.2.1", 111, l4);
	struct tuple reply = rig_tuple("192.0.2.1", 111, seen, 700, l4);
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFQA_CT);
	const struct manifest *m = rig.manifest ? rig.manifest : &toy;
	static const uint8_t state[HELPER_STATE_MAX];

	ct_tuple_put(nlh, CTA_TUPLE_ORIG, q->tuples ? &q->tuples[0] : &orig);
	ct_tuple_put(nlh, CTA_TUPLE_REPLY, q->tuples ? &q->tuples[1] : &reply);
	mnl_attr_put_u32(nlh, CTA_ID, htonl(q->flow_id ? q->flow_id : 1));
	mnl_attr_put_u32(nlh, CTA_STATUS,
			 htonl(q->status | (l4 == IPPROTO_UDP && !q->first ? IPS_CONFIRMED : 0)));
	ct_state_put(nlh, q->helper ? q->helper : m->name, q->state ? q->state : state,
		     m->state_len);
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_put_u32(nlh, NFQA_CT_INFO, htonl(q->info));
}

/* Builds the kernel's message. */
static inline struct nlmsghdr *rig_message(const struct queued *q)
{
	static char buf[QUEUE_MESSAGE_SIZE + 4096] __attribute__((aligned(8)));
	static uint8_t packet[UINT16_MAX + 64];
	struct nfqnl_msg_packet_hdr hdr = { .packet_id = htonl(q->id),
					    .hw_protocol = htons(ETH_P_IP) };
	struct nl nl = { 0 };
	struct nlmsghdr *nlh =
		nl_request(&nl, buf, NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET, 0, AF_INET, 5);

	mnl_attr_put(nlh, NFQA_PACKET_HDR, sizeof(hdr), &hdr);
	mnl_attr_put_u32(nlh, NFQA_IFINDEX_OUTDEV, htonl(7));
	if (!q->no_flow)
		rig_put_flow(nlh, q);
	if (q->gso)
		mnl_attr_put_u32(nlh, NFQA_SKB_INFO, htonl(NFQA_SKB_GSO));
	mnl_attr_put(nlh, NFQA_PAYLOAD, rig_packet(q, packet), packet);
	return nlh;
}

static inline void rig_turn(void)
{
	for (int i = 0; i < 8; i++) /* what one makes ready, the next finds */
		loop_turn(&rig.loop, 0);
}

static inline void rig_write(const void *data, size_t len)
{
	if (send(rig.kernel, data, len, MSG_DONTWAIT) < 0)
		ok(false, "the queue takes a message");
}

static inline void rig_queue(const struct queued *q)
{
	const struct nlmsghdr *nlh = rig_message(q);

	rig_write(nlh, nlh->nlmsg_len);
	rig_turn();
}

/* Packets of the plain flow with these payloads, ids counting from `id`. */
static inline void rig_queue_texts(uint32_t id, const char *const *texts)
{
	for (; *texts; texts++)
		rig_queue(&(struct queued){ .id = id++, .payload = *texts });
}

/* ---- the kernel's side, read back */

static char rig_words[2 * 65536];
static size_t rig_words_len;

__attribute__((format(printf, 1, 2))) static void rig_add(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	rig_words_len += (size_t)vsnprintf(rig_words + rig_words_len,
					   sizeof(rig_words) - rig_words_len, fmt, args);
	va_end(args);
}

static inline void rig_add_flow_changes(const struct nlattr *nest)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest)
		if (mnl_attr_get_type(a) == CTA_TIMEOUT)
			rig_add("+%us", ntohl(mnl_attr_get_u32(a)));
		else if (mnl_attr_get_type(a) == CTA_HELP)
			rig_add("+%u", toy.state_len);
}

static inline void rig_add_verdict(const struct nlmsghdr *nlh)
{
	const struct nlattr *a;
	struct packet at;

	rig_add("%s%s", rig_words_len ? " " : "",
		(nlh->nlmsg_type & 0xff) == NFQNL_MSG_VERDICT_BATCH ? "until" : "v");
	mnl_attr_for_each(a, nlh, sizeof(struct nfgenmsg)) {
		const struct nfqnl_msg_verdict_hdr *hdr = mnl_attr_get_payload(a);
		const uint8_t *data = mnl_attr_get_payload(a);
		uint16_t len = mnl_attr_get_payload_len(a);

		if (mnl_attr_get_type(a) == NFQA_VERDICT_HDR)
			rig_add("%u%s", ntohl(hdr->id),
				hdr->verdict == htonl(NF_DROP)	   ? "=DROP"
				: hdr->verdict == htonl(NF_REPEAT) ? "=REPEAT"
				: hdr->verdict == htonl(queue_go_on(true)) ? "=PAST"
								   : "");
		else if (mnl_attr_get_type(a) == NFQA_CT)
			rig_add_flow_changes(a);
		else if (mnl_attr_get_type(a) == NFQA_EXP)
			rig_add("+expect");
		else if (mnl_attr_get_type(a) == NFQA_PAYLOAD && packet_parse(data, len, &at))
			rig_add("=%.*s", (int)at.payload_len, data + at.payload_off);
	}
}

static inline void rig_add_ct(const struct nlmsghdr *nlh)
{
	struct ct_flow flow;
	const struct ct_seqadj *adj = flow.seqadj;
	size_t off = MNL_NLMSG_HDRLEN + sizeof(struct nfgenmsg);
	const struct nlattr *attrs = (const struct nlattr *)((const char *)nlh + off);

	(void)ct_flow_parse(attrs, nlh->nlmsg_len - off, &flow); /* it has no reply tuple */
	if (!adj->position && !adj->after)
		adj++;
	rig_add("%sct:%u:%d:%d", rig_words_len ? " " : "", adj->position, adj->before, adj->after);
	if (flow.state_len)
		rig_add("+%u", flow.state_len);
}

/* What the lane told the kernel since the last call. */
static inline const char *rig_kernel(void)
{
	static char buf[2 * QUEUE_MESSAGE_SIZE] __attribute__((aligned(8)));
	ssize_t n;

	rig_words_len = 0;
	rig_words[0] = '\0';
	while ((n = recv(rig.kernel, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;

		for (int left = (int)n; nl_message_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			if (nlh->nlmsg_type >> 8 == NFNL_SUBSYS_QUEUE)
				rig_add_verdict(nlh);
			else
				rig_add_ct(nlh);
	}
	return rig_words;
}

/* ---- the worker's side */

/* What the worker was sent since the last call; `most` messages at most. */
static inline const char *rig_worker_some(int most)
{
	struct link_packet p;
	const uint8_t *payload;
	int r = 0;

	rig_words_len = 0;
	rig_words[0] = '\0';
	for (; most && rig.worker >= 0 && (r = ring_next(&rig.ring, &p, &payload)) > 0; most--) {
		rig.midway = p.flags & LINK_PACKET_MIDWAY;
		rig_add("%s", rig_words_len ? " " : "");
		if (p.flags & LINK_PACKET_NOTICE)
			rig_add("notice:%s%s%s", p.flags & LINK_PACKET_SYN ? "S" : "",
				p.flags & LINK_PACKET_FIN ? "F" : "",
				p.flags & LINK_PACKET_RST ? "R" : "");
		else
			rig_add("%u:%.*s", p.id, p.len > 64 ? 1 : (int)p.len, payload);
		ring_done(&rig.ring, &p);
	}
	if (r < 0)
		ok(false, "the worker gets sound packets");
	return rig_words;
}

static inline const char *rig_worker(void)
{
	return rig_worker_some(-1);
}

static inline void rig_send_answer(const struct link_answer *a)
{
	*ring_answer(&rig.ring) = *a;
	ring_give(&rig.ring);
	ring_bell(rig.bell);
}

static inline void rig_answer(uint32_t id)
{
	rig_send_answer(&(struct link_answer){ .id = id });
	rig_turn();
}

/* A new worker, and its pid. */
static inline void rig_employ(int32_t pid)
{
	int pair[2], fd = ring_make();

	rig.bell = ring_make_bell();
	if (fd < 0 || rig.bell < 0 || pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0)
		abort();
	if (rig.worker >= 0)
		close(rig.worker);
	rig.worker = pair[0];
	ring_unmap(&rig.ring);
	if (ring_map(&rig.ring, fd, true) < 0 || lane_set_ring(rig.lane, fd) < 0)
		abort();
	close(fd);
	lane_set_bell(rig.lane, rig.bell); /* it is closed there */
	rig.kept = lane_set_worker(rig.lane, pair[1], pid, rig.blamed);
	rig_turn();
}

static inline void rig_kill(void)
{
	close(rig.worker);
	rig.worker = -1;
	rig_turn();
}

static struct shared rig_shared;
static struct books rig_books;

static inline void rig_serve(const struct nl *queue)
{
	static struct nl ct = NL_CLOSED;

	rig.lane = lane_new(&rig.loop, &ct, queue, 3, 5, rig.by_rule,
			    rig.manifest ? rig.manifest : &toy, &rig.counters, &rig.memory);
	if (!rig.lane || books_open(&rig_books, &ct, &rig_shared) < 0)
		abort();
	rig.lane->books = &rig_books;
	rig_turn();
}

static inline void rig_open(void)
{
	static const struct log_sinks quiet = { .file_fd = -1, .syslog_facility = -1 };
	struct nl queue = { .portid = 1 };
	int pair[2], size = 64 * 1024 * 1024;

	log_open("rig", &quiet);
	signal(SIGPIPE, SIG_IGN);
	rig = (struct rig){
		.worker = -1, .now = 1000000, .manifest = rig.manifest, .by_rule = rig.by_rule
	};
	if (loop_open(&rig.loop) < 0 || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	for (int i = 0; i < 2; i++)
		(void)setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	rig.kernel = pair[1];
	queue.fd = pair[0];
	rig_serve(&queue);
}

/* The broker is killed, and a successor takes over; what it says at first is in rig_kernel(). */
static inline void rig_succeed(void)
{
	struct nl queue = { .fd = dup(rig.lane->queue.fd), .portid = 1 };
	struct lane_counters counters = rig.counters;
	struct lane_memory memory = rig.memory;

	lane_free(rig.lane);
	books_close(&rig_books);
	while (*rig_kernel())
		; /* a dead one would not have said it */
	close(rig.worker);
	rig.worker = -1;
	rig.counters = counters;
	rig.memory = memory;
	rig_serve(&queue);
}

static inline void rig_close(void)
{
	lane_free(rig.lane);
	books_close(&rig_books);
	close(rig.kernel);
	if (rig.worker >= 0)
		close(rig.worker);
	ring_unmap(&rig.ring);
	close(rig.loop.epoll);
}

#endif
