/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works
 *
 * The kernel would say by event when an expectation ends. But whoever listens to events of
 * expectations makes it keep an event extension with every flow that begins from then on, helper or
 * not (nf_conntrack_events=2, the default, looks at listeners of any group of ctnetlink; seen on
 * 6.1 and 7.3); the event does not say why; and since 2026 it may be a minute late. So the few
 * entries that are open are looked at in turn, each every five seconds at least and at once when
 * its flow or its client asks for more, and the reason follows from what is there:
 *
 *     its time is over                         expired; a permanent one: ended
 *     gone early, its master too               master_gone
 *     gone early, the same flow has opened     replaced
 *         one more in between
 *     gone early, its master is there          used; a permanent one: ended
 *     deleted by us                            closed
 *
 * A permanent expectation survives its connections without a trace, so it is never called used.
 * One that the operator flushes by hand passes for used.
 */
#include "broker/fate.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/loop.h"
#include "broker/pinhole.h"

/* The kernel's clock ticks in whole seconds here. */
#define SLACK_MS 1000
/* An entry that cannot be asked about goes so long after its time. */
#define LOST_MS 60000

int books_open(struct books *b, struct nl *ct, struct shared *shared)
{
	*b = (struct books){ .ct = ct, .counters = shared->counters };
	audit_open(&b->audit, &shared->audit);
	return ledger_open(&b->ledger);
}

void books_close(struct books *b)
{
	ledger_close(&b->ledger);
}

int64_t fate_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- settling */

static void count(struct lane_counters *c, enum fate fate)
{
	switch (fate) {
	case FATE_used:
		c->used++;
		break;
	case FATE_expired:
		c->expired++;
		break;
	case FATE_replaced:
		c->replaced++;
		break;
	case FATE_ended:
	case FATE_closed:
	case FATE_master_gone:
		c->ended++;
		break;
	case FATE_none:
	case FATE_open:
	case N_FATES:
		break;
	}
}

/* What is known of it when its record has been overwritten. */
static struct audit_record record_of(const struct ledger_entry *one)
{
	struct audit_record r = {
		.fate = FATE_open,
		.number = one->number,
		.zone = one->e.zone,
		.flow_id = one->flow.id,
		.orig = one->flow.orig,
		.reply = one->flow.reply,
		.granted = one->e.tuple,
		.claim = { .l4 = one->e.tuple.l4,
			   .class = (uint8_t)one->e.class,
			   .port = one->e.tuple.dport,
			   .permanent = (one->e.flags & EXPECT_FLAG_PERMANENT) != 0 },
	};

	memcpy(r.helper, one->e.helper, sizeof(r.helper));
	return r;
}

void fate_settle(struct books *b, struct ledger_entry *one, enum fate fate)
{
	static struct log_limit limit;
	char text[AUDIT_TEXT_SIZE];
	struct audit_record r;

	if (!one->record || !audit_read(one->record, &r) || r.number != one->number)
		r = record_of(one);
	r.fate = (uint8_t)fate;
	r.fate_when = fate_clock();
	if (one->record)
		(void)audit_change(one->record, &r);
	count(&b->counters[one->lane], fate);
	if (log_allowed(&limit))
		info("%s %s", fate_name(r.fate), audit_text(text, &r));
	ledger_remove(&b->ledger, one);
}

static bool master_is_there(struct books *b, const struct ledger_entry *one)
{
	struct ct_flow there = { 0 };
	int r = ct_get(b->ct, &one->flow, &there);

	return r < 0 ? r != -ENOENT : there.id == one->flow.id;
}

void fate_gone(struct books *b, struct ledger_entry *one)
{
	bool permanent = one->e.flags & EXPECT_FLAG_PERMANENT;

	if (loop_now() + SLACK_MS >= one->deadline)
		fate_settle(b, one, permanent ? FATE_ended : FATE_expired);
	else if (!master_is_there(b, one))
		fate_settle(b, one, FATE_master_gone);
	else
		fate_settle(b, one, permanent ? FATE_ended : FATE_used);
}

/* ---- looking */

void fate_set_deadline(struct ledger_entry *one, uint32_t timeout)
{
	one->deadline = loop_now() + (int64_t)timeout * 1000;
}

bool fate_review(struct books *b, struct ledger_entry *one, enum fate if_gone)
{
	struct expectation there = { 0 };
	int r = expect_get(b->ct, &one->e, &there);
	int64_t late = loop_now() - one->deadline;

	ledger_seen(&b->ledger, one);
	if (r == 0 && !tuple_equal(&there.master, &one->e.master)) {
		fate_settle(b, one, FATE_replaced);
		return true;
	}
	/* Newer kernels keep one that is over until somebody trips over it. */
	if (r == -ENOENT || (r == 0 && !there.timeout && late > SLACK_MS) || late > LOST_MS) {
		if (if_gone != FATE_none && late < 0)
			fate_settle(b, one, if_gone);
		else
			fate_gone(b, one);
		return true;
	}
	if (r == 0 && there.timeout)
		fate_set_deadline(one, there.timeout);
	return false;
}

/* Collected first: each moves to the end of the list when it is looked at, or leaves it. */
void fate_sweep(struct books *b, unsigned list, struct ledger_entry *first)
{
	struct ledger_entry *some[FATE_SWEEP];
	int n = 0;

	for (; first && n < FATE_SWEEP; first = first->in[list].younger)
		some[n++] = first;
	while (n > 0)
		(void)fate_review(b, some[--n], FATE_none);
}

int fate_tick(struct books *b, int64_t now)
{
	struct ledger *l = &b->ledger;

	if (!l->n)
		return -1;
	if (now >= b->due) {
		for (uint32_t n = l->n / FATE_TICKS + 1; n && l->n; n--)
			(void)fate_review(b, l->all.first, FATE_none);
		b->due = now + FATE_TICK_MS;
	}
	return l->n ? (int)(b->due - now) : -1;
}

void fate_close_lane(struct books *b, uint16_t lane)
{
	struct ledger_entry *next;

	for (struct ledger_entry *one = b->ledger.all.first; one; one = next) {
		next = one->in[LEDGER_ALL].younger;
		if (one->lane != lane)
			continue;
		pinhole_close(b->ct, &one->e);
		fate_settle(b, one, FATE_closed);
	}
}

/* ---- taking over */

static bool is_ours(const struct audit_record *r, uint16_t queue, const struct manifest *m)
{
	return r->why == REFUSED_NOT && r->fate == FATE_open && r->queue == queue &&
	       !strncmp(r->helper, m->name, sizeof(r->helper)) &&
	       r->claim.class < m->n_classes && addr_len(&r->granted.dst) &&
	       addr_len(&r->orig.src) && r->granted.dst.family == r->orig.src.family;
}

static struct expectation expectation_of(const struct audit_record *r, const struct manifest *m)
{
	struct expectation e = {
		.tuple = r->granted,
		.wild = r->wild,
		.master = r->orig,
		.zone = r->zone,
		.class = r->claim.class,
		.flags = r->claim.permanent ? EXPECT_FLAG_PERMANENT : 0,
		.nat = { .present = r->has_nat,
			 .reply = r->nat_reply,
			 .keeps_source = r->nat_keeps_source,
			 .addr = r->nat_addr,
			 .port = r->nat_port },
	};

	memcpy(e.helper, m->name, strlen(m->name));
	return e;
}

/* Milliseconds, if the record is right. */
static int64_t left(const struct audit_record *r, uint32_t timeout)
{
	int64_t all = (int64_t)timeout * 1000, now = fate_clock();

	return r->when <= now && r->when > now - all ? r->when + all - now : 0;
}

void fate_adopt(struct books *b, uint16_t lane, uint16_t queue, const struct manifest *m)
{
	for (size_t i = 0; b->audit.rings->used && i < AUDIT_OPENED; i++) {
		struct audit_record *at = &b->audit.rings->opened[i], r;
		struct ledger_entry *one;
		struct expectation e;
		struct ct_flow flow = { 0 };

		if (!audit_read(at, &r) || !is_ours(&r, queue, m))
			continue;
		e = expectation_of(&r, m);
		if (ledger_find(&b->ledger, &e))
			continue;
		flow.orig = r.orig;
		flow.reply = r.reply;
		flow.zone = r.zone;
		flow.id = r.flow_id;
		one = ledger_add(&b->ledger, lane, &flow, &e, loop_now());
		if (!one)
			return;
		one->record = at;
		one->number = r.number;
		one->deadline = loop_now() + left(&r, m->classes[e.class].timeout);
		(void)fate_review(b, one, FATE_none);
	}
}
