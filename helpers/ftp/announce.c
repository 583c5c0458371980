/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * FTP's announcements.
 *
 * Whatever some client or server could take for the announcement must be it, or nothing is: a
 * command's argument is exactly the announcement; in a reply it may stand anywhere, but what
 * looks like a second, another one, or like a longer or signed one, spoils the line.
 */
#include "helpers/ftp/announce.h"

#include <string.h>
#include <sys/socket.h>

#include "wire/text.h"

#define NUMBERS_COMMA 6
#define NUMBERS_LONG4 9
#define NUMBERS_LONG6 21
#define OCTET_DIGITS  3
#define PORT_DIGITS   5

/* Decimal numbers with commas between them. */
struct run {
	struct span text;
	unsigned n;
	uint8_t v[NUMBERS_LONG6];
	bool octets; /* all are of at most three digits, and at most 255 */
};

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static size_t count_digits(struct span s, size_t at)
{
	size_t n = 0;

	while (at + n < s.len && is_digit(s.data[at + n]))
		n++;
	return n;
}

/* The number of `digits` digits at s.data[at]. */
static bool get_number(struct span s, size_t at, size_t digits, size_t digits_max, uint32_t max,
		       uint32_t *ret)
{
	return digits && digits <= digits_max &&
	       text_get_decimal((const char *)s.data + at, digits, max, ret) == digits;
}

static bool get_port(struct span s, size_t at, size_t digits, uint16_t *ret)
{
	uint32_t v;

	if (!get_number(s, at, digits, PORT_DIGITS, UINT16_MAX, &v) || !v)
		return false;
	*ret = (uint16_t)v;
	return true;
}

/* Reads the run of numbers that begins at s.data[at]. */
static struct run run_read(struct span s, size_t at, bool blanks)
{
	struct run r = { .text = { s.data + at, 0 }, .octets = true };
	size_t start = at, digits;

	while ((digits = count_digits(s, at))) {
		uint32_t v = 0;

		r.octets = get_number(s, at, digits, OCTET_DIGITS, UINT8_MAX, &v) && r.octets;
		if (r.n < NUMBERS_LONG6)
			r.v[r.n] = (uint8_t)v;
		r.n++;
		at += digits;
		r.text.len = at - start;
		if (at == s.len || s.data[at] != ',')
			break;
		at++;
		while (blanks && at < s.len && s.data[at] == ' ')
			at++;
	}
	return r;
}

/* Can the byte stand beside a number that is not part of something longer? */
static bool is_apart(uint8_t c)
{
	bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80;

	return !letter && !is_digit(c) && c != ',' && c != '+' && c != '-' && c != '_';
}

/* Is the run whole, with no sign, letter or fraction on either side? */
static bool run_is_apart(struct span s, const struct run *r)
{
	size_t start = (size_t)(r->text.data - s.data), end = start + r->text.len;

	if (start && (!is_apart(s.data[start - 1]) || s.data[start - 1] == '.'))
		return false;
	return end == s.len ||
	       (is_apart(s.data[end]) && !(s.data[end] == '.' && count_digits(s, end + 1)));
}

/* RFC 959 3.2.1 and 4.1.2: h1,h2,h3,h4,p1,p2. RFC 1639 3: 4,4,h1,h2,h3,h4,2,p1,p2 and
 * 6,16,h1, ... h16,2,p1,p2. */
static enum ftp_note run_announces(const struct run *r, enum edit_form form,
				   struct ftp_announcement *ret)
{
	const uint8_t *v = r->v;
	uint8_t family = AF_INET;
	unsigned host = 0, port = 4;

	if (form == EDIT_COMMA_V4) {
		if (r->n != NUMBERS_COMMA)
			return NOTE_SHAPE;
	} else if (r->n == NUMBERS_LONG4 && v[0] == 4 && v[1] == 4 && v[6] == 2) {
		host = 2;
		port = 7;
	} else if (r->n == NUMBERS_LONG6 && v[0] == 6 && v[1] == 16 && v[18] == 2) {
		family = AF_INET6;
		host = 2;
		port = 19;
	} else {
		return NOTE_SHAPE;
	}
	if (!r->octets)
		return NOTE_OCTET;
	*ret = (struct ftp_announcement){
		.addr = addr_from_bytes(family, v + host),
		.port = (uint16_t)(v[port] << 8 | v[port + 1]),
		.form = (uint8_t)form,
		.n_spots = 1,
		.spots = { r->text },
	};
	return ret->port ? FTP_NOTE_NONE : NOTE_PORT;
}

/* Adds what one place of a line says. False: another said something else. */
static bool announcement_add(struct ftp_announcement *a, const struct ftp_announcement *one)
{
	if (!a->n_spots) {
		*a = *one;
		return true;
	}
	if (a->n_spots == FTP_SPOTS_MAX || a->port != one->port ||
	    !addr_equal(&a->addr, &one->addr))
		return false;
	a->spots[a->n_spots++] = one->spots[0];
	return true;
}

/* 227, 228: servers agree on the numbers alone. Clients scan for them, some with and some without
 * parentheses: whatever one of them could take for the announcement must be it. */
static enum ftp_note find_runs(struct span s, enum edit_form form, struct ftp_announcement *ret)
{
	unsigned least = form == EDIT_COMMA_V4 ? NUMBERS_COMMA : NUMBERS_LONG4;

	for (size_t at = 0; at < s.len;) {
		struct ftp_announcement one;
		enum ftp_note note;
		struct run r;

		if (!is_digit(s.data[at])) {
			at++;
			continue;
		}
		r = run_read(s, at, true);
		at += r.text.len;
		if (r.n < least)
			continue;
		note = run_is_apart(s, &r) ? run_announces(&r, form, &one) : NOTE_SHAPE;
		if (note)
			return note;
		if (!announcement_add(ret, &one))
			return NOTE_AMBIGUOUS;
	}
	return ret->n_spots ? FTP_NOTE_NONE : NOTE_SHAPE;
}

/* RFC 2428 2: 33 to 126. A digit could not be told from the port. */
static bool is_delimiter(uint8_t c)
{
	return c >= 33 && c <= 126 && !is_digit(c);
}

/* Length of the "<d><d><d>digits<d>" at s.data[at], or 0. */
static size_t extended_len(struct span s, size_t at)
{
	size_t end = at + 3;
	uint8_t d;

	if (end >= s.len)
		return 0;
	d = s.data[at];
	if (!is_delimiter(d) || s.data[at + 1] != d || s.data[at + 2] != d)
		return 0;
	end += count_digits(s, end);
	return end > at + 3 && end < s.len && s.data[end] == d ? end + 1 - at : 0;
}

/* Is it as RFC 2428 3 wants it, in parentheses? Or if not `strictly`, is it no part of something
 * longer? */
static bool extended_is_apart(struct span s, size_t at, size_t len, bool strictly)
{
	uint8_t d = s.data[at];

	if (strictly)
		return at && s.data[at - 1] == '(' && at + len < s.len && s.data[at + len] == ')';
	if (at && (!is_apart(s.data[at - 1]) || s.data[at - 1] == d))
		return false;
	return at + len == s.len || (is_apart(s.data[at + len]) && s.data[at + len] != d);
}

/* 229: what stands in parentheses counts; only if nothing does, the rest. */
static enum ftp_note find_extended(struct span s, bool strictly, struct ftp_announcement *ret)
{
	for (size_t at = 0, len; at < s.len; at += len ? len : 1) {
		struct ftp_announcement one = { .form = EDIT_EPSV, .n_spots = 1 };

		len = extended_len(s, at);
		if (!len || !extended_is_apart(s, at, len, strictly)) {
			len = 0;
			continue;
		}
		if (!get_port(s, at + 3, len - 4, &one.port))
			return NOTE_PORT;
		one.spots[0] = (struct span){ s.data + at, len };
		if (!announcement_add(ret, &one))
			return NOTE_AMBIGUOUS;
	}
	if (ret->n_spots)
		return FTP_NOTE_NONE;
	return strictly ? find_extended(s, false, ret) : NOTE_SHAPE;
}

/* RFC 2428 2: EPRT <d>1<d>192.0.2.1<d>54834<d>, 2 for IPv6. */
static enum ftp_note read_eprt(struct span s, struct ftp_announcement *ret)
{
	size_t at = 3, digits;
	uint8_t d;

	if (s.len < 4)
		return NOTE_SHAPE;
	d = s.data[0];
	if (!is_delimiter(d) || s.data[2] != d)
		return NOTE_SHAPE;
	if (s.data[1] != '1' && s.data[1] != '2')
		return NOTE_FAMILY;
	while (at < s.len && s.data[at] != d)
		at++;
	if (at == s.len)
		return NOTE_SHAPE;
	if (!addr_from_text((const char *)s.data + 3, at - 3, &ret->addr) ||
	    ret->addr.family != (s.data[1] == '1' ? AF_INET : AF_INET6))
		return NOTE_ADDRESS;
	digits = count_digits(s, ++at);
	if (!digits || at + digits + 1 != s.len || s.data[at + digits] != d)
		return NOTE_SHAPE;
	if (!get_port(s, at, digits, &ret->port))
		return NOTE_PORT;
	ret->form = EDIT_EPRT;
	ret->n_spots = 1;
	ret->spots[0] = s;
	return FTP_NOTE_NONE;
}

enum ftp_note ftp_announcement_read(struct span s, enum edit_form form,
				    struct ftp_announcement *ret)
{
	struct run r;

	if (form == EDIT_EPRT)
		return read_eprt(s, ret);
	r = run_read(s, 0, false);
	return r.text.len == s.len ? run_announces(&r, form, ret) : NOTE_SHAPE;
}

enum ftp_note ftp_announcement_find(struct span s, enum edit_form form,
				    struct ftp_announcement *ret)
{
	*ret = (struct ftp_announcement){ 0 };
	return form == EDIT_EPSV ? find_extended(s, true, ret) : find_runs(s, form, ret);
}
