/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works: find_l4() walks from the network header to the transport header and says how long
 * the IP packet claims to be; parse_tcp() and parse_udp() find the payload behind. Lengths from
 * the packet are compared with each other and with the bytes present before they are used.
 */
#include "wire/packet.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "wire/cursor.h"

#define IPV4_HEADER_MIN	    20
#define IPV6_HEADER	    40
#define TCP_HEADER_MIN	    20
#define UDP_HEADER	    8
#define IPV6_EXTENSIONS_MAX 8 /* RFC 8200 4.1 lists seven that may occur */

/* What find_l4() found. */
struct ip {
	uint8_t family, l4;
	bool open_end; /* no total length (IPv4 0, IPv6 0: GSO above 64 KiB) */
	size_t l4_off;
	size_t total; /* from the network header */
};

static void put_be16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* RFC 791 3.1 */
static bool find_l4_v4(const uint8_t *data, size_t len, struct ip *ip)
{
	struct cursor c = cursor_over(data, len);
	unsigned version_ihl, fragment;

	version_ihl = cursor_u8(&c);
	cursor_skip(&c, 1);
	ip->total = cursor_be16(&c);
	cursor_skip(&c, 2);
	fragment = cursor_be16(&c);
	cursor_skip(&c, 1);
	ip->l4 = cursor_u8(&c);
	ip->family = AF_INET;
	ip->l4_off = (version_ihl & 15) * 4u;
	/* 0x3fff: more fragments, or an offset. conntrack reassembles before a queue sees it. */
	return !c.bad && ip->l4_off >= IPV4_HEADER_MIN && !(fragment & 0x3fff);
}

/* RFC 8200 4: skips the extension headers in front of the transport header. `next` is the type of
 * the header at the cursor. */
static bool skip_extensions(struct cursor *c, uint8_t *next)
{
	for (int i = 0; i < IPV6_EXTENSIONS_MAX && !c->bad; i++) {
		uint8_t type = *next;
		size_t header_len;

		if (type != IPPROTO_HOPOPTS && type != IPPROTO_DSTOPTS && type != IPPROTO_ROUTING &&
		    type != IPPROTO_FRAGMENT && type != IPPROTO_AH)
			return true;
		*next = cursor_u8(c);
		header_len = cursor_u8(c);
		header_len = type == IPPROTO_AH ? (header_len + 2) * 4 : (header_len + 1) * 8;
		if (type == IPPROTO_FRAGMENT) {
			/* RFC 6946: an atomic fragment is a whole packet */
			if (cursor_be16(c) & 0xfff9)
				return false;
			cursor_skip(c, 4);
		} else if (type == IPPROTO_ROUTING) {
			/* On its way the checksum counts another destination */
			cursor_skip(c, 1);
			if (cursor_u8(c))
				return false;
			cursor_skip(c, header_len - 4);
		} else {
			cursor_skip(c, header_len - 2);
		}
	}
	return false;
}

static bool find_l4_v6(const uint8_t *data, size_t len, struct ip *ip)
{
	struct cursor c = cursor_over(data, len);
	size_t payload_len;

	cursor_skip(&c, 4);
	payload_len = cursor_be16(&c);
	ip->l4 = cursor_u8(&c);
	cursor_skip(&c, 33); /* hop limit, addresses */
	if (!skip_extensions(&c, &ip->l4) || c.bad)
		return false;
	ip->family = AF_INET6;
	ip->l4_off = cursor_off(&c);
	ip->total = payload_len ? payload_len + IPV6_HEADER : 0;
	return true;
}

static bool find_l4(const uint8_t *data, size_t len, struct ip *ip)
{
	bool ok = false;

	if (len && data[0] >> 4 == 4)
		ok = find_l4_v4(data, len, ip);
	else if (len && data[0] >> 4 == 6)
		ok = find_l4_v6(data, len, ip);
	if (!ok || ip->l4_off > len)
		return false;
	ip->open_end = !ip->total;
	if (ip->open_end)
		ip->total = len;
	return ip->total >= ip->l4_off;
}

/* RFC 9293 3.1 */
static bool parse_tcp(struct cursor *c, size_t l4_len, struct packet *p)
{
	size_t header_len;

	p->sport = cursor_be16(c);
	p->dport = cursor_be16(c);
	p->seq = cursor_be32(c);
	p->ack = cursor_be32(c);
	header_len = (cursor_u8(c) >> 4) * 4u;
	p->tcp_flags = cursor_u8(c) & 0x3f;
	if (c->bad || header_len < TCP_HEADER_MIN || header_len > l4_len)
		return false;
	cursor_skip(c, header_len - 14);
	p->payload_off = (uint16_t)(p->l4_off + header_len);
	p->payload_total = (uint32_t)(l4_len - header_len);
	if (p->tcp_flags & PACKET_TCP_SYN)
		p->seq++;
	return !c->bad;
}

/* RFC 768 */
static bool parse_udp(struct cursor *c, size_t l4_len, struct packet *p)
{
	size_t udp_len;

	p->sport = cursor_be16(c);
	p->dport = cursor_be16(c);
	udp_len = cursor_be16(c);
	cursor_skip(c, 2);
	p->payload_off = (uint16_t)(p->l4_off + UDP_HEADER);
	p->payload_total = (uint32_t)(udp_len - UDP_HEADER);
	return !c->bad && udp_len >= UDP_HEADER && udp_len <= l4_len;
}

bool packet_parse(const uint8_t *data, size_t len, struct packet *ret)
{
	struct packet p = { 0 };
	struct ip ip = { 0 };
	struct cursor c;
	size_t l4_len, present;

	if (!find_l4(data, len, &ip))
		return false;
	p.family = ip.family;
	p.l4 = ip.l4;
	p.l4_off = (uint16_t)ip.l4_off;
	l4_len = ip.total - ip.l4_off;
	c = cursor_over(data + ip.l4_off, len - ip.l4_off);
	if (p.l4 == IPPROTO_TCP ? !parse_tcp(&c, l4_len, &p)
				: p.l4 != IPPROTO_UDP || !parse_udp(&c, l4_len, &p))
		return false;
	present = len - p.payload_off;
	p.payload_len = present < p.payload_total ? (uint32_t)present : p.payload_total;
	p.truncated = ip.open_end || p.payload_len < p.payload_total;
	*ret = p;
	return true;
}

bool packet_set_payload_len(uint8_t *data, struct packet *p, size_t payload_len)
{
	size_t total = p->payload_off + payload_len;

	if (payload_len > PACKET_LEN_MAX ||
	    total - (p->family == AF_INET6 ? IPV6_HEADER : 0) > PACKET_LEN_MAX)
		return false;
	if (p->family == AF_INET)
		put_be16(data + 2, total);
	else
		put_be16(data + 4, total - IPV6_HEADER);
	if (p->l4 == IPPROTO_UDP)
		put_be16(data + p->l4_off + 4, payload_len + UDP_HEADER);
	p->payload_len = (uint32_t)payload_len;
	p->payload_total = (uint32_t)payload_len;
	p->truncated = false;
	return true;
}

uint64_t checksum_add(uint64_t sum, const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint64_t)data[i] << 8 | data[i + 1];
	if (i < len)
		sum += (uint64_t)data[i] << 8;
	return sum;
}

uint16_t checksum_end(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void packet_fix_checksums(uint8_t *data, size_t len, const struct packet *p)
{
	size_t l4_len = p->payload_off - p->l4_off + p->payload_len;
	uint8_t *field = data + p->l4_off + (p->l4 == IPPROTO_TCP ? 16 : 6);
	uint64_t sum = p->l4 + l4_len; /* the pseudo header's words, RFC 9293 3.1, RFC 8200 8.1 */
	uint16_t value;

	if (p->l4_off + l4_len > len)
		return;
	if (p->family == AF_INET) {
		size_t header_len = (data[0] & 15u) * 4u;

		put_be16(data + 10, 0);
		put_be16(data + 10, checksum_end(checksum_add(0, data, header_len)));
		sum = checksum_add(sum, data + 12, 8);
	} else {
		sum = checksum_add(sum, data + 8, 32);
	}
	put_be16(field, 0);
	value = checksum_end(checksum_add(sum, data + p->l4_off, l4_len));
	if (!value && p->l4 == IPPROTO_UDP)
		value = 0xffff; /* RFC 768: 0 means none */
	put_be16(field, value);
}
