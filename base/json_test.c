/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"

#include <stdlib.h>

#include "tests/unit/tap.h"

static char *text;
static size_t size;

static struct json begin(void)
{
	free(text);
	text = NULL;
	return json_over(open_memstream(&text, &size));
}

static void end(struct json *j, const char *want, const char *what)
{
	is_int(json_finish(j), 0, "%s: written", what);
	fclose(j->out);
	is_str(text, want, "%s", what);
}

static void test_escapes(void)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "", "\"\"\n" },
		{ "a\"b\\c/d", "\"a\\\"b\\\\c/d\"\n" },
		{ "\n\t\r\x01\x1f\x7f", "\"\\n\\t\\u000d\\u0001\\u001f\\u007f\"\n" },
		{ "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		  "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"\n" },
		{ "\xff\x80x", "\"\\ufffd\\ufffdx\"\n" },
		{ "\xc0\xaf", "\"\\ufffd\\ufffd\"\n" },		   /* overlong */
		{ "\xe0\x80\x80", "\"\\ufffd\\ufffd\\ufffd\"\n" }, /* overlong */
		{ "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"\n" }, /* surrogate */
		{ "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"\n" },
		{ "\xe2\x82", "\"\\ufffd\\ufffd\"\n" }, /* cut */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json j = begin();

		json_put_string(&j, NULL, rows[i].in);
		end(&j, rows[i].want, "escapes");
	}
}

static void test_nesting(void)
{
	struct json j = begin();

	json_put_array_begin(&j, NULL);
	json_put_array_end(&j);
	end(&j, "[]\n", "empty array");

	j = begin();
	json_put_object_begin(&j, NULL);
	json_put_string(&j, "name", "ftp");
	json_put_array_begin(&j, "ports");
	json_put_number(&j, NULL, 21);
	json_put_number(&j, NULL, INT64_MIN);
	json_put_object_begin(&j, NULL);
	json_put_object_end(&j);
	json_put_array_end(&j);
	json_put_bool(&j, "on", true);
	json_put_bool(&j, "off", false);
	json_put_null(&j, "none");
	json_put_bytes(&j, "nul", "a\0b", 3);
	json_put_object_end(&j);
	end(&j,
	    "{\"name\":\"ftp\",\"ports\":[21,-9223372036854775808,{}],\"on\":true,\"off\":false,"
	    "\"none\":null,\"nul\":\"a\\u0000b\"}\n",
	    "every kind");
}

static void test_stream(void)
{
	struct json j = begin();

	for (int i = 0; i < 2; i++) {
		json_put_object_begin(&j, NULL);
		json_put_number(&j, "n", i);
		json_put_object_end(&j);
		json_finish(&j);
	}
	fclose(j.out);
	is_str(text, "{\"n\":0}\n{\"n\":1}\n", "one document per line");
}

static void test_full_disk(void)
{
	struct json j = json_over(fopen("/dev/full", "w"));

	if (!ok(j.out != NULL, "/dev/full"))
		return;
	json_put_string(&j, NULL, "x");
	ok(json_finish(&j) < 0, "a failed write is told");
	fclose(j.out);
}

int main(void)
{
	test_escapes();
	test_nesting();
	test_stream();
	test_full_disk();
	free(text);
	return done_testing();
}
