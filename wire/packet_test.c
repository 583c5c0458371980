/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The packets are rendered by an independent script that computes checksums by arithmetic modulo
 * 65535 instead of folding carries. Payload of all but the last two: "hello pinhole".
 */
#include "wire/packet.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "tests/unit/tap.h"

static const uint8_t v4_udp[] = {
	0x45, 0x00, 0x00, 0x29, 0x12, 0x34, 0x40, 0x00, 0x40, 0x11, 0xa4, 0x84, 0xc0, 0x00,
	0x02, 0x01, 0xc0, 0x00, 0x02, 0x0a, 0x00, 0x6f, 0x9c, 0x40, 0x00, 0x15, 0xe7, 0xd7,
	0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20, 0x70, 0x69, 0x6e, 0x68, 0x6f, 0x6c, 0x65,
};

static const uint8_t v6_udp[] = {
	0x60, 0x00, 0x00, 0x00, 0x00, 0x15, 0x11, 0x40, 0x20, 0x01, 0x0d, 0xb8, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x20, 0x01,
	0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x10, 0x00, 0x6f, 0x9c, 0x40, 0x00, 0x15, 0x10, 0x61, 0x68, 0x65, 0x6c, 0x6c,
	0x6f, 0x20, 0x70, 0x69, 0x6e, 0x68, 0x6f, 0x6c, 0x65,
};

static const uint8_t v4_tcp[] = {
	0x45, 0x00, 0x00, 0x41, 0x12, 0x34, 0x40, 0x00, 0x40, 0x06, 0xa4, 0x77, 0xc0,
	0x00, 0x02, 0x01, 0xc0, 0x00, 0x02, 0x0a, 0x00, 0x6f, 0x9c, 0x40, 0x11, 0x22,
	0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x80, 0x18, 0x02, 0x00, 0x4b, 0x64, 0x00,
	0x00, 0x01, 0x01, 0x08, 0x0a, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02,
	0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20, 0x70, 0x69, 0x6e, 0x68, 0x6f, 0x6c, 0x65,
};

static const uint8_t v6_tcp[] = {
	0x60, 0x00, 0x00, 0x00, 0x00, 0x22, 0x06, 0x40, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x6f, 0x9c, 0x40, 0x11,
	0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x50, 0x18, 0x02, 0x00, 0xac, 0xe5, 0x00, 0x00,
	0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20, 0x70, 0x69, 0x6e, 0x68, 0x6f, 0x6c, 0x65, 0x21,
};

static const uint8_t v6_ext[] = {
	0x60, 0x00, 0x00, 0x00, 0x00, 0x39, 0x00, 0x40, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x20, 0x01, 0x0d, 0xb8,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x3c, 0x00,
	0x01, 0x04, 0x00, 0x00, 0x00, 0x00, 0x06, 0x01, 0x01, 0x0c, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x6f, 0x9c, 0x40, 0x11, 0x22,
	0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x50, 0x18, 0x02, 0x00, 0xad, 0x07, 0x00, 0x00,
	0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20, 0x70, 0x69, 0x6e, 0x68, 0x6f, 0x6c, 0x65,
};

static const uint8_t v4_zero[] = {
	0x45, 0x00, 0x00, 0x1e, 0x12, 0x34, 0x40, 0x00, 0x40, 0x11, 0xa4, 0x8f, 0xc0, 0x00, 0x02,
	0x01, 0xc0, 0x00, 0x02, 0x0a, 0x00, 0x6f, 0x9c, 0x40, 0x00, 0x0a, 0xff, 0xff, 0xdf, 0x1e,
};

static const uint8_t v6_zero[] = {
	0x60, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x11, 0x40, 0x20, 0x01, 0x0d, 0xb8, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x20, 0x01,
	0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x10, 0x00, 0x6f, 0x9c, 0x40, 0x00, 0x0a, 0xff, 0xff, 0x07, 0xa8,
};

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct known {
	const char *name;
	const uint8_t *data;
	size_t len;
	struct packet want;
} known[] = {
	{ "IPv4 UDP, odd length",
	  v4_udp,
	  sizeof(v4_udp),
	  { AF_INET, IPPROTO_UDP, 0, false, 20, 28, 111, 40000, 0, 0, 13, 13 } },
	{ "IPv6 UDP, odd length",
	  v6_udp,
	  sizeof(v6_udp),
	  { AF_INET6, IPPROTO_UDP, 0, false, 40, 48, 111, 40000, 0, 0, 13, 13 } },
	{ "IPv4 TCP with options, odd length",
	  v4_tcp,
	  sizeof(v4_tcp),
	  { AF_INET, IPPROTO_TCP, 0x18, false, 20, 52, 111, 40000, 0x11223344, 0x55667788, 13, 13 } },
	{ "IPv6 TCP, even length",
	  v6_tcp,
	  sizeof(v6_tcp),
	  { AF_INET6, IPPROTO_TCP, 0x18, false, 40, 60, 111, 40000, 0x11223344, 0x55667788, 14, 14 } },
	{ "IPv6 TCP behind two extension headers",
	  v6_ext,
	  sizeof(v6_ext),
	  { AF_INET6, IPPROTO_TCP, 0x18, false, 64, 84, 111, 40000, 0x11223344, 0x55667788, 13, 13 } },
	{ "IPv4 UDP whose checksum computes to 0",
	  v4_zero,
	  sizeof(v4_zero),
	  { AF_INET, IPPROTO_UDP, 0, false, 20, 28, 111, 40000, 0, 0, 2, 2 } },
	{ "IPv6 UDP whose checksum computes to 0",
	  v6_zero,
	  sizeof(v6_zero),
	  { AF_INET6, IPPROTO_UDP, 0, false, 40, 48, 111, 40000, 0, 0, 2, 2 } },
};

static uint8_t *copy_of(const uint8_t *data, size_t len)
{
	uint8_t *p = malloc(len ? len : 1);

	if (!p)
		abort();
	memcpy(p, data, len);
	return p;
}

static bool packet_equal(const struct packet *a, const struct packet *b)
{
	return a->family == b->family && a->l4 == b->l4 && a->tcp_flags == b->tcp_flags &&
	       a->truncated == b->truncated && a->l4_off == b->l4_off &&
	       a->payload_off == b->payload_off && a->sport == b->sport && a->dport == b->dport &&
	       a->seq == b->seq && a->ack == b->ack && a->payload_len == b->payload_len &&
	       a->payload_total == b->payload_total;
}

static void test_parse(const struct known *k)
{
	struct packet p;

	ok(packet_parse(k->data, k->len, &p) && packet_equal(&p, &k->want), "%s: parse", k->name);
}

static void test_checksums(const struct known *k)
{
	uint8_t *data = copy_of(k->data, k->len);
	size_t field = k->want.l4_off + (k->want.l4 == IPPROTO_TCP ? 16u : 6u);

	data[field] = data[field + 1] = 0x5a;
	if (k->want.family == AF_INET)
		data[10] = data[11] = 0x5a;
	packet_fix_checksums(data, k->len, &k->want);
	ok(!memcmp(data, k->data, k->len), "%s: wrong checksums are mended", k->name);
	data[field] = data[field + 1] = 0;
	packet_fix_checksums(data, k->len, &k->want);
	ok(!memcmp(data, k->data, k->len), "%s: an absent checksum is filled in", k->name);
	free(data);
}

/* Shorter: the kernel cut it, or there is no header. Longer: padding. */
static void test_lengths(const struct known *k)
{
	bool cut_well = true, headers_needed = true;
	struct packet p;

	for (size_t len = 0; len < k->len; len++) {
		uint8_t *data = copy_of(k->data, len);
		bool parsed = packet_parse(data, len, &p);

		if (len < k->want.payload_off)
			headers_needed &= !parsed;
		else
			cut_well &= parsed && p.truncated &&
				    p.payload_len == len - k->want.payload_off &&
				    p.payload_total == k->want.payload_total;
		free(data);
	}
	ok(headers_needed, "%s: no packet without its headers", k->name);
	ok(cut_well, "%s: cut at every byte of the payload", k->name);
}

static void test_resize(const struct known *k)
{
	uint8_t data[256] = { 0 };
	struct packet p = k->want, again;

	memcpy(data, k->data, k->len);
	ok(packet_set_payload_len(data, &p, 101), "%s: grows", k->name);
	memset(data + p.payload_off, 'x', 101);
	packet_fix_checksums(data, sizeof(data), &p);
	ok(packet_parse(data, sizeof(data), &again) && packet_equal(&p, &again) &&
		   again.payload_len == 101,
	   "%s: parsed again, with padding", k->name);
	ok(!packet_set_payload_len(data, &p, 65536) && packet_equal(&p, &again),
	   "%s: not beyond what its length fields hold", k->name);
	ok(packet_set_payload_len(data, &p, k->want.payload_len), "%s: shrinks", k->name);
	memcpy(data + p.payload_off, k->data + p.payload_off, p.payload_len);
	packet_fix_checksums(data, k->len, &p);
	ok(!memcmp(data, k->data, k->len), "%s: back to what it was", k->name);
}

/* `value` at `off` of a copy. */
static bool parses_with(const uint8_t *data, size_t len, size_t off, uint8_t value,
			struct packet *ret)
{
	uint8_t *copy = copy_of(data, len);
	bool parsed;

	copy[off] = value;
	parsed = packet_parse(copy, len, ret);
	free(copy);
	return parsed;
}

static void test_refusals(void)
{
	struct packet p;

	ok(!parses_with(v4_udp, sizeof(v4_udp), 0, 0x44, &p), "IPv4 header of 16 bytes");
	ok(!parses_with(v4_udp, sizeof(v4_udp), 0, 0x4f, &p), "IPv4 header longer than the rest");
	ok(!parses_with(v4_udp, sizeof(v4_udp), 0, 0x55, &p), "version 5");
	ok(!parses_with(v4_udp, sizeof(v4_udp), 6, 0x20, &p), "first of several fragments");
	ok(!parses_with(v4_udp, sizeof(v4_udp), 7, 1, &p), "a later fragment");
	ok(!parses_with(v4_udp, sizeof(v4_udp), 9, 1, &p), "ICMP");
	ok(!parses_with(v4_udp, sizeof(v4_udp), 3, 19, &p), "total length below the header");
	ok(!parses_with(v4_udp, sizeof(v4_udp), 3, 27, &p), "total length inside the UDP header");
	ok(!parses_with(v4_udp, sizeof(v4_udp), 25, 7, &p), "UDP length below its header");
	ok(!parses_with(v4_udp, sizeof(v4_udp), 25, 22, &p), "UDP length above the packet");
	ok(parses_with(v4_udp, sizeof(v4_udp), 25, 10, &p) && p.payload_len == 2 && !p.truncated,
	   "UDP length below the packet: the rest is not payload");
	ok(!parses_with(v4_tcp, sizeof(v4_tcp), 32, 0x40, &p), "TCP header of 16 bytes");
	ok(!parses_with(v4_tcp, sizeof(v4_tcp), 32, 0xf0, &p), "TCP header longer than the rest");
	ok(parses_with(v4_tcp, sizeof(v4_tcp), 33, 0x02, &p) && p.seq == 0x11223345,
	   "SYN takes a sequence number");
	ok(!parses_with(v6_ext, sizeof(v6_ext), 41, 0xff, &p), "extension header beyond the end");
}

/* n empty destination options headers in front of UDP. */
static bool parses_behind(unsigned n)
{
	uint8_t data[256] = { 0 };
	struct packet p;

	memcpy(data, v6_udp, 40);
	data[5] = (uint8_t)(8 * n + 8);
	data[6] = n ? IPPROTO_DSTOPTS : IPPROTO_UDP;
	for (unsigned i = 0; i < n; i++)
		data[40 + 8 * i] = i + 1 < n ? IPPROTO_DSTOPTS : IPPROTO_UDP;
	data[40 + 8 * n + 5] = 8;
	return packet_parse(data, 48 + 8 * n, &p) && p.l4_off == 40 + 8 * n;
}

static bool parses_behind_header(uint8_t type, const uint8_t header[8])
{
	uint8_t data[56];
	struct packet p;

	memcpy(data, v6_udp, 40);
	memcpy(data + 40, header, 8);
	memset(data + 48, 0, 8);
	data[5] = 16;
	data[6] = type;
	data[53] = 8;
	return packet_parse(data, sizeof(data), &p);
}

static void test_extensions(void)
{
	ok(parses_behind(7) && !parses_behind(8), "seven extension headers, not eight");
	ok(parses_behind_header(IPPROTO_FRAGMENT, (uint8_t[8]){ 17 }), "atomic fragment");
	ok(!parses_behind_header(IPPROTO_FRAGMENT, (uint8_t[8]){ 17, 0, 0, 1 }), "first fragment");
	ok(!parses_behind_header(IPPROTO_FRAGMENT, (uint8_t[8]){ 17, 0, 1 }), "later fragment");
	ok(parses_behind_header(IPPROTO_ROUTING, (uint8_t[8]){ 17, 0, 4, 0 }), "routing, arrived");
	ok(!parses_behind_header(IPPROTO_ROUTING, (uint8_t[8]){ 17, 0, 4, 1 }),
	   "routing, on its way");
	ok(parses_behind_header(IPPROTO_AH, (uint8_t[8]){ 17, 0 }), "authentication header");
	ok(!parses_behind_header(IPPROTO_ESP, (uint8_t[8]){ 17, 0 }), "encrypted");
}

static void test_no_length(void)
{
	uint8_t data[sizeof(v6_tcp)];
	struct packet p;

	memcpy(data, v6_tcp, sizeof(data));
	data[4] = data[5] = 0;
	ok(packet_parse(data, sizeof(data), &p) && p.truncated && p.payload_len == 14,
	   "a GSO packet without a length: nobody knows where it ends");
}

int main(void)
{
	for (size_t i = 0; i < N(known); i++) {
		test_parse(&known[i]);
		test_checksums(&known[i]);
		test_lengths(&known[i]);
		test_resize(&known[i]);
	}
	test_refusals();
	test_extensions();
	test_no_length();
	return done_testing();
}
