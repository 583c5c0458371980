/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works
 *
 * The kernel is asked with CREATE and EXCL, so that it says what it did. When the very same
 * expectation exists already (a client looks a port up twice, over UDP and then over TCP, say) it
 * is deleted and made again, in one send: an expectation dies with its master, so it should belong to
 * the younger one. It is the same only if the same helper made it and NAT leads it to the same place;
 * else it is a clash: the next port where the announcement can be rewritten, a refusal where not.
 */
#include "broker/pinhole.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "broker/gate.h"

/* Is it there already, and the one we want? 1: *ret is it; 0: there is none; -EEXIST: another. */
static int find_same(struct nl *nl, const struct expectation *e, struct expectation *ret)
{
	int r = expect_get(nl, e, ret);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (strcmp(ret->helper, e->helper) || !expect_leads_same(ret, e) || ret->wild != e->wild)
		return -EEXIST;
	return 1;
}

/* Takes it over, or makes it when it is gone. */
static int renew(struct nl *nl, const struct expectation *e, enum opened *ret_how)
{
	struct expectation there = { 0 };
	int r = find_same(nl, e, &there);

	if (r < 0)
		return r;
	*ret_how = r ? OPENED_RENEWED : OPENED_NEW;
	return r ? expect_replace(nl, e) : expect_create(nl, e);
}

/* Deletes it where a verdict is going to create it. One of the same master stays: the kernel replaces
 * it at once, so that nobody who comes in between finds the door shut. */
static int clear(struct nl *nl, const struct expectation *e)
{
	struct expectation there = { 0 };
	int r = find_same(nl, e, &there);

	if (r <= 0 || (tuple_equal(&there.master, &e->master) && there.class == e->class))
		return r;
	r = expect_delete(nl, &there);
	return r < 0 && r != -ENOENT ? r : 1;
}

/* The next port that may be used; from the last on to the first. */
static uint16_t next_port(const struct manifest *m, uint16_t min_port, uint16_t port)
{
	do
		port = port == UINT16_MAX ? min_port : (uint16_t)(port + 1);
	while (gate_port(m, min_port, port) != REFUSED_NOT);
	return port;
}

static enum refusal refusal_of(int error)
{
	switch (error) {
	case -EEXIST:
	case -EBUSY:
		return REFUSED_clash;
	case -ENOENT:
		return REFUSED_no_master;
	case -EMFILE:
		return REFUSED_kernel_full;
	}
	return REFUSED_kernel;
}

enum opened pinhole_open(struct nl *nl, const struct manifest *m, uint16_t min_port, bool fixed,
			 bool known, struct expectation *e, enum refusal *ret_why, int *ret_error)
{
	unsigned tries = e->nat.present && !fixed ? PINHOLE_PORTS_TRIED : 1;
	enum refusal why = fixed ? REFUSED_NOT : gate_port(m, min_port, e->tuple.dport);
	enum opened how;
	int r;

	*ret_error = 0;
	if (why != REFUSED_NOT) {
		*ret_why = why;
		return OPENED_NOT;
	}
	for (;;) {
		r = known ? -EEXIST : expect_create(nl, e);
		if (r == 0)
			return OPENED_NEW;
		if (r == -EEXIST) {
			r = renew(nl, e, &how);
			if (r == 0)
				return how;
			known = false;
		}
		if ((r != -EEXIST && r != -EBUSY) || !--tries)
			break;
		e->tuple.dport = next_port(m, min_port, e->tuple.dport);
	}
	*ret_why = refusal_of(r);
	*ret_error = r;
	return OPENED_NOT;
}

enum opened pinhole_make_room(struct nl *nl, const struct expectation *e, enum refusal *ret_why,
			      int *ret_error)
{
	int r = clear(nl, e);

	*ret_error = r < 0 ? r : 0;
	if (r >= 0)
		return r ? OPENED_RENEWED : OPENED_NEW;
	*ret_why = refusal_of(r);
	return OPENED_NOT;
}

int pinhole_verify(struct nl *nl, const struct expectation *e)
{
	struct expectation there = { 0 };
	int r = expect_get(nl, e, &there);

	if (r < 0)
		return r;
	return tuple_equal(&there.master, &e->master) && there.wild == e->wild ? 0 : -EEXIST;
}

void pinhole_close(struct nl *nl, const struct expectation *e)
{
	(void)expect_delete(nl, e);
}
