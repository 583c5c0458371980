/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The way of a packet: see play.h. What conntrack would know of it is made up here; NAT is not among it.
 */
#include "capture/play.h"

#include <errno.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "capture/expected.h"
#include "capture/flows.h"
#include "capture/frame.h"
#include "capture/show.h"
#include "wire/packet.h"
#include "worker/feed.h"

#define SECOND	    INT64_C(1000000)
#define UDP_TIMEOUT 120 /* seconds, as the kernel's for flows with answers */
#define MORE_ERROR  " (`file' or capinfos tell what it is)"

struct play {
	const struct play_options *options;
	const struct manifest *manifest;
	pcap_t *pcap;
	struct feed *tcp, *udp;
	struct flows *flows;
	struct expected expected;
	struct show show;
	struct show_counts counts;
	struct said said;
	struct link_answer answer;
	uint16_t port;
	uint32_t id;
	int64_t first;
};

/* One packet of a flow of the helper. */
struct now {
	struct packet at;
	const uint8_t *payload;
	struct tuple tuple;
	struct capture_flow *flow;
	bool reply;
	int64_t time;
};

static struct feed *feed_for(const struct play *p, uint8_t l4)
{
	return l4 == IPPROTO_TCP ? p->tcp : p->udp;
}

/* ---- flows ---- */

static struct tuple tuple_of(const uint8_t *ip, const struct packet *at)
{
	size_t off = at->family == AF_INET ? 12 : 8, len = at->family == AF_INET ? 4 : 16;

	return (struct tuple){ .src = addr_from_bytes(at->family, ip + off),
			       .dst = addr_from_bytes(at->family, ip + off + len),
			       .sport = at->sport,
			       .dport = at->dport,
			       .l4 = at->l4 };
}

static struct tuple inverse(const struct tuple *t)
{
	return (struct tuple){
		.src = t->dst, .dst = t->src, .sport = t->dport, .dport = t->sport, .l4 = t->l4
	};
}

static bool is_answer(const struct now *now)
{
	const uint8_t syn_ack = PACKET_TCP_SYN | PACKET_TCP_ACK;

	return (now->at.tcp_flags & syn_ack) == syn_ack;
}

/* The flow that a packet begins, or is the first to be seen of; NULL: none of the helper. */
static struct capture_flow *begin_flow(struct play *p, struct now *now)
{
	const struct tuple *t = &now->tuple;
	struct tuple orig = *t;

	now->reply = false;
	if (!(p->manifest->l4s & (t->l4 == IPPROTO_TCP ? MANIFEST_TCP : MANIFEST_UDP)))
		return NULL;
	if (t->dport != p->port && expected_find(&p->expected, t, now->time)) {
		p->counts.followed++;
	} else if (t->sport == p->port && (t->dport != p->port || is_answer(now))) {
		now->reply = true;
		orig = inverse(t);
	} else if (t->dport != p->port) {
		return NULL;
	}
	p->counts.midway += t->l4 == IPPROTO_TCP && !(now->at.tcp_flags & PACKET_TCP_SYN);
	return flows_add(p->flows, &orig);
}

static bool is_over(const struct play *p, const struct now *now)
{
	const struct capture_flow *f = now->flow;
	const uint32_t timeout = p->manifest->flow_timeout > UDP_TIMEOUT ? p->manifest->flow_timeout
									 : UDP_TIMEOUT;

	if (now->tuple.l4 == IPPROTO_UDP)
		return !now->reply && now->time - f->last > timeout * SECOND;
	return (f->reset || f->fins == 3) && !now->reply &&
	       (now->at.tcp_flags & (PACKET_TCP_SYN | PACKET_TCP_ACK)) == PACKET_TCP_SYN;
}

static bool find_flow(struct play *p, struct now *now)
{
	struct capture_flow *f = flows_find(p->flows, &now->tuple, &now->reply);

	now->flow = f ? f : begin_flow(p, now);
	if (!now->flow)
		return false;
	if (f && is_over(p, now))
		flows_renew(p->flows, f);
	f = now->flow;
	f->last = now->time;
	f->syn[now->reply] |= (now->at.tcp_flags & PACKET_TCP_SYN) != 0;
	if (now->at.tcp_flags & PACKET_TCP_FIN)
		f->fins |= (uint8_t)(1 << now->reply);
	f->reset |= (now->at.tcp_flags & PACKET_TCP_RST) != 0;
	return true;
}

/* ---- what the parser says ---- */

static uint8_t flags_of(const struct now *now)
{
	uint8_t tcp = now->at.tcp_flags, flags = 0;

	if (now->at.payload_len < now->at.payload_total)
		flags |= LINK_PACKET_TRUNCATED;
	if (now->at.l4 != IPPROTO_TCP)
		return flags;
	flags |= tcp & PACKET_TCP_FIN ? LINK_PACKET_FIN : 0;
	flags |= tcp & PACKET_TCP_SYN ? LINK_PACKET_SYN : 0;
	flags |= tcp & PACKET_TCP_RST ? LINK_PACKET_RST : 0;
	return flags | (now->flow->syn[now->reply] ? 0 : LINK_PACKET_MIDWAY);
}

static void feed_now(struct play *p, const struct now *now)
{
	struct link_packet packet = {
		.id = ++p->id ? p->id : ++p->id,
		.flow_id = now->flow->id,
		.seq = now->at.seq,
		.len = now->at.payload_len < LINK_PAYLOAD_MAX ? now->at.payload_len
							      : LINK_PAYLOAD_MAX,
		.total_len = now->at.payload_total,
		.direction = now->reply ? DIRECTION_REPLY : DIRECTION_ORIG,
		.flags = flags_of(now),
		.orig = now->flow->orig,
		.reply = inverse(&now->flow->orig),
	};

	said_forget(&p->said);
	feed_packet(feed_for(p, now->at.l4), &packet, now->payload, &p->answer);
}

static void count_answer(struct play *p, const struct feed_counts *before,
			 const struct feed_counts *after)
{
	p->counts.messages += p->answer.n_messages;
	p->counts.malformed += p->answer.n_malformed;
	p->counts.claims += p->said.n_claims;
	p->counts.gaps += after->gaps - before->gaps;
	p->counts.broken += p->said.broken || after->broken != before->broken;
}

static void find_faults(const struct play *p, const struct now *now,
			const struct feed_counts *before, const struct feed_counts *after,
			bool faults[FAULTS])
{
	unsigned known = p->said.n_malformed + (p->said.broken != NULL);

	faults[FAULT_CUT] = now->at.payload_len < now->at.payload_total;
	faults[FAULT_GAP] = after->gaps != before->gaps;
	faults[FAULT_CONFLICT] = after->conflicts != before->conflicts;
	faults[FAULT_WEB] = after->guarded != before->guarded;
	for (unsigned i = 0; i < FAULT_LONG; i++)
		known += faults[i];
	faults[FAULT_LONG] = p->answer.n_malformed > known;
}

static void expect_flows(struct play *p, const struct now *now)
{
	for (unsigned i = 0; i < p->answer.n_claims; i++) {
		const struct claim *c = &p->answer.claims[i];

		expected_add(&p->expected, c, &now->flow->orig,
			     p->manifest->classes[c->class].timeout, now->time);
	}
}

/* Does the segment begin before the end of what its sender has sent? */
static bool is_late(const struct now *now)
{
	struct capture_flow *f = now->flow;
	uint32_t end = now->at.seq + now->at.payload_total;
	bool late;

	if (now->at.l4 != IPPROTO_TCP || !now->at.payload_total)
		return false;
	late = f->sent[now->reply] && (int32_t)(now->at.seq - f->end[now->reply]) < 0;
	if (!f->sent[now->reply] || (int32_t)(end - f->end[now->reply]) > 0)
		f->end[now->reply] = end;
	f->sent[now->reply] = true;
	return late;
}

static void read_payload(struct play *p, const struct now *now)
{
	struct feed *feed = feed_for(p, now->at.l4);
	struct feed_counts before = feed_counts(feed), after;
	struct show_packet shown = { .number = p->counts.packets,
				     .time = now->time - p->first,
				     .orig = &now->flow->orig,
				     .direction = now->reply ? DIRECTION_REPLY : DIRECTION_ORIG,
				     .said = &p->said };
	bool tell;

	feed_now(p, now);
	after = feed_counts(feed);
	count_answer(p, &before, &after);
	find_faults(p, now, &before, &after, shown.faults);
	expect_flows(p, now);
	shown.late = is_late(now);
	tell = p->said.n || p->said.broken || (p->options->verbose && now->at.payload_total);
	for (unsigned i = 0; i < FAULTS; i++)
		tell |= shown.faults[i];
	if (tell)
		show_packet(&p->show, &shown);
}

/* ---- packets ---- */

static void read_ip(struct play *p, const uint8_t *ip, size_t len, bool cut, int64_t time)
{
	struct now now = { .time = time };

	if (!packet_parse(ip, len, &now.at)) {
		enum frame why = frame_why_unread(ip, len);

		p->counts.fragments += why == FRAME_FRAGMENT;
		p->counts.other += why == FRAME_OTHER || (why == FRAME_SHORT && !cut);
		p->counts.cut += why == FRAME_SHORT && cut;
		return;
	}
	now.payload = ip + now.at.payload_off;
	now.tuple = tuple_of(ip, &now.at);
	if (!find_flow(p, &now)) {
		p->counts.elsewhere++;
		return;
	}
	p->counts.cut += now.at.payload_len < now.at.payload_total;
	if (now.at.payload_total ||
	    now.at.tcp_flags & (PACKET_TCP_SYN | PACKET_TCP_FIN | PACKET_TCP_RST))
		read_payload(p, &now);
}

static void read_frame(struct play *p, const struct pcap_pkthdr *header, const uint8_t *data)
{
	int64_t time = (int64_t)header->ts.tv_sec * SECOND + header->ts.tv_usec;
	bool cut = header->caplen < header->len;
	size_t off;

	if (!p->counts.packets++)
		p->first = time;
	switch (frame_find_ip(pcap_datalink(p->pcap), data, header->caplen, &off)) {
	case FRAME_IP:
		read_ip(p, data + off, header->caplen - off, cut, time);
		return;
	case FRAME_SHORT:
		if (cut) {
			p->counts.cut++;
			return;
		}
		break;
	case FRAME_FRAGMENT:
	case FRAME_OTHER:
		break;
	}
	p->counts.other++;
}

static enum play_end read_all(struct play *p, char *ret_error)
{
	const char *damage = NULL;
	struct pcap_pkthdr *header;
	const uint8_t *data;
	int r;

	show_begin(&p->show, p->options->path, p->port);
	while ((r = pcap_next_ex(p->pcap, &header, &data)) == 1)
		read_frame(p, header, data);
	p->counts.flows = flows_begun(p->flows);
	p->counts.evicted = flows_evicted(p->flows);
	if (r == PCAP_ERROR) {
		damage = pcap_geterr(p->pcap);
		snprintf(
			ret_error, PLAY_ERROR_SIZE,
			"%s: the capture is cut or damaged behind packet %llu: %s; what came before "
			"is shown",
			p->options->path, (unsigned long long)p->counts.packets, damage);
	}
	show_end(&p->show, &p->counts, damage);
	if (damage)
		return PLAY_FAILED;
	return p->counts.flows ? PLAY_DONE : PLAY_NO_FLOW;
}

/* ---- start ---- */

static bool open_capture(struct play *p, char *ret_error)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	int type;

	p->pcap = pcap_open_offline(p->options->path, why);
	if (!p->pcap) {
		snprintf(ret_error, PLAY_ERROR_SIZE,
			 "%s: cannot be read as a capture: %s" MORE_ERROR, p->options->path, why);
		return false;
	}
	type = pcap_datalink(p->pcap);
	if (frame_type_known(type))
		return true;
	snprintf(
		ret_error, PLAY_ERROR_SIZE,
		"%s: its link type is %s; Ethernet, raw IP, Linux cooked (any) and loopback are read: "
		"capture on another interface",
		p->options->path,
		pcap_datalink_val_to_name(type) ? pcap_datalink_val_to_name(type) : "unknown");
	return false;
}

static bool set_up(struct play *p, char *ret_error)
{
	const struct helper *listener =
		said_listen(p->options->helper, &p->said, p->options->verbose);
	int r;

	p->tcp = feed_new(listener, IPPROTO_TCP);
	p->udp = feed_new(listener, IPPROTO_UDP);
	p->flows = flows_new();
	if (!p->tcp || !p->udp || !p->flows) {
		snprintf(ret_error, PLAY_ERROR_SIZE, "%s", strerror(ENOMEM));
		return false;
	}
	if (!open_capture(p, ret_error))
		return false;
	r = p->options->confine ? p->options->confine() : 0;
	if (r < 0)
		snprintf(ret_error, PLAY_ERROR_SIZE, "cannot give privileges up: %s", strerror(-r));
	return r == 0;
}

enum play_end play(const struct play_options *options, char ret_error[PLAY_ERROR_SIZE])
{
	enum play_end end = PLAY_FAILED;
	struct play *p = calloc(1, sizeof(*p));

	ret_error[0] = '\0';
	if (!p) {
		snprintf(ret_error, PLAY_ERROR_SIZE, "%s", strerror(ENOMEM));
		return PLAY_FAILED;
	}
	p->options = options;
	p->manifest = options->helper->manifest;
	p->port = options->port ? options->port : p->manifest->port;
	p->show = (struct show){ .out = stdout,
				 .manifest = p->manifest,
				 .json = options->json,
				 .verbose = options->verbose };
	if (set_up(p, ret_error))
		end = read_all(p, ret_error);
	if (end == PLAY_NO_FLOW)
		snprintf(
			ret_error, PLAY_ERROR_SIZE,
			"%s: no flow of %s to port %u in it; --port N if the server listens elsewhere",
			options->path, p->manifest->name, p->port);
	if (p->pcap)
		pcap_close(p->pcap);
	flows_free(p->flows);
	free(p);
	return end;
}
