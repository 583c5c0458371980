/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Commands on the conntrack table that change no single flow: -L, -G, -F.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "cli/conntrack/filter.h"
#include "cli/conntrack/kernel.h"
#include "cli/conntrack/object.h"
#include "cli/conntrack/print.h"
#include "cli/conntrack/report.h"
#include "cli/conntrack/run.h"

struct rows {
	const struct command *cmd; /* NULL: no filter */
	struct printer printer;
};

static int take_row(const struct nlmsghdr *message, void *data)
{
	struct rows *rows = data;
	struct nf_conntrack *ct = object_new();

	if (nfct_nlmsg_parse(message, ct) == 0 && (!rows->cmd || filter_flow(rows->cmd, ct)))
		print_flow(&rows->printer, NFCT_T_UNKNOWN, ct, message);
	nfct_destroy(ct);
	return 0;
}

static uint16_t dump_type(const struct command *cmd)
{
	switch (cmd->table) {
	case TABLE_DYING:
		return KERNEL_CT(IPCTNL_MSG_CT_GET_DYING);
	case TABLE_UNCONFIRMED:
		return KERNEL_CT(IPCTNL_MSG_CT_GET_UNCONFIRMED);
	case TABLE_CONNTRACK:
	case TABLE_EXPECT:
		break;
	}
	return KERNEL_CT(given(cmd, OPT_ZERO) ? IPCTNL_MSG_CT_GET_CTRZERO : IPCTNL_MSG_CT_GET);
}

int flow_list(const struct command *cmd)
{
	struct rows rows = { .cmd = cmd };
	char buf[NL_REQUEST_SIZE];
	struct nl nl;

	kernel_open(&nl);

	struct nlmsghdr *nlh = nl_request(&nl, buf, dump_type(cmd), NLM_F_DUMP, cmd->family, 0);

	/* The kernel skips what it can by itself. */
	if (given(cmd, OPT_MARK)) {
		mnl_attr_put_u32(nlh, CTA_MARK, htonl(cmd->mark));
		mnl_attr_put_u32(nlh, CTA_MARK_MASK, htonl(cmd->mark_mask));
	}
	if (given(cmd, OPT_STATUS)) {
		mnl_attr_put_u32(nlh, CTA_STATUS, htonl(cmd->status));
		mnl_attr_put_u32(nlh, CTA_STATUS_MASK, htonl(cmd->status_mask));
	}
	print_begin(&rows.printer, cmd);

	int r = nl_talk(&nl, nlh, take_row, &rows);

	print_end(&rows.printer);
	nl_close(&nl);
	if (r < 0)
		return kernel_failed(cmd, r);
	kernel_summary(cmd, rows.printer.rows);
	return EXIT_SUCCESS;
}

int flow_get(const struct command *cmd)
{
	struct rows rows = { .cmd = NULL };
	char buf[NL_REQUEST_SIZE];
	struct nl nl;
	struct nf_conntrack *ct = object_flow(cmd);

	kernel_open(&nl);

	struct nlmsghdr *nlh = nl_request(&nl, buf, KERNEL_CT(IPCTNL_MSG_CT_GET), NLM_F_ACK,
					  nfct_get_attr_u8(ct, ATTR_ORIG_L3PROTO), 0);

	nfct_nlmsg_build(nlh, ct);
	nfct_destroy(ct);
	print_begin(&rows.printer, cmd);

	int r = nl_talk(&nl, nlh, take_row, &rows);

	print_end(&rows.printer);
	nl_close(&nl);
	if (r < 0)
		return kernel_failed(cmd, r);
	kernel_summary(cmd, rows.printer.rows);
	return EXIT_SUCCESS;
}

int flow_flush(const struct command *cmd)
{
	char buf[NL_REQUEST_SIZE];
	struct nl nl;

	kernel_open(&nl);

	int r = nl_talk(&nl,
			nl_request(&nl, buf, KERNEL_CT(IPCTNL_MSG_CT_DELETE), NLM_F_ACK,
				   cmd->family, 0),
			NULL, NULL);

	nl_close(&nl);
	if (r < 0)
		return kernel_failed(cmd, r);
	report("connection tracking table has been emptied.");
	return EXIT_SUCCESS;
}
