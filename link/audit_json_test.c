/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The JSON of a record, word for word, and of one whose every byte is hostile.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/json.h"
#include "link/audit.h"
#include "tests/unit/tap.h"

static char *text_of(const struct audit_record *r)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct json j = json_over(f);

	audit_json(&j, r);
	json_finish(&j);
	fclose(f);
	return text;
}

static struct addr v4(uint8_t last)
{
	return (struct addr){ .family = AF_INET, .bytes = { 192, 0, 2, last } };
}

static struct audit_record example(void)
{
	struct audit_record r = {
		.number = 7,
		.when = 1000,
		.fate = FATE_open,
		.direction = DIRECTION_REPLY,
		.queue = 3,
		.flow_id = 9,
		.tcp_seq = 4000000000u,
		.off = -4,
		.helper = "ftp",
		.orig = { v4(1), v4(2), 40000, 21, IPPROTO_TCP },
		.reply = { v4(2), v4(1), 21, 40000, IPPROTO_TCP },
		.claim = { .from = PARTY_CLIENT,
			   .to = PARTY_SERVER,
			   .l4 = IPPROTO_TCP,
			   .port = 5000 },
		.granted = { v4(1), v4(2), 0, 5000, IPPROTO_TCP },
	};

	r.len = 5;
	memcpy(r.message, "a\"\x1b\n\xff", 5);
	return r;
}

static void test_opened(void)
{
	struct audit_record r = example();
	char *text = text_of(&r);

	is_str(text,
	       "{\"number\":7,\"time\":\"1970-01-01T00:00:01.000Z\",\"verdict\":\"opened\","
	       "\"fate\":\"open\",\"fate_time\":null,\"helper\":\"ftp\",\"queue\":3,\"zone\":0,"
	       "\"flow\":9,\"original\":{\"protocol\":6,\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\","
	       "\"sport\":40000,\"dport\":21},\"reply\":{\"protocol\":6,\"src\":\"192.0.2.2\","
	       "\"dst\":\"192.0.2.1\",\"sport\":21,\"dport\":40000},\"direction\":\"reply\","
	       "\"seq\":4000000000,\"offset\":-4,\"claim\":{\"from\":\"client\",\"to\":\"server\","
	       "\"protocol\":6,\"port\":5000,\"from_port\":0,\"class\":0,\"permanent\":false,"
	       "\"back\":false,\"follow\":false},\"granted\":{\"protocol\":6,\"src\":\"192.0.2.1\","
	       "\"dst\":\"192.0.2.2\",\"sport\":0,\"dport\":5000},\"nat\":null,\"kernel\":\"ok\","
	       "\"renewals\":0,\"message\":\"a\\\\x22\\\\x1b\\\\x0a\\\\xff\"}\n",
	       "opened");
	free(text);
	r.wild = 8;
	r.has_nat = r.nat_reply = 1;
	r.nat_addr = v4(5);
	r.nat_port = 6000;
	text = text_of(&r);
	ok(strstr(text,
		  "\"src_prefix\":24,\"nat\":{\"address\":\"192.0.2.5\",\"port\":6000,\"reply\":true,"
		  "\"keeps_source\":false}"),
	   "a network and NAT: %s", text);
	free(text);
}

static void test_refused(void)
{
	struct audit_record r = example();
	char *text;

	r.why = REFUSED_third_party;
	r.fate = FATE_none;
	r.claim.to = PARTY_OTHER;
	r.claim.other = v4(77);
	text = text_of(&r);
	ok(strstr(text, "\"verdict\":\"refused\",\"reason\":\"third_party\",\"fate\":\"none\""),
	   "reason");
	ok(strstr(text, "\"other\":\"192.0.2.77\"}"), "the third party");
	ok(strstr(text, "\"granted\":null,\"nat\":null,\"kernel\":\"unasked\""), "nothing granted");
	free(text);
}

static void test_hostile(void)
{
	for (int byte = 1; byte < 256; byte++) {
		struct audit_record r;
		char *text;
		bool clean = true;

		memset(&r, byte, sizeof(r));
		text = text_of(&r);
		for (const char *p = text; *p; p++)
			clean &= (*p >= ' ' && *p < 0x7f) || (*p == '\n' && !p[1]);
		if (!clean || strchr(text, '{') != text)
			ok(false, "printable: %s", text);
		free(text);
	}
	ok(true, "every byte");
}

int main(void)
{
	test_opened();
	test_refused();
	test_hostile();
	return done_testing();
}
