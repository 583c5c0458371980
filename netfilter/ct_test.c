/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Flows as the kernel writes them, read back; and cut, stretched and contradicting themselves.
 */
#include "netfilter/ct.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "netfilter/message_test.h"

static char buf[NL_REQUEST_SIZE] __attribute__((aligned(8)));
static struct nl nl;
static struct ct_flow got;

static bool try_flow(const struct nlmsghdr *nlh)
{
	const char *attrs = (const char *)nlh + MESSAGE_ATTRS;

	return nlh->nlmsg_len >= MESSAGE_ATTRS &&
	       ct_flow_parse((const struct nlattr *)(const void *)attrs,
			     nlh->nlmsg_len - MESSAGE_ATTRS, &got);
}

static void put_seqadj(struct nlmsghdr *nlh, uint16_t type, const struct ct_seqadj *adj)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	mnl_attr_put_u32(nlh, CTA_SEQADJ_CORRECTION_POS, htonl(adj->position));
	mnl_attr_put_u32(nlh, CTA_SEQADJ_OFFSET_BEFORE, htonl((uint32_t)adj->before));
	mnl_attr_put_u32(nlh, CTA_SEQADJ_OFFSET_AFTER, htonl((uint32_t)adj->after));
	mnl_attr_nest_end(nlh, nest);
}

static struct ct_flow make(bool v6)
{
	const char *a = v6 ? "2001:db8::1" : "10.0.0.1", *b = v6 ? "2001:db8::2" : "192.0.2.1";

	return (struct ct_flow){ .orig = message_tuple(a, 700, b, 111, IPPROTO_TCP),
				 .reply = message_tuple(b, 111, a, 65535, IPPROTO_TCP),
				 .id = 0x80000001,
				 .status = 0x3fff,
				 .zone = 65535,
				 .helper = "123456789012345",
				 .state_len = CT_STATE_SIZE,
				 .state = { 1, [CT_STATE_SIZE - 1] = 2 },
				 .seqadj = { { UINT32_MAX, -1, INT32_MAX }, { 1, 2, INT32_MIN } } };
}

/* As the kernel's ctnetlink does. */
static struct nlmsghdr *put(const struct ct_flow *f)
{
	struct nlmsghdr *nlh = nl_request(&nl, buf, IPCTNL_MSG_CT_NEW, 0, f->orig.src.family, 0);

	ct_tuple_put(nlh, CTA_TUPLE_ORIG, &f->orig);
	ct_tuple_put(nlh, CTA_TUPLE_REPLY, &f->reply);
	mnl_attr_put_u32(nlh, CTA_STATUS, htonl(f->status));
	mnl_attr_put_u32(nlh, CTA_ID, htonl(f->id));
	mnl_attr_put_u16(nlh, CTA_ZONE, htons(f->zone));
	ct_state_put(nlh, f->helper, f->state, f->state_len);
	put_seqadj(nlh, CTA_SEQ_ADJ_ORIG, &f->seqadj[0]);
	put_seqadj(nlh, CTA_SEQ_ADJ_REPLY, &f->seqadj[1]);
	return nlh;
}

static void test_flow(bool v6)
{
	struct ct_flow f = make(v6);
	struct nlmsghdr *nlh = put(&f);

	ok(message_copy(nlh, try_flow), "a flow");
	ok(tuple_equal(&got.orig, &f.orig) && tuple_equal(&got.reply, &f.reply), "its tuples");
	ok(got.id == f.id && got.status == f.status && got.zone == f.zone, "its numbers");
	is_str(got.helper, f.helper, "its helper");
	is_int(got.state_len, CT_STATE_SIZE, "its state");
	ok(!memcmp(got.state, f.state, CT_STATE_SIZE), "every byte");
	ok(!memcmp(got.seqadj, f.seqadj, sizeof(f.seqadj)), "its adjustments");
	message_cuts(nlh, try_flow);
	ok(message_all_lengths(nlh, try_flow) > 500, "every length of every attribute");
}

/* As no kernel has written it yet: ports first, and something new between them. */
static void put_otherwise(struct nlmsghdr *nlh, uint16_t type, const struct tuple *t)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type), *inner;

	inner = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(t->dport));
	mnl_attr_put_u32(nlh, 63, 0);
	mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(t->sport));
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, t->l4);
	mnl_attr_nest_end(nlh, inner);
	inner = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	mnl_attr_put(nlh, CTA_IP_V4_DST, 4, t->dst.bytes);
	mnl_attr_put(nlh, CTA_IP_V4_SRC, 4, t->src.bytes);
	mnl_attr_nest_end(nlh, inner);
	mnl_attr_nest_end(nlh, nest);
}

static void test_shape(void)
{
	struct ct_flow f = make(false);
	struct nlmsghdr *nlh = nl_request(&nl, buf, 0, 0, AF_INET, 0);

	put_otherwise(nlh, CTA_TUPLE_ORIG, &f.orig);
	ct_tuple_put(nlh, CTA_TUPLE_REPLY, &f.reply);
	ok(message_copy(nlh, try_flow), "another order");
	ok(tuple_equal(&got.orig, &f.orig) && tuple_equal(&got.reply, &f.reply), "the same tuples");
}

/* Both tuples have to be there, of one family. */
static void test_incomplete(void)
{
	struct ct_flow f = make(false);
	struct nlmsghdr *nlh = nl_request(&nl, buf, 0, 0, AF_INET, 0);
	uint32_t at, cuts = 0;

	ok(!message_copy(nlh, try_flow), "nothing");
	ct_tuple_put(nlh, CTA_TUPLE_ORIG, &f.orig);
	ok(!message_copy(nlh, try_flow), "one way");
	at = nlh->nlmsg_len;
	ct_tuple_put(nlh, CTA_TUPLE_REPLY, &f.reply);
	ok(message_copy(nlh, try_flow), "both");
	is_int(message_cuts(nlh, try_flow), cuts, "no cut of them");
	f.reply = make(true).reply;
	nlh->nlmsg_len = at;
	ct_tuple_put(nlh, CTA_TUPLE_REPLY, &f.reply);
	ok(!message_copy(nlh, try_flow), "two families");
}

/* One attribute behind a sound flow. */
static bool with(uint16_t type, const void *data, size_t len)
{
	struct ct_flow f = make(false);
	struct nlmsghdr *nlh = nl_request(&nl, buf, 0, 0, AF_INET, 0);

	ct_tuple_put(nlh, CTA_TUPLE_ORIG, &f.orig);
	ct_tuple_put(nlh, CTA_TUPLE_REPLY, &f.reply);
	mnl_attr_put(nlh, type, len, data);
	return message_copy(nlh, try_flow);
}

static bool with_help(const char *name, size_t name_len, size_t state_len)
{
	static const char state[64] = { 1 };
	char nest[256] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nest);

	mnl_attr_put(nlh, CTA_HELP_NAME, name_len, name);
	mnl_attr_put(nlh, CTA_HELP_INFO, state_len, state);
	return with(CTA_HELP | NLA_F_NESTED, nest + MNL_NLMSG_HDRLEN,
		    nlh->nlmsg_len - MNL_NLMSG_HDRLEN);
}

static void test_short(void)
{
	static const char zero[8];

	for (size_t len = 0; len <= 4; len++) {
		ok(with(CTA_STATUS, zero, len) == (len >= 4), "status of %zu bytes", len);
		ok(with(CTA_ID, zero, len) == (len >= 4), "id of %zu bytes", len);
		ok(with(CTA_ZONE, zero, len) == (len >= 2), "zone of %zu bytes", len);
	}
	ok(with(CTA_MAX + 1, zero, 1), "an attribute of the future");
	ok(with(CTA_HELP, zero, 0), "an empty helper");
	is_str(got.helper, "", "has no name");
	ok(with_help("toy", 4, 4), "a helper");
	is_str(got.helper, "toy", "its name");
	is_int(got.state_len, 4, "its state");
	ok(!with_help("toy", 3, 4), "a name without end");
	ok(!with_help("toy", 0, 4), "without anything");
	ok(with_help("123456789012345", 16, 0), "the longest name");
	ok(!with_help("1234567890123456", 17, 0), "a longer one");
	ok(with_help("toy", 4, 32), "all the state");
	is_int(got.state_len, 32, "is kept");
	ok(with_help("toy", 4, 33), "more than there is room for");
	is_int(got.state_len, 32, "is cut");
	ok(with_help("toy\0garbage", 12, 0), "bytes behind a name");
	is_str(got.helper, "toy", "do not count");
}

static void test_requests(void)
{
	const struct ct_seqadj adj = { 1000, -3, 7 };
	struct ct_flow f = make(true), other = f;
	struct nlmsghdr *nlh = ct_seqadj_put(&nl, buf, &f, true, &adj, f.state, 32);
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);

	is_int(nlh->nlmsg_type, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, "its type");
	is_int(nlh->nlmsg_flags, NLM_F_REQUEST, "no answer is asked for, nothing is created");
	is_int(nfg->nfgen_family, AF_INET6, "its family");
	ok(nlh->nlmsg_len <= NL_REQUEST_SIZE, "fits");
	ct_tuple_put(nlh, CTA_TUPLE_REPLY, &f.reply); /* for the parser */
	ok(message_copy(nlh, try_flow), "an adjustment");
	ok(tuple_equal(&got.orig, &f.orig), "its flow");
	is_int(got.zone, f.zone, "its zone");
	ok(!memcmp(&got.seqadj[1], &adj, sizeof(adj)), "of one direction");
	is_int(got.seqadj[0].position, 0, "not of the other");
	is_str(got.helper, f.helper, "the helper");
	ok(!memcmp(got.state, f.state, 32), "with its state");
	other.zone = 0;
	nlh = ct_seqadj_put(&nl, buf, &other, false, &adj, NULL, 32);
	ct_tuple_put(nlh, CTA_TUPLE_REPLY, &f.reply);
	ok(message_copy(nlh, try_flow), "without state");
	ok(!memcmp(&got.seqadj[0], &adj, sizeof(adj)), "of the first direction");
	is_int(got.zone, 0, "no zone");
	is_int(got.state_len, 0, "no state");
	is_str(got.helper, "", "no helper");
}

int main(void)
{
	test_flow(false);
	test_flow(true);
	test_shape();
	test_incomplete();
	test_short();
	test_requests();
	return done_testing();
}
