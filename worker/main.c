/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole-worker: the parser's host. It has a link to the broker and nothing else.
 *
 * How it works
 *
 * Started once per queue as `pinhole-worker HELPER`, it finds its helper, or reads what defines it from
 * the descriptor behind its link, makes its memory, gives every power away
 * (worker/sandbox.h), and then only receives packets, feeds them to the helper and sends answers:
 * three system calls. It does not know its clock, its files or its network; it cannot get memory.
 * When the link ends, so does it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helpers/query.h"
#include "worker/feed.h"
#include "worker/sandbox.h"

static uint8_t message[sizeof(struct link_packet) + LINK_PAYLOAD_MAX];
static struct link_answer answer;

/* The link says of each packet which transport it came by. */
static struct feed *tcp, *udp;

/* A helper without a parser of its own. NULL: nobody says what it is. */
static const struct helper *read_definition(const char *name)
{
	static struct query query;
	static struct manifest manifest;
	static struct helper helper = { .manifest = &manifest, .parse = query_parse };
	ssize_t n = read(LINK_FD + 1, &query, sizeof(query));

	close(LINK_FD + 1);
	if (n != sizeof(query) || !query_check(&query) || strcmp(query.name, name) != 0)
		return NULL;
	query_manifest(&query, &manifest);
	return &helper;
}

static int set_up(const char *name)
{
	const struct helper *h = helper_find(name);

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

static void serve(void)
{
	struct link_packet packet;
	const uint8_t *payload;
	ssize_t n;

	while ((n = recv(LINK_FD, message, sizeof(message), 0)) > 0) {
		if (!link_packet_check(message, (size_t)n, &packet, &payload))
			return;
		feed_packet(packet.orig.l4 == IPPROTO_TCP ? tcp : udp, &packet, payload, &answer);
		if (packet.flags & LINK_PACKET_NOTICE)
			continue;
		if (send(LINK_FD, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			return;
	}
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
