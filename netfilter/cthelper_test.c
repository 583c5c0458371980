/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Helper objects: what is sent, what is understood, and why the kernel may have refused.
 */
#include "netfilter/nl.h"

static int fake_talk(struct nl *nl, struct nlmsghdr *request,
		     int (*cb)(const struct nlmsghdr *, void *), void *data);
#define nl_talk fake_talk
#include "netfilter/cthelper.c"
#include "netfilter/cthelper_clash.c"
#undef nl_talk

#include <stdalign.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/unit/tap.h"

/* The kernel: remembers the request, answers with `object` if there is one, then with `status`. */
static char sent[NL_REQUEST_SIZE];
static size_t sent_len;
static const struct cthelper *object;
static int status;
static bool garbled;

static int fake_talk(struct nl *nl, struct nlmsghdr *asked,
		     int (*cb)(const struct nlmsghdr *, void *), void *data)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct nlmsghdr *nlh;
	int r = 0;

	(void)nl;
	sent_len = asked->nlmsg_len;
	memcpy(sent, asked, sent_len);
	if (cb && object) {
		nlh = request(&(struct nl){ 0 }, buf, NFNL_MSG_CTHELPER_NEW, 0, object);
		if (garbled)
			mnl_attr_put_u8(nlh, NFCTH_STATUS, 1);
		r = cb(nlh, data);
	}
	return r ? r : status;
}

static const struct cthelper rpc = {
	.has = CTHELPER_NAME | CTHELPER_TUPLE | CTHELPER_STATE_LEN | CTHELPER_POLICIES,
	.name = "rpc",
	.l3 = AF_INET,
	.l4 = IPPROTO_TCP,
	.state_len = 16,
	.n_policies = 1,
	.policies = { { "rpc", 1, 300 } },
};

/* Everything behind the netlink header's sequence number and port, as hex. */
static const char *sent_hex(void)
{
	static char hex[2 * NL_REQUEST_SIZE + 1];

	for (size_t i = MNL_NLMSG_HDRLEN; i < sent_len; i++)
		snprintf(hex + 2 * (i - MNL_NLMSG_HDRLEN), 3, "%02x", (uint8_t)sent[i]);
	return hex;
}

/* Recorded from conntrack-tools 1.4.7 with strace: kernels of any age know these bytes. */
static void test_sent(void)
{
	struct nl nl = { .fd = -1 };
	struct cthelper h = rpc;
	const struct nlmsghdr *nlh = (const void *)sent;

	is_int(cthelper_set(&nl, &h, NLM_F_CREATE), 0, "add");
	is_int(nlh->nlmsg_type, 0x900, "add: type");
	is_int(nlh->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE, "add: flags");
	is_str(sent_hex(),
	       "00000000"
	       "0800010072706300"
	       "0800050000000010"
	       "14000280"
	       "06000100000200000500020006000000"
	       "28000480"
	       "1c000280"
	       "08000100727063000800020000000001080003000000012c"
	       "0800010000000001",
	       "add: bytes");
	h.has = CTHELPER_NAME | CTHELPER_TUPLE | CTHELPER_STATUS;
	h.l3 = AF_INET6;
	h.l4 = IPPROTO_UDP;
	cthelper_set(&nl, &h, NLM_F_CREATE);
	is_str(sent_hex(),
	       "00000000"
	       "0800010072706300"
	       "14000280"
	       "06000100000a00000500020011000000"
	       "0800060000000000",
	       "disable: bytes");
	h = rpc;
	cthelper_delete(&nl, &h);
	is_int(nlh->nlmsg_type, 0x902, "delete: type");
	is_str(sent_hex(),
	       "00000000"
	       "0800010072706300"
	       "14000280"
	       "06000100000200000500020006000000",
	       "delete: name and tuple alone");
	cthelper_delete(&nl, NULL);
	is_str(sent_hex(), "00000000", "delete all: no attribute");
}

static void test_round_trip(void)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };
	struct cthelper h, full = {
		.has = CTHELPER_NAME | CTHELPER_TUPLE | CTHELPER_QUEUE | CTHELPER_STATE_LEN |
		       CTHELPER_POLICIES | CTHELPER_STATUS,
		.name = "fifteen-letters",
		.l3 = AF_INET6,
		.l4 = IPPROTO_UDP,
		.queue_num = 65535,
		.state_len = 32,
		.enabled = true,
		.n_policies = 4,
		.policies = { { "a", 1, 2 },
			      { "b", 3, 4 },
			      { "c", 5, 6 },
			      { "fifteen-letters", UINT32_MAX, UINT32_MAX } },
	};

	ok(cthelper_parse(request(&(struct nl){ 0 }, buf, 0, 0, &full), &h), "all of it");
	ok(memcmp(&h, &full, sizeof(h)) == 0, "comes back as it was");
	memset(buf, 0, sizeof(buf));
	ok(cthelper_parse(request(&(struct nl){ 0 }, buf, 0, 0, NULL), &h), "nothing");
	is_int(h.has, 0, "is nothing");
}

/* An attribute of len bytes of `fill`. */
static struct nlmsghdr *odd(void *buf, uint16_t type, size_t len, char fill)
{
	char data[64];
	struct nlmsghdr *nlh = nl_request(&(struct nl){ 0 }, buf, 0x900, 0, 0, 0);

	memset(data, fill, sizeof(data));
	mnl_attr_put(nlh, type, len, data);
	return nlh;
}

static void test_malformed(void)
{
	alignas(struct nlmsghdr) char buf[NL_REQUEST_SIZE] = { 0 };

	static const struct {
		uint16_t type;
		size_t len;
		char fill;
		const char *what;
	} rows[] = {
		{ NFCTH_NAME, 0, 0, "empty name" },
		{ NFCTH_NAME, 4, 'x', "name without NUL" },
		{ NFCTH_NAME, 17, 'x', "long name without NUL" },
		{ NFCTH_TUPLE, 0, 0, "empty tuple" },
		{ NFCTH_QUEUE_NUM, 2, 0, "short queue" },
		{ NFCTH_QUEUE_NUM, 8, 0, "long queue" },
		{ NFCTH_PRIV_DATA_LEN, 0, 0, "empty length" },
		{ NFCTH_STATUS, 1, 0, "short status" },
	};
	struct cthelper h;
	struct nlmsghdr *nlh;
	struct nlattr *nest, *set;
	char name[17] = "sixteen-letters.";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(!cthelper_parse(odd(buf, rows[i].type, rows[i].len, rows[i].fill), &h), "%s",
		   rows[i].what);
	ok(cthelper_parse(odd(buf, 99, 3, 'x'), &h), "an unknown attribute is skipped");

	nlh = nl_request(&(struct nl){ 0 }, buf, 0x900, 0, 0, 0);
	mnl_attr_put(nlh, NFCTH_NAME, sizeof(name), name);
	ok(!cthelper_parse(nlh, &h), "a name of 16");

	nlh = nl_request(&(struct nl){ 0 }, buf, 0x900, 0, 0, 0);
	nest = mnl_attr_nest_start(nlh, NFCTH_TUPLE);
	mnl_attr_put_u16(nlh, NFCTH_TUPLE_L3PROTONUM, htons(2));
	mnl_attr_nest_end(nlh, nest);
	ok(!cthelper_parse(nlh, &h), "half a tuple");

	nlh = nl_request(&(struct nl){ 0 }, buf, 0x900, 0, 0, 0);
	nest = mnl_attr_nest_start(nlh, NFCTH_POLICY);
	set = mnl_attr_nest_start(nlh, NFCTH_POLICY_SET2);
	mnl_attr_put_strz(nlh, NFCTH_POLICY_NAME, "b");
	mnl_attr_nest_end(nlh, set);
	mnl_attr_nest_end(nlh, nest);
	ok(!cthelper_parse(nlh, &h), "the second policy without the first");

	nlh = nl_request(&(struct nl){ 0 }, buf, 0x900, 0, 0, 0);
	nest = mnl_attr_nest_start(nlh, NFCTH_POLICY);
	set = mnl_attr_nest_start(nlh, NFCTH_POLICY_SET1);
	mnl_attr_put_strz(nlh, NFCTH_POLICY_NAME, "a");
	mnl_attr_nest_end(nlh, set);
	mnl_attr_put_u32(nlh, NFCTH_POLICY_SET_NUM, htonl(2));
	mnl_attr_nest_end(nlh, nest);
	ok(!cthelper_parse(nlh, &h), "fewer policies than announced");

	nlh = (void *)buf;
	nlh->nlmsg_len = MNL_NLMSG_HDRLEN + 2;
	ok(!cthelper_parse(nlh, &h), "no room for the second header");
}

static int count(const struct cthelper *h, void *data)
{
	++*(int *)data;
	return strcmp(h->name, "stop") == 0 ? -ECANCELED : 0;
}

static void test_get(void)
{
	struct nl nl = { .fd = -1 };
	struct cthelper h = { .name = "untouched" }, stop = rpc;
	int n = 0;

	object = &rpc;
	is_int(cthelper_get(&nl, &rpc, &h), 0, "get");
	is_str(h.name, "rpc", "the object");
	is_int(cthelper_dump(&nl, count, &n), 0, "dump");
	is_int(n, 1, "one object");
	snprintf(stop.name, sizeof(stop.name), "stop");
	object = &stop;
	is_int(cthelper_dump(&nl, count, &n), -ECANCELED, "what cb said");
	garbled = true;
	is_int(cthelper_get(&nl, &rpc, &h), -EBADMSG, "a garbled answer");
	is_int(cthelper_supported(&nl), 0, "is an answer");
	garbled = false;
	object = NULL;
	is_int(cthelper_get(&nl, &rpc, &h), -ENOENT, "silence means none");
	is_str(h.name, "rpc", "and leaves the result alone");
	is_int(cthelper_supported(&nl), 0, "an empty table is support");
	status = -EINVAL;
	is_int(cthelper_supported(&nl), -EOPNOTSUPP, "EINVAL is no support");
	status = -EPERM;
	is_int(cthelper_supported(&nl), -EPERM, "not privileged");
	status = 0;
}

static void test_module(void)
{
	static const struct {
		const char *name, *module;
	} rows[] = {
		{ "ftp", "nf_conntrack_ftp" },
		{ "ftp-2121", "nf_conntrack_ftp" },
		{ "sip-5061", "nf_conntrack_sip" },
		{ "netbios-ns", "nf_conntrack_netbios_ns" },
		{ "Q.931", "nf_conntrack_h323" },
		{ "RAS", "nf_conntrack_h323" },
		{ "snmp_trap", "nf_nat_snmp_basic" },
		{ "a-", "nf_conntrack_a" },
		{ "", "nf_conntrack_" },
	};

	char module[CTHELPER_MODULE_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_str(cthelper_module(rows[i].name, module), rows[i].module, "'%s'", rows[i].name);
	is_int(strlen(cthelper_module("fifteen-letters", module)), 28, "the longest name fits");
}

static void test_clash(void)
{
	struct nl nl = { .fd = -1 };
	struct cthelper_clash clash;
	struct cthelper other = rpc;
	char dir[] = "/tmp/cthelper_test.XXXXXX", path[64], text[400];

	if (!ok(mkdtemp(dir) != NULL, "a folder"))
		return;
	cthelper_clash(&nl, &rpc, dir, &clash);
	is_int(clash.kind, CTHELPER_CLASH_UNKNOWN, "nothing to be seen");
	is_str(cthelper_clash_text(&clash, &rpc, text, sizeof(text)),
	       "Maybe unload nf_conntrack_rpc.ko first?", "the old advice");

	snprintf(path, sizeof(path), "%s/nf_conntrack_rpc", dir);
	mkdir(path, 0700);
	cthelper_clash(&nl, &rpc, dir, &clash);
	is_int(clash.kind, CTHELPER_CLASH_MODULE, "a module owns it");
	ok(strstr(cthelper_clash_text(&clash, &rpc, text, sizeof(text)), "rpc inet tcp") &&
		   strstr(text, "modprobe -r nf_conntrack_rpc"),
	   "named with the next step");
	rmdir(path);
	rmdir(dir);

	object = &other;
	cthelper_clash(&nl, &rpc, dir, &clash);
	is_int(clash.kind, CTHELPER_CLASH_EXISTS, "the same object");
	other.state_len = 24;
	cthelper_clash(&nl, &rpc, dir, &clash);
	is_int(clash.kind, CTHELPER_CLASH_STATE_LEN, "another private length");
	ok(strstr(cthelper_clash_text(&clash, &rpc, text, sizeof(text)),
		  "24 private bytes per flow instead of 16"),
	   "both are said");
	other = rpc;
	other.n_policies = 2;
	other.policies[1] = (struct cthelper_policy){ "x", 1, 1 };
	cthelper_clash(&nl, &rpc, dir, &clash);
	is_int(clash.kind, CTHELPER_CLASH_POLICIES, "another policy");
	ok(strstr(cthelper_clash_text(&clash, &rpc, text, sizeof(text)), "(rpc, x instead of rpc)"),
	   "both are said");
	is_int(strlen(cthelper_clash_text(&clash, &rpc, text, 10)), 9, "a small buffer holds");
	object = NULL;
}

int main(void)
{
	test_sent();
	test_round_trip();
	test_malformed();
	test_get();
	test_module();
	test_clash();
	return done_testing();
}
