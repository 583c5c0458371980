/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What becomes of pinholes in a kernel made of two switches for each: is it there, is its master?
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/loop.h"
#include "netfilter/ct.h"
#include "netfilter/expect.h"

static int fake_expect_get(struct nl *nl, const struct expectation *e, struct expectation *ret);
static int fake_ct_get(struct nl *nl, const struct ct_flow *wanted, struct ct_flow *ret);
static int64_t fake_now(void);

#define expect_get fake_expect_get
#define ct_get	   fake_ct_get
#define loop_now   fake_now
#include "broker/fate.c"
#undef expect_get
#undef ct_get
#undef loop_now

#include "tests/unit/tap.h"

#define N 4

static struct {
	int64_t now;
	bool there[N], master_there[N]; /* by port and flow id */
	uint32_t left;			/* seconds that it tells */
	int error;			/* instead of an answer */
	unsigned n_asked, n_deleted;
	struct tuple master; /* instead of the one asked for, if set */
} kernel;

static int64_t fake_now(void)
{
	return kernel.now;
}

static int fake_expect_get(struct nl *nl, const struct expectation *e, struct expectation *ret)
{
	(void)nl;
	kernel.n_asked++;
	if (kernel.error)
		return kernel.error;
	if (!kernel.there[e->tuple.dport])
		return -ENOENT;
	*ret = *e;
	ret->timeout = kernel.left;
	if (kernel.master.l4)
		ret->master = kernel.master;
	return 0;
}

static int fake_ct_get(struct nl *nl, const struct ct_flow *wanted, struct ct_flow *ret)
{
	(void)nl;
	*ret = *wanted;
	return kernel.master_there[wanted->id] ? 0 : -ENOENT;
}

void pinhole_close(struct nl *nl, const struct expectation *e)
{
	(void)nl;
	kernel.there[e->tuple.dport] = false;
	kernel.n_deleted++;
}

static const struct manifest toy = {
	.name = "toy", .n_classes = 1, .classes = { { .timeout = 300 } }
};
static struct shared shared;
static struct books books;

static void begin(void)
{
	static const struct log_sinks quiet = { .file_fd = -1, .syslog_facility = -1 };

	log_open("fate", &quiet);
	books_close(&books);
	memset(&shared, 0, sizeof(shared));
	if (books_open(&books, NULL, &shared) < 0)
		abort();
	memset(&kernel, 0, sizeof(kernel));
	kernel.now = 1000000;
	kernel.left = 300;
	memset(kernel.master_there, 1, sizeof(kernel.master_there));
}

/* Opens port n of flow n. */
static struct audit_record *open_port(uint16_t n, uint32_t flags)
{
	struct ct_flow flow = { .id = n };
	struct audit_record r = { .fate = FATE_open, .queue = 5, .when = fate_clock() };
	struct expectation e = { .flags = flags };
	struct ledger_entry *one;

	addr_from_text("10.0.0.1", 8, &flow.orig.src);
	addr_from_text("192.0.2.1", 9, &flow.orig.dst);
	flow.orig.l4 = IPPROTO_TCP;
	flow.orig.sport = n;
	flow.reply = (struct tuple){ .src = flow.orig.dst, .dst = flow.orig.src };
	e.master = e.tuple = flow.orig;
	e.tuple.sport = 0;
	e.tuple.dport = n;
	r.granted = e.tuple;
	r.orig = flow.orig;
	r.reply = flow.reply;
	r.flow_id = n;
	r.claim.permanent = (uint8_t)flags;
	memcpy(r.helper, "toy", 4);
	kernel.there[n] = true;
	one = ledger_add(&books.ledger, 0, &flow, &e, kernel.now);
	one->record = audit_add(&books.audit, &r);
	one->number = r.number;
	fate_set_deadline(one, kernel.left ? kernel.left : 300);
	return one->record;
}

/* Turns of the clock until everything has been looked at. */
static void wait_ms(int64_t ms)
{
	for (int64_t end = kernel.now + ms; kernel.now < end; kernel.now += FATE_TICK_MS)
		fate_tick(&books, kernel.now);
}

static void test_fates(void)
{
	const struct audit_record *r;

	begin();
	is_int(fate_tick(&books, kernel.now), -1, "an empty ledger does not wake anybody");
	r = open_port(1, 0);
	wait_ms(5000);
	is_str(fate_name(r->fate), "open", "it waits");
	is_int(r->fate_when, 0, "nothing has become of it");
	kernel.there[1] = false;
	wait_ms(5000);
	is_str(fate_name(r->fate), "used", "gone in time, its master is there");
	ok(r->fate_when >= r->when, "when");
	is_int((long long)shared.counters[0].used, 1, "counted");
	is_int(books.ledger.n, 0, "out of the ledger");

	r = open_port(1, 0);
	kernel.there[1] = kernel.master_there[1] = false;
	wait_ms(5000);
	is_str(fate_name(r->fate), "master_gone", "gone with its master");
	is_int((long long)shared.counters[0].ended, 1, "counted");

	kernel.master_there[1] = true;
	kernel.left = 20;
	r = open_port(1, 0);
	wait_ms(10000);
	kernel.left = 10;
	wait_ms(9500);
	is_str(fate_name(r->fate), "open", "it waits");
	kernel.left = 0;
	wait_ms(10000);
	kernel.there[1] = false;
	wait_ms(5000);
	is_str(fate_name(r->fate), "expired", "its time is over");
	is_int((long long)shared.counters[0].expired, 1, "counted");
}

static void test_late(void)
{
	const struct audit_record *r;

	begin();
	kernel.left = 20;
	r = open_port(1, 0);
	kernel.left = 0;
	wait_ms(19000);
	is_str(fate_name(r->fate), "open", "it waits");
	wait_ms(3000);
	is_str(fate_name(r->fate), "expired", "the kernel keeps what is over for a while");
}

static void test_permanent(void)
{
	const struct audit_record *r;

	begin();
	r = open_port(1, EXPECT_FLAG_PERMANENT);
	kernel.there[1] = false;
	wait_ms(5000);
	is_str(fate_name(r->fate), "ended", "a permanent one is never called used");
	kernel.left = 5;
	r = open_port(1, EXPECT_FLAG_PERMANENT);
	wait_ms(4000);
	kernel.there[1] = false;
	wait_ms(10000);
	is_str(fate_name(r->fate), "ended", "nor expired");
}

static void test_others(void)
{
	const struct audit_record *r;

	begin();
	r = open_port(1, 0);
	kernel.there[1] = false;
	fate_review(&books, books.ledger.all.first, FATE_replaced);
	is_str(fate_name(r->fate), "replaced", "by one that the caller has just opened");
	is_int((long long)shared.counters[0].replaced, 1, "counted");
	r = open_port(1, 0);
	kernel.master.l4 = IPPROTO_UDP;
	wait_ms(1000);
	is_str(fate_name(r->fate), "replaced", "the tuple is another master's");
	begin();
	r = open_port(1, 0);
	kernel.error = -EPERM;
	wait_ms(300000);
	is_str(fate_name(r->fate), "open", "nobody knows");
	wait_ms(LOST_MS + 5000);
	is_str(fate_name(r->fate), "expired", "but not for ever");
}

static void test_lane(void)
{
	const struct audit_record *a, *b;

	begin();
	a = open_port(1, 0);
	b = open_port(2, 0);
	books.ledger.all.last->lane = 0;
	fate_close_lane(&books, 7);
	is_int(kernel.n_deleted, 0, "another lane's");
	fate_close_lane(&books, 0);
	is_int(kernel.n_deleted, 2, "its helper is gone: all are closed");
	ok(a->fate == FATE_closed && b->fate == FATE_closed, "so it says");
	is_int(books.ledger.n, 0, "nothing is left");
}

static void test_successor(void)
{
	const struct audit_record *a, *b, *c;

	begin();
	a = open_port(1, 0);
	b = open_port(2, 0);
	c = open_port(3, 0);
	kernel.there[2] = false;
	books_close(&books);
	if (books_open(&books, NULL, &shared) < 0)
		abort();
	fate_adopt(&books, 4, 6, &toy);
	is_int(books.ledger.n, 0, "nothing of another queue");
	fate_adopt(&books, 4, 5, &toy);
	is_int(books.ledger.n, 2, "what is there still");
	is_str(fate_name(b->fate), "used", "what is not is told");
	fate_adopt(&books, 4, 5, &toy);
	is_int(books.ledger.n, 2, "once");
	kernel.there[1] = false;
	wait_ms(2000);
	ok(a->fate == FATE_used && c->fate == FATE_open, "their fates are written down");
	is_int((long long)shared.counters[4].used, 2, "and counted");
}

/* A predecessor that was taken over. */
static void test_mad_trail(void)
{
	begin();
	srand(2);
	for (size_t i = 0; i < sizeof(shared.audit); i++)
		((uint8_t *)&shared.audit)[i] = (uint8_t)rand();
	for (unsigned i = 0; i < AUDIT_OPENED; i++) {
		struct audit_record *r = &shared.audit.opened[i];

		r->why = REFUSED_NOT;
		r->fate = FATE_open;
		r->queue = 5;
		r->granted.dport %= N;
		r->flow_id %= N;
		r->claim.class = 0;
		r->granted.dst.family = r->orig.src.family = AF_INET;
		memcpy(r->helper, "toy", 4);
	}
	fate_adopt(&books, 4, 5, &toy);
	is_int(books.ledger.n, 0, "nothing that the kernel does not have");
}

static void test_pace(void)
{
	begin();
	for (uint16_t i = 1; i < N; i++)
		open_port(i, 0);
	kernel.n_asked = 0;
	wait_ms(5000);
	is_int(kernel.n_asked, 5000 / FATE_TICK_MS, "one a tick while they are few");
	kernel.n_asked = 0;
	fate_sweep(&books, LEDGER_ALL, books.ledger.all.first);
	is_int(kernel.n_asked, 3, "each once");
	memset(kernel.there, 0, sizeof(kernel.there));
	fate_sweep(&books, ACCOUNT_CLIENT,
		   books.ledger.all.first->accounts[ACCOUNT_CLIENT]->entries.first);
	is_int(books.ledger.n, 0, "what was used goes at once");
}

int main(void)
{
	test_fates();
	test_late();
	test_permanent();
	test_others();
	test_lane();
	test_successor();
	test_mad_trail();
	test_pace();
	books_close(&books);
	return done_testing();
}
