/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * hostile-worker: a worker that belongs to the enemy. It is started in place of pinhole-worker,
 * confined by the same code (worker/sandbox.h), and answers like one that finds nothing, until a
 * packet's payload begins with
 *
 *	hostile:NAME
 *
 * Then it tries what has that name. `hostile-worker --list` prints all names, where each is tried and
 * how it must end:
 *
 *	any openat sigsys
 *	nat nat-edit-behind refused not_editable
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sandbox/attempt.h"
#include "worker/sandbox.h"

#define CALL "hostile:"

static const char *const places[] = {
	[WHERE_ANY] = "any", [WHERE_UDP] = "udp", [WHERE_TCP] = "tcp",
	[WHERE_NAT] = "nat", [WHERE_FTP] = "ftp",
};

static const char *const ends[] = {
	[END_VIOLATION] = "violation", [END_SILENT] = "silent", [END_DEATH] = "death",
	[END_REFUSED] = "refused",     [END_OPENED] = "opened", [END_NOTHING] = "nothing",
};

static void print(const struct attempt *a)
{
	for (; a->name; a++)
		printf("%s %s %s%s%s\n", places[a->where], a->name, ends[a->end],
		       a->reason ? " " : "", a->reason ? a->reason : "");
}

static int list(void)
{
	for (const struct forbidden *f = forbidden; f->name; f++)
		if (!f->is_like)
			printf("any %s sigsys\n", f->name);
	print(link_attempts);
	print(gate_attempts);
	return EXIT_SUCCESS;
}

/* Is that what the packet asks for? */
static bool is_called(const struct scene *s, const char *name)
{
	size_t call = strlen(CALL), len = strlen(name);

	return s->packet.len > call + len && !memcmp(s->payload, CALL, call) &&
	       !memcmp(s->payload + call, name, len) && s->payload[call + len] == ' ';
}

static bool try_one_of(const struct attempt *a, struct scene *s, bool *ret_tell)
{
	for (; a->name; a++)
		if (is_called(s, a->name)) {
			*ret_tell = a->tell(s);
			return true;
		}
	return false;
}

/* True: the answer is to be sent. */
static bool act(struct scene *s)
{
	bool tells;

	for (const struct forbidden *f = forbidden; f->name; f++)
		if (is_called(s, f->name)) {
			f->call();
			return true; /* and lives */
		}
	if (try_one_of(link_attempts, s, &tells) || try_one_of(gate_attempts, s, &tells))
		return tells;
	return habit ? habit(s) : true;
}

static void serve(void)
{
	struct scene s;
	char byte;

	for (;;) {
		while (ring_next(&ring, &s.packet, &s.payload) > 0) {
			s.answer = (struct link_answer){ .id = s.packet.id };
			if (s.packet.len > strlen(CALL) && !memcmp(s.payload, CALL, strlen(CALL)))
				habit = NULL;
			if (!(s.packet.flags & LINK_PACKET_NOTICE) && act(&s))
				say(&s.answer, sizeof(s.answer));
			ring_done(&ring, &s.packet);
		}
		if (ring_may_sleep(&ring) && read(LINK_FD, &byte, 1) <= 0)
			return;
	}
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return EXIT_FAILURE;
	if (!strcmp(argv[1], "--list"))
		return list();
	if (ring_map(&ring, RING_FD, true) < 0 || worker_confine() < 0)
		return EXIT_FAILURE;
	serve();
	_exit(EXIT_SUCCESS);
}
