/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Edits are rendered from the last to the first: a length field lies before what it counts, so
 * that by then the bytes it covers have their new size.
 */
#include "broker/render.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "link/link.h"
#include "wire/text.h"
#include "wire/uaddr.h"

static uint32_t get_be(const uint8_t *p, unsigned len)
{
	uint32_t v = 0;

	while (len--)
		v = v << 8 | *p++;
	return v;
}

static void put_be(uint8_t *p, uint32_t v, unsigned len)
{
	while (len--) {
		p[len] = (uint8_t)v;
		v >>= 8;
	}
}

static int put_text(struct replacement *r, const char *text, int len)
{
	if (len <= 0 || len >= RENDER_FIELD_SIZE)
		return -1;
	memcpy(r->text, text, (size_t)len);
	r->text_len = (uint32_t)len;
	return 0;
}

/* RFC 959: h1,h2,h3,h4,p1,p2 */
static int put_comma(struct replacement *r, const struct grant *g)
{
	const uint8_t *a = g->addr.bytes;
	char text[RENDER_FIELD_SIZE];

	if (g->addr.family != AF_INET)
		return -1;
	return put_text(r, text,
			snprintf(text, sizeof(text), "%u,%u,%u,%u,%u,%u", a[0], a[1], a[2], a[3],
				 g->port >> 8, g->port & 255));
}

/* RFC 2428: <d>1<d>192.0.2.1<d>54834<d>, or nothing but the port for EPSV. */
static int put_extended(struct replacement *r, const struct grant *g, char d, bool with_addr)
{
	char text[RENDER_FIELD_SIZE], addr[ADDR_TEXT_SIZE];

	if (!with_addr)
		return put_text(r, text,
				snprintf(text, sizeof(text), "%c%c%c%u%c", d, d, d, g->port, d));
	addr_to_text(&g->addr, addr);
	return put_text(r, text,
			snprintf(text, sizeof(text), "%c%c%c%s%c%u%c", d,
				 g->addr.family == AF_INET ? '1' : '2', d, addr, d, g->port, d));
}

/* RFC 1639 3: family, address length, address, port length, port, each byte in decimal. */
static int put_long(struct replacement *r, const struct grant *g)
{
	bool v4 = g->addr.family == AF_INET;
	char text[RENDER_FIELD_SIZE];
	int len = snprintf(text, sizeof(text), "%s", v4 ? "4,4" : "6,16");

	for (size_t i = 0; i < addr_len(&g->addr); i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, ",%u", g->addr.bytes[i]);
	len += snprintf(text + len, sizeof(text) - (size_t)len, ",2,%u,%u", g->port >> 8,
			g->port & 255);
	return put_text(r, text, len);
}

/* RFC 5665 5.2.3.3: address text, then the port's two bytes in decimal; RFC 4506 4.11: counted and
 * padded to four. */
static int put_uaddr(struct replacement *r, const struct grant *g)
{
	char addr[ADDR_TEXT_SIZE], text[RENDER_FIELD_SIZE];
	size_t len;

	addr_to_text(&g->addr, addr);
	len = (size_t)snprintf(text, sizeof(text), "%s.%u.%u", addr, g->port >> 8, g->port & 255);
	if (len + 8 > sizeof(r->text))
		return -1;
	memset(r->text, 0, sizeof(r->text));
	put_be(r->text, (uint32_t)len, 4);
	memcpy(r->text + 4, text, len);
	r->text_len = (uint32_t)(4 + (len + 3) / 4 * 4);
	return 0;
}

static int put_number(struct replacement *r, uint32_t v, unsigned len)
{
	if (r->len != len)
		return -1;
	put_be(r->text, v, len);
	r->text_len = len;
	return 0;
}

static int put_decimal(struct replacement *r, uint32_t v)
{
	r->text_len = (uint32_t)text_put_decimal((char *)r->text, v);
	return 0;
}

static int put_addr(struct replacement *r, const struct grant *g)
{
	char text[ADDR_TEXT_SIZE];

	return put_text(r, text, (int)addr_to_text(&g->addr, text));
}

/* ---- what stands there: the announced port, in the form's own spelling. A worker that points
 * elsewhere cannot have bytes changed that announce nothing. The address is not compared: a host
 * may name another of its own. ---- */

static bool is_port(const uint8_t *at, size_t len, uint16_t port)
{
	uint32_t v = 0;

	return len && text_get_decimal((const char *)at, len, UINT16_MAX, &v) == len && v == port;
}

/* Reads n bytes in decimal with commas between them, blanks behind a comma skipped as clients do,
 * and nothing else. */
static bool get_bytes(const uint8_t *at, size_t len, uint32_t *ret, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		size_t digits;

		while (i && len && *at == ' ')
			at++, len--;
		digits = text_get_decimal((const char *)at, len, 255, &ret[i]);
		if (!digits || (i < n - 1 ? digits == len || at[digits] != ',' : digits != len))
			return false;
		at += digits + 1;
		len -= digits + 1;
	}
	return true;
}

static bool is_comma(const uint8_t *at, size_t len, uint16_t port)
{
	uint32_t v[6];

	return get_bytes(at, len, v, 6) && (v[4] << 8 | v[5]) == port;
}

static bool is_long(const uint8_t *at, size_t len, uint16_t port)
{
	uint32_t v[21];

	if (get_bytes(at, len, v, 9))
		return v[0] == 4 && v[1] == 4 && v[6] == 2 && (v[7] << 8 | v[8]) == port;
	return get_bytes(at, len, v, 21) && v[0] == 6 && v[1] == 16 && v[18] == 2 &&
	       (v[19] << 8 | v[20]) == port;
}

static bool is_extended(const uint8_t *at, size_t len, uint16_t port, bool with_addr)
{
	struct addr addr;
	size_t i = len - 1; /* of the port's first digit */

	while (i > 0 && at[i - 1] != at[0])
		i--;
	if (i < 3 || at[2] != at[0] || at[len - 1] != at[0] || !is_port(at + i, len - 1 - i, port))
		return false;
	if (!with_addr)
		return i == 3 && at[1] == at[0];
	return i > 4 && addr_from_text((const char *)at + 3, i - 4, &addr);
}

static bool is_uaddr(const uint8_t *at, size_t len, uint16_t port)
{
	struct addr addr;
	uint16_t there;
	uint32_t n;

	if (len < 4)
		return false;
	n = get_be(at, 4);
	return n <= len - 4 && len == 4 + ((size_t)n + 3) / 4 * 4 &&
	       uaddr_parse((const char *)at + 4, n, &addr, &there) && there == port;
}

static bool is_announced(const struct edit *e, const struct grant *g, const uint8_t *at)
{
	struct addr addr;

	switch ((enum edit_form)e->form) {
	case EDIT_BE16_PORT:
		return e->len == 2 && get_be(at, 2) == g->announced_port;
	case EDIT_BE32_PORT:
		return e->len == 4 && get_be(at, 4) == g->announced_port;
	case EDIT_DECIMAL_PORT:
		return is_port(at, e->len, g->announced_port);
	case EDIT_COMMA_V4:
		return is_comma(at, e->len, g->announced_port);
	case EDIT_EPRT:
		return is_extended(at, e->len, g->announced_port, true);
	case EDIT_EPSV:
		return is_extended(at, e->len, g->announced_port, false);
	case EDIT_LPRT:
		return is_long(at, e->len, g->announced_port);
	case EDIT_XDR_UADDR:
		return is_uaddr(at, e->len, g->announced_port);
	case EDIT_ADDRESS:
		return addr_from_text((const char *)at, e->len, &addr);
	case EDIT_BE16_LENGTH:
	case EDIT_BE32_LENGTH:
	case EDIT_RECORD_MARK:
	case EDIT_DECIMAL_LENGTH:
		return true; /* put_length() looks for itself */
	}
	return false;
}

/* What the replacements inside [off, off + len) add. */
static int32_t delta_within(const struct replacement *r, unsigned n, uint32_t off, uint32_t len)
{
	int32_t delta = 0;

	for (unsigned i = 0; i < n; i++)
		if (r[i].off >= off && r[i].off < off + len)
			delta += (int32_t)r[i].text_len - (int32_t)r[i].len;
	return delta;
}

/* A length field of `len` bytes in binary; `mask` are the bits that count. */
static int put_length(struct replacement *r, const uint8_t *at, unsigned len, uint32_t mask,
		      int32_t delta)
{
	uint32_t old;
	int64_t sum;

	if (r->len != len)
		return -1;
	old = get_be(at, len);
	sum = (int64_t)(old & mask) + delta;
	if (sum < 0 || sum > mask)
		return -1;
	return put_number(r, (old & ~mask) | (uint32_t)sum, len);
}

static int put_decimal_length(struct replacement *r, const uint8_t *at, int32_t delta)
{
	uint32_t old;

	if (text_get_decimal((const char *)at, r->len, INT32_MAX, &old) != r->len)
		return -1;
	if (delta < 0 && old < (uint32_t)-delta)
		return -1;
	return put_decimal(r, old + (uint32_t)delta);
}

/* One edit; `after` are the replacements behind it. */
static int put(const struct edit *e, const struct grant *g, const uint8_t *at,
	       const struct replacement *after, unsigned n_after, struct replacement *r)
{
	int32_t delta = delta_within(after, n_after, e->off + e->len, e->cover);

	r->off = e->off;
	r->len = e->len;
	switch ((enum edit_form)e->form) {
	case EDIT_BE16_PORT:
		return put_number(r, g->port, 2);
	case EDIT_BE32_PORT:
		return put_number(r, g->port, 4);
	case EDIT_DECIMAL_PORT:
		return put_decimal(r, g->port);
	case EDIT_COMMA_V4:
		return put_comma(r, g);
	case EDIT_EPRT:
		return put_extended(r, g, (char)at[0], true);
	case EDIT_EPSV:
		return put_extended(r, g, (char)at[0], false);
	case EDIT_LPRT:
		return put_long(r, g);
	case EDIT_XDR_UADDR:
		return put_uaddr(r, g);
	case EDIT_ADDRESS:
		return put_addr(r, g);
	case EDIT_BE16_LENGTH:
		return put_length(r, at, 2, 0xffff, delta);
	case EDIT_BE32_LENGTH:
		return put_length(r, at, 4, 0xffffffff, delta);
	case EDIT_RECORD_MARK:
		return put_length(r, at, 4, 0x7fffffff, delta);
	case EDIT_DECIMAL_LENGTH:
		return put_decimal_length(r, at, delta);
	}
	return -1;
}

static bool has_addr(uint8_t form)
{
	return form == EDIT_COMMA_V4 || form == EDIT_EPRT || form == EDIT_LPRT ||
	       form == EDIT_XDR_UADDR || form == EDIT_ADDRESS;
}

static bool would_change(const struct edit *e, const struct grant *g)
{
	if (has_addr(e->form) && !addr_equal(&g->addr, &g->announced_addr))
		return true;
	return e->form != EDIT_ADDRESS && g->port != g->announced_port;
}

/* Is there an announcement out of reach whose bytes would have to change? */
static bool elsewhere_matters(const struct edit *edits, unsigned n, const struct grant *grants,
			      bool resized)
{
	for (unsigned i = 0; i < n; i++) {
		const struct grant *g;

		if (edits[i].off != EDIT_ELSEWHERE)
			continue;
		if (edit_is_length(edits[i].form)) {
			if (resized)
				return true;
			continue;
		}
		g = &grants[edits[i].claim];
		if (g->given && would_change(&edits[i], g))
			return true;
	}
	return false;
}

/* A number that stays what it is stays as it stands: "0042" is not made "42". */
static bool is_same_number(const struct edit *e, const struct grant *g,
			   const struct replacement *after, unsigned n_after)
{
	if (!g)
		return !delta_within(after, n_after, e->off + e->len, e->cover);
	return !has_addr(e->form) && g->port == g->announced_port;
}

int render(const struct edit *edits, unsigned n, const struct grant *grants, struct span payload,
	   struct replacement ret[OUTPUT_EDITS_MAX])
{
	unsigned used = OUTPUT_EDITS_MAX, n_ret;

	for (unsigned i = n; i-- > 0;) {
		const struct edit *e = &edits[i];
		const struct grant *g = edit_is_length(e->form) ? NULL : &grants[e->claim];
		struct replacement r = { 0 };

		if (g && !g->given)
			continue;
		if (e->off == EDIT_ELSEWHERE)
			continue;
		if (e->off > payload.len || e->len > payload.len - e->off)
			return -1;
		if (g && !is_announced(e, g, payload.data + e->off))
			return -1;
		if (put(e, g, payload.data + e->off, ret + used, OUTPUT_EDITS_MAX - used, &r) < 0)
			return -1;
		if (is_same_number(e, g, ret + used, OUTPUT_EDITS_MAX - used))
			continue;
		if (r.text_len != e->len || memcmp(r.text, payload.data + e->off, e->len))
			ret[--used] = r;
	}
	n_ret = OUTPUT_EDITS_MAX - used;
	memmove(ret, ret + used, n_ret * sizeof(*ret));
	return elsewhere_matters(edits, n, grants, render_delta(ret, n_ret)) ? -1 : (int)n_ret;
}

int32_t render_delta(const struct replacement *r, unsigned n)
{
	return delta_within(r, n, 0, UINT32_MAX);
}

void render_apply(const struct replacement *r, unsigned n, struct span payload, uint8_t *out)
{
	uint32_t at = 0;

	for (unsigned i = 0; i < n; i++) {
		memcpy(out, payload.data + at, r[i].off - at);
		out += r[i].off - at;
		memcpy(out, r[i].text, r[i].text_len);
		out += r[i].text_len;
		at = r[i].off + r[i].len;
	}
	memcpy(out, payload.data + at, payload.len - at);
}
