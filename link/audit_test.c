/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The rings: order, overwriting, records that are not whole; and the line, whatever a record holds.
 */
#include "link/audit.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tap.h"

static struct audit_rings rings;
static struct audit_record all[AUDIT_RECORDS];
static struct audit audit;

static void begin(void)
{
	memset(&rings, 0, sizeof(rings));
	audit_open(&audit, &rings);
}

static struct audit_record *add(uint8_t why, uint32_t flow_id)
{
	struct audit_record r = { .why = why, .flow_id = flow_id };

	return audit_add(&audit, &r);
}

static void test_order(void)
{
	begin();
	is_int((long long)audit_collect(&rings, all), 0, "empty at first");
	add(REFUSED_NOT, 10);
	add(REFUSED_low_port, 11);
	add(REFUSED_NOT, 12);
	is_int((long long)audit_collect(&rings, all), 3, "three records of two kinds");
	for (uint32_t i = 0; i < 3; i++)
		is_int(all[i].flow_id, 10 + i, "in order");
}

static void test_overwriting(void)
{
	struct audit_record *first, copy;
	size_t n;

	begin();
	first = add(REFUSED_NOT, 1);
	copy = *first;
	copy.fate = FATE_used;
	ok(audit_change(first, &copy), "a fate is written down");
	is_int(first->fate, FATE_used, "so");
	for (uint32_t i = 0; i < 3 * AUDIT_REFUSED; i++)
		add(REFUSED_low_port, i);
	n = audit_collect(&rings, all);
	is_int((long long)n, AUDIT_REFUSED + 1, "refusals wash refusals away");
	is_int(all[0].flow_id, 1, "but not what was opened");
	is_int(all[n - 1].flow_id, 3 * AUDIT_REFUSED - 1, "the youngest is there");
	for (uint32_t i = 0; i < AUDIT_OPENED; i++)
		add(REFUSED_NOT, i);
	ok(!audit_change(first, &copy), "what was overwritten is not changed any more");
	is_int(first->flow_id, AUDIT_OPENED - 1, "it stays the other's");
}

static void test_not_whole(void)
{
	struct audit_record *second, r;

	begin();
	add(REFUSED_NOT, 1);
	second = add(REFUSED_NOT, 2);
	add(REFUSED_NOT, 3);
	second->number = 0;
	ok(!audit_read(second, &r), "a record without number is not whole");
	is_int((long long)audit_collect(&rings, all), 2, "the others are read");
	is_int(all[1].flow_id, 3, "to the last");
}

static void test_successor(void)
{
	begin();
	for (uint32_t i = 0; i < AUDIT_OPENED + 5; i++)
		add(REFUSED_NOT, i);
	add(REFUSED_clash, 7);
	audit_open(&audit, &rings);
	is_int((long long)audit.number, AUDIT_OPENED + 6, "goes on behind the youngest");
	is_int(audit.next_opened, 5, "at the oldest");
	is_int(audit.next_refused, 1, "in both rings");
	rings.opened[3].number = UINT64_MAX;
	audit_open(&audit, &rings);
	is_int((long long)add(REFUSED_NOT, 1)->number, 1, "a mad number is survived");
}

static struct audit_record sample(void)
{
	struct audit_record r = {
		.number = 17,
		.when = 1790000000123,
		.fate = FATE_open,
		.direction = DIRECTION_REPLY,
		.queue = 4,
		.zone = 3,
		.flow_id = 99,
		.tcp_seq = 1000,
		.off = 27,
		.helper = "ftp",
		.claim = { .from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = IPPROTO_TCP, .port = 2049 },
		.len = 5,
		.message = "227 \n",
	};

	addr_from_text("10.0.0.1", 8, &r.orig.src);
	addr_from_text("192.0.2.1", 9, &r.orig.dst);
	r.orig.l4 = IPPROTO_TCP;
	r.orig.sport = 700;
	r.orig.dport = 21;
	r.reply = r.orig;
	r.granted = r.orig;
	r.granted.sport = 0;
	r.granted.dport = 2049;
	return r;
}

static void test_text(void)
{
	struct audit_record r = sample();
	char buf[AUDIT_TEXT_SIZE];

	is_str(audit_line(buf, &r),
	       "time=2026-09-21T14:13:20.123Z verdict=opened fate=open fate-time=- helper=ftp "
	       "proto=6 src=10.0.0.1 dst=192.0.2.1 sport=0 dport=2049 permanent=0 class=0 "
	       "master=\"proto=6 src=10.0.0.1 dst=192.0.2.1 sport=700 dport=21\" "
	       "reply=\"proto=6 src=10.0.0.1 dst=192.0.2.1 sport=700 dport=21\" zone=3 flow=99 "
	       "queue=4 direction=reply seq=1000 offset=27 asked-from=client asked-to=server "
	       "asked-port=2049 kernel=ok renewals=0 audit=17 message=\"227 \\x0a\"",
	       "opened");
	r.has_nat = true;
	r.nat_addr = r.orig.src;
	r.nat_port = 7;
	r.claim.permanent = 1;
	ok(strstr(audit_text(buf, &r), " nat=10.0.0.1:7 permanent=1 class=") != NULL, "NAT");
	r.why = REFUSED_no_master;
	r.fate = FATE_none;
	r.error = -ENOENT;
	ok(strstr(audit_line(buf, &r), "verdict=no_master fate=none") != NULL, "refused");
	ok(strstr(buf, "helper=ftp proto=6 dport=2049 permanent=1") != NULL, "what was asked for");
	ok(strstr(buf, "kernel=ENOENT") != NULL, "what the kernel said");
	r.error = 0;
	ok(strstr(audit_text(buf, &r), "kernel=unasked") != NULL, "or that it was not asked");
	r.error = -12345;
	ok(strstr(audit_text(buf, &r), "kernel=-12345") != NULL, "an error without a word");
	r.claim.to = PARTY_NAMED;
	memcpy(r.host, "db\"1\n", 5);
	ok(strstr(audit_text(buf, &r), " host=\"db\\x221\\x0a\"") != NULL, "a host's name, escaped");
	memset(r.message, '"', sizeof(r.message));
	r.len = 255;
	ok(strlen(audit_text(buf, &r)) < AUDIT_TEXT_SIZE, "a length beyond the bytes");
}

/* A writer that is the enemy's. */
static void test_any_bytes(void)
{
	struct audit_record r;
	char buf[AUDIT_TEXT_SIZE];
	bool clean = true;

	srand(1);
	for (int round = 0; round < 3000; round++) {
		for (size_t i = 0; i < sizeof(r); i++)
			((uint8_t *)&r)[i] = round ? (uint8_t)rand() : 0xff;
		audit_line(buf, &r);
		for (const char *p = buf; *p; p++)
			clean &= *p >= 0x20 && *p < 0x7f;
		clean &= strlen(buf) < AUDIT_TEXT_SIZE - 1;
	}
	ok(clean, "nothing but printable bytes, and never cut");
}

int main(void)
{
	test_order();
	test_overwriting();
	test_not_whole();
	test_successor();
	test_text();
	test_any_bytes();
	return done_testing();
}
