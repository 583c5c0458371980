// SPDX-License-Identifier: GPL-2.0-or-later
/* query_test NAME.conf...: what query_check() refuses, which claim a query becomes by where it went to
 * and what the definition says, and that the built-in helpers are what their files say. */
#include "helpers/query.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "config/config.h"
#include "tests/unit/tap.h"
#include "wire/addr.h"

static const struct query sound = {
	.name = "a",
	.title = "t",
	.source = "s",
	.port = 9,
	.asks = QUERY_MULTICAST,
	.max = 1,
	.timeout = 1,
	.n_matches = 1,
	.matches = { { .at = 1, .n = 1, .any = { { .len = 1, .bytes = { 1 }, .mask = { 3 } } } } },
};

#define REFUSED(what, change)                           \
	do {                                            \
		struct query q = sound;                 \
		change;                                 \
		ok(!query_check(&q), "refused: " what); \
	} while (0)

static void test_check(void)
{
	struct query good = sound;

	ok(query_check(&sound), "a sound one");
	REFUSED("no name", q.name[0] = '\0');
	REFUSED("a name without end", memset(q.name, 'a', sizeof(q.name)));
	REFUSED("a name with a control character", q.name[0] = '\n');
	REFUSED("no title", q.title[0] = '\0');
	REFUSED("a title without end", memset(q.title, 'a', sizeof(q.title)));
	REFUSED("a source that is no ASCII", q.source[0] = '\x80');
	REFUSED("port 0", q.port = 0);
	REFUSED("nobody is asked", q.asks = 0);
	REFUSED("an unknown kind is asked", q.asks |= 8);
	REFUSED("max 0", q.max = 0);
	REFUSED("timeout 0", q.timeout = 0);
	REFUSED("from_any 2", q.from_any = 2);
	REFUSED("reply_same 2", q.reply_same = 2);
	REFUSED("the same port and a port", q.reply_same = 1; q.reply_port = 1);
	REFUSED("a prefix length without network", q.prefix_len = 8);
	REFUSED("a network without prefix length", q.network.family = AF_INET);
	REFUSED("IPv4 /33", q.network.family = AF_INET; q.prefix_len = 33);
	REFUSED("IPv6 /129", q.network.family = AF_INET6; q.prefix_len = 129);
	REFUSED("a family that is none", q.network.family = 99; q.prefix_len = 8);
	REFUSED("a network and anybody", q.network.family = AF_INET; q.prefix_len = 8;
		q.from_any = 1);
	REFUSED("5 matches", q.n_matches = QUERY_MATCHES_MAX + 1);
	REFUSED("position 4096", q.matches[0].at = QUERY_LOOK);
	REFUSED("no alternative", q.matches[0].n = 0);
	REFUSED("9 alternatives", q.matches[0].n = QUERY_ALTERNATIVES_MAX + 1);
	REFUSED("no byte", q.matches[0].any[0].len = 0);
	REFUSED("33 bytes", q.matches[0].any[0].len = QUERY_BYTES_MAX + 1);
	REFUSED("a mask of zeros", q.matches[0].any[0].mask[0] = q.matches[0].any[0].bytes[0] = 0);
	REFUSED("a bit outside of the mask", q.matches[0].any[0].bytes[0] = 4);
	good.network.family = AF_INET6;
	good.prefix_len = 128;
	good.matches[0].at = QUERY_ANYWHERE;
	ok(query_check(&good), "the largest prefix, anywhere");
	good = sound;
	good.n_matches = 0;
	good.from_any = good.reply_same = 1;
	ok(query_check(&good), "no match, from anybody, the same port");
}

static const char *const addresses[] = { "192.0.2.1",	   "192.0.2.255", "255.255.255.255",
					 "224.0.0.1",	   "223.255.0.1", "240.0.0.1",
					 "239.255.255.255" };

static struct addr address(const char *text)
{
	struct addr a = { 0 };

	ok(addr_from_text(text, strlen(text), &a), "%s", text);
	return a;
}

static enum outcome ask(const struct query *q, const char *dst, uint16_t reply_sport,
			struct output *ret)
{
	struct input in = {
		.data = (const uint8_t *)"x\x01",
		.len = 2,
		.query = q,
	};

	in.orig = (struct tuple){
		.dst = address(dst), .sport = 40000, .dport = 9, .l4 = IPPROTO_UDP
	};
	in.orig.src = in.orig.dst;
	in.reply = (struct tuple){ .src = in.orig.dst, .sport = reply_sport, .l4 = IPPROTO_UDP };
	*ret = (struct output){ 0 };
	return query_parse(&in, NULL, ret);
}

/* One letter for each address: . nothing, 1 one-shot, P permanent. */
static void test_kinds(uint8_t asks, const char *want)
{
	const size_t n = sizeof(addresses) / sizeof(addresses[0]);
	struct query q = sound;
	char got[16] = "";

	q.asks = asks;
	for (size_t i = 0; i < n; i++) {
		struct output out;
		bool found = ask(&q, addresses[i], 9, &out) == OUTCOME_FOUND;

		got[i] = found ? (out.claims[0].permanent ? 'P' : '1') : '.';
		ok(found == (out.n_claims == 1) && found == !out.note, "a claim or a note");
	}
	is_str(got, want, "asks %u", asks);
}

static void test_kinds_v6(uint8_t asks, bool unicast, bool multicast)
{
	struct query q = sound;
	struct output out;

	q.asks = asks;
	is_int(ask(&q, "fe80::1", 9, &out), unicast ? OUTCOME_FOUND : OUTCOME_NOTHING, "unicast");
	ok(!unicast || !out.claims[0].permanent, "one-shot");
	is_int(ask(&q, "ff02::1", 9, &out), multicast ? OUTCOME_FOUND : OUTCOME_NOTHING, "group");
	ok(!multicast || out.claims[0].permanent, "many answer");
}

static void test_ports(void)
{
	struct query q = sound;
	struct output out;

	q.asks = QUERY_UNICAST | QUERY_MULTICAST;
	is_int(ask(&q, "192.0.2.1", 9, &out), OUTCOME_FOUND, "any port");
	is_int(out.claims[0].from_port, 0, "left open");
	is_int(out.claims[0].from, PARTY_ASKED, "from whom was asked");
	ok(out.claims[0].to == PARTY_CLIENT && out.claims[0].back && !out.claims[0].port &&
		   out.claims[0].l4 == IPPROTO_UDP,
	   "back to the client");
	q.reply_port = 9;
	is_int(ask(&q, "192.0.2.1", 9, &out), OUTCOME_NOTHING, "the answer belongs to the flow");
	is_str(query_notes[out.note], "itself", "says so");
	is_int(ask(&q, "192.0.2.1", 1009, &out), OUTCOME_FOUND,
	       "the flow was sent elsewhere (NAT)");
	is_int(out.claims[0].from_port, 9, "from the port of the definition");
	is_int(ask(&q, "224.0.0.1", 9, &out), OUTCOME_FOUND, "of a group each one answers");
	q.reply_port = 0;
	q.reply_same = 1;
	is_int(ask(&q, "192.0.2.1", 9, &out), OUTCOME_NOTHING,
	       "the same port: belongs to the flow");
	is_int(ask(&q, "224.0.0.1", 1009, &out), OUTCOME_FOUND, "a group, the same port");
	is_int(out.claims[0].from_port, 1009, "the port that the flow reached");
	q.from_any = 1;
	is_int(ask(&q, "192.0.2.1", 9, &out), OUTCOME_FOUND, "another host may answer");
	is_int(out.claims[0].from, PARTY_ANY, "from anybody");
	q.from_any = 0;
	q.network = address("10.0.0.0");
	q.prefix_len = 8;
	is_int(ask(&q, "192.0.2.1", 9, &out), OUTCOME_FOUND, "another network may answer");
	is_int(out.claims[0].from, PARTY_ASKED, "which the gate takes from the definition");
	is_int(ask(&q, "fe80::1", 9, &out), OUTCOME_NOTHING, "a network of another family");
	is_str(query_notes[out.note], "address", "says so");
}

static void test_manifest(void)
{
	struct query q = sound;
	struct manifest m;

	query_manifest(&q, &m);
	ok(m.name == q.name && m.classes[0].name == q.name && m.query == &q, "points into it");
	ok(m.l4s == MANIFEST_UDP && m.classes[0].l4s == MANIFEST_UDP && m.n_classes == 1, "UDP");
	ok(m.classes[0].back && m.classes[0].permanent && !m.classes[0].from_any,
	   "back, permanent");
	is_int(m.classes[0].min_port, 1024, "no low port");
	ok(!strstr(m.opens, "asked or"), "no single host is asked: %s", m.opens);
	q.from_any = 1;
	query_manifest(&q, &m);
	ok(m.classes[0].from_any && strstr(m.opens, "anybody"), "anybody: %s", m.opens);
	q.from_any = 0;
	q.network.family = AF_INET;
	ok(strstr(query_opens(&q), "one network") != NULL, "a network: %s", query_opens(&q));
	q.network.family = 0;
	q.asks |= QUERY_UNICAST;
	ok(strstr(query_opens(&q), "asked or") != NULL, "a host: %s", query_opens(&q));
}

static bool same_class(const struct manifest_class *a, const struct manifest_class *b)
{
	return !strcmp(a->name, b->name) && a->max == b->max && a->timeout == b->timeout &&
	       a->l4s == b->l4s && a->min_port == b->min_port && a->permanent == b->permanent &&
	       a->from_any == b->from_any && a->back == b->back && a->follow == b->follow;
}

static bool same_manifest(const struct manifest *a, const struct manifest *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->title, b->title) && a->l4s == b->l4s &&
	       a->port == b->port && a->state_len == b->state_len && a->n_classes == b->n_classes &&
	       same_class(a->classes, b->classes) && a->flow_timeout == b->flow_timeout &&
	       a->tail == b->tail && a->bulk == b->bulk && a->resync_line == b->resync_line &&
	       !strcmp(a->opens, b->opens) && !strcmp(a->refuses, b->refuses) &&
	       !strcmp(a->source, b->source) && a->notes == b->notes;
}

/* The built-in helper that helpers/NAME/NAME.conf defines. */
static void test_built_in(const char *path)
{
	struct config_messages msgs = { 0 };
	struct helper_define define = { 0 };
	const struct helper *h;
	struct manifest m;
	char text[4096];
	FILE *file = fopen(path, "r");
	size_t len = file ? fread(text, 1, sizeof(text), file) : 0;

	if (file)
		fclose(file);
	is_int(config_parse_define(&define, path, text, len, &msgs), 0, "%s", path);
	is_int((int)msgs.num, 0, "without a warning");
	h = helper_find(define.query.name);
	ok(h && h->manifest == manifest_find(define.query.name), "%s is built in",
	   define.query.name);
	if (!h)
		return;
	query_manifest(&define.query, &m);
	ok(h->parse == query_parse &&
		   !memcmp(h->manifest->query, &define.query, sizeof(struct query)),
	   "its definition is the file's");
	ok(same_manifest(h->manifest, &m), "its manifest is the one of such a definition");
}

int main(int argc, char **argv)
{
	test_check();
	test_kinds(QUERY_UNICAST, "11..11.");
	test_kinds(QUERY_MULTICAST, "...P..P");
	test_kinds(QUERY_BROADCAST, "PPP.PP.");
	test_kinds(QUERY_BROADCAST | QUERY_MULTICAST, "PPPPPPP");
	test_kinds(QUERY_UNICAST | QUERY_MULTICAST, "11.P11P");
	test_kinds_v6(QUERY_UNICAST, true, false);
	test_kinds_v6(QUERY_MULTICAST, false, true);
	test_kinds_v6(QUERY_BROADCAST, false, false);
	test_ports();
	test_manifest();
	ok(argc > 1, "definitions of built-in helpers");
	for (int i = 1; i < argc; i++)
		test_built_in(argv[i]);
	return done_testing();
}
