/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Commands that change flows: -I and -A one, -U and -D every one that the filters let pass. Those
 * two list the table on one socket and change each flow on a second one.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/conntrack/filter.h"
#include "cli/conntrack/kernel.h"
#include "cli/conntrack/object.h"
#include "cli/conntrack/print.h"
#include "cli/conntrack/report.h"
#include "cli/conntrack/run.h"

struct change {
	const struct command *cmd;
	struct printer printer;
	struct nl nl;
};

int flow_create(const struct command *cmd)
{
	char buf[NL_REQUEST_SIZE];
	struct nl nl;
	struct nf_conntrack *ct = object_flow(cmd);
	uint16_t flags = NLM_F_ACK | NLM_F_CREATE | (cmd->verb == VERB_CREATE ? NLM_F_EXCL : 0);

	kernel_open(&nl);

	struct nlmsghdr *nlh = nl_request(&nl, buf, KERNEL_CT(IPCTNL_MSG_CT_NEW), flags,
					  nfct_get_attr_u8(ct, ATTR_ORIG_L3PROTO), 0);

	nfct_nlmsg_build(nlh, ct);
	nfct_destroy(ct);

	int r = nl_talk(&nl, nlh, NULL, NULL);

	nl_close(&nl);
	if (r < 0)
		return kernel_failed(cmd, r);
	kernel_summary(cmd, 1);
	return EXIT_SUCCESS;
}

/* What names a flow without doubt: original tuple and zones. */
static struct nf_conntrack *name_of(const struct nf_conntrack *ct)
{
	static const enum nf_conntrack_attr zones[] = { ATTR_ZONE, ATTR_ORIG_ZONE, ATTR_REPL_ZONE };
	struct nf_conntrack *name = object_new();

	nfct_copy(name, ct, NFCT_CP_ORIG);
	for (unsigned i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (nfct_attr_is_set(ct, zones[i]))
			nfct_set_attr_u16(name, zones[i], nfct_get_attr_u16(ct, zones[i]));
	return name;
}

static struct nlmsghdr *request_for(struct change *change, char *buf, uint16_t message,
				    const struct nf_conntrack *ct)
{
	struct nlmsghdr *nlh = nl_request(&change->nl, buf, KERNEL_CT(message), NLM_F_ACK,
					  nfct_get_attr_u8(ct, ATTR_ORIG_L3PROTO), 0);

	nfct_nlmsg_build(nlh, ct);
	return nlh;
}

/* The flow's own id: another flow that took the tuple meanwhile is left alone. */
static void put_id(struct nlmsghdr *nlh, const struct nf_conntrack *flow)
{
	if (nfct_attr_is_set(flow, ATTR_ID))
		mnl_attr_put_u32(nlh, CTA_ID, htonl(nfct_get_attr_u32(flow, ATTR_ID)));
}

static int delete_row(const struct nlmsghdr *message, void *data)
{
	struct change *change = data;
	struct nf_conntrack *ct = object_new();
	char buf[NL_REQUEST_SIZE];
	int r = 0;

	if (nfct_nlmsg_parse(message, ct) == 0 && filter_flow(change->cmd, ct)) {
		struct nf_conntrack *name = name_of(ct);
		struct nlmsghdr *nlh = request_for(change, buf, IPCTNL_MSG_CT_DELETE, name);

		put_id(nlh, ct);
		nfct_destroy(name);
		r = nl_talk(&change->nl, nlh, NULL, NULL);
		if (r == 0)
			print_flow(&change->printer, NFCT_T_UNKNOWN, ct, message);
		if (r == -ENOENT)
			r = 0; /* it ended by itself */
	}
	nfct_destroy(ct);
	return r;
}

static void set_labels(struct nf_conntrack *to, const struct command *cmd)
{
	const struct nfct_bitmask *bits = cmd->label_add ? cmd->label_add : cmd->label_del;
	struct nfct_bitmask *labels;

	if (!given(cmd, OPT_LABEL_ADD) && !given(cmd, OPT_LABEL_DEL))
		return;
	/* The kernel sets (old & ~mask) ^ labels; without a mask the old ones all go. */
	labels = cmd->label_add ? nfct_bitmask_clone(bits)
				: nfct_bitmask_new(bits ? nfct_bitmask_maxbit(bits) : 127);
	if (!labels)
		die_other("not enough memory");
	nfct_set_attr(to, ATTR_CONNLABELS, labels);
	if (bits)
		nfct_set_attr(to, ATTR_CONNLABELS_MASK, nfct_bitmask_clone(bits));
}

/* Is there a bit to change? */
static bool labels_differ(const struct nf_conntrack *ct, const struct command *cmd)
{
	const struct nfct_bitmask *old =
		nfct_attr_is_set(ct, ATTR_CONNLABELS) ? nfct_get_attr(ct, ATTR_CONNLABELS) : NULL;
	bool add = given(cmd, OPT_LABEL_ADD);
	const struct nfct_bitmask *bits = add ? cmd->label_add : cmd->label_del;

	if (!add && !given(cmd, OPT_LABEL_DEL))
		return false;
	for (unsigned i = 0; i < 128; i++) {
		bool chosen = !bits ||
			      (i <= nfct_bitmask_maxbit(bits) && nfct_bitmask_test_bit(bits, i));
		bool set = old && i <= nfct_bitmask_maxbit(old) && nfct_bitmask_test_bit(old, i);

		if (chosen && set != add)
			return true;
	}
	return false;
}

/* Writes what -U changes into `to`; false when the flow has it all already. */
static bool apply(struct nf_conntrack *to, const struct nf_conntrack *ct, const struct command *cmd)
{
	bool differs = labels_differ(ct, cmd);
	uint32_t old_status = nfct_get_attr_u32(ct, ATTR_STATUS);
	uint32_t old_mark = nfct_attr_is_set(ct, ATTR_MARK) ? nfct_get_attr_u32(ct, ATTR_MARK) : 0;

	if (given(cmd, OPT_TIMEOUT)) {
		differs |= nfct_get_attr_u32(ct, ATTR_TIMEOUT) != cmd->timeout;
		nfct_set_attr_u32(to, ATTR_TIMEOUT, cmd->timeout);
	}
	if (given(cmd, OPT_MARK)) {
		uint32_t mark = (old_mark & ~cmd->mark_mask) ^ cmd->mark;

		differs |= mark != old_mark;
		nfct_set_attr_u32(to, ATTR_MARK, mark);
	}
	if (given(cmd, OPT_STATUS)) {
		uint32_t status = old_status | cmd->status;

		differs |= status != old_status;
		nfct_set_attr_u32(to, ATTR_STATUS, status);
	}
	if (l4_given(&cmd->l4_values, L4_STATE)) {
		object_set_state(to, cmd);
		differs |= !nfct_cmp(to, ct, NFCT_CMP_ALL | NFCT_CMP_MASK);
	}
	set_labels(to, cmd);
	return differs;
}

/* The answer to the GET behind an update. */
static int show_row(const struct nlmsghdr *message, void *data)
{
	struct change *change = data;
	struct nf_conntrack *ct = object_new();

	if (nfct_nlmsg_parse(message, ct) == 0)
		print_flow(&change->printer, NFCT_T_UNKNOWN, ct, message);
	nfct_destroy(ct);
	return 0;
}

static int update_row(const struct nlmsghdr *message, void *data)
{
	struct change *change = data;
	struct nf_conntrack *ct = object_new(), *name = NULL, *to = NULL;
	char buf[NL_REQUEST_SIZE];
	int r = 0;

	if (nfct_nlmsg_parse(message, ct) < 0 || !filter_flow(change->cmd, ct))
		goto out;
	name = name_of(ct);
	to = name_of(ct);
	if (!apply(to, ct, change->cmd))
		goto out;

	struct nlmsghdr *nlh = request_for(change, buf, IPCTNL_MSG_CT_NEW, to);

	r = nl_talk(&change->nl, nlh, NULL, NULL);
	if (r == 0)
		r = nl_talk(&change->nl, request_for(change, buf, IPCTNL_MSG_CT_GET, name),
			    show_row, change);
	if (r == -ENOENT)
		r = 0; /* it ended by itself */
out:
	if (to)
		nfct_destroy(to);
	if (name)
		nfct_destroy(name);
	nfct_destroy(ct);
	return r;
}

static int change_all(const struct command *cmd, int (*row)(const struct nlmsghdr *, void *))
{
	struct change change = { .cmd = cmd };
	char buf[NL_REQUEST_SIZE];
	struct nl nl;

	kernel_open(&nl);
	kernel_open(&change.nl);
	print_begin(&change.printer, cmd);

	int r = nl_talk(
		&nl, nl_request(&nl, buf, KERNEL_CT(IPCTNL_MSG_CT_GET), NLM_F_DUMP, cmd->family, 0),
		row, &change);

	print_end(&change.printer);
	nl_close(&change.nl);
	nl_close(&nl);
	if (r < 0)
		return kernel_failed(cmd, r);
	kernel_summary(cmd, change.printer.rows);
	return change.printer.rows || cmd->from_file ? EXIT_SUCCESS : EXIT_OTHER;
}

int flow_update(const struct command *cmd)
{
	return change_all(cmd, update_row);
}

int flow_delete(const struct command *cmd)
{
	return change_all(cmd, delete_row);
}
