/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * hostile-runner HELPER DIR: plays each flow NNN-what.{call,reply}.{udp,tcp} of a folder, at once
 * and bytewise. Where the server speaks first, NNN-what.greeting.tcp goes before; where more is
 * said, NNN-what.call2.tcp and NNN-what.reply2.tcp follow. None may claim anything but what the gate
 * refuses without a policy (a third party's port, a low one), and each must leave a note.
 */
#include <dirent.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "helpers/query.h"
#include "tests/cases/replay.h"
#include "tests/unit/tap.h"

#define DATA_MAX 262144

static const struct helper *helper;
static uint8_t bytes[DATA_MAX];

static size_t load(const char *dir, const char *stem, const char *side, const char *suffix)
{
	char path[4096];
	size_t len = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.%s.%s", dir, stem, side, suffix);
	f = fopen(path, "rb");
	if (f) {
		len = fread(bytes, 1, sizeof(bytes), f);
		fclose(f);
	}
	return len;
}

static void feed(struct replay *r, const char *dir, const char *stem, bool bytewise)
{
	static const struct {
		const char *name;
		enum direction from;
	} sides[] = { { "greeting", DIRECTION_REPLY },
		      { "call", DIRECTION_ORIG },
		      { "reply", DIRECTION_REPLY },
		      { "call2", DIRECTION_ORIG },
		      { "reply2", DIRECTION_REPLY } };

	bool stream = r->orig.l4 == IPPROTO_TCP;

	for (unsigned i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
		size_t len = load(dir, stem, sides[i].name, stream ? "tcp" : "udp");
		size_t step = bytewise && stream ? 1 : len;

		for (size_t at = 0; at < len; at += step)
			replay_feed(r, i, sides[i].from, bytes + at, step);
	}
}

static bool is_refused(const struct claim *c)
{
	uint16_t min_port = helper->manifest->classes[c->class].min_port;

	return c->to == PARTY_OTHER || (!c->back && c->port < min_port);
}

static bool is_harmless(const struct results *results)
{
	for (size_t i = 0; i < results->n; i++)
		for (unsigned j = 0; j < results->list[i].out.n_claims; j++)
			if (!is_refused(&results->list[i].out.claims[j]))
				return false;
	return true;
}

static bool is_noted(const struct results *results)
{
	for (size_t i = 0; i < results->n; i++)
		if (results->list[i].out.note || results->list[i].out.n_claims)
			return true;
	return false;
}

/* Where queries go to, so that they are looked at. */
static struct addr asked(const struct query *q)
{
	struct addr group = { AF_INET, { 224, 0, 0, 251 } };
	struct addr broadcast = { AF_INET, { 255, 255, 255, 255 } };

	return q->asks & QUERY_MULTICAST ? group : broadcast;
}

static void run(const char *dir, const char *stem, uint8_t l4, bool bytewise)
{
	struct addr client = { AF_INET, { 192, 0, 2, 10 } }, server = { AF_INET, { 192, 0, 2, 1 } };
	uint16_t port = helper->manifest->port;
	struct tuple tuples[2] = { { client, server, 40000, port, l4 },
				   { server, client, port, 40000, l4 } };
	struct results results = { 0 };
	struct replay r;

	if (helper->manifest->query)
		tuples[0].dst = tuples[1].src = asked(helper->manifest->query);
	replay_init(&r, helper, tuples, &results);
	feed(&r, dir, stem, bytewise);
	ok(!r.broken && is_harmless(&results) && is_noted(&results), "%s%s%s%s%s%s", stem,
	   bytewise ? ", bytewise" : "", is_harmless(&results) ? "" : ": claims",
	   is_noted(&results) ? "" : ": not noted", r.broken ? ": " : "", r.broken ? r.broken : "");
	replay_free(&r);
	results_free(&results);
}

static int is_call(const struct dirent *entry)
{
	const char *end = strchr(entry->d_name, '.');

	return end && (!strcmp(end, ".call.udp") || !strcmp(end, ".call.tcp"));
}

int main(int argc, char **argv)
{
	struct dirent **names = NULL;
	int n = argc == 3 ? scandir(argv[2], &names, is_call, alphasort) : -1;

	helper = argc == 3 ? helper_find(argv[1]) : NULL;
	if (n < 0 || !helper) {
		fprintf(stderr, "usage: hostile-runner HELPER DIR\n");
		return 2;
	}
	for (int i = 0; i < n; i++) {
		char *name = names[i]->d_name;
		uint8_t l4 = strstr(name, ".udp") ? IPPROTO_UDP : IPPROTO_TCP;

		*strchr(name, '.') = '\0';
		run(argv[2], name, l4, false);
		if (l4 == IPPROTO_TCP)
			run(argv[2], name, l4, true);
		free(names[i]);
	}
	free(names);
	ok(n >= 200, "%d hostile flows", n);
	return done_testing();
}
