/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fuzz target: whatever packet_parse() takes can be resized and summed, and is then parsed as the
 * same packet with checksums that verify.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "wire/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good)
{
	if (!good)
		abort();
}

/* The sum over everything that a right checksum covers is all ones. */
static bool verifies(const uint8_t *data, const struct packet *p)
{
	size_t len = p->payload_off - p->l4_off + p->payload_len;
	uint64_t sum = p->l4 + len;

	if (p->family == AF_INET)
		sum = checksum_add(sum, data + 12, 8);
	else
		sum = checksum_add(sum, data + 8, 32);
	return !checksum_end(checksum_add(sum, data + p->l4_off, len));
}

static void check_rebuilt(const uint8_t *data, const struct packet *p, size_t payload_len)
{
	size_t len = p->payload_off + payload_len;
	struct packet q = *p, again;
	uint8_t *copy = calloc(len, 1);

	require(copy);
	memcpy(copy, data, p->payload_off);
	require(packet_set_payload_len(copy, &q, payload_len));
	packet_fix_checksums(copy, len, &q);
	require(packet_parse(copy, len, &again) && again.payload_len == payload_len);
	require(again.l4 == p->l4 && again.l4_off == p->l4_off && again.seq == p->seq);
	require(again.payload_off == p->payload_off && !again.truncated);
	require(verifies(copy, &again));
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet p;

	if (!packet_parse(data, size, &p))
		return 0;
	require(p.payload_off <= size && p.payload_len <= size - p.payload_off);
	require(p.payload_len <= p.payload_total && p.l4_off < p.payload_off);
	require(p.truncated || p.payload_len == p.payload_total);
	check_rebuilt(data, &p, 0);
	check_rebuilt(data, &p, 1 + size % 777);
	return 0;
}
