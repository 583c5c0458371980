/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * An IP packet from its network header on: where its payload is, and its checksums.
 * Refuses to know: fragments behind the first, IPv6 routing headers on their way, anything but
 * TCP and UDP, devices, conntrack.
 */
#ifndef PINHOLE_WIRE_PACKET_H
#define PINHOLE_WIRE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_TCP_FIN 0x01
#define PACKET_TCP_SYN 0x02
#define PACKET_TCP_RST 0x04
#define PACKET_TCP_PSH 0x08
#define PACKET_TCP_ACK 0x10

#define PACKET_LEN_MAX 65535

/* Offsets count from the network header. payload_off + payload_len <= the len that was parsed. */
struct packet {
	uint8_t family;	   /* AF_INET, AF_INET6 */
	uint8_t l4;	   /* IPPROTO_TCP, IPPROTO_UDP */
	uint8_t tcp_flags; /* PACKET_TCP_*, 0 for UDP */
	bool truncated;	   /* payload_len < payload_total, or (GSO packets without a length of
			    * their own) nobody knows: do not edit */
	uint16_t l4_off;
	uint16_t payload_off;
	uint16_t sport, dport;
	uint32_t seq;	      /* TCP: sequence number of the first payload byte (SYN not counted) */
	uint32_t ack;	      /* TCP: that of the next byte that the sender waits for */
	uint32_t payload_len; /* bytes present */
	uint32_t payload_total; /* bytes that the packet had before the kernel cut it */
};

/* `data` may be shorter than the packet, when the kernel truncated it, and longer (padding).
 * False, *ret untouched, when there is no transport header of ours to be seen. */
bool packet_parse(const uint8_t *data, size_t len, struct packet *ret);

/* Writes the length fields (IPv4 total length or IPv6 payload length, UDP length) for a payload
 * of payload_len bytes behind p's headers and updates p. `data` holds at least the headers. False,
 * nothing changed, when a field cannot hold it. The checksums are then stale. */
bool packet_set_payload_len(uint8_t *data, struct packet *p, size_t payload_len);

/* Computes and writes the IPv4 header checksum and the TCP or UDP checksum of a complete packet;
 * the length fields are already right. `len` is at least payload_off + payload_len; p is not
 * truncated. An IPv4 UDP checksum that was absent (0) is filled in. */
void packet_fix_checksums(uint8_t *data, size_t len, const struct packet *p);

/* RFC 1071: the one's complement sum of 16-bit words, in parts. Start with 0; every part but the
 * last has an even length. checksum_end() gives the field's value. */
uint64_t checksum_add(uint64_t sum, const uint8_t *data, size_t len);
uint16_t checksum_end(uint64_t sum);

#endif
