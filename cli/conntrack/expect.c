/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Commands on the expect table. On -I the addresses of -s and -d name the master flow and those of
 * --tuple-src and --tuple-dst the expected one; on -G and -D, and where they filter, -s and -d
 * name the expected flow.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "cli/conntrack/filter.h"
#include "cli/conntrack/kernel.h"
#include "cli/conntrack/object.h"
#include "cli/conntrack/print.h"
#include "cli/conntrack/report.h"
#include "cli/conntrack/run.h"

/* What one dump or answer works on. */
struct rows {
	const struct command *cmd;
	struct printer printer;
	unsigned count;
	bool quiet;
};

static struct nf_expect *new_expect(void)
{
	struct nf_expect *exp = nfexp_new();

	if (!exp)
		die_other("not enough memory");
	return exp;
}

static int take_row(const struct nlmsghdr *message, void *data)
{
	struct rows *rows = data;
	struct nf_expect *exp = new_expect();

	if (nfexp_nlmsg_parse(message, exp) == 0 && filter_expect(rows->cmd, exp)) {
		rows->count++;
		if (!rows->quiet)
			print_expect(&rows->printer, NFCT_T_UNKNOWN, exp, message);
	}
	nfexp_destroy(exp);
	return 0;
}

static int dump(const struct command *cmd, struct rows *rows)
{
	char buf[NL_REQUEST_SIZE];
	struct nl nl;

	kernel_open(&nl);

	int r = nl_talk(&nl,
			nl_request(&nl, buf, KERNEL_EXP(IPCTNL_MSG_EXP_GET), NLM_F_DUMP,
				   cmd->family, 0),
			take_row, rows);

	nl_close(&nl);
	return r;
}

int expect_list(const struct command *cmd)
{
	struct rows rows = { .cmd = cmd };

	print_begin(&rows.printer, cmd);

	int r = dump(cmd, &rows);

	print_end(&rows.printer);
	if (r < 0)
		return kernel_failed(cmd, r);
	kernel_summary(cmd, rows.count);
	return EXIT_SUCCESS;
}

int expect_count(const struct command *cmd)
{
	struct rows rows = { .cmd = cmd, .quiet = true };
	int r = dump(cmd, &rows);

	if (r < 0)
		return kernel_failed(cmd, r);
	printf("%u\n", rows.count);
	return EXIT_SUCCESS;
}

/* The request of -G and -D: the expected tuple, zone and id. */
static struct nlmsghdr *request_by_tuple(struct nl *nl, char *buf, const struct command *cmd,
					 uint16_t type)
{
	struct nlmsghdr *nlh = nl_request(nl, buf, type, NLM_F_ACK, cmd->family, 0);
	struct nf_conntrack *tuple = object_tuple(cmd, &cmd->src, &cmd->dst, L4_SPORT, L4_DPORT);
	struct nf_expect *exp = new_expect();

	nfexp_set_attr(exp, ATTR_EXP_EXPECTED, tuple);
	if (given(cmd, OPT_ZONE))
		nfexp_set_attr_u16(exp, ATTR_EXP_ZONE, cmd->zone);
	nfexp_nlmsg_build(nlh, exp);
	if (given(cmd, OPT_ID))
		mnl_attr_put_u32(nlh, CTA_EXPECT_ID, htonl(cmd->id));
	nfexp_destroy(exp);
	nfct_destroy(tuple);
	return nlh;
}

int expect_get(const struct command *cmd)
{
	struct rows rows = { .cmd = cmd };
	char buf[NL_REQUEST_SIZE];
	struct nl nl;

	print_begin(&rows.printer, cmd);
	kernel_open(&nl);

	/* the answer's source may be any that the mask lets pass: no filter */
	struct command all = { .verb = cmd->verb, .table = cmd->table };

	rows.cmd = &all;

	int r = nl_talk(&nl, request_by_tuple(&nl, buf, cmd, KERNEL_EXP(IPCTNL_MSG_EXP_GET)),
			take_row, &rows);

	nl_close(&nl);
	print_end(&rows.printer);
	return r < 0 ? kernel_failed(cmd, r) : EXIT_SUCCESS;
}

int expect_delete(const struct command *cmd)
{
	char buf[NL_REQUEST_SIZE];
	struct nl nl;

	kernel_open(&nl);

	int r = nl_talk(&nl, request_by_tuple(&nl, buf, cmd, KERNEL_EXP(IPCTNL_MSG_EXP_DELETE)),
			NULL, NULL);

	nl_close(&nl);
	if (r < 0)
		return kernel_failed(cmd, r);
	kernel_summary(cmd, 1);
	return EXIT_SUCCESS;
}

/* The expectation's mask: as given, or the bits of --tuple-src and --tuple-dst. */
static struct nf_conntrack *mask_of(const struct command *cmd)
{
	struct net src = cmd->mask_src, dst = cmd->mask_dst;

	for (unsigned i = 0; i < 4; i++) {
		if (src.family == AF_UNSPEC)
			src.addr[i] = cmd->tuple_src.mask[i];
		if (dst.family == AF_UNSPEC)
			dst.addr[i] = cmd->tuple_dst.mask[i];
	}
	src.family = cmd->tuple_src.family;
	dst.family = cmd->tuple_dst.family;
	return object_tuple(cmd, &src, &dst, L4_MASK_SPORT, L4_MASK_DPORT);
}

int expect_create(const struct command *cmd)
{
	char buf[NL_REQUEST_SIZE];
	struct nl nl;
	struct nf_expect *exp = new_expect();
	struct nf_conntrack *master = object_tuple(cmd, &cmd->src, &cmd->dst, L4_SPORT, L4_DPORT);
	struct nf_conntrack *expected =
		object_tuple(cmd, &cmd->tuple_src, &cmd->tuple_dst, L4_TUPLE_SPORT, L4_TUPLE_DPORT);
	struct nf_conntrack *mask = mask_of(cmd);

	kernel_open(&nl);

	struct nlmsghdr *nlh = nl_request(&nl, buf, KERNEL_EXP(IPCTNL_MSG_EXP_NEW),
					  NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, cmd->family, 0);

	nfexp_set_attr(exp, ATTR_EXP_MASTER, master);
	nfexp_set_attr(exp, ATTR_EXP_EXPECTED, expected);
	nfexp_set_attr(exp, ATTR_EXP_MASK, mask);
	nfexp_set_attr_u32(exp, ATTR_EXP_TIMEOUT, cmd->timeout);
	if (given(cmd, OPT_ZONE))
		nfexp_set_attr_u16(exp, ATTR_EXP_ZONE, cmd->zone);
	if (given(cmd, OPT_HELPER))
		nfexp_set_attr(exp, ATTR_EXP_HELPER_NAME, cmd->helper);
	if (given(cmd, OPT_CLASS))
		nfexp_set_attr_u32(exp, ATTR_EXP_CLASS, cmd->class);
	if (given(cmd, OPT_EXPECT_FLAGS))
		nfexp_set_attr_u32(exp, ATTR_EXP_FLAGS, cmd->expect_flags);
	nfexp_nlmsg_build(nlh, exp);

	int r = nl_talk(&nl, nlh, NULL, NULL);

	nl_close(&nl);
	nfct_destroy(mask);
	nfct_destroy(expected);
	nfct_destroy(master);
	nfexp_destroy(exp);
	return r < 0 ? kernel_failed(cmd, r) : EXIT_SUCCESS;
}

int expect_flush(const struct command *cmd)
{
	char buf[NL_REQUEST_SIZE];
	struct nl nl;

	kernel_open(&nl);

	struct nlmsghdr *nlh =
		nl_request(&nl, buf, KERNEL_EXP(IPCTNL_MSG_EXP_DELETE), NLM_F_ACK, AF_UNSPEC, 0);

	if (given(cmd, OPT_HELPER))
		mnl_attr_put_strz(nlh, CTA_EXPECT_HELP_NAME, cmd->helper);

	int r = nl_talk(&nl, nlh, NULL, NULL);

	nl_close(&nl);
	if (r < 0)
		return kernel_failed(cmd, r);
	report("expectation table has been emptied.");
	return EXIT_SUCCESS;
}
