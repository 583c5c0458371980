/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * -S and -C: the kernel's counters.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/conntrack/kernel.h"
#include "cli/conntrack/run.h"

/* By attribute number of a CPU's answer. */
static const char *const flow_names[] = {
	[1] = "searched",	 [2] = "found",		 [3] = "new",		[4] = "invalid",
	[5] = "ignore",		 [6] = "delete",	 [7] = "delete_list",	[8] = "insert",
	[9] = "insert_failed",	 [10] = "drop",		 [11] = "early_drop",	[12] = "error",
	[13] = "search_restart", [14] = "clash_resolve", [15] = "chaintoolong",
};

static const char *const expect_names[] = {
	[1] = "expect_new",
	[2] = "expect_create",
	[3] = "expect_delete",
};

#define N(array) (sizeof(array) / sizeof((array)[0]))

static int print_cpu(const struct nlmsghdr *message, void *data)
{
	/* the message's own subsystem does not tell: the kernel answers both with the same */
	const struct command *cmd = data;
	bool expect = cmd->table == TABLE_EXPECT;
	const char *const *names = expect ? expect_names : flow_names;
	unsigned count = expect ? N(expect_names) : N(flow_names);
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr;

	printf("cpu=%-4u\t", ntohs(nfg->res_id));
	mnl_attr_for_each(attr, message, sizeof(*nfg)) {
		uint16_t type = mnl_attr_get_type(attr);

		if (type < count && names[type] && mnl_attr_get_payload_len(attr) >= 4)
			printf("%s=%" PRIu32 " ", names[type], ntohl(mnl_attr_get_u32(attr)));
	}
	putchar('\n');
	return 0;
}

/* Kernels without the netlink form: a line of names, then a line of hexadecimal numbers per CPU. */
static int print_proc(const struct command *cmd, int error)
{
	FILE *f = fopen("/proc/net/stat/nf_conntrack", "re");
	char names[1024], line[1024];
	unsigned cpu = 0;

	if (!f || !fgets(names, sizeof(names), f)) {
		if (f)
			fclose(f);
		return kernel_failed(cmd, error);
	}
	while (fgets(line, sizeof(line), f)) {
		const char *name = names;
		char *value = line, *end;

		printf("cpu=%-4u\t", cpu++);
		for (;; value = end) {
			unsigned long number = strtoul(value, &end, 16);
			size_t len;

			name += strspn(name, " \t\n");
			len = strcspn(name, " \t\n");
			if (end == value || !len)
				break;
			printf("%.*s=%lu ", (int)len, name, number);
			name += len;
		}
		putchar('\n');
	}
	fclose(f);
	return EXIT_SUCCESS;
}

int run_stats(const struct command *cmd)
{
	bool expect = cmd->table == TABLE_EXPECT;
	uint16_t type = expect ? KERNEL_EXP(IPCTNL_MSG_EXP_GET_STATS_CPU)
			       : KERNEL_CT(IPCTNL_MSG_CT_GET_STATS_CPU);
	char buf[NL_REQUEST_SIZE];
	struct nl nl;

	kernel_open(&nl);

	int r = nl_talk(&nl, nl_request(&nl, buf, type, NLM_F_DUMP, AF_UNSPEC, 0), print_cpu,
			(void *)cmd);

	nl_close(&nl);
	if (r < 0)
		return expect ? kernel_failed(cmd, r) : print_proc(cmd, r);
	return EXIT_SUCCESS;
}

static int take_count(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == 1 /* CTA_STATS_GLOBAL_ENTRIES */ &&
		    mnl_attr_get_payload_len(attr) >= 4)
			*(uint32_t *)data = ntohl(mnl_attr_get_u32(attr));
	return 0;
}

/* Readable for everybody. */
static bool count_proc(uint32_t *ret_count)
{
	FILE *f = fopen("/proc/sys/net/netfilter/nf_conntrack_count", "re");
	bool ok = f && fscanf(f, "%" SCNu32, ret_count) == 1;

	if (f)
		fclose(f);
	return ok;
}

int flow_count(const struct command *cmd)
{
	uint32_t count = 0;
	char buf[NL_REQUEST_SIZE];
	struct nl nl;

	kernel_open(&nl);

	int r = nl_talk(&nl,
			nl_request(&nl, buf, KERNEL_CT(IPCTNL_MSG_CT_GET_STATS), NLM_F_ACK,
				   AF_UNSPEC, 0),
			take_count, &count);

	nl_close(&nl);
	if (r < 0 && !count_proc(&count))
		return kernel_failed(cmd, r);
	printf("%" PRIu32 "\n", count);
	return EXIT_SUCCESS;
}
