/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works
 *
 * An entry hangs in five places: a hash by its tuple, the list of its client, of its server and of
 * its flow, and the list of all. What an attacker drives are counters and links within two pools.
 */
#include "broker/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* ---- lists */

static struct entry_list *list_of(struct ledger *l, struct ledger_entry *one, unsigned list)
{
	return list == LEDGER_ALL ? &l->all : &one->accounts[list]->entries;
}

static void append(struct ledger *l, struct ledger_entry *one, unsigned list)
{
	struct entry_list *to = list_of(l, one, list);

	one->in[list] = (struct entry_links){ .older = to->last };
	if (to->last)
		to->last->in[list].younger = one;
	else
		to->first = one;
	to->last = one;
}

static void unlink_from(struct ledger *l, struct ledger_entry *one, unsigned list)
{
	struct entry_list *from = list_of(l, one, list);
	struct entry_links *links = &one->in[list];

	if (links->older)
		links->older->in[list].younger = links->younger;
	else
		from->first = links->younger;
	if (links->younger)
		links->younger->in[list].older = links->older;
	else
		from->last = links->older;
}

/* ---- hash */

static struct ledger_entry **head_of(const struct ledger *l, const struct expectation *e)
{
	struct {
		uint8_t src[16], dst[16];
		uint16_t sport, dport, zone, l4;
	} key = { .sport = e->tuple.sport,
		  .dport = e->tuple.dport,
		  .zone = e->zone,
		  .l4 = e->tuple.l4 };

	memcpy(key.src, e->tuple.src.bytes, sizeof(key.src));
	memcpy(key.dst, e->tuple.dst.bytes, sizeof(key.dst));
	return &l->heads[siphash(&key, sizeof(key), l->accounts.secret) % LEDGER_ENTRIES];
}

struct ledger_entry *ledger_find(const struct ledger *l, const struct expectation *e)
{
	struct ledger_entry *one = *head_of(l, e);

	while (one && (!tuple_equal(&one->e.tuple, &e->tuple) || one->e.zone != e->zone ||
		       one->e.wild != e->wild))
		one = one->next;
	return one;
}

/* ---- accounts */

static bool is_v6(const struct ct_flow *flow)
{
	return flow->orig.src.family == AF_INET6;
}

static struct account *account_of(struct ledger *l, enum account_kind kind, uint16_t lane,
				  const struct ct_flow *flow, int64_t now)
{
	struct account_key key;

	memset(&key, 0, sizeof(key)); /* padding is hashed, too */
	key.kind = (uint8_t)kind;
	key.purse = l->purses[lane];
	key.zone = flow->zone;
	switch (kind) {
	case ACCOUNT_CLIENT:
		key.addr = flow->orig.src;
		if (is_v6(flow))
			memset(key.addr.bytes + 8, 0, 8);
		break;
	case ACCOUNT_SERVER:
		key.addr = flow->reply.src;
		break;
	case ACCOUNT_FLOW:
		key.flow_id = flow->id;
		break;
	case ACCOUNT_KINDS:
		break;
	}
	return account_get(&l->accounts, &key, now);
}

/* ---- life */

int ledger_open(struct ledger *l)
{
	int r;

	memset(l, 0, sizeof(*l));
	r = accounts_open(&l->accounts, LEDGER_ACCOUNTS);
	if (r < 0)
		return r;
	for (uint16_t i = 0; i < LANES_MAX; i++)
		l->purses[i] = i;
	l->pool = calloc(LEDGER_ENTRIES, sizeof(*l->pool));
	l->heads = calloc(LEDGER_ENTRIES, sizeof(struct ledger_entry *));
	if (l->pool && l->heads)
		return 0;
	ledger_close(l);
	return -ENOMEM;
}

void ledger_close(struct ledger *l)
{
	accounts_close(&l->accounts);
	free(l->pool);
	free(l->heads);
	l->pool = NULL;
	l->heads = NULL;
}

/* ---- budgets */

static uint32_t or_default(uint32_t configured, uint32_t by_default)
{
	return configured ? configured : by_default;
}

void ledger_set_budget(struct ledger *l, uint16_t lane, bool v6, const struct budget *b)
{
	l->budgets[lane][v6] = *b;
}

void ledger_share(struct ledger *l, uint16_t lane, uint16_t purse)
{
	l->purses[lane] = purse;
}

static struct budget budget_of(const struct ledger *l, uint16_t lane, const struct ct_flow *flow)
{
	const struct budget *b = &l->budgets[lane][is_v6(flow)];

	return (struct budget){
		.client = or_default(b->client, BUDGET_CLIENT),
		.server = or_default(b->server, BUDGET_SERVER),
		.helper = or_default(b->helper, BUDGET_HELPER),
		.rate = or_default(b->rate, BUDGET_RATE),
		.flow_rate = or_default(b->flow_rate, BUDGET_FLOW_RATE),
	};
}

enum refusal ledger_pace(struct ledger *l, uint16_t lane, const struct ct_flow *flow, int64_t now)
{
	struct account *client = account_of(l, ACCOUNT_CLIENT, lane, flow, now);
	struct account *of_flow = account_of(l, ACCOUNT_FLOW, lane, flow, now);
	struct budget b = budget_of(l, lane, flow);

	if (!client || !of_flow)
		return REFUSED_budget_total;
	if (!account_has_credit(of_flow, b.flow_rate, now))
		return REFUSED_budget_flow;
	if (!account_has_credit(client, b.rate, now))
		return REFUSED_budget_rate;
	account_spend(of_flow);
	account_spend(client);
	return REFUSED_NOT;
}

static uint32_t open_of_purse(const struct ledger *l, uint16_t purse, bool v6)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < l->n_lanes; i++)
		if (l->purses[i] == purse)
			n += l->n_lane[i][v6];
	return n;
}

enum refusal ledger_room(struct ledger *l, uint16_t lane, const struct ct_flow *flow, int64_t now,
			 unsigned *ret_list, struct ledger_entry **ret_first)
{
	struct account *client = account_of(l, ACCOUNT_CLIENT, lane, flow, now);
	struct account *server = account_of(l, ACCOUNT_SERVER, lane, flow, now);
	struct budget b = budget_of(l, lane, flow);

	*ret_list = LEDGER_ALL;
	*ret_first = l->all.first;
	if (l->n == LEDGER_ENTRIES || !client || !server)
		return REFUSED_budget_total;
	if (open_of_purse(l, l->purses[lane], is_v6(flow)) >= b.helper)
		return REFUSED_budget_helper;
	if (client->n >= b.client) {
		*ret_list = ACCOUNT_CLIENT;
		*ret_first = client->entries.first;
		return REFUSED_budget_client;
	}
	if (server->n >= b.server) {
		*ret_list = ACCOUNT_SERVER;
		*ret_first = server->entries.first;
		return REFUSED_budget_server;
	}
	return REFUSED_NOT;
}

/* ---- entries */

static struct ledger_entry *take_free(struct ledger *l)
{
	struct ledger_entry *one = l->free;

	if (one)
		l->free = one->next;
	else if (l->n_used < LEDGER_ENTRIES)
		one = &l->pool[l->n_used++];
	return one;
}

/* To be asked one after the other: each is awake before the next could take its place. */
static void hang(struct ledger *l, struct ledger_entry *one, enum account_kind kind,
		 struct account *account)
{
	one->accounts[kind] = account;
	if (!account->n++)
		account_wake(&l->accounts, account);
	append(l, one, kind);
}

static void unhang(struct ledger *l, struct ledger_entry *one, enum account_kind kind)
{
	struct account *account = one->accounts[kind];

	unlink_from(l, one, kind);
	if (!--account->n)
		account_rest(&l->accounts, account);
}

struct ledger_entry *ledger_add(struct ledger *l, uint16_t lane, const struct ct_flow *flow,
				const struct expectation *e, int64_t now)
{
	struct ledger_entry *one = take_free(l), **head = head_of(l, e);

	if (!one)
		return NULL;
	*one = (struct ledger_entry){ .e = *e, .flow = *flow, .lane = lane };
	for (unsigned kind = 0; kind < ACCOUNT_KINDS; kind++) {
		struct account *account =
			account_of(l, (enum account_kind)kind, lane, flow, now);

		if (!account) { /* cannot be: there are more of them than entries need */
			while (kind > 0)
				unhang(l, one, (enum account_kind)--kind);
			one->next = l->free;
			l->free = one;
			return NULL;
		}
		hang(l, one, (enum account_kind)kind, account);
	}
	append(l, one, LEDGER_ALL);
	one->next = *head;
	*head = one;
	l->n++;
	l->n_lane[lane][is_v6(flow)]++;
	if (lane >= l->n_lanes)
		l->n_lanes = (uint16_t)(lane + 1);
	return one;
}

void ledger_remove(struct ledger *l, struct ledger_entry *one)
{
	struct ledger_entry **at = head_of(l, &one->e);

	while (*at != one)
		at = &(*at)->next;
	*at = one->next;
	unlink_from(l, one, LEDGER_ALL);
	for (unsigned kind = 0; kind < ACCOUNT_KINDS; kind++)
		unhang(l, one, (enum account_kind)kind);
	l->n--;
	l->n_lane[one->lane][is_v6(&one->flow)]--;
	one->next = l->free;
	l->free = one;
}

uint32_t ledger_open_of(const struct ledger *l, uint16_t lane)
{
	return l->n_lane[lane][0] + l->n_lane[lane][1];
}

void ledger_seen(struct ledger *l, struct ledger_entry *one)
{
	for (unsigned list = 0; list < LEDGER_LISTS; list++)
		if (list != ACCOUNT_FLOW) {
			unlink_from(l, one, list);
			append(l, one, list);
		}
}

struct ledger_entry *ledger_oldest(struct ledger *l, uint16_t lane, const struct ct_flow *flow,
				   uint32_t class, int64_t now)
{
	struct account *account = account_of(l, ACCOUNT_FLOW, lane, flow, now);
	struct ledger_entry *one = account ? account->entries.first : NULL;

	while (one && one->e.class != class)
		one = one->in[ACCOUNT_FLOW].younger;
	return one;
}

unsigned ledger_count(struct ledger *l, uint16_t lane, const struct ct_flow *flow, uint32_t class,
		      int64_t now)
{
	const struct ledger_entry *one = ledger_oldest(l, lane, flow, class, now);
	unsigned n = 0;

	for (; one; one = one->in[ACCOUNT_FLOW].younger)
		n += one->e.class == class;
	return n;
}
