/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fuzz target for any helper: -DHELPER=word. The input is a flow:
 *
 *	byte 0		1: TCP, else UDP; 2: IPv6; 4: translated; 8: UDP to a group; 16: by broadcast;
 *			32: not to the usual port, as who was asked opens a flow
 *	then chunks	be16: bit 15 from the server, the rest a length; that many bytes
 *
 * Every answer is held against the contract; a stream is played again in small pieces and must
 * give the same answers.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/cases/replay.h"

#define CONCAT_(a, b) a##b
#define CONCAT(a, b)  CONCAT_(a, b)
#define THE_HELPER    CONCAT(helper_, HELPER)

/* Inputs up to this are played bytewise, longer ones in as many pieces. */
#define FINE_MAX 256

extern const struct helper THE_HELPER;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct addr address(bool v6, uint8_t host)
{
	const uint8_t v4_bytes[4] = { 192, 0, 2, host };
	const uint8_t v6_bytes[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = host };

	return addr_from_bytes(v6 ? AF_INET6 : AF_INET, v6 ? v6_bytes : v4_bytes);
}

static void ask_group(uint8_t flags, struct tuple ret[2])
{
	const uint8_t v4_group[4] = { 224, 0, 0, 251 }, v4_all[4] = { 255, 255, 255, 255 };
	const uint8_t v6_group[16] = { 0xff, 0x02, [15] = 0xfb };

	if (flags & 2)
		ret[0].dst = addr_from_bytes(AF_INET6, v6_group);
	else
		ret[0].dst = addr_from_bytes(AF_INET, flags & 16 ? v4_all : v4_group);
	ret[1].src = ret[0].dst;
}

static void make_tuples(uint8_t flags, uint16_t usual, struct tuple ret[2])
{
	bool v6 = flags & 2, nat = flags & 4;
	uint16_t port = flags & 32 ? 50000 : usual;

	ret[0] = (struct tuple){
		.src = address(v6, 10),
		.dst = address(v6, nat ? 99 : 1),
		.sport = 40000,
		.dport = port,
		.l4 = flags & 1 ? IPPROTO_TCP : IPPROTO_UDP,
	};
	ret[1] = (struct tuple){
		.src = address(v6, 1),
		.dst = address(v6, nat ? 98 : 10),
		.sport = port,
		.dport = 40000,
		.l4 = ret[0].l4,
	};
	if (flags & 24 && ret[0].l4 == IPPROTO_UDP)
		ask_group(flags, ret);
}

/* `step`: longest piece in which a chunk is sent. */
static void play(const uint8_t *data, size_t size, size_t step, struct results *results)
{
	const struct manifest *m = THE_HELPER.manifest;
	struct tuple tuples[2];
	struct replay r;

	make_tuples(data[0], m->port, tuples);
	replay_init(&r, &THE_HELPER, tuples, results);
	for (size_t at = 1; size - at >= 2;) {
		enum direction direction = data[at] & 0x80 ? DIRECTION_REPLY : DIRECTION_ORIG;
		size_t len = (data[at] & 0x7fu) << 8 | data[at + 1];

		at += 2;
		if (len > size - at)
			len = size - at;
		for (size_t n, end = at + len; at < end || !len; at += n) {
			n = end - at < step ? end - at : step;
			replay_feed(&r, 0, direction, data + at, n);
			if (!len)
				break;
		}
	}
	if (r.broken) {
		fprintf(stderr, "%s: %s\n", m->name, r.broken);
		abort();
	}
	replay_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct results whole = { 0 }, fine = { 0 };
	uint8_t l4 = size && data[0] & 1 ? MANIFEST_TCP : MANIFEST_UDP;

	if (!size || !(THE_HELPER.manifest->l4s & l4))
		return 0;
	play(data, size, SIZE_MAX, &whole);
	if (l4 == MANIFEST_TCP) {
		play(data, size, 1 + size / FINE_MAX, &fine);
		if (!results_agree(&whole, &fine)) {
			fprintf(stderr, "answers depend on how the stream is cut\n");
			abort();
		}
	}
	results_free(&whole);
	results_free(&fine);
	return 0;
}
