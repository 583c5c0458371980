/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each packet is printed as it comes; nothing is kept.
 */
#include "capture/show.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "capture/escape.h"
#include "helpers/words.h"

#define BYTES_SHOWN 64 /* of a message, without -v */

static const struct {
	const char *word, *text;
} faults[] = {
	[FAULT_CUT] = { "cut", "cut by the capture: what is missing makes a gap" },
	[FAULT_GAP] = { "gap", "bytes of the stream are missing before this" },
	[FAULT_CONFLICT] = { "conflict", "contradicts bytes that came before: not read" },
	[FAULT_WEB] = { "web", "the flow begins as HTTP or TLS do: it is not read" },
	[FAULT_LONG] = { "long",
			 "a message longer than the helper reads, or too many in a packet: given up" },
};

_Static_assert(sizeof(faults) / sizeof(faults[0]) == FAULTS, "all named");

static const char *l4_word(uint8_t l4)
{
	return l4 == IPPROTO_TCP ? "tcp" : "udp";
}

static const char *direction_word(enum direction d)
{
	return d == DIRECTION_ORIG ? "client" : "server";
}

static const char *class_word(const struct show *s, const struct claim *c)
{
	return s->manifest->classes[c->class].name;
}

static uint32_t class_timeout(const struct show *s, const struct claim *c)
{
	return s->manifest->classes[c->class].timeout;
}

static size_t shown_len(const struct show *s, const struct said_message *m)
{
	size_t most = s->verbose || s->json ? SAID_BYTES_MAX : BYTES_SHOWN;

	return m->len < most ? m->len : most;
}

/* ---- text ---- */

static void put_end(const struct show *s, const struct addr *a, uint16_t port)
{
	char text[ADDR_TEXT_SIZE];

	addr_to_text(a, text);
	fprintf(s->out, a->family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, port);
}

static void put_party(const struct show *s, const struct output *out, const struct claim *c,
		      uint8_t party)
{
	char text[ADDR_TEXT_SIZE], host[ESCAPE_SIZE(HELPER_HOST_SIZE)];
	bool v6 = c->other.family == AF_INET6;

	fputs(party_word(party), s->out);
	if (party == PARTY_OTHER) {
		addr_to_text(&c->other, text);
		fprintf(s->out, v6 ? " [%s]" : " %s", text);
	}
	if (party == PARTY_NAMED)
		fprintf(s->out, " \"%s\"",
			escape(host, out->host, strnlen(out->host, sizeof(out->host))));
}

static void put_claim(const struct show *s, const struct show_packet *p, const struct output *out,
		      const struct claim *c)
{
	fputs("    a connection from ", s->out);
	put_party(s, out, c, c->from);
	if (c->from_port)
		fprintf(s->out, ":%u", c->from_port);
	fputs(" to ", s->out);
	put_party(s, out, c, c->to);
	fprintf(s->out, ":%u", c->back ? p->orig->sport : c->port);
	fprintf(s->out, " %s class %s, %" PRIu32 " s", l4_word(c->l4), class_word(s, c),
		class_timeout(s, c));
	fputs(c->back ? ", back" : "", s->out);
	fputs(c->permanent ? ", permanent" : "", s->out);
	fputs(c->follow ? ", followed" : "", s->out);
	putc('\n', s->out);
}

static void put_edit(const struct show *s, const struct edit *e)
{
	fputs("    edit ", s->out);
	if (e->off == EDIT_ELSEWHERE)
		fputs("elsewhere", s->out);
	else
		fprintf(s->out, "%" PRIu32 "+%" PRIu32, e->off, e->len);
	fprintf(s->out, " %s", edit_form_word(e->form));
	if (edit_is_length(e->form))
		fprintf(s->out, " of %" PRIu32 " bytes\n", e->cover);
	else
		fprintf(s->out, " of claim %u\n", e->claim);
}

static void put_message(const struct show *s, const struct show_packet *p,
			const struct said_message *m)
{
	size_t len = shown_len(s, m);
	char text[ESCAPE_SIZE(SAID_BYTES_MAX)];

	fprintf(s->out, "  %s", outcome_word(m->outcome));
	if (m->out.note)
		fprintf(s->out, ", note %s", s->manifest->notes[m->out.note]);
	fputs(m->gap ? ", behind a gap" : "", s->out);
	fprintf(s->out, ": \"%s\"%s\n", escape(text, m->bytes, len), len < m->len ? "..." : "");
	for (unsigned i = 0; i < m->out.n_claims; i++)
		put_claim(s, p, &m->out, &m->out.claims[i]);
	for (unsigned i = 0; s->verbose && i < m->out.n_edits; i++)
		put_edit(s, &m->out.edits[i]);
}

static void put_packet(const struct show *s, const struct show_packet *p)
{
	fprintf(s->out, "packet %" PRIu64 "  %" PRId64 ".%06" PRId64 " s  %s ", p->number,
		p->time / 1000000, p->time % 1000000, l4_word(p->orig->l4));
	put_end(s, &p->orig->src, p->orig->sport);
	fputs(" -> ", s->out);
	put_end(s, &p->orig->dst, p->orig->dport);
	fprintf(s->out, "  from the %s%s\n", direction_word(p->direction),
		p->late ? ", sent again or out of order" : "");
	for (unsigned i = 0; i < FAULTS; i++)
		if (p->faults[i])
			fprintf(s->out, "  %s\n", faults[i].text);
	if (p->said->broken)
		fprintf(s->out, "  the parser breaks helper.h: %s\n", p->said->broken);
	for (unsigned i = 0; i < p->said->n; i++)
		put_message(s, p, &p->said->list[i]);
	if (p->said->n_lost)
		fprintf(s->out, "  and %u messages more\n", p->said->n_lost);
}

static void put_number(const struct show *s, uint64_t n, const char *what)
{
	fprintf(s->out, "%" PRIu64 " %s%s", n, what, n == 1 ? "" : "s");
}

static void put_some(const struct show *s, uint64_t n, const char *what, const char *text)
{
	if (!n)
		return;
	fputs("  ", s->out);
	put_number(s, n, what);
	fprintf(s->out, " %s\n", text);
}

static void put_counts(const struct show *s, const struct show_counts *c)
{
	put_number(s, c->packets, "packet");
	fprintf(s->out, "; %s: ", s->manifest->name);
	put_number(s, c->flows, "flow");
	fputs(", ", s->out);
	put_number(s, c->messages, "message");
	fputs(", ", s->out);
	put_number(s, c->claims, "claim");
	fprintf(s->out, ", %" PRIu64 " malformed\n", c->malformed);
	put_some(s, c->followed, "flow", "of them, opened by a claim and followed");
	put_some(s, c->midway, "flow",
		 "of them, begun before the capture: its first line is not believed");
	put_some(s, c->evicted, "flow", "forgotten, the longest silent of 65536, for new ones");
	put_some(s, c->elsewhere, "packet", "of other flows");
	put_some(s, c->other, "packet", "neither TCP nor UDP over IP");
	put_some(s, c->fragments, "packet", "not read: fragments");
	put_some(s, c->cut, "packet", "cut by the capture: tcpdump -s 0 keeps all of them");
	put_some(s, c->gaps, "gap", "in streams");
	put_some(s, c->broken, "answer", "that helper.h does not allow: the parser has a bug");
}

/* ---- JSON ---- */

/* Text of whatever origin: json_put_string() lets through what a terminal may obey. */
static void json_escaped(struct json *j, const char *key, const void *data, size_t len)
{
	char text[ESCAPE_SIZE(SAID_BYTES_MAX)];

	json_put_string(j, key, escape(text, data, len));
}

static void json_addr(struct json *j, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT_SIZE];

	addr_to_text(a, text);
	json_put_string(j, key, text);
}

static void json_claim(struct show *s, const struct show_packet *p, const struct output *out,
		       const struct claim *c)
{
	struct json *j = &s->j;

	json_put_object_begin(j, NULL);
	json_put_string(j, "protocol", l4_word(c->l4));
	json_put_string(j, "from", party_word(c->from));
	json_put_number(j, "from_port", c->from_port);
	json_put_string(j, "to", party_word(c->to));
	json_put_number(j, "port", c->back ? p->orig->sport : c->port);
	if (c->other.family)
		json_addr(j, "other", &c->other);
	if (c->to == PARTY_NAMED)
		json_escaped(j, "host", out->host, strnlen(out->host, sizeof(out->host)));
	json_put_string(j, "class", class_word(s, c));
	json_put_number(j, "timeout", class_timeout(s, c));
	json_put_bool(j, "permanent", c->permanent);
	json_put_bool(j, "back", c->back);
	json_put_bool(j, "followed", c->follow);
	json_put_object_end(j);
}

static void json_edit(struct json *j, const struct edit *e)
{
	json_put_object_begin(j, NULL);
	if (e->off == EDIT_ELSEWHERE)
		json_put_null(j, "offset");
	else
		json_put_number(j, "offset", e->off);
	json_put_number(j, "length", e->len);
	json_put_string(j, "form", edit_form_word(e->form));
	if (edit_is_length(e->form))
		json_put_number(j, "cover", e->cover);
	else
		json_put_number(j, "claim", e->claim);
	json_put_object_end(j);
}

static void json_message(struct show *s, const struct show_packet *p, const struct said_message *m)
{
	struct json *j = &s->j;

	json_put_object_begin(j, NULL);
	json_put_string(j, "outcome", outcome_word(m->outcome));
	if (m->out.note)
		json_put_string(j, "note", s->manifest->notes[m->out.note]);
	json_put_bool(j, "gap", m->gap);
	json_put_number(j, "length", (int64_t)m->len);
	json_escaped(j, "bytes", m->bytes, shown_len(s, m));
	json_put_array_begin(j, "claims");
	for (unsigned i = 0; i < m->out.n_claims; i++)
		json_claim(s, p, &m->out, &m->out.claims[i]);
	json_put_array_end(j);
	json_put_array_begin(j, "edits");
	for (unsigned i = 0; i < m->out.n_edits; i++)
		json_edit(j, &m->out.edits[i]);
	json_put_array_end(j);
	json_put_object_end(j);
}

static void json_packet(struct show *s, const struct show_packet *p)
{
	struct json *j = &s->j;

	json_put_object_begin(j, NULL);
	json_put_number(j, "packet", (int64_t)p->number);
	json_put_number(j, "time_us", p->time);
	json_put_string(j, "protocol", l4_word(p->orig->l4));
	json_addr(j, "client", &p->orig->src);
	json_put_number(j, "client_port", p->orig->sport);
	json_addr(j, "server", &p->orig->dst);
	json_put_number(j, "server_port", p->orig->dport);
	json_put_string(j, "from", direction_word(p->direction));
	json_put_bool(j, "late", p->late);
	json_put_array_begin(j, "faults");
	for (unsigned i = 0; i < FAULTS; i++)
		if (p->faults[i])
			json_put_string(j, NULL, faults[i].word);
	json_put_array_end(j);
	if (p->said->broken)
		json_put_string(j, "broken", p->said->broken);
	json_put_array_begin(j, "messages");
	for (unsigned i = 0; i < p->said->n; i++)
		json_message(s, p, &p->said->list[i]);
	json_put_array_end(j);
	json_put_number(j, "more_messages", p->said->n_lost);
	json_put_object_end(j);
}

static void json_counts(struct json *j, const struct show_counts *c)
{
	const struct {
		const char *key;
		uint64_t n;
	} rows[] = {
		{ "packets", c->packets },
		{ "flows", c->flows },
		{ "messages", c->messages },
		{ "claims", c->claims },
		{ "malformed", c->malformed },
		{ "followed_flows", c->followed },
		{ "midway_flows", c->midway },
		{ "evicted_flows", c->evicted },
		{ "of_other_flows", c->elsewhere },
		{ "not_tcp_udp", c->other },
		{ "fragments", c->fragments },
		{ "cut", c->cut },
		{ "gaps", c->gaps },
		{ "broken", c->broken },
	};

	json_put_object_begin(j, "summary");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		json_put_number(j, rows[i].key, (int64_t)rows[i].n);
	json_put_object_end(j);
}

/* ---- either ---- */

void show_begin(struct show *s, const char *path, uint16_t port)
{
	if (!s->json)
		return;
	s->j = json_over(s->out);
	json_put_object_begin(&s->j, NULL);
	json_escaped(&s->j, "file", path, strnlen(path, SAID_BYTES_MAX));
	json_put_string(&s->j, "helper", s->manifest->name);
	json_put_number(&s->j, "port", port);
	json_put_array_begin(&s->j, "packets");
}

void show_packet(struct show *s, const struct show_packet *p)
{
	if (s->json)
		json_packet(s, p);
	else
		put_packet(s, p);
}

void show_end(struct show *s, const struct show_counts *counts, const char *damage)
{
	if (!s->json) {
		put_counts(s, counts);
		return;
	}
	json_put_array_end(&s->j);
	json_counts(&s->j, counts);
	if (damage)
		json_escaped(&s->j, "damage", damage, strnlen(damage, SAID_BYTES_MAX));
	json_put_object_end(&s->j);
	(void)json_finish(&s->j);
}
