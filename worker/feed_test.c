/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The feed: flows, state, answers, edits, guard, and helpers that break their contract.
 */
#include "worker/feed.h"

#include "tests/unit/tap.h"
#include "worker/rig_test.h"

#define ORIG  DIRECTION_ORIG
#define REPLY DIRECTION_REPLY
#define SYN   LINK_PACKET_SYN
#define FIN   LINK_PACKET_FIN
#define RST   LINK_PACKET_RST

static const struct feed_limits small = { .flows = 8, .blocks = 4, .hold = 256 };

static void test_datagram(void)
{
	struct rig *rig = rig_new(&toy_lines, IPPROTO_UDP, &small);
	const struct link_answer *a;

	a = rig_send(rig, ORIG, 0, 0, "OPEN 2000\nOPEN 2001\n");
	is_str(rig_ports(rig), "2000", "datagram: one message, what follows is ignored");
	is_int(a->outcome, OUTCOME_FOUND, "found");
	is_int(a->n_messages, 1, "one message");
	is_int(a->set_state, 1, "its state goes to the kernel");
	is_int(a->edits[0].off, 5, "the edit's place");
	a = rig_send(rig, REPLY, 0, 0, "NOTE 7\n");
	is_int(a->outcome, OUTCOME_NOTHING, "nothing");
	is_int(a->note, 7, "a note");
	is_int(rig_messages(rig), 2, "one state for both directions");
	a = rig_send(rig, ORIG, 0, 0, "OPEN 2000");
	is_int(a->outcome, OUTCOME_MALFORMED, "more: malformed");
	is_int(a->n_malformed, 1, "counted");
	is_int(a->set_state, 0, "without effect on the state");
	a = rig_send(rig, ORIG, 0, 0, "");
	is_int(a->n_messages, 0, "an empty datagram");
	a = rig_send_cut(rig, ORIG, 0, 0, "OPEN 2000\nxx", 12, 1);
	is_int(a->outcome, OUTCOME_MALFORMED, "a cut datagram");
	a = rig_send(rig, ORIG, 0, 0, "QUIT\n");
	is_int(a->outcome, OUTCOME_DONE, "done");
	a = rig_send(rig, ORIG, 0, 0, "OPEN 2002\n");
	is_int(a->outcome, OUTCOME_NOTHING, "dark from then on");
	is_int(a->n_messages, 0, "not even counted");
	is_str(rig_ports(rig), "", "no claim from any of these");
	is_int(rig->n_bad_answers, 0, "sound answers");
	rig_free(rig);
}

static void test_broken(uint8_t l4)
{
	for (int how = 0; how <= TOY_BREAKS; how++) {
		struct rig *rig = rig_new(&toy_lines, l4, &small);
		bool stream_only = how == 1 || how == 22 || how == 23;
		bool fine = how == 0 || (l4 == IPPROTO_UDP && stream_only && how != 22);
		const struct link_answer *a;
		char text[32];

		snprintf(text, sizeof(text), "BAD  %d\nOPEN 9\n", how);
		a = rig_send(rig, ORIG, 0, 0, text);
		is_int(a->n_malformed, fine ? 0 : 1, "breach %d of the contract, l4 %u", how, l4);
		rig->n_ports = 0;
		a = rig_send(rig, ORIG, 0, (uint32_t)strlen(text), "OPEN 10\n");
		is_str(rig_ports(rig), l4 == IPPROTO_UDP || fine ? "10" : "", "afterwards");
		is_int((long long)feed_counts(rig->feed).broken,
		       fine || (l4 == IPPROTO_UDP && how == 22) ? 0 : 1, "counted");
		is_int(rig->n_bad_answers, 0, "the answer is sound");
		rig_free(rig);
	}
}

static void test_state(void)
{
	struct rig *rig = rig_new(&toy_lines, IPPROTO_TCP, &small);
	struct toy_state kernel = { .n = 100 };
	uint32_t n;

	rig_send(rig, ORIG, 0, 0, "a\nb");
	is_int(rig_messages(rig), 1, "more leaves no trace in the state");
	rig->packet.state_len = sizeof(kernel);
	memcpy(rig->packet.state, &kernel, sizeof(kernel));
	rig_send(rig, ORIG, 0, 3, "\n");
	is_int(rig_messages(rig), 2, "the kernel's old copy counts for nothing");
	rig->packet.flow_id++;
	rig_send(rig, ORIG, 0, 500, "a\n");
	is_int(rig_messages(rig), 101, "but for a flow that is not known");
	rig->packet.zone++;
	rig->packet.state_len = 4; /* less than the helper has */
	rig_send(rig, REPLY, 0, 0, "a\n");
	is_int(rig_messages(rig), 101, "another zone, another flow");
	rig->packet.state_len = HELPER_STATE_MAX;
	memset(rig->packet.state, 0xff, sizeof(rig->packet.state));
	rig->packet.orig.sport++;
	rig_send(rig, ORIG, 0, 0, "a\n");
	n = rig_messages(rig);
	is_int(n, 0, "state wraps like any number");
	is_int(rig->answer.state[8], 0, "bytes beyond the helper's are not taken over");
	is_int((long long)feed_counts(rig->feed).flows, 4, "four flows");
	rig_free(rig);
}

static void test_answer(void)
{
	struct rig *rig = rig_new(&toy_lines, IPPROTO_TCP, &small);
	const struct link_answer *a;

	a = rig_send(rig, ORIG, 0, 0, "OPEN 1\n?\nx\nNOTE 3\nNOTE 0\nOPE");
	is_int(a->outcome, OUTCOME_FOUND, "found is stronger than malformed and more");
	is_int(a->n_messages, 5, "messages");
	is_int(a->n_malformed, 1, "of them malformed");
	is_int(a->note, 3, "the last note that is one");
	a = rig_send(rig, ORIG, 0, 28, "N 2\nPAIR 3 4\n?");
	is_int(a->n_edits, 3, "edits");
	is_int(a->back, 3, "a message from before");
	is_int(a->edits[0].off, 3 + 2, "counted from where it began");
	is_int(a->edits[1].off, 3 + 9, "and those behind it");
	is_int(a->edits[2].off, 3 + 11, "likewise");
	is_int(a->edits[2].claim, 2, "of the third claim");
	a = rig_send(rig, ORIG, 0, 42, "\nMANY 7\nPAIR 5 6\nOPEN 7\n");
	is_int(a->n_claims, 8, "as many claims as there is room for");
	is_int(a->lost, 2, "those of one message are kept or lost together");
	is_int(a->claims[7].port, 7, "a smaller one fits");
	is_int(a->n_edits, 1, "the lost ones' edits are lost too");
	a = rig_send(rig, ORIG, 0, 66, "OPEN 1");
	is_int(a->outcome, OUTCOME_MORE, "more");
	a = rig_send(rig, ORIG, 0, 72, "1\n");
	is_int(a->back, 6, "a number split between two packets");
	is_int(a->edits[0].off, 5, "begins in the first");
	is_int(a->edits[0].len, 2, "and ends in the second");
	a = rig_send(rig, ORIG, 0, 66, "OPEN 11\nOPEN 12\n");
	is_int(a->n_claims, 1, "a retransmission with more behind");
	is_int(a->edits[0].off, 13, "its new part");
	is_int(a->old, 8, "behind the old one");
	is_int(a->back, 0, "begins here");
	a = rig_send(rig, ORIG, 0, 91, "OPEN 14\n");
	is_int(a->outcome, OUTCOME_NOTHING, "an early segment");
	a = rig_send(rig, ORIG, 0, 82, "OPEN 133\n");
	is_int(a->n_claims, 2, "two messages at once");
	is_int(a->edits[0].off, 5, "the one in this packet");
	is_int(a->edits[1].off, EDIT_ELSEWHERE, "the one that was held");
	a = rig_send(rig, ORIG, 0, 99, "OPEN 1");
	a = rig_send(rig, ORIG, 0, 99, "OPEN 15\n");
	is_int(a->edits[0].off, 5, "a number half of which was sent before");
	is_int(a->old, 6, "so that it cannot be changed");
	a = rig_send(rig, ORIG, 0, 99, "OPEN 15\n");
	is_int(a->outcome, OUTCOME_NOTHING, "a retransmission");
	is_int(rig->n_bad_answers, 0, "sound answers");
	rig_free(rig);
}

static void test_dark(void)
{
	struct rig *rig = rig_new(&toy_lines, IPPROTO_TCP, &small);
	const struct link_answer *a;

	rig_send(rig, ORIG, SYN, 10, "");
	rig_send(rig, REPLY, SYN, 90, "");
	rig_send(rig, REPLY, 0, 90, "half");
	a = rig_send(rig, ORIG, 0, 10, "OPEN 1\nQUIT\nOPEN 2\n");
	is_int(a->outcome, OUTCOME_DONE, "done");
	is_str(rig_ports(rig), "1", "what was claimed before stands, what follows is unread");
	a = rig_send(rig, REPLY, 0, 94, "\nOPEN 3\n");
	is_int(a->outcome, OUTCOME_DONE, "dark in both directions, and it says so again");
	rig_send(rig, ORIG, SYN, 5000, "OPEN 3\n");
	is_str(rig_ports(rig), "", "a SYN does not revive it");
	rig_send(rig, ORIG, FIN, 29, "");
	rig_send(rig, ORIG, SYN, 5000, "OPEN 3\n");
	is_str(rig_ports(rig), "", "nor half closed");
	rig_send(rig, REPLY, FIN, 102, "");
	rig_send(rig, ORIG, 0, 29, "OPEN 3\n");
	is_str(rig_ports(rig), "", "nor does data after the end");
	a = rig_send(rig, ORIG, SYN, 5000, "OPEN 4\n");
	is_str(rig_ports(rig), "4", "a new connection of the same name begins anew");
	is_int(rig_messages(rig), 1, "with fresh state");
	rig_send(rig, REPLY, RST, 0, "OPEN 5\n");
	rig_send(rig, ORIG, 0, 5007, "OPEN 5\n");
	is_str(rig_ports(rig), "", "nothing after an RST");
	rig_send(rig, ORIG, SYN, 70, "");
	rig_send(rig, ORIG, 0, 70, "OPEN 6\n");
	is_str(rig_ports(rig), "6", "until the next SYN");
	rig_free(rig);

	rig = rig_new(&toy_records, IPPROTO_TCP, &small);
	a = rig_send_cut(rig, ORIG, 0, 0, "\0\1?", 3, 0);
	is_int(a->outcome, OUTCOME_MALFORMED, "one direction given up");
	a = rig_send_cut(rig, REPLY, 0, 0, "\0\3P\7\7", 5, 0);
	is_int(a->outcome, OUTCOME_FOUND, "the other goes on");
	a = rig_send_cut(rig, REPLY, 0, 5, "\0\1?", 3, 0);
	is_int(a->outcome, OUTCOME_DONE, "both given up: dark");
	rig_free(rig);
}

static void test_unknown(void)
{
	struct rig *rig = rig_new(&toy_lines, IPPROTO_TCP, &small);

	rig_send(rig, ORIG, 0, 7, "");
	rig_send(rig, ORIG, FIN, 7, "");
	rig_send(rig, ORIG, RST, 7, "x");
	is_int((long long)feed_counts(rig->feed).flows, 0, "bare packets make no entry");
	rig_send(rig, REPLY, 0, 7, "OPEN 1\n");
	rig_send(rig, ORIG, 0, 3, "");
	rig_send(rig, ORIG, 0, 4, "OPEN 2\n");
	is_str(rig_ports(rig), "1 2", "picked up in the middle, both directions");
	rig_free(rig);
}

static void test_guard_of(const struct helper *helper)
{
	static const struct {
		const char *text;
		bool web;
	} rows[] = {
		{ "GET / HTTP/1.1\r\n", true },
		{ "POST /x\n", true },
		{ "HEAD /\n", true },
		{ "PUT /\n", true },
		{ "OPTIONS / HTTP/1.1\n", true },
		{ "DELETE /\n", true },
		{ "PATCH /\n", true },
		{ "\x16\x03\x01\n", true },
		{ "GETX\n", false },
		{ "get /\n", false },
		{ "OPTIONS sip:a SIP/2.0\n", false },
		{ "\x16\n", false },
		{ " GET /\n", false },
		{ "x\nGET /\n", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int how = 0; how < 3; how++) {
			struct rig *rig = rig_new(helper, IPPROTO_TCP, &small);
			uint32_t len = (uint32_t)strlen(rows[i].text), seq = 0;
			bool hit = rows[i].web &&
				   !(helper->manifest->http && rows[i].text[0] > ' ');
			uint8_t syn = how == 2 ? 0 : SYN;

			rig_send(rig, ORIG, syn, 0, how ? rows[i].text : "");
			while (how == 0 && seq < len) {
				rig_send_cut(rig, ORIG, 0, seq, rows[i].text + seq, 1, 0);
				seq++;
			}
			is_int((long long)feed_counts(rig->feed).guarded, hit,
			       "guard of %s: row %zu, %s", helper->manifest->name, i,
			       how ? "whole" : "bytewise");
			rig_send(rig, ORIG, 0, len, "OPEN 2000\n");
			rig_send(rig, REPLY, 0, 0, "OPEN 2001\n");
			is_str(rig_ports(rig), hit ? "" : "2000 2001", "afterwards");
			rig_free(rig);
		}
	}
}

static void test_guard_limits(void)
{
	struct rig *rig = rig_new(&toy_lines, IPPROTO_TCP, &small);

	rig_send(rig, REPLY, SYN, 0, "GET /\n");
	rig_send(rig, ORIG, SYN, 0, "");
	rig_send(rig, ORIG, 0, 2, "T /\n");
	rig_send(rig, ORIG, 0, 0, "GE");
	is_int((long long)feed_counts(rig->feed).guarded, 1,
	       "in the client's bytes, late ones too");
	rig->packet.flow_id++;
	rig->packet.state_len = 1;
	rig->packet.state[0] = 1;
	rig_send(rig, ORIG, 0, 0, "GET /\nOPEN 1\n");
	is_str(rig_ports(rig), "1", "not in a flow with state: its beginning is past");
	rig_free(rig);
	rig = rig_new(&toy_lines, IPPROTO_TCP, &small);
	rig_send(rig, ORIG, SYN, 0, "");
	rig_send_cut(rig, ORIG, 0, 0, "G", 1, 5);
	rig_send(rig, ORIG, 0, 6, "\nET /\nOPEN 2\n");
	is_str(rig_ports(rig), "2", "nor behind a gap");
	rig_free(rig);
	rig = rig_new(&toy_records, IPPROTO_TCP, &small);
	rig_send(rig, ORIG, 0, 0, "PU");
	is_int(rig->answer.outcome, OUTCOME_MORE, "the parser waits until it is decided");
	rig_send(rig, ORIG, 0, 2, "T /");
	rig_send_cut(rig, REPLY, 0, 0, "\0\3P\7\7", 5, 0);
	is_str(rig_ports(rig), "", "however it is cut, the server cannot speak either");
	rig_free(rig);
}

/* A flow of its own for each i. */
static void send_as(struct rig *rig, uint32_t i, const char *text)
{
	rig->packet.flow_id = i;
	rig->packet.orig.src.bytes[1] = (uint8_t)(i >> 16);
	rig->packet.orig.src.bytes[2] = (uint8_t)(i >> 8);
	rig->packet.orig.src.bytes[3] = (uint8_t)i;
	rig_send(rig, ORIG, 0, 0, text);
}

static void test_table(void)
{
	struct rig *rig = rig_new(&toy_lines, IPPROTO_UDP, &small);

	for (uint32_t i = 1; i <= 8; i++)
		send_as(rig, i, "a\n");
	is_int((long long)feed_counts(rig->feed).flows_evicted, 0, "the table is full");
	for (uint32_t i = 1; i <= 7; i++)
		send_as(rig, i, "a\n");
	for (uint32_t i = 100; i < 103; i++)
		send_as(rig, i, "a\n");
	is_int((long long)feed_counts(rig->feed).flows_evicted, 3, "newcomers replace");
	send_as(rig, 7, "a\n");
	is_int(rig_messages(rig), 3, "who sent but one packet, not who sent more");
	send_as(rig, 8, "a\n");
	is_int(rig_messages(rig), 1, "the idle one was forgotten");
	for (uint32_t i = 1000; i < 9000; i++)
		send_as(rig, i, "a\n");
	send_as(rig, 8999, "a\n");
	is_int(rig_messages(rig), 2, "after a flood the table still works");
	rig_free(rig);

	rig = rig_new(&toy_lines, IPPROTO_TCP, &small);
	for (uint32_t i = 0; i < 5000; i++)
		send_as(rig, i, "half a line");
	is_int((long long)feed_counts(rig->feed).flows_evicted, 5000 - 8, "streams too");
	is_int(rig->n_bad_answers, 0, "sound answers");
	rig_free(rig);
}

static void test_flood_of_calls(void)
{
	struct rig *rig = rig_new(&toy_lines, IPPROTO_TCP, &small);
	const struct link_answer *a;
	char text[4098];

	memset(text, '\n', sizeof(text));
	a = rig_send_cut(rig, ORIG, 0, 0, text, 4096, 0);
	is_int(a->n_malformed, 0, "4096 messages in a packet");
	is_int(a->n_messages, 255, "counted as far as a byte goes");
	a = rig_send_cut(rig, ORIG, 0, 4096, text, 4097, 0);
	is_int(a->n_malformed, 1, "one more is too many");
	rig_send(rig, ORIG, 0, 4096 + 4097, "OPEN 1\n");
	is_str(rig_ports(rig), "", "that direction is given up");
	rig_free(rig);
}

static void test_limits(void)
{
	static const struct feed_limits none = { 0 };
	struct rig *rig = rig_new(&toy_lines, IPPROTO_TCP, &none);

	rig_send(rig, ORIG, 0, 0, "OPEN");
	rig_send(rig, ORIG, 0, 4, " 1\n");
	is_str(rig_ports(rig), "1", "the least there can be works");
	rig_free(rig);
	ok(feed_size(&toy_lines_manifest, IPPROTO_UDP, NULL) < 20u << 20, "datagrams: %zu KiB",
	   feed_size(&toy_lines_manifest, IPPROTO_UDP, NULL) >> 10);
	ok(feed_size(&toy_lines_manifest, IPPROTO_TCP, NULL) < 64u << 20, "streams: %zu KiB",
	   feed_size(&toy_lines_manifest, IPPROTO_TCP, NULL) >> 10);
}

static void test_midway(void)
{
	struct rig *rig = rig_new(&toy_lines, IPPROTO_TCP, &small);
	const struct link_answer *a;

	rig_send(rig, ORIG, LINK_PACKET_MIDWAY, 10, "OPEN 1\nOPEN 2\n");
	is_str(rig_ports(rig), "2", "picked up midway: from the next line on");
	a = rig_send(rig, ORIG, LINK_PACKET_MIDWAY, 24, "OPEN 3\n");
	is_str(rig_ports(rig), "3", "a stream that is known needs no telling");
	is_int(a->boundary, 1, "a message begins behind it");
	a = rig_send(rig, ORIG, 0, 31, "OPEN");
	is_int(a->boundary, 0, "within a message none does");
	a = rig_send(rig, ORIG, 0, 24, "OPEN 3\n");
	is_int(a->boundary, 0, "nor behind an old packet");
	rig_send(rig, REPLY, 0, 10, "OPEN 4\n");
	is_str(rig_ports(rig), "4", "one that begins with a message");
	rig_free(rig);
}

int main(void)
{
	test_datagram();
	test_broken(IPPROTO_UDP);
	test_broken(IPPROTO_TCP);
	test_state();
	test_answer();
	test_dark();
	test_unknown();
	test_guard_of(&toy_lines);
	test_guard_of(&toy_http);
	test_guard_limits();
	test_table();
	test_flood_of_calls();
	test_limits();
	test_midway();
	return done_testing();
}
