/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole-worker: the parser's host. It has a link to the broker and nothing else.
 *
 * How it works
 *
 * Started once per queue as `pinhole-worker HELPER`, it finds its helper, or reads what defines it from
 * the last of its descriptors, makes its memory and maps what it shares with the broker, gives every
 * power away (worker/sandbox.h), and then only feeds packets from there to the helper and puts answers
 * there. It sleeps on the link and wakes the broker by a bell: with exit_group three system calls. It does
 * not know its clock, its files or its network; it cannot get memory. When the link ends, so does it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helpers/query.h"
#include "link/ring.h"
#include "worker/feed.h"
#include "worker/sandbox.h"

#define DEFINITION_FD (BELL_FD + 1)
#define TELL_EVERY    16 /* packets, when they do not end: so long the broker waits for the first answer */

static struct ring ring;

/* The link says of each packet which transport it came by. */
static struct feed *tcp, *udp;

/* A helper without a parser of its own. NULL: nobody says what it is. */
static const struct helper *read_definition(const char *name)
{
	static struct query query;
	static struct manifest manifest;
	static struct helper helper = { .manifest = &manifest, .parse = query_parse };
	ssize_t n = read(DEFINITION_FD, &query, sizeof(query));

	close(DEFINITION_FD);
	if (n != sizeof(query) || !query_check(&query) || strcmp(query.name, name) != 0)
		return NULL;
	query_manifest(&query, &manifest);
	return &helper;
}

static int set_up(const char *name)
{
	const struct helper *h = helper_find(name);
	int r = ring_map(&ring, RING_FD, true);

	close(RING_FD);
	if (r < 0)
		return r;
	if (!h)
		h = read_definition(name);
	if (!h)
		return -ENOENT;
	tcp = feed_new(h, IPPROTO_TCP);
	udp = feed_new(h, IPPROTO_UDP);
	if (!tcp || !udp)
		return -ENOMEM;
	return worker_confine();
}

/* All packets that are there. False: one makes no sense. */
static bool work(void)
{
	struct link_packet packet;
	const uint8_t *payload;
	unsigned n = 0;
	int r;

	while ((r = ring_next(&ring, &packet, &payload)) > 0) {
		feed_packet(packet.orig.l4 == IPPROTO_TCP ? tcp : udp, &packet, payload,
			    ring_answer(&ring));
		if (!(packet.flags & LINK_PACKET_NOTICE))
			ring_give(&ring);
		ring_done(&ring, &packet);
		if (++n % TELL_EVERY == 0)
			ring_bell(BELL_FD);
	}
	if (n % TELL_EVERY)
		ring_bell(BELL_FD);
	return r == 0;
}

static void serve(void)
{
	char byte;

	while (work())
		if (ring_may_sleep(&ring) && read(LINK_FD, &byte, 1) <= 0)
			return;
}

int main(int argc, char **argv)
{
	int r;

	if (argc != 2) {
		fputs("pinhole-worker is started by conntrackd\n", stderr);
		return EXIT_FAILURE;
	}
	r = set_up(argv[1]);
	if (r < 0) {
		fprintf(stderr, "pinhole-worker %s: cannot start: %s\n", argv[1], strerror(-r));
		return EXIT_FAILURE;
	}
	serve();
	_exit(EXIT_SUCCESS);
}
