/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Requests as they go to the kernel, read back by the parser of its answers.
 */
#include <errno.h>
#include <netinet/in.h>

#include "netfilter/nl.h"

static int fake_talk(struct nl *nl, struct nlmsghdr *request,
		     int (*cb)(const struct nlmsghdr *, void *), void *data);

static int fake_tell(struct nl *nl, struct nlmsghdr *first, struct nlmsghdr *request);

#define nl_talk fake_talk
#define nl_tell fake_tell
#include "netfilter/expect.c"
#undef nl_talk
#undef nl_tell

#include "netfilter/message_test.h"

static char sent[NL_REQUEST_SIZE] __attribute__((aligned(8)));
static struct nlmsghdr *const request_sent = (struct nlmsghdr *)sent;
static struct nlmsghdr first_sent;
static struct nlmsghdr *answer;
static int talk_result;
static struct expectation got;
static struct nl nl;

static int fake_talk(struct nl *to, struct nlmsghdr *request,
		     int (*cb)(const struct nlmsghdr *, void *), void *data)
{
	(void)to;
	memcpy(sent, request, request->nlmsg_len);
	return cb && answer ? cb(answer, data) : talk_result;
}

static int fake_tell(struct nl *to, struct nlmsghdr *first, struct nlmsghdr *request)
{
	if (first)
		first_sent = *first;
	return fake_talk(to, request, NULL, NULL);
}

static bool try_expect(const struct nlmsghdr *nlh)
{
	return expect_parse(nlh, &got);
}

static struct expectation make(bool v6)
{
	struct expectation e = {
		.zone = 9, .class = 3, .flags = EXPECT_FLAG_PERMANENT, .timeout = 300
	};

	if (v6) {
		e.tuple = message_tuple("2001:db8::1", 0, "2001:db8::2", 2049, IPPROTO_TCP);
		e.master = message_tuple("2001:db8::1", 700, "2001:db8::2", 111, IPPROTO_UDP);
	} else {
		e.tuple = message_tuple("10.0.0.1", 0, "192.0.2.1", 2049, IPPROTO_TCP);
		e.master = message_tuple("10.0.0.1", 700, "192.0.2.1", 111, IPPROTO_UDP);
	}
	return e;
}

static bool has(uint16_t type)
{
	const struct nlattr *a;

	mnl_attr_for_each(a, request_sent, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(a) == type)
			return true;
	}
	return false;
}

static void test_create(bool v6)
{
	struct expectation e = make(v6);
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(request_sent);

	is_int(expect_create(&nl, &e), 0, "created");
	is_int(request_sent->nlmsg_type, NFNL_SUBSYS_CTNETLINK_EXP << 8 | IPCTNL_MSG_EXP_NEW,
	       "its type");
	is_int(request_sent->nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL,
	       "its flags");
	is_int(nfg->nfgen_family, v6 ? AF_INET6 : AF_INET, "its family");
	ok(message_copy(request_sent, try_expect), "read back");
	ok(tuple_equal(&got.tuple, &e.tuple) && tuple_equal(&got.master, &e.master), "tuples");
	ok(got.zone == 9 && got.class == 3 && got.flags == 1 && got.timeout == 300, "numbers");
	ok(!got.wild && !got.nat.present, "a source, no NAT");
	ok(!has(CTA_EXPECT_FN), "no function");
	e.wild = v6 ? 128 : 32;
	e.zone = 0;
	e.nat = (struct expect_nat){
		.present = true, .reply = true, .addr = e.tuple.src, .port = 65535
	};
	expect_create(&nl, &e);
	ok(message_copy(request_sent, try_expect), "read back");
	ok(expect_any_source(&got), "no source");
	ok(got.nat.present && got.nat.reply && got.nat.port == 65535 &&
		   addr_equal(&got.nat.addr, &e.tuple.src),
	   "NAT");
	ok(has(CTA_EXPECT_FN) && !has(CTA_EXPECT_ZONE), "a function, no zone");
	message_cuts(request_sent, try_expect);
	ok(message_all_lengths(request_sent, try_expect) > 400, "every length of every attribute");
	e.nat.reply = false;
	expect_create(&nl, &e);
	ok(message_copy(request_sent, try_expect) && !got.nat.reply, "the other direction");
}

static void test_replace(void)
{
	struct expectation e = make(false);

	is_int(expect_replace(&nl, &e), 0, "replaced");
	is_int(first_sent.nlmsg_type, NFNL_SUBSYS_CTNETLINK_EXP << 8 | IPCTNL_MSG_EXP_DELETE,
	       "deleted first");
	is_int(first_sent.nlmsg_flags, NLM_F_REQUEST, "whose answer nobody waits for");
	ok(first_sent.nlmsg_seq != request_sent->nlmsg_seq, "nor takes for the other's");
	is_int(request_sent->nlmsg_type, NFNL_SUBSYS_CTNETLINK_EXP << 8 | IPCTNL_MSG_EXP_NEW,
	       "then created");
	ok(message_copy(request_sent, try_expect) && tuple_equal(&got.tuple, &e.tuple), "as it is");
}

/* What the kernel compares. */
static void test_mask(void)
{
	static const uint8_t ones[16] = { 255, 255, 255, 255, 255, 255, 255, 255,
					  255, 255, 255, 255, 255, 255, 255, 255 };
	struct expectation e = make(false);
	struct tuple mask = mask_of(&e);

	ok(!memcmp(mask.src.bytes, ones, 4) && !memcmp(mask.dst.bytes, ones, 4), "addresses");
	ok(!mask.src.bytes[4], "four bytes of IPv4");
	is_int(mask.sport, 0, "any source port");
	is_int(mask.dport, 65535, "one destination port");
	e.tuple.sport = 20;
	e.wild = 32;
	mask = mask_of(&e);
	is_int(mask.sport, 65535, "one source port");
	ok(!memcmp(mask.dst.bytes, ones, 4) && !mask.src.bytes[0], "any source");
	e = make(true);
	e.wild = 61;
	mask = mask_of(&e);
	ok(!memcmp(mask.src.bytes, ones, 8) && mask.src.bytes[8] == 0xe0 && !mask.src.bytes[9],
	   "67 bits of a source");
	is_int(count_wild(&mask.src), 61, "and back");
	e.wild = 0;
	mask = mask_of(&e);
	ok(!memcmp(mask.src.bytes, ones, 16) && !memcmp(mask.dst.bytes, ones, 16), "IPv6");
}

static void test_delete_and_get(void)
{
	struct expectation e = make(true), there;

	talk_result = -ENOENT;
	is_int(expect_delete(&nl, &e), -ENOENT, "the kernel's word");
	is_int(request_sent->nlmsg_type, NFNL_SUBSYS_CTNETLINK_EXP << 8 | IPCTNL_MSG_EXP_DELETE,
	       "its type");
	ok(has(CTA_EXPECT_TUPLE) && has(CTA_EXPECT_ZONE), "by tuple and zone");
	ok(!has(CTA_EXPECT_MASTER) && !has(CTA_EXPECT_NAT) && !has(CTA_EXPECT_MASK), "alone");
	is_int(expect_get(&nl, &e, &there), -ENOENT, "none there");
	is_int(request_sent->nlmsg_type, NFNL_SUBSYS_CTNETLINK_EXP << 8 | IPCTNL_MSG_EXP_GET,
	       "its type");
	is_int(request_sent->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK, "one, not a dump");
	talk_result = 0;
	expect_create(&nl, &e);
	answer = malloc(request_sent->nlmsg_len);
	memcpy(answer, sent, request_sent->nlmsg_len);
	is_int(expect_get(&nl, &e, &there), 0, "there");
	ok(tuple_equal(&there.master, &e.master), "read");
	answer->nlmsg_len = MESSAGE_ATTRS;
	is_int(expect_get(&nl, &e, &there), -EBADMSG, "malformed");
	free(answer);
	answer = NULL;
}

/* One attribute behind a sound expectation. */
static bool with(uint16_t type, const void *data, size_t len)
{
	struct expectation e = make(false);

	expect_create(&nl, &e);
	mnl_attr_put(request_sent, type, len, data);
	return message_copy(request_sent, try_expect);
}

static void test_attributes(void)
{
	static const char zero[32];

	for (size_t len = 0; len <= 4; len++) {
		ok(with(CTA_EXPECT_TIMEOUT, zero, len) == (len >= 4), "timeout of %zu", len);
		ok(with(CTA_EXPECT_FLAGS, zero, len) == (len >= 4), "flags of %zu", len);
		ok(with(CTA_EXPECT_CLASS, zero, len) == (len >= 4), "class of %zu", len);
		ok(with(CTA_EXPECT_ZONE, zero, len) == (len >= 2), "zone of %zu", len);
	}
	ok(with(CTA_EXPECT_HELP_NAME, "toy", 4), "a helper");
	is_str(got.helper, "toy", "its name");
	ok(!with(CTA_EXPECT_HELP_NAME, "toy", 3), "without end");
	ok(!with(CTA_EXPECT_HELP_NAME, "", 0), "without anything");
	ok(with(CTA_EXPECT_HELP_NAME, "123456789012345", 16), "the longest");
	ok(!with(CTA_EXPECT_HELP_NAME, "1234567890123456", 17), "a longer one");
	ok(with(__CTA_EXPECT_MAX, zero, 1), "an attribute of the future");
	ok(with(CTA_EXPECT_NAT, zero, 0) && got.nat.present, "NAT to nowhere");
	ok(!with(CTA_EXPECT_TUPLE, zero, 0), "no tuple");
	ok(!with(CTA_EXPECT_MASTER, zero, 0), "no master");
}

int main(void)
{
	test_create(false);
	test_create(true);
	test_replace();
	test_mask();
	test_delete_and_get();
	test_attributes();
	return done_testing();
}
