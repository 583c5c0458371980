/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Pinholes in a kernel made of a small table: clashes, renewal, the search for a port.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "netfilter/expect.h"

static int fake_create(struct nl *nl, const struct expectation *e);
static int fake_delete(struct nl *nl, const struct expectation *e);
static int fake_get(struct nl *nl, const struct expectation *wanted, struct expectation *ret);
static int fake_replace(struct nl *nl, const struct expectation *e);

#define expect_create fake_create
#define expect_delete fake_delete
#define expect_get    fake_get
#define expect_replace fake_replace
#include "broker/pinhole.c"
#undef expect_create
#undef expect_delete
#undef expect_get
#undef expect_replace

#include "tests/unit/tap.h"

#define TABLE_SIZE 256

static struct {
	struct expectation table[TABLE_SIZE];
	unsigned n, n_created, n_deleted, n_asked;
	int create_error;		/* for every port */
	uint16_t busy_first, busy_last; /* something overlaps */
	int get_error, delete_error;
	uint16_t ports[TABLE_SIZE]; /* that were asked for, in order */
} kernel;

static struct nl nl;
static const struct manifest toy = { .name = "toy" };

#define MIN_PORT 1024

static struct expectation *find(const struct tuple *t)
{
	for (unsigned i = 0; i < kernel.n; i++)
		if (tuple_equal(&kernel.table[i].tuple, t))
			return &kernel.table[i];
	return NULL;
}

static int fake_create(struct nl *to, const struct expectation *e)
{
	(void)to;
	kernel.ports[kernel.n_asked++ % TABLE_SIZE] = e->tuple.dport;
	if (kernel.create_error)
		return kernel.create_error;
	if (e->tuple.dport >= kernel.busy_first && e->tuple.dport <= kernel.busy_last)
		return -EBUSY;
	if (find(&e->tuple))
		return -EEXIST;
	kernel.table[kernel.n++] = *e;
	kernel.n_created++;
	return 0;
}

static int fake_delete(struct nl *to, const struct expectation *e)
{
	struct expectation *there = find(&e->tuple);

	(void)to;
	if (kernel.delete_error)
		return kernel.delete_error;
	if (!there)
		return -ENOENT;
	*there = kernel.table[--kernel.n];
	kernel.n_deleted++;
	return 0;
}

static int fake_get(struct nl *to, const struct expectation *wanted, struct expectation *ret)
{
	struct expectation *there = find(&wanted->tuple);

	(void)to;
	if (kernel.get_error)
		return kernel.get_error;
	if (!there)
		return -ENOENT;
	*ret = *there;
	return 0;
}

static int fake_replace(struct nl *to, const struct expectation *e)
{
	(void)fake_delete(to, e);
	return fake_create(to, e);
}

static struct expectation make(uint16_t port, bool nated)
{
	struct expectation e = { .tuple = { .dport = port, .l4 = IPPROTO_TCP }, .helper = "toy" };

	addr_from_text("10.0.0.1", 8, &e.tuple.src);
	addr_from_text("192.0.2.1", 9, &e.tuple.dst);
	e.master = e.tuple;
	e.master.sport = 700;
	if (nated) {
		e.nat = (struct expect_nat){ .present = true, .port = port };
		addr_from_text("10.0.0.8", 8, &e.nat.addr);
	}
	return e;
}

/* An empty kernel, or one where this is open already. */
static void boot(const struct expectation *there)
{
	memset(&kernel, 0, sizeof(kernel));
	if (there)
		kernel.table[kernel.n++] = *there;
}

static int error;

static enum opened open_it(struct expectation *e, enum refusal *why)
{
	*why = REFUSED_NOT;
	return pinhole_open(&nl, &toy, MIN_PORT, false, false, e, why, &error);
}

static void test_plain(void)
{
	struct expectation e = make(2049, false), there = e;
	enum refusal why;

	boot(NULL);
	is_int(open_it(&e, &why), OPENED_NEW, "new");
	is_int(kernel.n, 1, "is there");
	there.master.sport++;
	boot(&there);
	is_int(open_it(&e, &why), OPENED_RENEWED, "the same of another flow");
	is_int(kernel.n_deleted == 1 && kernel.n_created == 1, true, "deleted and made again");
	ok(tuple_equal(&kernel.table[0].master, &e.master), "it is the younger's now");
	memcpy(there.helper, "other", sizeof("other"));
	boot(&there);
	is_int(open_it(&e, &why), OPENED_NOT, "the same of another helper");
	is_int(why, REFUSED_clash, "a clash");
	is_int(kernel.n_deleted, 0, "it stays");
	is_int(kernel.n_asked, 1, "no other port without NAT");
	is_int(e.tuple.dport, 2049, "nor does it look so");
	there = e;
	there.wild = 32;
	boot(&there);
	is_int(open_it(&e, &why), OPENED_NOT, "one with another source mask");
	is_int(why, REFUSED_clash, "a clash");
	there = make(2049, true);
	boot(&there);
	is_int(open_it(&e, &why), OPENED_NOT, "one that NAT leads elsewhere");
	is_int(why, REFUSED_clash, "a clash");
	boot(NULL);
	kernel.busy_first = kernel.busy_last = 2049;
	is_int(open_it(&e, &why), OPENED_NOT, "one that overlaps");
	is_int(why, REFUSED_clash, "a clash");
	boot(NULL);
	e.tuple.dport = 22;
	is_int(open_it(&e, &why), OPENED_NOT, "a port that the gate would refuse");
	is_int(kernel.n_asked, 0, "is not asked for");
}

static void test_errors(void)
{
	/* ENOENT: the master is dead, or lives in another zone. */
	static const struct {
		int error;
		const char *why;
	} rows[] = {
		{ -ENOENT, "no_master" },   { -EMFILE, "kernel_full" }, { -EPERM, "kernel" },
		{ -EOPNOTSUPP, "kernel" }, { -ETIMEDOUT, "kernel" },
	};
	struct expectation e = make(2049, false);
	enum refusal why;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		e = make(2049, true);
		boot(NULL);
		kernel.create_error = rows[i].error;
		is_int(open_it(&e, &why), OPENED_NOT, "kernel's error %d", rows[i].error);
		is_str(refusal_name(why), rows[i].why, "its reason");
		is_int(error, rows[i].error, "is told");
		is_int(kernel.n_asked, 1, "no second try");
	}
	e = make(2049, false);
	boot(&e);
	kernel.get_error = -EPERM;
	is_int(open_it(&e, &why), OPENED_NOT, "it cannot be read");
	is_int(why, REFUSED_kernel, "its reason");
	boot(&e);
	kernel.get_error = -ENOENT;
	is_int(open_it(&e, &why), OPENED_NOT, "gone when read, and there again");
	is_int(why, REFUSED_clash, "its reason");
	is_int(kernel.n_asked, 2, "it was asked for again");
	boot(&e);
	kernel.delete_error = -EPERM;
	is_int(open_it(&e, &why), OPENED_NOT, "it cannot be deleted");
	is_int(why, REFUSED_clash, "its reason");
	boot(&e);
	kernel.delete_error = -EPERM;
	e.master.sport++;
	is_int(pinhole_make_room(&nl, &e, &why, &error), OPENED_NOT, "nor for a verdict");
	is_int(why, REFUSED_kernel, "its reason");
	kernel.delete_error = -ENOENT;
	is_int(pinhole_make_room(&nl, &e, &why, &error), OPENED_RENEWED, "gone when deleted: there is room");
	boot(&e);
	pinhole_close(&nl, &e);
	is_int(kernel.n, 0, "closed");
	pinhole_close(&nl, &e);
	is_int(kernel.n, 0, "twice does no harm");
}

static void test_search(void)
{
	struct expectation e = make(2049, true), there = e;
	enum refusal why;

	boot(&there);
	is_int(open_it(&e, &why), OPENED_RENEWED, "the same, to the same place");
	is_int(e.tuple.dport, 2049, "keeps its port");
	there.nat.port++;
	boot(&there);
	is_int(open_it(&e, &why), OPENED_NEW, "to another port: the next");
	is_int(e.tuple.dport, 2050, "is free");
	is_int(e.nat.port, 2049, "and leads to the true one");
	is_int(kernel.n_deleted, 0, "the other stays");
	is_int(open_it(&e, &why), OPENED_RENEWED, "once more");
	is_int(e.tuple.dport, 2050, "finds itself");
	e = make(2049, true);
	there = e;
	there.nat.reply = true;
	boot(&there);
	is_int(open_it(&e, &why), OPENED_NEW, "the other direction: the next");
	e = make(2049, true);
	there = e;
	there.nat.addr.bytes[3]++;
	boot(&there);
	is_int(open_it(&e, &why), OPENED_NEW, "another host: the next");
	e = make(3388, true);
	boot(NULL);
	kernel.busy_first = kernel.busy_last = 3388;
	is_int(open_it(&e, &why), OPENED_NEW, "3388 overlaps, 3389 is denied");
	is_int(e.tuple.dport, 3390, "the next is taken");
	e = make(5999, true);
	boot(NULL);
	kernel.busy_first = kernel.busy_last = 5999;
	is_int(open_it(&e, &why), OPENED_NEW, "a denied range");
	is_int(e.tuple.dport, 6064, "is left out");
	is_int(kernel.n_asked, 2, "without a question");
}

static void test_search_ends(void)
{
	struct expectation e = make(2049, true);
	enum refusal why;

	boot(NULL);
	kernel.busy_first = 2049;
	kernel.busy_last = 2049 + PINHOLE_PORTS_TRIED - 2;
	is_int(open_it(&e, &why), OPENED_NEW, "the last of the tries");
	is_int(kernel.n_asked, PINHOLE_PORTS_TRIED, "after so many");
	e = make(2049, true);
	kernel.n_asked = 0;
	kernel.busy_last = UINT16_MAX;
	is_int(open_it(&e, &why), OPENED_NOT, "all overlap");
	is_int(why, REFUSED_clash, "a clash");
	is_int(kernel.n_asked, PINHOLE_PORTS_TRIED, "after so many");
	e = make(UINT16_MAX - 1, true);
	is_int(open_it(&e, &why), OPENED_NEW, "at the end of the range");
	is_int(e.tuple.dport, MIN_PORT, "it begins again at the lowest");
	e = make(UINT16_MAX - 1, true);
	kernel.busy_last = UINT16_MAX - 1;
	is_int(open_it(&e, &why), OPENED_NEW, "the last port");
	is_int(e.tuple.dport, UINT16_MAX, "may be had");
}

int main(void)
{
	test_plain();
	test_errors();
	test_search();
	test_search_ends();
	return done_testing();
}
