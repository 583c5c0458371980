/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The ledger and its budgets: request n+1 is refused for its reason and evicts nobody.
 */
#include "broker/ledger.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/gate.h"
#include "tests/unit/tap.h"

static struct ledger ledger;
static int64_t now;

static struct ct_flow flow_of(const char *client, const char *server, uint32_t id)
{
	struct ct_flow f = { .id = id };

	addr_from_text(client, strlen(client), &f.orig.src);
	addr_from_text(server, strlen(server), &f.orig.dst);
	f.orig.l4 = IPPROTO_TCP;
	f.reply = (struct tuple){ .src = f.orig.dst, .dst = f.orig.src, .l4 = IPPROTO_TCP };
	return f;
}

static struct expectation expect(const struct ct_flow *f, uint16_t port)
{
	return (struct expectation){ .tuple = { .src = f->orig.src,
						.dst = f->orig.dst,
						.dport = port,
						.l4 = IPPROTO_TCP },
				     .zone = f->zone };
}

static void begin(const struct budget *b)
{
	ledger_close(&ledger);
	if (ledger_open(&ledger) < 0)
		abort();
	now = 1000000;
	for (unsigned lane = 0; b && lane < 2; lane++) {
		ledger_set_budget(&ledger, (uint16_t)lane, false, b);
		ledger_set_budget(&ledger, (uint16_t)lane, true, b);
	}
}

static struct ledger_entry *first;
static unsigned list;

static const char *room(uint16_t lane, const struct ct_flow *f)
{
	return refusal_name(ledger_room(&ledger, lane, f, now, &list, &first));
}

/* As the broker does; the reason of a refusal, or "none". */
static const char *ask(uint16_t lane, const struct ct_flow *f, uint16_t port)
{
	struct expectation e = expect(f, port);
	enum refusal why = ledger_pace(&ledger, lane, f, now);

	if (why == REFUSED_NOT)
		why = ledger_room(&ledger, lane, f, now, &list, &first);
	if (why == REFUSED_NOT && !ledger_add(&ledger, lane, f, &e, now))
		return "no entry";
	return refusal_name(why);
}

static bool is_there(const struct ct_flow *f, uint16_t port)
{
	struct expectation e = expect(f, port);

	return ledger_find(&ledger, &e) != NULL;
}

static void test_client(void)
{
	struct budget b = { .client = 2 };
	struct ct_flow a = flow_of("10.0.0.1", "192.0.2.1", 1);
	struct ct_flow a2 = flow_of("10.0.0.1", "192.0.2.2", 2);
	struct ct_flow other = flow_of("10.0.0.2", "192.0.2.1", 3);

	begin(&b);
	is_str(ask(0, &a, 1), "none", "one of two");
	is_str(ask(0, &a2, 2), "none", "the second, to another server");
	is_str(ask(0, &a, 3), "budget_client", "the third");
	is_int(list, ACCOUNT_CLIENT, "the client's are worth a look");
	ok(first && first->e.tuple.dport == 1, "the oldest first");
	ledger_seen(&ledger, first);
	room(0, &a);
	ok(first->e.tuple.dport == 2, "then the next");
	ok(is_there(&a, 1) && is_there(&a2, 2) && ledger.n == 2, "nobody was evicted");
	is_str(ask(0, &other, 3), "none", "another client may");
	is_str(ask(1, &a, 3), "none", "so may the same with another helper");
	a.zone = 1;
	is_str(ask(0, &a, 4), "none", "and one of the same address in another zone");
	ledger_remove(&ledger, first);
	is_str(ask(0, &a2, 5), "none", "room again");
	is_str(ask(0, &a2, 6), "budget_client", "for one");
}

static void test_shared(void)
{
	struct budget b = { .client = 3, .helper = 4 };
	struct ct_flow a = flow_of("10.0.0.1", "192.0.2.1", 1);
	struct ct_flow other = flow_of("10.0.0.2", "192.0.2.1", 2);
	struct expectation second = expect(&a, 2);
	struct ledger_entry *of_second;

	begin(&b);
	ledger_share(&ledger, 1, 0);
	is_str(ask(0, &a, 1), "none", "two lanes share: one");
	is_str(ask(1, &a, 2), "none", "and one through the other");
	is_str(ask(1, &a, 3), "none", "the client's last");
	is_str(ask(0, &a, 4), "budget_client", "together no more than alone");
	is_str(ask(0, &other, 4), "none", "the helper's last");
	is_str(ask(1, &other, 5), "budget_helper", "together no more than alone");
	is_int(ledger_open_of(&ledger, 0), 2, "of one");
	is_int(ledger_open_of(&ledger, 1), 2, "of the other");
	of_second = ledger_find(&ledger, &second);
	ledger_share(&ledger, 1, 7);
	is_str(ask(0, &other, 5), "none", "they do not share any more");
	ledger_remove(&ledger, of_second);
	is_int(ledger_open_of(&ledger, 1), 1, "what the lane had opened stays its own");
	is_str(ask(0, &a, 6), "none", "who has an account gets it back");
}

static void test_shared_pace(void)
{
	struct budget b = { .rate = 1 };
	struct ct_flow a = flow_of("10.0.0.1", "192.0.2.1", 1);
	unsigned alone = 0, together = 0;

	begin(&b);
	while (ledger_pace(&ledger, 0, &a, now) == REFUSED_NOT)
		alone++;
	begin(&b);
	ledger_share(&ledger, 1, 0);
	while (ledger_pace(&ledger, together % 2, &a, now) == REFUSED_NOT)
		together++;
	ok(alone > 0, "a pace");
	is_int((int)together, (int)alone, "two lanes that share have it together");
}

static void test_prefix(void)
{
	struct budget b = { .client = 1 };
	struct ct_flow a = flow_of("2001:db8::1", "2001:db8:1::1", 1);
	struct ct_flow near = flow_of("2001:db8::ffff:1:2:3", "2001:db8:1::1", 2);
	struct ct_flow far = flow_of("2001:db8:0:1::1", "2001:db8:1::1", 3);

	begin(&b);
	is_str(ask(0, &a, 1), "none", "IPv6");
	is_str(ask(0, &near, 2), "budget_client", "the same /64 is the same client");
	is_str(ask(0, &far, 3), "none", "another /64 is another");
}

static void test_server(void)
{
	struct budget b = { .server = 2 };
	struct ct_flow nated = flow_of("10.0.0.3", "198.51.100.1", 3);
	struct ct_flow f = flow_of("10.0.0.1", "192.0.2.1", 1);

	begin(&b);
	addr_from_text("192.0.2.1", 9, &nated.reply.src);
	is_str(ask(0, &f, 1), "none", "one");
	is_str(ask(0, &nated, 2), "none", "two, by another name");
	f = flow_of("10.0.0.2", "192.0.2.1", 2);
	is_str(ask(0, &f, 3), "budget_server", "the third, of another client");
	is_int(list, ACCOUNT_SERVER, "the server's are worth a look");
	is_int(ledger.n, 2, "nobody was evicted");
	f = flow_of("10.0.0.2", "192.0.2.2", 2);
	is_str(ask(0, &f, 3), "none", "to another server");
}

static void test_helper(void)
{
	struct budget b = { .helper = 3 };
	struct ct_flow v6 = flow_of("2001:db8::1", "2001:db8::2", 9);

	begin(&b);
	for (uint32_t i = 0; i < 3; i++) {
		char client[] = "10.0.0.0", server[] = "192.0.2.0";
		struct ct_flow f;

		client[7] = server[8] = (char)('1' + i);
		f = flow_of(client, server, i + 1);
		is_str(ask(0, &f, 1), "none", "of three");
	}
	v6.orig.src.family = AF_INET6;
	is_str(ask(0, &v6, 1), "none", "the other family has its own");
	v6 = flow_of("10.0.0.9", "192.0.2.9", 10);
	is_str(ask(0, &v6, 1), "budget_helper", "the fourth");
	is_int(list, LEDGER_ALL, "all are worth a look");
	is_int(ledger.n, 4, "nobody was evicted");
}

static void test_rate(void)
{
	struct budget b = { .rate = 10, .flow_rate = 4 };
	struct ct_flow f = flow_of("10.0.0.1", "192.0.2.1", 1);
	struct ct_flow f2 = flow_of("10.0.0.1", "192.0.2.1", 2);
	struct ct_flow f3 = flow_of("10.0.0.1", "192.0.2.1", 3);
	struct ct_flow other = flow_of("10.0.0.2", "192.0.2.1", 4);
	uint16_t port = 1;

	begin(&b);
	for (int i = 0; i < 4 * ACCOUNT_BURST; i++)
		is_str(ask(0, &f, port++), "none", "a flow's burst");
	is_str(ask(0, &f, port++), "budget_flow", "one more");
	for (int i = 0; i < 4 * ACCOUNT_BURST; i++)
		is_str(ask(0, &f2, port++), "none", "another flow of the client");
	for (int i = 0; i < (10 - 8) * ACCOUNT_BURST; i++)
		is_str(ask(0, &f3, port++), "none", "a third");
	is_str(ask(0, &f3, port++), "budget_rate", "then the client's is used up");
	is_str(ask(0, &other, port++), "none", "another client's is not");
	now += 99;
	is_str(ask(0, &f3, port++), "budget_rate", "a tenth of a second, less one ms");
	now++;
	is_str(ask(0, &f3, port++), "none", "a tenth of a second later");
	is_str(ask(0, &f3, port++), "budget_rate", "one");
	now += 1000 * 1000 * 1000;
	for (int i = 0; i < 4 * ACCOUNT_BURST; i++)
		is_str(ask(0, &f, port++), "none", "after a long time");
	is_str(ask(0, &f, port++), "budget_flow", "no more than a burst");
	now -= 5000;
	is_str(ask(0, &f, port++), "budget_flow", "a clock that goes back gives nothing");
}

/* All 8192, then the table is full; every account of entries that go is found again. */
static void test_total(void)
{
	struct budget b = { .client = 1000000, .server = 1000000, .helper = 1000000 };
	struct ct_flow f = flow_of("10.0.0.1", "192.0.2.1", 1);
	struct expectation e = expect(&f, 1);
	unsigned n = 0;

	begin(&b);
	for (uint32_t i = 0; i < LEDGER_ENTRIES; i++) {
		f.id = i;
		memcpy(&f.orig.src.bytes, &i, 4);
		memcpy(&f.reply.src.bytes, &i, 4);
		e = expect(&f, 1);
		n += ledger_add(&ledger, 0, &f, &e, now) != NULL;
	}
	is_int(n, LEDGER_ENTRIES, "as many as there is room for");
	is_str(room(0, &f), "budget_total", "then it is full");
	ok(!ledger_add(&ledger, 0, &f, &e, now), "no room is made");
	is_int(ledger.n, LEDGER_ENTRIES, "nobody was evicted");
	for (uint32_t i = 0; i < 3 * LEDGER_ACCOUNTS; i++) {
		f.id = 100000 + i;
		memcpy(&f.orig.src.bytes, &i, 4);
		f.orig.src.bytes[3] = 99;
		ledger_pace(&ledger, 0, &f, now);
	}
	n = 0;
	for (const struct ledger_entry *one = ledger.all.first; one;
	     one = one->in[LEDGER_ALL].younger)
		n += one->accounts[ACCOUNT_CLIENT]->n == 1 &&
		     one->accounts[ACCOUNT_CLIENT]->key.kind == ACCOUNT_CLIENT &&
		     one->accounts[ACCOUNT_FLOW]->key.flow_id == one->flow.id;
	is_int(n, LEDGER_ENTRIES, "a crowd of others takes nobody's account");
	while (ledger.all.first)
		ledger_remove(&ledger, ledger.all.first);
	is_int(ledger.n, 0, "all may go");
	is_str(room(0, &f), "none", "and there is room");
}

static void test_flow_list(void)
{
	struct ct_flow f = flow_of("10.0.0.1", "192.0.2.1", 1);
	struct ct_flow other = flow_of("10.0.0.1", "192.0.2.1", 2);
	struct ledger_entry *one;
	struct expectation e;

	begin(NULL);
	ask(0, &f, 1);
	ask(0, &other, 2);
	e = expect(&f, 3);
	e.class = 1;
	ledger_add(&ledger, 0, &f, &e, now);
	ask(0, &f, 4);
	one = ledger_oldest(&ledger, 0, &f, 0, now);
	is_int(one->e.tuple.dport, 1, "the oldest of the class");
	ledger_seen(&ledger, one);
	is_int(ledger_oldest(&ledger, 0, &f, 0, now)->e.tuple.dport, 1, "to be seen makes it no younger");
	is_int(ledger.all.first->e.tuple.dport, 2, "but another's turn it is");
	ledger_remove(&ledger, one);
	is_int(ledger_oldest(&ledger, 0, &f, 0, now)->e.tuple.dport, 4, "the next");
	is_int(ledger_oldest(&ledger, 0, &f, 1, now)->e.tuple.dport, 3, "of the other class");
	ok(!ledger_oldest(&ledger, 1, &f, 0, now), "none with another helper");
	ok(is_there(&f, 4) && !is_there(&f, 1), "found by tuple");
}

int main(void)
{
	test_client();
	test_shared();
	test_shared_pace();
	test_prefix();
	test_server();
	test_helper();
	test_rate();
	test_total();
	test_flow_list();
	ledger_close(&ledger);
	return done_testing();
}
