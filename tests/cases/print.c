/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Answers of a parser as text.
 */
#include "tests/cases/print.h"

#include <netinet/in.h>

#include "helpers/words.h"
#include "tests/cases/case.h"

static void print_party(const struct claim *c, const char *host, uint8_t party, uint16_t port,
			char **text)
{
	char address[ADDR_TEXT_SIZE];

	append(text, "%s", party_word(party));
	if (party == PARTY_OTHER) {
		addr_to_text(&c->other, address);
		append(text, " %s", address);
	}
	if (party == PARTY_NAMED)
		append(text, " %s", host);
	if (port)
		append(text, " port %u", port);
}

static void print_claim(const struct manifest *m, const struct claim *c, const char *host,
			char **text)
{
	append(text, "=   claim %s ", c->l4 == IPPROTO_TCP ? "tcp" : "udp");
	print_party(c, host, c->from, c->from_port, text);
	append(text, " -> ");
	print_party(c, host, c->to, c->port, text);
	if (c->back)
		append(text, " back");
	if (c->follow)
		append(text, " follow");
	if (c->permanent)
		append(text, " permanent");
	if (m->n_classes > 1)
		append(text, " class %s", m->classes[c->class].name);
	append(text, "\n");
}

static void print_edit(const struct edit *e, char **text)
{
	if (e->off == EDIT_ELSEWHERE)
		append(text, "=   edit elsewhere %s", edit_form_word(e->form));
	else
		append(text, "=   edit %u+%u %s", e->off, e->len, edit_form_word(e->form));
	if (e->cover)
		append(text, " cover %u", e->cover);
	else
		append(text, " of claim %u", e->claim);
	append(text, "\n");
}

void print_results(const struct manifest *m, const struct results *results, unsigned message,
		   char **text)
{
	for (size_t i = 0; i < results->n; i++) {
		const struct result *r = &results->list[i];

		if (r->message != message)
			continue;
		append(text, "= %s", r->ignored ? "ignored" : outcome_word(r->outcome));
		if (r->out.consumed)
			append(text, " %zu bytes", r->out.consumed);
		if (r->out.hold)
			append(text, ", hold");
		if (r->full)
			append(text, ", longer than %u", m->tail);
		if (r->out.note)
			append(text, ", note %s", m->notes[r->out.note]);
		append(text, "\n");
		for (unsigned j = 0; j < r->out.n_claims; j++)
			print_claim(m, &r->out.claims[j], r->out.host, text);
		for (unsigned j = 0; j < r->out.n_edits; j++)
			print_edit(&r->out.edits[j], text);
	}
}
