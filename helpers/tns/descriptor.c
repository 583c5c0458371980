/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The keyword list is read once, from the left, without recursion: of the lists around only their
 * number is kept, and how many of them, from the outermost, may hold addresses. An ADDRESS counts
 * inside such ones alone, so that one in connect data is none.
 *
 *   list  = "(" name "=" ( list ... | atom ) ")"      blanks anywhere around
 *   atom  = bytes without parentheses | quote bytes quote
 */
#include "helpers/tns/descriptor.h"

#include <string.h>

#define DEPTH_MAX 12 /* lists within lists */

struct list {
	struct cursor c;
	struct span text;
	unsigned depth;
	unsigned containers; /* so many of the lists around hold addresses */
	unsigned address;    /* depth inside the ADDRESS that is being read, or 0 */
	struct address a;    /* that one */
	struct address first;
	bool found;	    /* first is there */
	enum tns_note note; /* why nothing of it counts */
};

static bool is_blank(uint8_t b)
{
	return b == ' ' || b == '\t' || b == '\r' || b == '\n';
}

/* The next byte, without taking it; 0 at the end. */
static uint8_t peek(const struct cursor *c)
{
	return !c->bad && c->left ? *c->at : 0;
}

static void skip_blanks(struct cursor *c)
{
	while (is_blank(peek(c)))
		cursor_skip(c, 1);
}

static void expect(struct cursor *c, uint8_t byte)
{
	skip_blanks(c);
	if (cursor_u8(c) != byte)
		cursor_refuse(c);
}

/* Upper case of ASCII. */
static uint8_t upper(uint8_t b)
{
	return b >= 'a' && b <= 'z' ? (uint8_t)(b - 'a' + 'A') : b;
}

static bool is_word(struct span s, const char *word)
{
	size_t len = 0;

	while (len < s.len && word[len] && upper(s.data[len]) == (uint8_t)word[len])
		len++;
	return len == s.len && !word[len];
}

static bool holds_addresses(struct span name)
{
	return is_word(name, "DESCRIPTION") || is_word(name, "ADDRESS_LIST") ||
	       is_word(name, "DESCRIPTION_LIST");
}

/* A keyword: letters, digits, '_', '.', '-'. */
static struct span read_name(struct cursor *c)
{
	struct span name;

	skip_blanks(c);
	name.data = c->at;
	for (uint8_t b = upper(peek(c));
	     (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '_' || b == '.' || b == '-';
	     b = upper(peek(c)))
		cursor_skip(c, 1);
	name.len = (size_t)(c->at - name.data);
	if (!name.len)
		cursor_refuse(c);
	return name;
}

/* What stands between '=' and ')': bytes without parentheses, or any in quotes. A backslash takes the
 * meaning from the byte behind it. */
static struct value read_atom(struct cursor *c)
{
	uint8_t quote = peek(c);
	struct value v = { .set = true };

	if (quote == '"' || quote == '\'')
		cursor_skip(c, 1);
	else
		quote = 0;
	v.at = cursor_off(c);
	while (!c->bad) {
		uint8_t b = peek(c);

		if (quote ? b == quote : b == '(' || b == ')')
			break;
		if (b == '\\')
			v.escaped = true;
		cursor_skip(c, b == '\\' ? 2 : 1);
	}
	v.len = cursor_off(c) - v.at;
	if (quote)
		cursor_skip(c, 1);
	while (!quote && v.len && is_blank(c->start[v.at + v.len - 1]))
		v.len--;
	return v;
}

/* A keyword of an ADDRESS that counts. NULL: another. */
static struct value *value_of(struct address *a, struct span name)
{
	if (is_word(name, "PROTOCOL"))
		return &a->protocol;
	if (is_word(name, "HOST"))
		return &a->host;
	return is_word(name, "PORT") ? &a->port : NULL;
}

/* '(' NAME '=' was read, and what follows is a list. */
static void open_list(struct list *l, struct span name)
{
	if (l->depth == DEPTH_MAX ||
	    (l->address == l->depth && l->address && value_of(&l->a, name))) {
		cursor_refuse(&l->c);
		return;
	}
	if (l->containers == l->depth) {
		if (holds_addresses(name)) {
			l->containers++;
		} else if (is_word(name, "ADDRESS")) {
			l->address = l->depth + 1;
			l->a = (struct address){ 0 };
		}
	}
	l->depth++;
}

static bool is_over_tcp(const struct list *l, const struct address *a)
{
	struct span protocol = value_text(l->text, &a->protocol);

	return !a->protocol.set || is_word(protocol, "TCP") || is_word(protocol, "TCPS");
}

/* The ADDRESS ends. The first one over TCP is kept, whatever it lacks: clients try it first. */
static void close_address(struct list *l)
{
	l->address = 0;
	if (l->found)
		return;
	if (!is_over_tcp(l, &l->a)) {
		l->note = NOTE_PROTOCOL;
		return;
	}
	l->found = true;
	l->first = l->a;
}

static void close_list(struct list *l)
{
	if (l->address && l->address == l->depth)
		close_address(l);
	else if (l->containers == l->depth)
		l->containers--;
	l->depth--;
}

static void read_pair(struct list *l)
{
	struct value *value, atom;
	struct span name;

	expect(&l->c, '(');
	name = read_name(&l->c);
	expect(&l->c, '=');
	skip_blanks(&l->c);
	if (peek(&l->c) == '(') {
		open_list(l, name);
		return;
	}
	atom = read_atom(&l->c);
	expect(&l->c, ')');
	if (l->c.bad || !l->address || l->address != l->depth)
		return;
	value = value_of(&l->a, name);
	if (value && value->set)
		l->note = NOTE_DUPLICATE;
	if (value)
		*value = atom;
}

enum tns_note descriptor_read(struct span text, struct address *ret)
{
	struct list l = { .c = cursor_over(text.data, text.len), .text = text };

	do {
		skip_blanks(&l.c);
		if (peek(&l.c) == ')' && l.depth) {
			cursor_skip(&l.c, 1);
			close_list(&l);
		} else {
			read_pair(&l);
		}
		if (l.note == NOTE_DUPLICATE)
			return l.note;
	} while (!l.c.bad && l.depth);
	skip_blanks(&l.c);
	if (l.c.bad || l.c.left)
		return NOTE_DESCRIPTOR;
	if (!l.found)
		return l.note ? l.note : NOTE_MISSING;
	if (!l.first.host.set || !l.first.port.set)
		return NOTE_MISSING;
	*ret = l.first;
	return TNS_NOTE_NONE;
}
