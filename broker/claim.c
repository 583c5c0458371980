/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works
 *
 * A claim passes the gate (may such a thing be?), the budgets (may it be now?), and the kernel (is
 * there a place?). What the ledger has already costs nothing: to ask for it again is no new
 * pinhole. When a budget is used up a few of those who use it are looked at first, because what was
 * used a moment ago is still in the ledger.
 *
 * The kernel gives a flow ExpectMax expectations of a class and takes the oldest away for one more,
 * without a word. Where that may come about the oldest is looked at before (then it was used) and after
 * (then it was replaced); one that no connection uses up is known to be there without a look.
 *
 * A pinhole dies with its master, and a flow of datagrams dies of silence: so that one lives for as long
 * as what it has opened.
 *
 * Where the master is not confirmed yet (a flow's first packet), and where the new flow is to be read
 * too, the kernel takes an expectation in no other way than with the packet's verdict. It tells no error
 * then: what became of it is asked behind the verdict, and entered then.
 *
 * A group is answered from any network of the interface that the query left by. The kernel's masks know
 * one, so there may have to be several: then a first packet is sent round again (NF_REPEAT), which confirms
 * its flow, and goes on when all are open. Some answer within a millisecond.
 */
#include "broker/claim.h"

#include <netinet/in.h>
#include <string.h>

#include "base/log.h"
#include "broker/fate.h"
#include "broker/gate.h"

/* ---- the trail */

/* Of the message that asked: where the claim's announcement stands, and the bytes up to its end. */
static void quote(const struct asked *q, unsigned claim, struct audit_record *r)
{
	const struct link_answer *a = q->answer;
	int64_t begin = (int64_t)q->ahead - a->back, len = (int64_t)q->payload.len;

	r->off = -(int32_t)a->back;
	for (unsigned i = 0; i < a->n_edits; i++) {
		const struct edit *e = &a->edits[i];
		int64_t end;

		if (e->off == EDIT_ELSEWHERE || edit_is_length(e->form) || e->claim != claim)
			continue;
		r->off += (int32_t)e->off;
		end = begin + e->off + e->len;
		if (end > len)
			end = len;
		if (end - begin > AUDIT_MESSAGE_SIZE)
			begin = end - AUDIT_MESSAGE_SIZE;
		break;
	}
	if (begin < 0)
		begin = 0;
	if (begin > len)
		begin = len;
	r->len = (uint8_t)(len - begin < AUDIT_MESSAGE_SIZE ? len - begin : AUDIT_MESSAGE_SIZE);
	memcpy(r->message, q->payload.data + begin, r->len);
}

static struct audit_record record_of(const struct asked *q, unsigned claim)
{
	const struct ct_flow *flow = &q->slot->packet.flow;
	struct audit_record r = {
		.when = fate_clock(),
		.direction = (uint8_t)slot_direction(q->slot),
		.queue = q->lane->queue_num,
		.zone = flow->zone,
		.flow_id = flow->id,
		.tcp_seq = q->slot->at.seq,
		.orig = flow->orig,
		.reply = flow->reply,
		.claim = q->answer->claims[claim],
	};

	memcpy(r.helper, flow->helper, sizeof(r.helper));
	memcpy(r.host, q->answer->host, sizeof(r.host));
	quote(q, claim, &r);
	return r;
}

static void put_granted(struct audit_record *r, const struct expectation *e)
{
	r->fate = FATE_open;
	r->granted = e->tuple;
	r->wild = e->wild;
	r->has_nat = e->nat.present;
	r->nat_reply = e->nat.reply;
	r->nat_keeps_source = e->nat.keeps_source;
	r->nat_addr = e->nat.addr;
	r->nat_port = e->nat.port;
}

static void refuse(const struct asked *q, unsigned claim, enum refusal why, int error)
{
	static struct log_limit limit;
	struct audit_record r = record_of(q, claim);
	char text[AUDIT_TEXT_SIZE];

	q->lane->counters->refused++;
	q->lane->counters->refusals[why]++;
	r.why = (uint8_t)why;
	r.error = error;
	audit_add(&q->lane->books->audit, &r);
	if (log_allowed(&limit))
		warn("refused=%s %s", refusal_name(why), audit_text(text, &r));
}

/* ---- one claim */

static int64_t now_of(const struct asked *q)
{
	return loop_turn_ms(q->lane->loop);
}

/* Budgets. What is there already may be asked for again at any time. */
static enum refusal allow(const struct asked *q, const struct ledger_entry *known, int64_t now)
{
	struct books *books = q->lane->books;
	const struct ct_flow *flow = &q->slot->packet.flow;
	struct ledger_entry *first;
	enum refusal why;
	unsigned list;

	if (known)
		return REFUSED_NOT;
	why = ledger_pace(&books->ledger, q->lane->index, flow, now);
	if (why != REFUSED_NOT)
		return why;
	why = ledger_room(&books->ledger, q->lane->index, flow, now, &list, &first);
	if (why == REFUSED_NOT)
		return why;
	fate_sweep(books, list, first);
	return ledger_room(&books->ledger, q->lane->index, flow, now, &list, &first);
}

static const struct class_terms *terms_of(const struct asked *q, uint32_t class)
{
	struct lane *l = q->lane;

	return terms_get(l->terms, l->ct, l->manifest, &q->slot->packet.flow, class, now_of(q));
}

static struct ledger_entry *oldest(const struct asked *q, uint32_t class)
{
	return ledger_oldest(&q->lane->books->ledger, q->lane->index, &q->slot->packet.flow, class,
			     now_of(q));
}

/* Before one more is opened: may the kernel take the flow's oldest away for it? Then it is looked at,
 * unless it lasts. */
static bool may_replace(const struct asked *q, uint32_t class)
{
	uint32_t max = terms_of(q, class)->max;
	struct ledger_entry *one = oldest(q, class);

	if (!one || (max && ledger_count(&q->lane->books->ledger, q->lane->index,
					 &q->slot->packet.flow, class, now_of(q)) < max))
		return false;
	if (!max || !(one->e.flags & EXPECT_FLAG_PERMANENT))
		(void)fate_review(q->lane->books, one, FATE_none);
	return true;
}

/* And behind it: has it? */
static void settle_replaced(const struct asked *q, uint32_t class, const struct ledger_entry *but)
{
	struct ledger_entry *one = oldest(q, class);

	if (!one || one == but)
		return;
	if (terms_of(q, class)->max && one->e.flags & EXPECT_FLAG_PERMANENT)
		fate_settle(q->lane->books, one, FATE_replaced);
	else
		(void)fate_review(q->lane->books, one, FATE_replaced);
}

/* A new record, or over that of the entry when it was there before. */
static void write_down(const struct asked *q, struct ledger_entry *one, struct audit_record *r)
{
	struct audit_record old;

	put_granted(r, &one->e);
	if (one->record && audit_read(one->record, &old) && old.number == one->number) {
		r->number = old.number;
		r->when = old.when;
		r->renewals = old.renewals + 1;
		(void)audit_change(one->record, r);
		return;
	}
	one->record = audit_add(&q->lane->books->audit, r);
	one->number = r->number;
}

static bool is_confirmed(const struct ct_flow *flow)
{
	return flow->status & IPS_CONFIRMED;
}

/* Enters what the kernel has granted. Nobody keeps the entry: the next claim may replace it. */
static void enter(const struct asked *q, const struct expectation *e, enum opened how,
		  struct audit_record *r, bool replaces)
{
	struct books *books = q->lane->books;
	struct ledger_entry *old = ledger_find(&books->ledger, e), *one;
	struct ledger_entry before = { 0 };

	if (old && how == OPENED_NEW) {
		fate_gone(books, old);
	} else if (old) {
		before = *old;
		ledger_remove(&books->ledger, old);
	}
	one = ledger_add(&books->ledger, q->lane->index, &q->slot->packet.flow, e, now_of(q));
	if (!one)
		return; /* allow() has seen to it that there is room */
	one->record = before.record;
	one->number = before.number;
	write_down(q, one, r);
	fate_set_deadline(one, terms_of(q, e->class)->timeout);
	if (how == OPENED_NEW && replaces)
		settle_replaced(q, e->class, one);
}

/* It was made or renewed less than a second ago, and nothing uses it up: it is there. */
static bool is_fresh(const struct asked *q, const struct ledger_entry *one,
		     const struct expectation *e)
{
	int64_t lives = terms_of(q, e->class)->timeout;

	return one->lane == q->lane->index && e->flags & EXPECT_FLAG_PERMANENT &&
	       one->flow.id == q->slot->packet.flow.id && expect_same(&one->e, e) &&
	       one->deadline - now_of(q) > (lives - 1) * 1000;
}

/* What the announcement's writer called the place that the pinhole leads to. */
static struct addr announced_addr(const struct ct_flow *flow, const struct claim *c,
				  const struct expectation *e)
{
	if (!e->nat.present)
		return e->tuple.dst;
	return c->to == PARTY_CLIENT ? flow->orig.src : flow->reply.src;
}

/* The networks that a query went out to; of one that is for this host, where it came in. */
static const struct prefix *find_networks(const struct asked *q, unsigned claim, struct openings *o)
{
	const struct queue_packet *p = &q->slot->packet;
	struct nl *route = q->lane->books->route;
	uint32_t index = p->out ? p->out : p->in;

	if (q->answer->claims[claim].from != PARTY_ASKED || !route || !index)
		return NULL;
	o->asked = claim;
	o->n_networks = ifaddr_networks(route, index, &p->flow.reply.dst, &p->flow.orig.dst,
					o->networks);
	return o->n_networks > 0 ? o->networks : NULL;
}

/* Only a verdict can create it; or it does so best: what is asked for again and again is replaced by the
 * kernel at once, and no answer finds the door shut. */
static bool is_for_verdict(const struct asked *q, const struct claim *c)
{
	return q->slot->at.l4 == IPPROTO_UDP &&
	       (c->follow || c->back || !is_confirmed(&q->slot->packet.flow));
}

static enum opened attach(const struct asked *q, unsigned claim, struct openings *o,
			  enum refusal *ret_why, int *ret_error)
{
	enum opened how;

	*ret_why = REFUSED_second;
	if (o->attached >= 0)
		return OPENED_NOT;
	how = pinhole_make_room(q->lane->ct, &o->expectations[claim], ret_why, ret_error);
	if (how == OPENED_NOT)
		return how;
	o->attached = (int)claim;
	o->attached_again = how == OPENED_RENEWED;
	return how;
}

/* The kernel has it. */
static void book(const struct asked *q, const struct expectation *e, struct audit_record *r,
		 enum opened how, bool replaces)
{
	struct lane *l = q->lane;

	l->counters->opened += how == OPENED_NEW;
	l->counters->refreshed += how == OPENED_RENEWED;
	enter(q, e, how, r, replaces);
}

static void grant(const struct asked *q, unsigned claim, struct openings *o)
{
	const struct claim *c = &q->answer->claims[claim];
	const struct expectation *e = &o->expectations[claim];

	o->records[claim] = record_of(q, claim);
	o->grants[claim] = (struct grant){
		.given = true,
		.addr = e->tuple.dst,
		.port = e->tuple.dport,
		.announced_addr = announced_addr(&q->slot->packet.flow, c, e),
		.announced_port = c->port,
	};
}

static enum refusal open_one(const struct asked *q, unsigned claim, struct openings *o,
			     int *ret_error)
{
	const struct claim *c = &q->answer->claims[claim];
	struct lane *l = q->lane;
	const struct ct_flow *flow = &q->slot->packet.flow;
	const struct gate_policy *policy = lane_policy(l, flow, c->class);
	uint16_t min_port = gate_min_port(&l->manifest->classes[c->class], policy);
	struct expectation *e = &o->expectations[claim];
	const struct prefix *asked = find_networks(q, claim, o);
	enum refusal why = gate_check(l->manifest, policy, flow, c, q->answer->host, asked, e);
	bool attaches = is_for_verdict(q, c);
	const struct ledger_entry *known;
	enum opened how;

	if (why != REFUSED_NOT)
		return why;
	known = ledger_find(&l->books->ledger, e);
	why = allow(q, known, now_of(q));
	if (why != REFUSED_NOT)
		return why;
	if (known && is_fresh(q, known, e)) {
		l->counters->refreshed++;
		grant(q, claim, o);
		o->records[claim].renewals = 1;
		return REFUSED_NOT;
	}
	o->replaces[claim] = !known && may_replace(q, e->class);
	how = attaches ? attach(q, claim, o, &why, ret_error)
		       : pinhole_open(l->ct, l->manifest, min_port, c->back, known != NULL, e, &why,
					ret_error);
	if (how == OPENED_NOT)
		return why;
	grant(q, claim, o);
	if (!attaches)
		book(q, e, &o->records[claim], how, o->replaces[claim]);
	return REFUSED_NOT;
}

/* ---- those who were asked */

static bool is_another(const struct expectation *network, const struct expectation *first)
{
	return network->wild && !tuple_equal(&network->tuple, &first->tuple);
}

/* Opens to the other networks of the interface, as far as there may be so many for one flow. */
static void open_to_others(const struct asked *q, struct openings *o)
{
	const struct claim *c = &q->answer->claims[o->asked];
	const struct ct_flow *flow = &q->slot->packet.flow;
	struct lane *l = q->lane;
	const struct gate_policy *policy = lane_policy(l, flow, c->class);
	enum refusal why;
	enum opened how;
	bool replaces;
	int error;

	if (o->n_networks <= 1 || !o->grants[o->asked].given)
		return;
	for (int i = 1; i < o->n_networks && i < l->manifest->classes[c->class].max; i++) {
		struct audit_record r = o->records[o->asked];
		struct expectation e;

		why = gate_check(l->manifest, policy, flow, c, q->answer->host, &o->networks[i], &e);
		if (why != REFUSED_NOT || !is_another(&e, &o->expectations[o->asked]) ||
		    allow(q, ledger_find(&l->books->ledger, &e), now_of(q)) != REFUSED_NOT)
			continue;
		replaces = may_replace(q, e.class);
		how = pinhole_open(l->ct, l->manifest, 0, true, false, &e, &why, &error);
		if (how != OPENED_NOT)
			book(q, &e, &r, how, replaces);
	}
}

/* Can those be opened before the packet goes on? */
static bool is_early(const struct asked *q)
{
	return is_confirmed(&q->slot->packet.flow) && !q->answer->n_edits;
}

bool claims_should_wait(const struct asked *q)
{
	static struct openings o; /* large */
	const struct ct_flow *flow = &q->slot->packet.flow;

	if (is_confirmed(flow) || !addr_is_multicast(&flow->orig.dst))
		return false;
	for (unsigned i = 0; i < q->answer->n_claims; i++)
		if (find_networks(q, i, &o) && o.n_networks > 1)
			return true;
	return false;
}

/* ---- all of them */

void claims_open(const struct asked *q, struct openings *ret)
{
	memset(ret->grants, 0, sizeof(ret->grants)); /* the rest counts where one is given */
	ret->attached = -1;
	ret->attached_again = false;
	ret->n_networks = 0;
	ret->asked = 0;
	for (unsigned i = 0; i < q->answer->n_claims; i++) {
		int error = 0;
		enum refusal why = open_one(q, i, ret, &error);

		if (why != REFUSED_NOT)
			refuse(q, i, why, error);
	}
	if (is_early(q))
		open_to_others(q, ret);
}

uint32_t claims_lifetime(const struct asked *q, const struct openings *o)
{
	uint32_t longest = 0;

	for (unsigned i = 0; i < q->answer->n_claims; i++)
		if (o->grants[i].given) {
			uint32_t lives = terms_of(q, o->expectations[i].class)->timeout;

			longest = lives > longest ? lives : longest;
		}
	return longest;
}

/* What the verdict was to create. */
static void book_attached(const struct asked *q, struct openings *o)
{
	unsigned claim = (unsigned)o->attached;
	int r = pinhole_verify(q->lane->ct, &o->expectations[claim]);

	if (r == 0) {
		book(q, &o->expectations[claim], &o->records[claim],
		     o->attached_again ? OPENED_RENEWED : OPENED_NEW, o->replaces[claim]);
	} else {
		refuse(q, claim, REFUSED_kernel, r);
		o->grants[claim].given = false;
	}
}

void claims_keep(const struct asked *q, struct openings *o)
{
	static struct log_limit limit;
	char text[AUDIT_TEXT_SIZE];

	if (o->attached >= 0)
		book_attached(q, o);
	if (!is_early(q))
		open_to_others(q, o);
	for (unsigned i = 0; i < q->answer->n_claims; i++)
		if (o->grants[i].given && log_allowed(&limit))
			info("%s %s", o->records[i].renewals ? "renewed" : "opened",
			     audit_text(text, &o->records[i]));
}

void claims_close(const struct asked *q, const struct openings *o)
{
	struct books *books = q->lane->books;

	for (unsigned i = 0; i < q->answer->n_claims; i++) {
		struct ledger_entry *one;

		if (!o->grants[i].given)
			continue;
		if (o->attached == (int)i) { /* it never was */
			refuse(q, i, REFUSED_not_editable, 0);
			continue;
		}
		pinhole_close(q->lane->ct, &o->expectations[i]);
		one = ledger_find(&books->ledger, &o->expectations[i]);
		if (one)
			fate_settle(books, one, FATE_closed);
		refuse(q, i, REFUSED_not_editable, 0);
	}
}
