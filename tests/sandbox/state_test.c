/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * state_test HELPERS: a worker that was taken over may have written anything into the states that the
 * kernel keeps with flows. Whatever a good parser finds there, its answers keep the contract.
 * The messages are those of helpers/X/hostile, in memory of exactly their size.
 */
#include <dirent.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "helpers/contract.h"
#include "tests/unit/tap.h"

#define DATA_MAX 65536
#define ROUNDS	 50

static uint32_t seed = 1;

static uint8_t next(void)
{
	seed = seed * 1103515245 + 12345;
	return (uint8_t)(seed >> 16);
}

/* All bytes from anywhere; or, as states are full of small numbers, from below 8. */
static void make_state(uint8_t *state, size_t len, unsigned round)
{
	for (size_t i = 0; i < len; i++)
		state[i] = round % 3 == 0 ? 0xff : round % 3 == 1 ? next() : next() % 8;
}

static const char *parse(const struct helper *h, uint8_t l4, const uint8_t *data, size_t len,
			 unsigned round)
{
	static const struct addr client = { AF_INET, { 10, 0, 0, 1 } },
				 server = { AF_INET, { 192, 0, 2, 1 } };
	const struct manifest *m = h->manifest;
	struct input in = { .data = data,
			    .len = len,
			    .direction = round & 1 ? DIRECTION_REPLY : DIRECTION_ORIG,
			    .orig = { client, server, 40000, m->port, l4 },
			    .reply = { server, client, m->port, 40000, l4 } };
	uint8_t *state = malloc(m->state_len), before[HELPER_STATE_MAX];
	struct output out = { 0 };
	const char *broken = "out of memory";
	enum outcome outcome;

	if (state) {
		make_state(state, m->state_len, round);
		memcpy(before, state, m->state_len);
		outcome = h->parse(&in, state, &out);
		broken = contract_broken(m, &in, before, state, outcome, &out);
	}
	free(state);
	return broken;
}

static bool play(const struct helper *h, const char *path)
{
	uint8_t l4 = strstr(path, ".udp") ? IPPROTO_UDP : IPPROTO_TCP, *data;
	FILE *f = fopen(path, "rb");
	static uint8_t bytes[DATA_MAX];
	const char *broken = NULL;
	size_t len;

	if (!f)
		return false;
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	if (l4 == IPPROTO_TCP && len > h->manifest->tail)
		len = h->manifest->tail; /* as worker/feed.h promises */
	data = malloc(len ? len : 1);
	if (!data)
		return false;
	memcpy(data, bytes, len);
	for (unsigned round = 0; round < ROUNDS && !broken && len; round++)
		broken = parse(h, l4, data, len, round);
	free(data);
	if (broken)
		ok(false, "%s: %s", path, broken);
	return true;
}

static int is_message(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return end && (!strcmp(end, ".udp") || !strcmp(end, ".tcp"));
}

static void test_helper(const struct helper *h, const char *folder)
{
	struct dirent **names = NULL;
	char path[4096];
	int n, played = 0;

	snprintf(path, sizeof(path), "%s/%s/hostile", folder, h->manifest->name);
	n = scandir(path, &names, is_message, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s/hostile/%s", folder, h->manifest->name,
			 names[i]->d_name);
		played += play(h, path);
		free(names[i]);
	}
	free(names);
	ok(n < 0 || played > 100, "%s: %d messages over %d states", h->manifest->name, played,
	   ROUNDS);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: state_test HELPERS\n");
		return 2;
	}
	for (const struct helper *const *h = helpers; *h; h++)
		test_helper(*h, argv[1]);
	return done_testing();
}
