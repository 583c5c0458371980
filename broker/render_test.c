/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every form of announcement, grown, shrunk, unchanged and refused; lengths around them. Payloads
 * stand in memory of exactly their size, and so do results.
 */
#include "broker/render.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "link/link.h"
#include "tests/unit/tap.h"

/* A form over the whole of `before`, between two bytes that must stay. NULL: refused; "": no
 * change. Lengths are given, as bytes may be NUL. */
static const struct form {
	uint8_t form;
	const char *addr;
	uint16_t port, announced;
	const char *before;
	size_t before_len;
	const char *after;
	size_t after_len;
} forms[] = {

#define TO(before, after) (before), sizeof(before) - 1, (after), sizeof(after) - 1
#define REFUSED(before)	  (before), sizeof(before) - 1, NULL, 0
	{ EDIT_BE16_PORT, "192.0.2.1", 2050, 2049, TO("\x08\x01", "\x08\x02") },
	{ EDIT_BE16_PORT, "192.0.2.1", 2049, 2049, TO("\x08\x01", "") },
	{ EDIT_BE16_PORT, "192.0.2.1", 65535, 2049, TO("\x08\x01", "\xff\xff") },
	{ EDIT_BE16_PORT, "192.0.2.1", 2050, 2049, REFUSED("\x08\x01\0") },
	{ EDIT_BE16_PORT, "192.0.2.1", 2050, 2049, REFUSED("\x08") },
	{ EDIT_BE16_PORT, "192.0.2.1", 2050, 2049, REFUSED("\x08\x02") },
	{ EDIT_BE32_PORT, "2001:db8::1", 2050, 2049, TO("\0\0\x08\x01", "\0\0\x08\x02") },
	{ EDIT_BE32_PORT, "2001:db8::1", 2049, 2049, TO("\0\0\x08\x01", "") },
	{ EDIT_BE32_PORT, "2001:db8::1", 2050, 2049, REFUSED("\0\x01\x08\x01") },
	{ EDIT_BE32_PORT, "2001:db8::1", 2050, 2049, REFUSED("\x08\x01") },
	{ EDIT_DECIMAL_PORT, "192.0.2.1", 10000, 9999, TO("9999", "10000") },
	{ EDIT_DECIMAL_PORT, "192.0.2.1", 80, 10000, TO("10000", "80") },
	{ EDIT_DECIMAL_PORT, "192.0.2.1", 80, 80, TO("80", "") },
	{ EDIT_DECIMAL_PORT, "192.0.2.1", 80, 80, TO("0080", "") },
	{ EDIT_DECIMAL_PORT, "192.0.2.1", 81, 80, REFUSED("80 ") },
	{ EDIT_DECIMAL_PORT, "192.0.2.1", 81, 80, REFUSED("GET /") },
	{ EDIT_COMMA_V4, "192.0.2.1", 54834, 54834, TO("10,0,0,1,214,50", "192,0,2,1,214,50") },
	{ EDIT_COMMA_V4, "9.0.0.1", 1, 54834, TO("10,0,0,1,214,50", "9,0,0,1,0,1") },
	{ EDIT_COMMA_V4, "10.0.0.1", 54834, 54834, TO("10,0,0,1,214,50", "") },
	{ EDIT_COMMA_V4, "192.0.2.1", 54834, 54834, REFUSED("10,0,0,1,214,51") },
	{ EDIT_COMMA_V4, "192.0.2.1", 54834, 54834, REFUSED("10,0,0,1,214") },
	{ EDIT_COMMA_V4, "192.0.2.1", 54834, 54834, REFUSED("10,0,0,1,214,") },
	{ EDIT_COMMA_V4, "192.0.2.1", 54834, 54834, REFUSED("10,0,0,1,214,50,") },
	{ EDIT_COMMA_V4, "192.0.2.1", 54834, 54834, REFUSED("10,0,0,256,214,50") },
	{ EDIT_COMMA_V4, "2001:db8::1", 54834, 54834, REFUSED("10,0,0,1,214,50") },
	{ EDIT_EPRT, "192.0.2.1", 5, 54834, TO("|1|10.0.0.10|54834|", "|1|192.0.2.1|5|") },
	{ EDIT_EPRT, "192.0.2.1", 54834, 54834, TO("!1!1.1.1.1!54834!", "!1!192.0.2.1!54834!") },
	{ EDIT_EPRT, "2001:db8::1", 1025, 1025, TO("|2|::1|1025|", "|2|2001:db8::1|1025|") },
	{ EDIT_EPRT, "::1", 1025, 1025, TO("|2|2001:0db8::01|1025|", "|2|::1|1025|") },
	{ EDIT_EPRT, "192.0.2.1", 54834, 54834, TO("|1|192.0.2.1|54834|", "") },
	{ EDIT_EPRT, "192.0.2.1", 54834, 54834, REFUSED("|1|1.1.1.1|54834!") },
	{ EDIT_EPRT, "192.0.2.1", 54834, 54834, REFUSED("|1|1.1.1.1|54833|") },
	{ EDIT_EPRT, "192.0.2.1", 54834, 54834, REFUSED("|1||54834|") },
	{ EDIT_EPRT, "192.0.2.1", 54834, 54834, REFUSED("|||54834|") },
	{ EDIT_EPRT, "192.0.2.1", 54834, 54834, REFUSED("|") },
	{ EDIT_EPSV, "192.0.2.1", 5, 54834, TO("|||54834|", "|||5|") },
	{ EDIT_EPSV, "2001:db8::1", 54834, 5, TO("!!!5!", "!!!54834!") },
	{ EDIT_EPSV, "2001:db8::1", 5, 5, TO("|||5|", "") },
	{ EDIT_EPSV, "192.0.2.1", 5, 4, REFUSED("|||5|") },
	{ EDIT_EPSV, "192.0.2.1", 5, 4, REFUSED("|| |4|") },
	{ EDIT_EPSV, "192.0.2.1", 5, 4, REFUSED("||||") },
	/* RFC 4506 4.11: lengths of 13, 14, 15 and 16 with three, two, one and no byte behind */
	{ EDIT_XDR_UADDR, "1.1.1.1", 2049, 2049,
	  TO("\0\0\0\x0c"
	     "1.1.1.10.8.1",
	     "\0\0\0\x0b"
	     "1.1.1.1.8.1\0") },
	{ EDIT_XDR_UADDR, "1.1.1.10", 2049, 2049,
	  TO("\0\0\0\x0b"
	     "1.1.1.1.8.1\0",
	     "\0\0\0\x0c"
	     "1.1.1.10.8.1") },
	{ EDIT_XDR_UADDR, "1.1.10.10", 2049, 2049,
	  TO("\0\0\0\x0b"
	     "1.1.1.1.8.1\0",
	     "\0\0\0\x0d"
	     "1.1.10.10.8.1\0\0\0") },
	{ EDIT_XDR_UADDR, "1.10.10.10", 2049, 2049,
	  TO("\0\0\0\x0b"
	     "1.1.1.1.8.1\0",
	     "\0\0\0\x0e"
	     "1.10.10.10.8.1\0\0") },
	{ EDIT_XDR_UADDR, "1.1.1.1", 2049, 2049,
	  TO("\0\0\0\x0d"
	     "1.1.10.10.8.1\0\0\0",
	     "\0\0\0\x0b"
	     "1.1.1.1.8.1\0") },
	{ EDIT_XDR_UADDR, "2001:db8::1", 65535, 2049,
	  TO("\0\0\0\x07"
	     "::1.8.1\0",
	     "\0\0\0\x13"
	     "2001:db8::1.255.255\0") },
	{ EDIT_XDR_UADDR, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535, 2049,
	  TO("\0\0\0\x07"
	     "::1.8.1\0",
	     "\0\0\0\x2f"
	     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff.255.255\0") },
	{ EDIT_XDR_UADDR, "1.1.1.1", 2049, 2049,
	  TO("\0\0\0\x0b"
	     "1.1.1.1.8.1\0",
	     "") },
	{ EDIT_XDR_UADDR, "1.1.1.2", 2049, 2049,
	  REFUSED("\0\0\0\x0b"
		  "1.1.1.1.8.1") },
	{ EDIT_XDR_UADDR, "1.1.1.2", 2049, 2049,
	  REFUSED("\0\0\0\x0b"
		  "1.1.1.1.8.2\0") },
	{ EDIT_XDR_UADDR, "1.1.1.2", 2049, 2049,
	  REFUSED("\xff\xff\xff\xff"
		  "1.1.1.1.8.1\0") },
	{ EDIT_XDR_UADDR, "1.1.1.2", 2049, 2049, REFUSED("\0\0\0") },
	{ EDIT_ADDRESS, "192.0.2.1", 1, 1, TO("10.0.0.1", "192.0.2.1") },
	{ EDIT_ADDRESS, "::1", 1, 1, TO("2001:db8::1", "::1") },
	{ EDIT_ADDRESS, "::1", 1, 2, TO("::1", "") },
	{ EDIT_ADDRESS, "192.0.2.1", 1, 1, REFUSED("example") },
	{ EDIT_LAST + 1, "192.0.2.1", 1, 1, REFUSED("10.0.0.1") },
#undef TO
#undef REFUSED
};

static struct grant grant_of(const char *addr, uint16_t port, uint16_t announced)
{
	struct grant g = { .given = true, .port = port, .announced_port = announced };

	addr_from_text(addr, strlen(addr), &g.addr);
	return g;
}

static struct replacement out[OUTPUT_EDITS_MAX];

/* Renders over a copy of the payload. What comes out must be sorted, disjoint and inside it. */
static int run(const struct edit *edits, unsigned n, const struct grant *grants, const void *data,
	       size_t len)
{
	uint8_t *copy = malloc(len + 1);
	uint32_t end = 0;
	int r;

	memcpy(copy + 1, data, len); /* nothing is aligned */
	r = render(edits, n, grants, (struct span){ copy + 1, len }, out);
	free(copy);
	for (int i = 0; i < r; i++) {
		if (out[i].off < end || out[i].off + out[i].len > len)
			ok(false, "replacements are sorted, disjoint, inside");
		end = out[i].off + out[i].len;
	}
	return r;
}

/* Applies what run() left; true when the result is `want`. */
static bool gives(int n, const void *data, size_t len, const void *want, size_t want_len)
{
	size_t got_len = (size_t)((int64_t)len + render_delta(out, (unsigned)n));
	uint8_t *got = malloc(got_len ? got_len : 1);
	bool same;

	render_apply(out, (unsigned)n, (struct span){ data, len }, got);
	same = got_len == want_len && !memcmp(got, want, want_len);
	free(got);
	return same;
}

static void test_form(const struct form *f)
{
	struct grant g = grant_of(f->addr, f->port, f->announced);
	struct edit e = { .off = 1, .len = (uint32_t)f->before_len, .form = f->form };
	char before[256] = "<", after[256] = "<";
	int want = f->after ? f->after_len > 0 : -1, n;

	memcpy(before + 1, f->before, f->before_len);
	before[1 + f->before_len] = '>';
	n = run(&e, 1, &g, before, f->before_len + 2);
	if (!is_int(n, want, "form %u, %s port %u", f->form, f->addr, f->port) || n < 1)
		return;
	memcpy(after + 1, f->after, f->after_len);
	after[1 + f->after_len] = '>';
	ok(gives(n, before, f->before_len + 2, after, f->after_len + 2), "its bytes");
	g.given = false;
	is_int(run(&e, 1, &g, before, f->before_len + 2), 0, "not granted: left out");
	for (size_t len = 0; len < 1 + f->before_len; len++)
		if (run(&e, 1, &g, before, len) != 0)
			ok(false, "not granted, cut");
	g.given = true;
	for (size_t len = 0; len < 1 + f->before_len; len++)
		if (run(&e, 1, &g, before, len) != -1)
			ok(false, "cut at %zu: refused", len);
}

/* A length in front of "9999" that becomes "10000" or, with port 1, "1". */
static const struct length {
	uint8_t form;
	uint16_t port;
	uint32_t cover;
	const char *before;
	size_t len;
	const char *after;
	size_t after_len;
} lengths[] = {

#define TO(before, after) (before), sizeof(before) - 1, (after), sizeof(after) - 1
#define REFUSED(before)	  (before), sizeof(before) - 1, NULL, 0
	{ EDIT_BE16_LENGTH, 10000, 4, TO("\0\x04", "\0\x05") },
	{ EDIT_BE16_LENGTH, 10000, 1, TO("\0\x04", "\0\x05") },
	{ EDIT_BE16_LENGTH, 10000, 0, TO("\0\x04", "\0\x04") },
	{ EDIT_BE16_LENGTH, 1, 4, TO("\0\x04", "\0\x01") },
	{ EDIT_BE16_LENGTH, 1, 4, TO("\0\x03", "\0\0") },
	{ EDIT_BE16_LENGTH, 1, 4, REFUSED("\0\x02") },
	{ EDIT_BE16_LENGTH, 10000, 4, TO("\xff\xfe", "\xff\xff") },
	{ EDIT_BE16_LENGTH, 10000, 4, REFUSED("\xff\xff") },
	{ EDIT_BE16_LENGTH, 10000, 4, REFUSED("\0\0\x04") },
	{ EDIT_BE32_LENGTH, 10000, 4, TO("\0\0\0\xff", "\0\0\x01\0") },
	{ EDIT_BE32_LENGTH, 1, 4, TO("\0\0\x01\0", "\0\0\0\xfd") },
	{ EDIT_BE32_LENGTH, 1, 4, REFUSED("\0\0\0\x02") },
	{ EDIT_BE32_LENGTH, 10000, 4, TO("\xff\xff\xff\xfe", "\xff\xff\xff\xff") },
	{ EDIT_BE32_LENGTH, 10000, 4, REFUSED("\xff\xff\xff\xff") },
	{ EDIT_BE32_LENGTH, 10000, 4, REFUSED("\0\x04") },
	{ EDIT_RECORD_MARK, 10000, 4, TO("\x80\0\0\x04", "\x80\0\0\x05") },
	{ EDIT_RECORD_MARK, 1, 4, TO("\x80\0\0\x04", "\x80\0\0\x01") },
	{ EDIT_RECORD_MARK, 10000, 4, TO("\0\0\0\x04", "\0\0\0\x05") },
	{ EDIT_RECORD_MARK, 1, 4, REFUSED("\x80\0\0\x02") },
	{ EDIT_RECORD_MARK, 10000, 4, TO("\x7f\xff\xff\xfe", "\x7f\xff\xff\xff") },
	{ EDIT_RECORD_MARK, 10000, 4, REFUSED("\x7f\xff\xff\xff") },
	{ EDIT_RECORD_MARK, 10000, 4, REFUSED("\xff\xff\xff\xff") },
	{ EDIT_DECIMAL_LENGTH, 10000, 4, TO("9", "10") },
	{ EDIT_DECIMAL_LENGTH, 10000, 4, TO("0009", "10") },
	{ EDIT_DECIMAL_LENGTH, 10000, 0, TO("0042", "0042") },
	{ EDIT_DECIMAL_LENGTH, 1, 4, TO("10", "7") },
	{ EDIT_DECIMAL_LENGTH, 1, 4, REFUSED("2") },
	{ EDIT_DECIMAL_LENGTH, 1, 4, TO("3", "0") },
	{ EDIT_DECIMAL_LENGTH, 10000, 4, TO("2147483647", "2147483648") },
	{ EDIT_DECIMAL_LENGTH, 10000, 4, REFUSED("2147483648") },
	{ EDIT_DECIMAL_LENGTH, 10000, 4, REFUSED("-4") },
	{ EDIT_DECIMAL_LENGTH, 10000, 4, REFUSED("4 ") },
#undef TO
#undef REFUSED
};

static void test_length(const struct length *l)
{
	struct grant g = grant_of("192.0.2.1", l->port, 9999);
	uint32_t len = (uint32_t)l->len;
	struct edit e[] = { { .off = 0, .len = len, .form = l->form, .cover = l->cover },
			    { .off = len, .len = 4, .form = EDIT_DECIMAL_PORT } };
	char before[32], after[32];
	size_t after_len = l->after_len;
	int n;

	memcpy(before, l->before, l->len);
	memcpy(before + l->len, "9999", 4);
	n = run(e, 2, &g, before, l->len + 4);
	if (!l->after) {
		is_int(n, -1, "length form %u, %zu bytes: refused", l->form, l->len);
		return;
	}
	is_int(n, 1 + (l->len != l->after_len || memcmp(l->before, l->after, l->len) != 0),
	       "length form %u", l->form);
	memcpy(after, l->after, after_len);
	after_len += (size_t)snprintf(after + after_len, sizeof(after) - after_len, "%u", l->port);
	ok(gives(n, before, l->len + 4, after, after_len), "its bytes");
	g.given = false;
	is_int(run(e, 2, &g, before, l->len + 4), 0, "nothing granted: no length changes");
}

/* A record (RFC 5531 11) with a counted string and two announcements, one not granted. */
static void test_together(void)
{
	static const char before[] = "\x80\0\0\x18"
				     "call"
				     "\0\0\0\x07"
				     "::1.8.1\0"
				     "9999";
	static const char after[] = "\x80\0\0\x20"
				    "call"
				    "\0\0\0\x0f"
				    "2001:db8::1.8.2\0"
				    "9999";
	struct grant g[2] = { grant_of("2001:db8::1", 2050, 2049), grant_of("::1", 1, 9999) };
	struct edit e[] = { { .off = 0, .len = 4, .form = EDIT_RECORD_MARK, .cover = 24 },
			    { .off = 8, .len = 12, .form = EDIT_XDR_UADDR, .claim = 0 },
			    { .off = 20, .len = 4, .form = EDIT_DECIMAL_PORT, .claim = 1 } };
	int n;

	g[1].given = false;
	n = run(e, 3, g, before, sizeof(before) - 1);
	is_int(n, 2, "mark and address");
	ok(gives(n, before, sizeof(before) - 1, after, sizeof(after) - 1), "their bytes");
	g[1].given = true;
	n = run(e, 3, g, before, sizeof(before) - 1);
	is_int(n, 3, "all three");
	is_int(render_delta(out, 3), 8 - 3, "what they add");
	ok(out[0].text[0] == 0x80 && out[0].text[3] == 0x18 + 5, "the mark counts both");
	e[0].cover = 16; /* not the last */
	run(e, 3, g, before, sizeof(before) - 1);
	is_int(out[0].text[3], 0x18 + 8, "a length that covers one");
	g[0] = grant_of("::1", 2049, 2049);
	g[1] = grant_of("::1", 9999, 9999);
	is_int(run(e, 3, g, before, sizeof(before) - 1), 0, "all stands as it should");
}

static void test_many(void)
{
	struct edit e[OUTPUT_EDITS_MAX];
	struct grant g = grant_of("192.0.2.1", 10000, 1);
	char after[5 * OUTPUT_EDITS_MAX];
	char before[OUTPUT_EDITS_MAX];
	int n;

	for (unsigned i = 0; i < OUTPUT_EDITS_MAX; i++) {
		e[i] = (struct edit){ .off = i, .len = 1, .form = EDIT_DECIMAL_PORT };
		before[i] = '1';
		memcpy(after + 5 * i, "10000", 5);
	}
	n = run(e, OUTPUT_EDITS_MAX, &g, before, sizeof(before));
	is_int(n, OUTPUT_EDITS_MAX, "as many as there may be, side by side");
	ok(gives(n, before, sizeof(before), after, sizeof(after)), "their bytes");
	is_int(run(e, 0, &g, before, sizeof(before)), 0, "none");
	ok(gives(0, before, sizeof(before), before, sizeof(before)), "a copy");
	e[0].off = sizeof(before);
	is_int(run(e, 1, &g, before, sizeof(before)), -1, "behind the end");
	e[0].off = LINK_PAYLOAD_MAX;
	e[0].len = LINK_PAYLOAD_MAX;
	is_int(run(e, 1, &g, before, sizeof(before)), -1, "far behind it");
	e[0].off = 0;
	is_int(run(e, 1, &g, before, sizeof(before)), -1, "longer than it");
}

/* What cannot be edited matters only where it would have to be. */
static void test_elsewhere(void)
{
	struct edit port = { .off = EDIT_ELSEWHERE, .len = 4, .form = EDIT_BE32_PORT };
	struct edit addr = { .off = EDIT_ELSEWHERE, .len = 20, .form = EDIT_XDR_UADDR };
	struct edit both[] = { { .off = EDIT_ELSEWHERE,
				 .len = 4,
				 .form = EDIT_RECORD_MARK,
				 .claim = 255,
				 .cover = 40 },
			       { .off = 0, .len = 1, .form = EDIT_DECIMAL_PORT } };
	struct grant g = grant_of("192.0.2.1", 2049, 2049);

	g.announced_addr = g.addr;
	is_int(run(&port, 1, &g, "", 0), 0, "the same port elsewhere");
	is_int(run(&addr, 1, &g, "", 0), 0, "the same address and port");
	g.announced_addr.bytes[3]++;
	is_int(run(&port, 1, &g, "", 0), 0, "another address, not announced");
	is_int(run(&addr, 1, &g, "", 0), -1, "announced");
	addr.form = EDIT_ADDRESS;
	is_int(run(&addr, 1, &g, "", 0), -1, "alone");
	g.announced_addr = g.addr;
	g.port++;
	is_int(run(&addr, 1, &g, "", 0), 0, "another port, not announced");
	is_int(run(&port, 1, &g, "", 0), -1, "announced");
	addr.form = EDIT_EPRT;
	is_int(run(&addr, 1, &g, "", 0), -1, "with the address");
	g.given = false;
	is_int(run(&port, 1, &g, "", 0), 0, "but not granted");
	g = grant_of("192.0.2.1", 2, 1);
	is_int(run(both, 2, &g, "1", 1), 1, "a length elsewhere, nothing grows");
	g.port = 10;
	is_int(run(both, 2, &g, "1", 1), -1, "it would have to grow");
	g.port = 1;
	is_int(run(both, 2, &g, "1", 1), 0, "nothing changes");
}

int main(void)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		test_form(&forms[i]);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		test_length(&lengths[i]);
	test_together();
	test_many();
	test_elsewhere();
	return done_testing();
}
