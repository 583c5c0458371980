/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a worker may ask for and gets, as a table of refusals, each told by its reason in counters
 * and trail; and floods. Whatever is asked, the packet passes as it was.
 */
#include "broker/rig_test.h"

static uint32_t next_id;

static void begin(void)
{
	memset(&rig_shared, 0, sizeof(rig_shared));
	rig_open();
	rig_employ(10);
	next_id = 1;
}

/* The youngest record of the trail. */
static const struct audit_record *last(void)
{
	static struct audit_record all[AUDIT_RECORDS];
	size_t n = audit_collect(&rig_shared.audit, all);

	return n ? &all[n - 1] : NULL;
}

/* A packet of the server's, and the answer to it. */
static const char *judge(struct queued q, struct link_answer a)
{
	q.id = next_id;
	q.info = IP_CT_ESTABLISHED_REPLY;
	rig_queue(&q);
	rig_worker();
	a.id = next_id++;
	rig_send_answer(&a);
	rig_turn();
	return rig_kernel();
}

static const struct claim good = {
	.from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = IPPROTO_TCP, .port = 2049
};

#define TCP IPPROTO_TCP

static const struct row {
	const char *what, *why; /* NULL: not even read, the worker is replaced */
	struct claim claim;
} rows[] = {
	{ "a third party", "third_party",
	  { .from = PARTY_CLIENT, .to = PARTY_OTHER, .l4 = TCP, .port = 2049,
	    .other = { AF_INET, { 203, 0, 113, 1 } } } },
	{ "a third party of the other family", "third_party",
	  { .from = PARTY_CLIENT, .to = PARTY_OTHER, .l4 = TCP, .port = 2049,
	    .other = { AF_INET6, { 0xfd } } } },
	{ "a host that nobody knows, to the client's server", "opened",
	  { .from = PARTY_CLIENT, .to = PARTY_NAMED, .l4 = TCP, .port = 2049 } },
	{ "the same from the server", "third_party",
	  { .from = PARTY_SERVER, .to = PARTY_NAMED, .l4 = TCP, .port = 2049 } },
	{ "a low port", "low_port",
	  { .from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = TCP, .port = 80 } },
	{ "port 0", "low_port", { .from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = TCP } },
	{ "a denied port", "denied_port",
	  { .from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = TCP, .port = 3389 } },
	{ "another helper's port", "denied_port",
	  { .from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = TCP, .port = 1521 } },
	{ "no protocol of ours", NULL,
	  { .from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = IPPROTO_SCTP, .port = 2049 } },
	{ "a class that is not there", NULL,
	  { .from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = TCP, .class = 1, .port = 2049 } },
	{ "permanently", "permanent",
	  { .from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = TCP, .port = 2049, .permanent = 1 } },
	{ "from anybody", "any_source",
	  { .from = PARTY_ANY, .to = PARTY_SERVER, .l4 = TCP, .port = 2049 } },
	{ "from the server to itself", "third_party",
	  { .from = PARTY_SERVER, .to = PARTY_SERVER, .l4 = TCP, .port = 2049 } },
	{ "from a third party", "third_party",
	  { .from = PARTY_OTHER, .to = PARTY_SERVER, .l4 = TCP, .port = 2049,
	    .other = { AF_INET, { 203, 0, 113, 1 } } } },
	{ "to anybody", NULL, { .from = PARTY_CLIENT, .to = PARTY_ANY, .l4 = TCP, .port = 2049 } },
	{ "what is allowed", "opened",
	  { .from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = TCP, .port = 2049 } },
};

static void test_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct link_answer a = { .outcome = OUTCOME_FOUND, .n_claims = 1,
					 .host = "db.example" };
		struct queued q = { .payload = "it stands at 2049", .seq = 1000 };
		const char *told;

		begin();
		a.claims[0] = rows[i].claim;
		told = judge(q, a);
		if (rows[i].why)
			is_str(told, "v1", "%s: the packet passes", rows[i].what);
		else
			is_int((long long)rig.counters.violations, 1, "%s", rows[i].what);
		is_str(last() ? refusal_name(last()->why) : "nothing",
		       !rows[i].why		       ? "nothing"
		       : strcmp(rows[i].why, "opened") ? rows[i].why
						       : "none",
		       "%s: its reason in the trail", rows[i].what);
		is_int((long long)rig.counters.refused,
		       rows[i].why && strcmp(rows[i].why, "opened") != 0, "counted");
		is_int(rig.n_open, rows[i].why && !strcmp(rows[i].why, "opened"), "open");
		rig_close();
	}
}

/* Answers that were not asked for, or overlap, are no answers. */
static void test_no_answers(void)
{
	struct link_answer a = { .id = 7, .outcome = OUTCOME_FOUND, .n_claims = 1,
				 .claims = { good } };
	struct edit edit = { .off = 5, .len = 4, .form = EDIT_DECIMAL_PORT };

	begin();
	rig_queue(&(struct queued){ .id = 1, .payload = "x" });
	rig_send_answer(&a);
	rig_turn();
	is_int((long long)rig.counters.violations, 1, "an id that is not outstanding");
	is_int(rig.n_open, 0, "opens nothing");
	rig_close();
	begin();
	a.n_edits = 2;
	a.edits[0] = a.edits[1] = edit;
	a.edits[1].off = 8;
	judge((struct queued){ .payload = "PORT 2049;" }, a);
	is_int((long long)rig.counters.violations, 1, "edits that overlap");
	is_int(rig.n_open, 0, "open nothing");
	rig_close();
	begin();
	a.n_edits = 1;
	a.edits[0].off = 70000;
	judge((struct queued){ .payload = "PORT 2049;", .nated = true }, a);
	is_int((long long)rig.counters.violations, 1, "one beyond any packet");
	rig_close();
	begin();
	rig.granted = 3000;
	a.edits[0].off = 500;
	is_str(judge((struct queued){ .payload = "PORT 2049;", .nated = true }, a), "v1",
	       "one beyond this packet");
	is_str(refusal_name(last()->why), "not_editable", "its reason");
	is_int(rig.n_open, 0, "opens nothing");
	is_str(judge((struct queued){ .payload = "PORT 2049;", .seq = 10 }, a), "v2",
	       "no byte on a flow without NAT");
	is_int(rig.n_open, 1, "open");
	rig_close();
}

static void test_record(void)
{
	static const char long_line[] = "a line that is longer than the sixty-four bytes which are "
					"kept of it: PORT 2049;";
	struct link_answer a = { .outcome = OUTCOME_FOUND, .n_claims = 1, .n_edits = 1,
				 .claims = { good } };
	const struct audit_record *r;

	begin();
	a.edits[0] = (struct edit){ .off = 5, .len = 4, .form = EDIT_DECIMAL_PORT };
	judge((struct queued){ .payload = "PORT 2049;", .seq = 1000 }, a);
	r = last();
	is_int(r->fate, FATE_open, "open");
	is_int(r->direction, DIRECTION_REPLY, "who said it");
	is_int(r->tcp_seq, 1000, "where in the stream");
	is_int(r->off, 5, "where in the packet");
	is_int(r->queue, 5, "queue");
	is_int(r->flow_id, 1, "flow");
	is_int(r->granted.dport, 2049, "the granted port");
	ok(r->len == 10 && !memcmp(r->message, "PORT 2049;", 10), "the message");
	judge((struct queued){ .payload = "PORT 2049;", .seq = 1010 }, a);
	is_int((long long)audit_collect(&rig_shared.audit, (struct audit_record[AUDIT_RECORDS]){ 0 }),
	       2, "a new record");
	is_int(rig_books.ledger.n, 1, "of the same place: one entry");

	a.edits[0].off = sizeof(long_line) - 6;
	judge((struct queued){ .payload = long_line, .seq = 1100 }, a);
	r = last();
	ok(r->len == 64 && !memcmp(r->message + 60, "2049", 4), "the end of the announcement");
	is_int(r->off, sizeof(long_line) - 6, "where");
	a.back = 8;
	a.edits[0].off = 5;
	judge((struct queued){ .payload = "9;", .seq = 1200 }, a);
	r = last();
	is_int(r->off, -3, "it began in an earlier packet");
	ok(r->len == 2 && !memcmp(r->message, "9;", 2), "what there is of it");
	a.n_edits = a.back = 0;
	judge((struct queued){ .payload = "2049", .seq = 1300, .l4 = IPPROTO_UDP }, a);
	r = last();
	ok(r->off == 0 && r->len == 4, "no place is told");
	rig_close();
}

static void test_closed(void)
{
	struct link_answer a = { .outcome = OUTCOME_FOUND, .n_claims = 1, .n_edits = 1,
				 .claims = { good } };

	begin();
	rig.granted = 10000;
	a.claims[0] = (struct claim){ .from = PARTY_SERVER, .to = PARTY_CLIENT, .l4 = TCP,
				      .port = 2049 };
	a.edits[0] = (struct edit){ .off = EDIT_ELSEWHERE, .len = 4, .form = EDIT_DECIMAL_PORT };
	is_str(judge((struct queued){ .payload = "PORT 2049;", .nated = true }, a), "v1",
	       "what cannot be announced");
	is_int(rig_shared.audit.opened[0].fate, FATE_closed, "is closed again, and the trail says so");
	is_str(refusal_name(last()->why), "not_editable", "and why");
	is_int(rig_books.ledger.n, 0, "nothing is in the ledger");
	rig_close();
}

/* A port of its own for each. */
static void flood(unsigned n, uint32_t flow_id, uint16_t first_port)
{
	struct link_answer a = { .outcome = OUTCOME_FOUND, .n_claims = OUTPUT_CLAIMS_MAX };
	unsigned passed = 0;

	for (unsigned i = 0; i < n; i++) {
		for (unsigned j = 0; j < OUTPUT_CLAIMS_MAX; j++) {
			a.claims[j] = good;
			a.claims[j].port = (uint16_t)(first_port + i * OUTPUT_CLAIMS_MAX + j);
		}
		passed += judge((struct queued){ .payload = "x", .flow_id = flow_id }, a)[0] == 'v';
	}
	is_int(passed, n, "every packet passes");
}

static void test_flood(void)
{
	struct budget b = { .client = 100, .flow_rate = 10 };
	long long opened;

	begin();
	ledger_set_budget(&rig_books.ledger, 3, false, &b);
	flood(100, 1, 20000);
	opened = (long long)rig.counters.opened; /* time does not stand still here */
	ok(opened >= 10 * ACCOUNT_BURST && opened < 100, "a flow opens its burst: %lld", opened);
	is_int((long long)rig.counters.refusals[REFUSED_budget_flow], 800 - opened, "no more");
	is_int(rig.n_open, opened, "and none was taken away for another");
	b.flow_rate = 0;
	rig_close();
	begin();
	ledger_set_budget(&rig_books.ledger, 3, false, &b);
	for (uint32_t flow = 1; flow < 5; flow++)
		flood(10, flow, (uint16_t)(10000 + 100 * flow));
	is_int((long long)rig.counters.opened, 100, "a client opens its budget");
	is_int((long long)rig.counters.refusals[REFUSED_budget_client], 220, "no more");
	is_int(rig.n_open, 100, "and keeps all of it");
	is_int(rig_books.ledger.n, 100, "as the ledger says");
	flood(12, 1, 10100); /* 80 again, 16 of them not open */
	is_int((long long)rig.counters.opened, 180, "what is open may be asked for again");
	rig_close();
}

/* ---- answers to queries */

static const struct manifest asking = {
	.name = "asking",
	.state_len = 4,
	.port = 600,
	.flow_timeout = 60,
	.n_classes = 1,
	.classes = { { .name = "asking",
		       .max = 8,
		       .l4s = MANIFEST_UDP,
		       .min_port = 1024,
		       .permanent = true,
		       .back = true,
		       .follow = true } },
};

static const struct claim back = { .from = PARTY_ASKED, .to = PARTY_CLIENT, .l4 = IPPROTO_UDP,
				   .back = 1 };

static struct nl rig_books_route = NL_CLOSED;

static void begin_asking(void)
{
	rig.manifest = &asking;
	begin();
	rig_books.route = &rig_books_route;
	addr_from_text("192.0.2.0", 9, &rig.networks[0].addr);
	rig.networks[0].len = 24;
	rig.n_networks = 1;
}

static void end_asking(void)
{
	rig_close();
	rig.manifest = NULL;
}

/* A query's first packet, or another one; how it was judged. */
static const char *ask(bool first, bool nated, const struct claim *claims, uint8_t n)
{
	static struct tuple tuples[2];
	struct link_answer a = { .id = next_id, .outcome = OUTCOME_FOUND, .n_claims = n,
				 .n_messages = 1 };

	tuples[0] = rig_tuple("10.0.0.1", 40000, "239.255.255.250", 600, IPPROTO_UDP);
	tuples[1] = rig_tuple("239.255.255.250", 600, nated ? "192.0.2.9" : "10.0.0.1", 40000,
			      IPPROTO_UDP);
	rig_queue(&(struct queued){ .id = next_id++, .payload = "who is there?", .l4 = IPPROTO_UDP,
				    .first = first, .tuples = tuples });
	rig_worker();
	memcpy(a.claims, claims, n * sizeof(*claims));
	rig_send_answer(&a);
	rig_turn();
	return rig_kernel();
}

static void test_first_packet(void)
{
	const struct claim two[] = { back, back };

	begin_asking();
	is_str(ask(true, false, &back, 1), "v1+60s+expect", "a first packet: with its verdict");
	is_int(rig.n_open, 1, "the kernel has it");
	is_int((long long)rig.counters.opened, 1, "counted");
	ok(last() && last()->fate == FATE_open && last()->wild == 8 && last()->granted.dport == 40000,
	   "in the trail: from the network asked, to the client's port");
	is_str(ask(false, false, &back, 1), "v2+60s+expect", "a later packet: in the same way");
	is_int(rig.n_open, 2, "open");
	is_str(ask(true, false, two, 2), "v3+60s+expect", "two of one packet: one");
	is_int((long long)rig.counters.refusals[REFUSED_second], 1, "the other is refused");
	end_asking();
}

static void test_first_packet_refused(void)
{
	begin_asking();
	rig.ignored = -ENOENT;
	is_str(ask(true, false, &back, 1), "v1+60s+expect", "the kernel says nothing");
	is_int((long long)rig.counters.refusals[REFUSED_kernel], 1, "but does not have it");
	is_int((long long)rig.counters.opened, 0, "not counted as open");
	ok(last() && last()->error == -ENOENT, "its error in the trail");
	rig.ignored = 0;
	rig.refusal = REFUSED_clash;
	is_str(ask(true, false, &back, 1), "v2+60s", "somebody else has its place: not asked for");
	is_int((long long)rig.counters.refusals[REFUSED_clash], 1, "a clash");
	rig.refusal = REFUSED_NOT;
	rig.n_networks = 0;
	is_str(ask(true, false, &back, 1), "v3+60s", "nobody knows the network");
	is_int((long long)rig.counters.refusals[REFUSED_no_network], 1, "its reason");
	end_asking();
}

static void test_networks(void)
{
	begin_asking();
	addr_from_text("198.51.100.0", 12, &rig.networks[1].addr);
	rig.networks[1].len = 25;
	rig.networks[2] = rig.networks[0];
	rig.n_networks = 3;
	is_str(ask(true, false, &back, 1), "v1=REPEAT", "an interface with two networks");
	is_int(rig.n_open, 0, "nothing is open yet");
	is_str(ask(false, false, &back, 1), "v2+60s+expect", "it comes again, confirmed");
	is_int(rig.n_open, 2, "open to both, once each");
	is_int((long long)rig.counters.opened, 2, "counted");
	ok(last() && last()->wild == 8, "the second one was open first");
	is_str(ask(true, false, &back, 1), "v3+60s+expect", "not confirmed again: once is enough");
	is_int(rig.n_open, 4, "open to both");
	ok(last() && last()->wild == 7, "the second one behind the verdict");
	rig.networks[1].addr.family = AF_INET6;
	is_str(ask(false, false, &back, 1), "v4+60s+expect", "the other is not of its family");
	is_int(rig.n_open, 5, "one more");
	end_asking();
}

static void test_followed(void)
{
	struct claim c = back;

	begin_asking();
	c.follow = 1;
	is_str(ask(false, true, &c, 1), "v1+60s+expect",
	       "a flow that is to be read: with the verdict, confirmed or not");
	ok(last() && last()->has_nat && last()->nat_keeps_source, "NAT leaves who answers alone");
	end_asking();
}

/* An edit may not write over anything in the name of a claim that announced nothing. */
static void test_edit_of_back(void)
{
	struct link_answer a = { .id = 1, .outcome = OUTCOME_FOUND, .n_claims = 1, .n_edits = 1,
				 .claims = { back },
				 .edits = { { .off = 0, .len = 4, .form = EDIT_DECIMAL_PORT } } };

	begin_asking();
	rig_queue(&(struct queued){ .id = 1, .payload = "who?", .l4 = IPPROTO_UDP, .nated = true });
	rig_worker();
	rig_send_answer(&a);
	rig_turn();
	is_int((long long)rig.counters.violations, 1, "an edit for it breaks the rules");
	end_asking();
}

/* Asked for again and again, by a flow that repeats itself. */
static void test_fresh(void)
{
	static struct manifest lasting;
	struct claim c = good;
	struct link_answer a = { .outcome = OUTCOME_FOUND, .n_claims = 1 };

	lasting = toy;
	lasting.classes[0].permanent = true;
	lasting.classes[0].timeout = 300;
	rig.manifest = &lasting;
	begin();
	c.permanent = 1;
	a.claims[0] = c;
	judge((struct queued){ .payload = "x" }, a);
	judge((struct queued){ .payload = "x", .seq = 1 }, a);
	is_int(rig.n_open, 1, "what was opened a moment ago is not asked for again");
	is_int((long long)rig.counters.refreshed, 1, "it counts as renewed");
	rig_books.ledger.all.first->deadline -= 1001;
	judge((struct queued){ .payload = "x", .seq = 2 }, a);
	is_int(rig.n_open, 2, "a second later it is");
	rig_books.ledger.all.first->flow.id++;
	judge((struct queued){ .payload = "x", .seq = 3 }, a);
	is_int(rig.n_open, 3, "so is what another flow had opened");
	a.claims[0].permanent = 0;
	judge((struct queued){ .payload = "x", .seq = 4 }, a);
	judge((struct queued){ .payload = "x", .seq = 5 }, a);
	is_int(rig.n_open, 5, "and what is used up by a connection");
	rig_close();
	rig.manifest = NULL;
}

/* ExpectMax is known: what lasts and gives way is known without a look. */
static void test_replaced(void)
{
	static struct manifest lasting;
	struct claim c = good;
	struct link_answer a = { .outcome = OUTCOME_FOUND, .n_claims = 1 };

	lasting = toy;
	lasting.classes[0].permanent = true;
	rig.manifest = &lasting;
	begin();
	rig.lane->terms[0][0] = (struct terms){ .until = INT64_MAX,
						.classes = { { .timeout = 300, .max = 2 } } };
	c.permanent = 1;
	for (uint16_t i = 0; i < 4; i++) {
		c.port = (uint16_t)(2000 + i);
		a.claims[0] = c;
		judge((struct queued){ .payload = "x", .seq = i }, a);
		is_int((long long)rig_shared.counters[3].replaced, i < 2 ? 0 : i - 1, "replaced behind %u", i + 1);
	}
	is_int(ledger_open_of(&rig_books.ledger, 3), 2, "two are there");
	is_int(rig_books.ledger.all.first->e.tuple.dport, 2002, "the younger ones");
	rig_close();
	rig.manifest = NULL;
}

int main(void)
{
	test_rows();
	test_replaced();
	test_fresh();
	test_first_packet();
	test_first_packet_refused();
	test_networks();
	test_followed();
	test_edit_of_back();
	test_no_answers();
	test_record();
	test_closed();
	test_flood();
	return done_testing();
}
