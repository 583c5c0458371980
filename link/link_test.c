/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What link_answer_check() and link_packet_check() let through: every bound from both sides, in
 * memory of exactly the message's size.
 */
#include "link/link.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/tap.h"

static const struct manifest manifest = { .name = "toy",
					  .state_len = 16,
					  .n_classes = 2,
					  .classes = { { .name = "a" }, { .name = "b" } } };

/* A full answer that is fine: every claim, every edit. */
static struct link_answer full(void)
{
	struct link_answer a = { .id = 1,
				 .outcome = OUTCOME_FOUND,
				 .set_state = 1,
				 .n_claims = OUTPUT_CLAIMS_MAX,
				 .n_edits = OUTPUT_EDITS_MAX };

	for (unsigned i = 0; i < OUTPUT_CLAIMS_MAX; i++)
		a.claims[i] = (struct claim){
			.from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = IPPROTO_TCP, .port = 2049
		};
	for (unsigned i = 0; i < OUTPUT_EDITS_MAX; i++)
		a.edits[i] = (struct edit){ .off = 4 * i, .len = 4, .form = EDIT_BE32_PORT };
	return a;
}

/* The full answer with one member changed. */
static const struct row {
	const char *what;
	size_t off, size;
	uint64_t value;
	bool fine;
} rows[] = {

#define ROW(member, value, fine)                                                      \
	{                                                                             \
#member " = " #value, offsetof(struct link_answer, member),           \
			sizeof(((struct link_answer *)NULL)->member), (value), (fine) \
	}
	ROW(id, 0, false),
	ROW(id, 1, true),
	ROW(id, UINT32_MAX, true),
	ROW(outcome, OUTCOME_LAST, true),
	ROW(outcome, OUTCOME_LAST + 1, false),
	ROW(outcome, 255, false),
	ROW(note, HELPER_NOTES_MAX - 1, true),
	ROW(note, HELPER_NOTES_MAX, false),
	ROW(n_claims, OUTPUT_CLAIMS_MAX + 1, false),
	ROW(n_claims, 255, false),
	ROW(n_claims, 1, true),
	ROW(n_claims, 0, false), /* the edits name claim 0 */
	ROW(n_edits, OUTPUT_EDITS_MAX + 1, false),
	ROW(n_edits, 255, false),
	ROW(n_edits, 0, true),
	ROW(set_state, 2, false),
	ROW(n_messages, 255, true),
	ROW(n_malformed, 255, true),
	ROW(lost, 255, true),
	ROW(claims[7].from, PARTY_ANY, true),
	ROW(claims[7].from, PARTY_ASKED, true),
	ROW(claims[7].from, PARTY_OTHER, false), /* but no address */
	ROW(claims[7].from, PARTY_NAMED, false),
	ROW(claims[7].from, PARTY_LAST + 1, false),
	ROW(claims[7].to, PARTY_CLIENT, true),
	ROW(claims[7].to, PARTY_ANY, false),
	ROW(claims[7].to, PARTY_OTHER, false),
	ROW(claims[7].to, PARTY_ASKED, false),
	ROW(claims[7].to, PARTY_LAST + 1, false),
	ROW(claims[7].l4, IPPROTO_UDP, true),
	ROW(claims[7].l4, IPPROTO_SCTP, false),
	ROW(claims[7].l4, 0, false),
	ROW(claims[7].class, 1, true),
	ROW(claims[7].class, 2, false),
	ROW(claims[7].permanent, 1, true),
	ROW(claims[7].permanent, 2, false),
	ROW(claims[7].follow, 1, true),
	ROW(claims[7].follow, 2, false),
	ROW(claims[7].back, 1, false), /* to the server, and with a port */
	ROW(claims[7].port, 0, true), /* the gate's business */
	ROW(claims[7].other.family, AF_INET, false),
	ROW(edits[15].form, EDIT_LAST, true),
	ROW(edits[15].form, EDIT_LAST + 1, false),
	ROW(edits[15].claim, 7, true),
	ROW(edits[15].claim, 8, false),
	ROW(edits[15].len, 0, false),
	ROW(edits[15].len, LINK_PAYLOAD_MAX, true),
	ROW(edits[15].len, LINK_PAYLOAD_MAX + 1, false),
	ROW(edits[15].len, UINT32_MAX, false),
	ROW(edits[15].cover, LINK_PAYLOAD_MAX, true),
	ROW(edits[15].cover, LINK_PAYLOAD_MAX + 1, false),
	ROW(edits[15].off, 59, false), /* the one before ends at 60 */
	ROW(edits[15].off, 60, true),
	ROW(edits[15].off, LINK_PAYLOAD_MAX, true),
	ROW(edits[15].off, LINK_PAYLOAD_MAX + 1, false),
	ROW(edits[15].off, EDIT_ELSEWHERE - 1, false),
	ROW(edits[15].off, EDIT_ELSEWHERE, true),
	ROW(edits[0].off, EDIT_ELSEWHERE, true),
	ROW(edits[0].len, 5, false), /* into the next */
#undef ROW
};

/* Checks a copy of exactly len bytes. */
static bool check(const void *data, size_t len, const struct manifest *m, struct link_answer *ret)
{
	char *copy = malloc(len ? len : 1);
	bool fine;

	memcpy(copy, data, len);
	fine = link_answer_check(copy, len, m, ret);
	memset(copy, 0xff, len);
	free(copy);
	return fine;
}

static void test_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct link_answer a = full(), got;

		/* Little endian: a member's first bytes are the value's. */
		memcpy((char *)&a + rows[i].off, &rows[i].value, rows[i].size);
		ok(check(&a, sizeof(a), &manifest, &got) == rows[i].fine, "%s: %s", rows[i].what,
		   rows[i].fine ? "taken" : "refused");
		if (rows[i].fine)
			ok(!memcmp(&got, &a, sizeof(got)), "a copy");
	}
}

static void test_sizes(void)
{
	struct link_answer a = full(), got;
	char longer[sizeof(a) + 1] = { 0 };
	unsigned taken = 0;

	memcpy(longer, &a, sizeof(a));
	for (size_t len = 0; len < sizeof(a); len++)
		taken += check(longer, len, &manifest, &got);
	is_int(taken, 0, "nothing shorter");
	ok(check(longer, sizeof(a), &manifest, &got), "the size");
	ok(!check(longer, sizeof(a) + 1, &manifest, &got), "nothing longer");
}

static void test_combinations(void)
{
	struct manifest stateless = manifest;
	struct link_answer a = full(), got;

	stateless.state_len = 0;
	ok(!check(&a, sizeof(a), &stateless, &got), "state for a helper that has none");
	a.set_state = 0;
	ok(check(&a, sizeof(a), &stateless, &got), "no state for it");

	a = full();
	a.claims[0].from = PARTY_OTHER;
	a.claims[0].other.family = AF_INET;
	ok(check(&a, sizeof(a), &manifest, &got), "another party of IPv4");
	a.claims[0].other.family = AF_INET6;
	ok(check(&a, sizeof(a), &manifest, &got), "of IPv6");
	a.claims[0].other.family = AF_UNIX;
	ok(!check(&a, sizeof(a), &manifest, &got), "of no internet");

	a = full();
	a.n_claims = 0;
	for (unsigned i = 0; i < OUTPUT_EDITS_MAX; i++) {
		a.edits[i].claim = 255;
		a.edits[i].form = (uint8_t[]){ EDIT_BE16_LENGTH, EDIT_BE32_LENGTH, EDIT_RECORD_MARK,
					       EDIT_DECIMAL_LENGTH }[i % 4];
	}
	ok(check(&a, sizeof(a), &manifest, &got), "lengths belong to no claim");

	a = full();
	a.n_claims = 1;
	a.claims[1].l4 = 255;
	a.n_edits = 1;
	a.edits[1].form = 255;
	ok(check(&a, sizeof(a), &manifest, &got), "what is not counted is not looked at");
	a.edits[0].off = 10;
	a.edits[1] = (struct edit){ .off = EDIT_ELSEWHERE, .len = 4 };
	a.edits[2] = (struct edit){ .off = 13, .len = 4 };
	a.n_edits = 3;
	ok(!check(&a, sizeof(a), &manifest, &got), "overlap around one elsewhere");
	a.edits[2].off = 14;
	ok(check(&a, sizeof(a), &manifest, &got), "none");
}

static bool check_packet(const struct link_packet *p, size_t payload_len)
{
	size_t len = sizeof(*p) + payload_len;
	const uint8_t *payload = NULL;
	struct link_packet got;
	uint8_t *copy = calloc(1, len);
	bool fine;

	memcpy(copy, p, sizeof(*p));
	fine = link_packet_check(copy, len, &got, &payload);
	if (fine)
		ok(!memcmp(&got, p, sizeof(got)) && payload == copy + sizeof(*p), "its parts");
	free(copy);
	return fine;
}

static void test_packet(void)
{
	struct link_packet p = { .id = 1,
				 .len = 5,
				 .total_len = 5,
				 .state_len = HELPER_STATE_MAX,
				 .direction = DIRECTION_REPLY };
	const uint8_t *payload;

	ok(check_packet(&p, 5), "a packet");
	ok(!check_packet(&p, 4), "less than it says");
	ok(check_packet(&p, 6), "and what comes behind it");
	p.total_len = 4;
	ok(!check_packet(&p, 5), "more than it had");
	p.total_len = 6;
	ok(check_packet(&p, 5), "less than it had");
	p.id = 0;
	ok(!check_packet(&p, 5), "no id");
	p.id = 1;
	p.direction = 2;
	ok(!check_packet(&p, 5), "no such direction");
	p.direction = 0;
	p.state_len++;
	ok(!check_packet(&p, 5), "too much state");
	ok(!link_packet_check(&p, sizeof(p) - 1, &p, &payload), "too short");
}

int main(void)
{
	test_rows();
	test_sizes();
	test_combinations();
	test_packet();
	return done_testing();
}
