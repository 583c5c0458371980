/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netfilter/nl.h"

static int fake_talk(struct nl *nl, struct nlmsghdr *request,
		     int (*cb)(const struct nlmsghdr *, void *), void *data);
#define nl_talk fake_talk
#include "netfilter/cttimeout.c"
#undef nl_talk

#include <stdalign.h>
#include <stdio.h>

#include "tests/unit/tap.h"

/* The kernel: remembers the request and plays it back as its answer. */
static alignas(struct nlmsghdr) char sent[NL_REQUEST_SIZE];
static size_t sent_len;
static bool silent;

static int fake_talk(struct nl *nl, struct nlmsghdr *request,
		     int (*cb)(const struct nlmsghdr *, void *), void *data)
{
	(void)nl;
	sent_len = request->nlmsg_len;
	memcpy(sent, request, sent_len);
	return cb && !silent ? cb(request, data) : 0;
}

static const char *sent_hex(void)
{
	static char hex[2 * NL_REQUEST_SIZE + 1];

	for (size_t i = MNL_NLMSG_HDRLEN; i < sent_len; i++)
		snprintf(hex + 2 * (i - MNL_NLMSG_HDRLEN), 3, "%02x", (uint8_t)sent[i]);
	return hex;
}

static void test_names(void)
{
	const struct cttimeout_protocol *tcp = cttimeout_protocol(IPPROTO_TCP);

	is_str(tcp->name, "tcp", "tcp");
	is_int(cttimeout_state(tcp, "ESTABLISHED"), CTA_TIMEOUT_TCP_ESTABLISHED - 1, "a state");
	is_int(cttimeout_state(tcp, "unacknowledged"), CTA_TIMEOUT_TCP_UNACK - 1, "in any case");
	is_int(cttimeout_state(tcp, "establish"), -1, "not by prefix");
	is_int(cttimeout_state(tcp, ""), -1, "not by nothing");
	is_int(cttimeout_state(cttimeout_protocol(IPPROTO_SCTP), "SHUTDOWN_ACK_SENT"),
	       CTA_TIMEOUT_SCTP_SHUTDOWN_ACK_SENT - 1, "sctp's last");
	ok(cttimeout_protocol(89) == NULL, "ospf has no tracker");
	ok(cttimeout_protocol(CTTIMEOUT_L4_GENERIC) != NULL, "all others have one");
}

/* Recorded from conntrack-tools 1.4.7 with strace. */
static void test_sent(void)
{
	struct nl nl = { .fd = -1 };
	struct cttimeout t = { .name = "t", .l3 = AF_INET, .l4 = IPPROTO_TCP, .set = 1u << 7 };
	const struct nlmsghdr *nlh = (const void *)sent;

	t.seconds[7] = 3;
	cttimeout_add(&nl, &t);
	is_int(nlh->nlmsg_type, 0x800, "add: type");
	is_int(nlh->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE, "add: flags");
	is_str(sent_hex(),
	       "00000000"
	       "0600010074000000"
	       "0600020000020000"
	       "0500030006000000"
	       "0c0004800800080000000003",
	       "add: bytes");
	t.set = 0;
	cttimeout_default_set(&nl, &t);
	is_int(nlh->nlmsg_type, 0x803, "default-set: type");
	is_str(sent_hex(),
	       "00000000"
	       "0600020000020000"
	       "0500030006000000",
	       "no state, no nest");
	cttimeout_delete(&nl, "t");
	is_str(sent_hex(),
	       "00000000"
	       "0600010074000000",
	       "delete: bytes");
	cttimeout_delete(&nl, NULL);
	is_str(sent_hex(), "00000000", "delete all: no attribute");
}

static void test_parsed(void)
{
	struct nl nl = { .fd = -1 };
	struct cttimeout got, t = { .name = "thirty-one-letters-are-the-most",
				    .l3 = AF_INET6,
				    .l4 = IPPROTO_UDP,
				    .set = 0xffff };

	for (unsigned i = 0; i < CTTIMEOUT_STATES_MAX; i++)
		t.seconds[i] = UINT32_MAX - i;
	cttimeout_add(&nl, &t);
	ok(cttimeout_parse((const void *)sent, &got), "all of it");
	ok(memcmp(&got, &t, sizeof(t)) == 0, "comes back as it was");
	is_int(cttimeout_default_get(&nl, AF_INET, 17, &got), 0, "defaults");
	is_int(got.l4, 17, "their protocol");
	is_int(cttimeout_get(&nl, "t", &got), -EBADMSG, "an answer without protocol");
	silent = true;
	is_int(cttimeout_get(&nl, "t", &got), -ENOENT, "silence means none");
	silent = false;
}

static void test_malformed(void)
{
	static const struct {
		uint16_t type;
		size_t len;
		const char *what;
	} rows[] = {
		{ CTA_TIMEOUT_NAME, 5, "name without NUL" },
		{ CTA_TIMEOUT_NAME, 0, "empty name" },
		{ CTA_TIMEOUT_L3PROTO, 4, "long family" },
		{ CTA_TIMEOUT_L3PROTO, 1, "short family" },
		{ CTA_TIMEOUT_L4PROTO, 2, "long protocol" },
		{ CTA_TIMEOUT_L4PROTO, 0, "short protocol" },
	};

	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct cttimeout t;
	struct nlmsghdr *nlh;
	struct nlattr *nest;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		nlh = nl_request(&(struct nl){ 0 }, buf, 0x800, 0, 0, 0);
		put_key(nlh, AF_INET, IPPROTO_TCP);
		mnl_attr_put(nlh, rows[i].type, rows[i].len, "xxxxxxxx");
		ok(!cttimeout_parse(nlh, &t), "%s", rows[i].what);
	}
	nlh = nl_request(&(struct nl){ 0 }, buf, 0x800, 0, 0, 0);
	put_key(nlh, AF_INET, IPPROTO_TCP);
	nest = mnl_attr_nest_start(nlh, CTA_TIMEOUT_DATA);
	mnl_attr_put_u16(nlh, 1, 1);
	mnl_attr_nest_end(nlh, nest);
	ok(!cttimeout_parse(nlh, &t), "short seconds");

	nlh = nl_request(&(struct nl){ 0 }, buf, 0x800, 0, 0, 0);
	put_key(nlh, AF_INET, IPPROTO_TCP);
	nest = mnl_attr_nest_start(nlh, CTA_TIMEOUT_DATA);
	mnl_attr_put_u32(nlh, 17, 1);
	mnl_attr_put_u32(nlh, 0, 1);
	mnl_attr_nest_end(nlh, nest);
	ok(cttimeout_parse(nlh, &t) && t.set == 0, "states we do not know are skipped");
	nlh->nlmsg_len = MNL_NLMSG_HDRLEN;
	ok(!cttimeout_parse(nlh, &t), "no room for the second header");
}

int main(void)
{
	test_names();
	test_sent();
	test_parsed();
	test_malformed();
	return done_testing();
}
