/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The flow table and its hash. What a packet costs must not depend on how many flows there are:
 * shown here by the length of the chains, not by a clock.
 */
#include "worker/flow.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/siphash.h"
#include "tests/unit/tap.h"

#define FLOWS 65536

/* Key 00 01 .. 0f, data 00 01 ..: the vectors of the paper's reference implementation. */
static void test_siphash(void)
{
	static const struct {
		size_t len;
		uint64_t want;
	} rows[] = {
		{ 0, 0x726fdb47dd0e0e31 },  { 1, 0x74f839c593dc67fd },	{ 7, 0xab0200f58b01d137 },
		{ 8, 0x93f5f5799a932462 },  { 15, 0xa129ca6149be45e5 }, { 16, 0x3f2acc7f57c29bdb },
		{ 44, 0xf935451de4f21df2 },
	};

	uint8_t key[SIPHASH_KEY_SIZE], data[64];

	for (uint8_t i = 0; i < sizeof(data); i++)
		data[i] = i;
	memcpy(key, data, sizeof(key));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(siphash(data, rows[i].len, key) == rows[i].want, "siphash of %zu bytes",
		   rows[i].len);
}

static struct flow_table *table_new(uint32_t n, void **ret_memory)
{
	static const uint8_t key[16] = "some key";
	struct flow_table *t = calloc(1, sizeof(*t));

	*ret_memory = aligned_alloc(64, flow_table_size(n));
	memset(*ret_memory, 0, flow_table_size(n));
	flow_table_init(t, *ret_memory, n, key);
	return t;
}

static struct flow_key key_of(uint32_t i)
{
	struct link_packet p = { .flow_id = i };

	p.orig = (struct tuple){ .src = { AF_INET, { 10, 0, (uint8_t)(i >> 8), (uint8_t)i } },
				 .dst = { AF_INET, { 192, 0, 2, 1 } },
				 .sport = (uint16_t)(1024 + i),
				 .dport = 111,
				 .l4 = IPPROTO_UDP };
	return flow_key_of(&p);
}

static struct flow *add(struct flow_table *t, uint32_t i, bool *ret_old)
{
	struct flow_key key = key_of(i);
	struct flow *f = flow_add(t, &key, flow_hash(t, &key), ret_old);

	f->flags = FLOW_USED;
	memcpy(f->state, &i, sizeof(i));
	return f;
}

static struct flow *find(struct flow_table *t, uint32_t i)
{
	struct flow_key key = key_of(i);

	return flow_find(t, &key, flow_hash(t, &key));
}

static unsigned longest_chain(const struct flow_table *t)
{
	unsigned longest = 0;

	for (uint32_t head = 0; head <= t->mask; head++) {
		unsigned n = 0;

		for (uint32_t i = t->heads[head]; i; i = t->flows[i - 1].next)
			n++;
		longest = n > longest ? n : longest;
	}
	return longest;
}

static void test_many(void)
{
	unsigned n_wrong = 0, n_found = 0;
	void *memory;
	struct flow_table *t = table_new(FLOWS, &memory);
	bool old;

	for (uint32_t i = 0; i < FLOWS; i++) {
		add(t, i, &old);
		n_wrong += old;
	}
	is_int(n_wrong, 0, "nobody gives way before the table is full");
	for (uint32_t i = 0; i < FLOWS; i++) {
		struct flow *f = find(t, i);

		n_found += f && !memcmp(f->state, &i, sizeof(i));
	}
	is_int(n_found, FLOWS, "each is found");
	ok(longest_chain(t) <= 16, "longest chain of %u flows: %u", FLOWS, longest_chain(t));
	for (uint32_t i = FLOWS; i < 4 * FLOWS; i++) {
		add(t, i, &old);
		n_wrong += !old;
	}
	is_int(n_wrong, 0, "then each newcomer takes a place");
	ok(longest_chain(t) <= 16, "longest chain after as many again: %u", longest_chain(t));
	is_int(t->n_used, FLOWS, "no more entries than there are");
	ok(!find(t, 4 * FLOWS), "who was never there is not found");
	free(memory);
	free(t);
}

static void test_keys(void)
{
	struct link_packet a = { .flow_id = 1 }, b;
	void *memory;
	struct flow_table *t = table_new(1, &memory);
	struct flow_key key;
	bool old;

	a.orig = (struct tuple){ .src = { AF_INET6, { 1 } }, .l4 = IPPROTO_TCP, .sport = 7 };
	key = flow_key_of(&a);
	flow_add(t, &key, flow_hash(t, &key), &old);
	for (int what = 0; what < 8; what++) {
		b = a;
		b.flow_id += what == 1;
		b.zone = (uint16_t)(b.zone + (what == 2));
		b.orig.sport = (uint16_t)(b.orig.sport + (what == 3));
		b.orig.dport = (uint16_t)(b.orig.dport + (what == 4));
		b.orig.src.bytes[15] = what == 5;
		b.orig.dst.bytes[0] = what == 6;
		b.orig.l4 = what == 7 ? IPPROTO_UDP : IPPROTO_TCP;
		key = flow_key_of(&b);
		is_int(flow_find(t, &key, flow_hash(t, &key)) != NULL, what == 0,
		       "another flow when field %d differs", what);
	}
	flow_add(t, &key, flow_hash(t, &key), &old);
	ok(old, "a table of one");
	ok(flow_find(t, &key, flow_hash(t, &key)), "keeps the last");
	free(memory);
	free(t);
}

int main(void)
{
	test_siphash();
	test_keys();
	test_many();
	return done_testing();
}
