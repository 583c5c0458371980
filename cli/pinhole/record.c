/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From JSON to a struct, and from there to words.
 */
#include "cli/pinhole/record.h"

#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include "link/audit.h"
#include "link/remedies.h"

/* ---- reading */

static uint16_t port_of(const struct value *v, const char *key)
{
	int64_t n = value_number(v, key);

	return n > 0 && n <= UINT16_MAX ? (uint16_t)n : 0;
}

static uint8_t byte_of(const struct value *v, const char *key)
{
	int64_t n = value_number(v, key);

	return n > 0 && n <= UINT8_MAX ? (uint8_t)n : 0;
}

static struct addr addr_of(const struct value *v, const char *key)
{
	const char *text = value_text(v, key);
	struct addr a = { 0 };

	(void)addr_from_text(text, strlen(text), &a);
	return a;
}

static struct tuple tuple_of(const struct value *v)
{
	return (struct tuple){ .src = addr_of(v, "src"),
			       .dst = addr_of(v, "dst"),
			       .sport = port_of(v, "sport"),
			       .dport = port_of(v, "dport"),
			       .l4 = byte_of(v, "protocol") };
}

void record_read(const struct value *v, struct record *ret)
{
	const struct value *claim = value_at(v, "claim"), *nat = value_at(v, "nat");

	*ret = (struct record){
		.json = v,
		.number = value_number(v, "number"),
		.time = value_text(v, "time"),
		.fate_time = value_text(v, "fate_time"),
		.fate = value_text(v, "fate"),
		.reason = value_text(v, "reason"),
		.helper = value_text(v, "helper"),
		.kernel = value_text(v, "kernel"),
		.message = value_text(v, "message"),
		.from = value_text(claim, "from"),
		.to = value_text(claim, "to"),
		.refused = strcmp(value_text(v, "verdict"), "opened") != 0,
		.reply = !strcmp(value_text(v, "direction"), "reply"),
		.permanent = value_is(claim, "permanent"),
		.back = value_is(claim, "back"),
		.queue = port_of(v, "queue"),
		.class = byte_of(claim, "class"),
		.src_prefix = byte_of(v, "src_prefix"),
		.renewals = (unsigned)value_number(v, "renewals"),
		.port = port_of(claim, "port"),
		.offset = value_number(v, "offset"),
		.seq = value_number(v, "seq"),
		.flow = value_number(v, "flow"),
		.zone = value_number(v, "zone"),
		.l4 = byte_of(claim, "protocol"),
		.other = addr_of(claim, "other"),
		.original = tuple_of(value_at(v, "original")),
		.answer = tuple_of(value_at(v, "reply")),
		.granted = tuple_of(value_at(v, "granted")),
		.nat_addr = addr_of(nat, "address"),
		.nat_port = port_of(nat, "port"),
	};
	ret->has_nat = ret->nat_port || ret->nat_addr.family;
	if (ret->back)
		ret->port = ret->original.sport;
}

/* ---- words */

const char *fate_prose(const char *fate)
{
#define FATE(name, prose)         \
	if (!strcmp(fate, #name)) \
		return prose;
	FATES
#undef FATE
	return "";
}

const char *refusal_prose(const char *reason)
{
#define REFUSAL(name, prose)        \
	if (!strcmp(reason, #name)) \
		return prose;
	REFUSALS
#undef REFUSAL
	return "";
}

const char *refusal_remedy(const char *reason)
{
#define REMEDY(name, text)          \
	if (!strcmp(reason, #name)) \
		return text;
	REMEDIES
#undef REMEDY
	return NULL;
}

const char *l4_word(char buf[16], uint8_t l4)
{
	if (l4 == IPPROTO_TCP)
		return "tcp";
	if (l4 == IPPROTO_UDP)
		return "udp";
	snprintf(buf, 16, "protocol %u", l4);
	return buf;
}

const char *endpoint(char buf[PHRASE_SIZE], const struct addr *a, uint16_t port)
{
	char addr[ADDR_TEXT_SIZE];

	addr_to_text(a, addr);
	snprintf(buf, PHRASE_SIZE, a->family == AF_INET6 ? "[%s]:%u" : "%s:%u", addr, port);
	return buf;
}

static bool is_any(const struct addr *a)
{
	static const struct addr none;

	return !memcmp(a->bytes, none.bytes, sizeof(none.bytes));
}

static void put_source(char *buf, size_t size, const struct record *r)
{
	char addr[ADDR_TEXT_SIZE];

	addr_to_text(&r->granted.src, addr);
	if (is_any(&r->granted.src))
		snprintf(buf, size, "anybody");
	else if (r->src_prefix)
		snprintf(buf, size, "%s/%u", addr, r->src_prefix);
	else if (r->granted.sport)
		snprintf(buf, size, "%s port %u", addr, r->granted.sport);
	else
		snprintf(buf, size, "%s", addr);
}

/* Where a party is, as the other side calls it. */
static const char *party_text(char buf[ADDR_TEXT_SIZE], const struct record *r, const char *party)
{
	const struct addr *a = !strcmp(party, "client")	  ? &r->original.src
			       : !strcmp(party, "server") ? &r->original.dst
			       : !strcmp(party, "other")  ? &r->other
							  : NULL;

	if (a)
		addr_to_text(a, buf);
	else
		snprintf(buf, ADDR_TEXT_SIZE, "%s",
			 !strcmp(party, "any")	   ? "anybody"
			 : !strcmp(party, "asked") ? "whoever was asked"
			 : !strcmp(party, "named") ? "a host by its name"
						   : "nobody");
	return buf;
}

const char *record_what(char buf[PHRASE_SIZE], const struct record *r)
{
	char source[ADDR_TEXT_SIZE + 16], to[PHRASE_SIZE], nat[PHRASE_SIZE], l4[16];

	if (r->refused) {
		party_text(source, r, r->from);
		party_text(to, r, r->to);
		snprintf(buf, PHRASE_SIZE, "%s from %s to %.80s port %u", l4_word(l4, r->l4),
			 source, to, r->port);
		return buf;
	}
	put_source(source, sizeof(source), r);
	endpoint(to, &r->granted.dst, r->granted.dport);
	if (r->has_nat)
		endpoint(nat, &r->nat_addr, r->nat_port);
	snprintf(buf, PHRASE_SIZE, "%s from %s to %.80s%s%.80s", l4_word(l4, r->granted.l4), source,
		 to, r->has_nat ? ", led on to " : "", r->has_nat ? nat : "");
	return buf;
}

const char *record_master(char buf[PHRASE_SIZE], const struct record *r)
{
	char from[PHRASE_SIZE], to[PHRASE_SIZE];

	snprintf(buf, PHRASE_SIZE, "%.80s -> %.80s",
		 endpoint(from, &r->original.src, r->original.sport),
		 endpoint(to, &r->original.dst, r->original.dport));
	return buf;
}

/* ---- time */

int64_t time_of(const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t ms = 0;

	if (!end)
		return -1;
	if (*end == '.')
		for (int i = 1; i <= 3 && end[i] >= '0' && end[i] <= '9'; i++)
			ms = 10 * ms + end[i] - '0';
	return (int64_t)timegm(&tm) * 1000 + ms;
}

const char *span_text(char buf[32], int64_t ms)
{
	long long s = ms / 1000;

	if (ms < 1000)
		snprintf(buf, 32, "%d ms", ms < 0 ? 0 : (int)ms);
	else if (s < 60)
		snprintf(buf, 32, "%lld.%d s", s, (int)(ms % 1000 / 100));
	else if (s < 3600)
		snprintf(buf, 32, "%lld min %lld s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, 32, "%lld h %lld min", s / 3600, s % 3600 / 60);
	else
		snprintf(buf, 32, "%lld d %lld h", s / 86400, s % 86400 / 3600);
	return buf;
}
