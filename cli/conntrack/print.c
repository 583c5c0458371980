/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Rows on stdout. The text and XML of an object are libnetfilter_conntrack's; document frame,
 * timestamps and what the library leaves out of XML are ours.
 */
#include "cli/conntrack/print.h"

#include <arpa/inet.h>
#include <endian.h>
#include <inttypes.h>
#include <string.h>
#include <sys/time.h>

#include <linux/netfilter/nfnetlink.h>

/* Kernels from 6.14 on stamp events with the time at which they happened. */
#define ATTR_TIMESTAMP_EVENT 27

#define ROW_SIZE 4096

void print_begin(struct printer *ret, const struct command *cmd)
{
	*ret = (struct printer){ .cmd = cmd, .json = json_over(stdout) };
	if ((cmd->output & OUTPUT_JSON) && cmd->verb != VERB_EVENT)
		json_put_array_begin(&ret->json, NULL);
}

static const char *event_name(enum nf_conntrack_msg_type event)
{
	return event == NFCT_T_NEW	 ? "new"
	       : event == NFCT_T_UPDATE	 ? "update"
	       : event == NFCT_T_DESTROY ? "destroy"
					 : NULL;
}

/* An attribute of the message as found; NULL if it is not there or too short. */
static const void *find_attr(const struct nlmsghdr *message, uint16_t type, uint16_t size)
{
	const struct nlattr *attr;

	if (!message)
		return NULL;
	mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == type && mnl_attr_get_payload_len(attr) >= size)
			return mnl_attr_get_payload(attr);
	return NULL;
}

/* Microseconds: the kernel's time of the event, else now; 0: the row shows none. A listed flow has
 * no time of its own, expectations show when they were seen. */
static uint64_t row_time(const struct printer *p, const struct nlmsghdr *message)
{
	if (!(p->cmd->output & OUTPUT_TIMESTAMP) ||
	    (p->cmd->verb != VERB_EVENT && p->cmd->table != TABLE_EXPECT))
		return 0;

	const void *stamp = p->cmd->table == TABLE_EXPECT || p->cmd->verb != VERB_EVENT
				    ? NULL
				    : find_attr(message, ATTR_TIMESTAMP_EVENT, 8);
	struct timeval now;
	uint64_t ns;

	if (stamp) {
		memcpy(&ns, stamp, sizeof(ns));
		return be64toh(ns) / 1000;
	}
	gettimeofday(&now, NULL);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_usec;
}

/* What stands before the first row and before each row. */
static void begin_row(struct printer *p, const char *root, uint64_t time_us)
{
	const struct command *cmd = p->cmd;

	if ((cmd->output & OUTPUT_XML) && p->rows == 0)
		printf("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<%s>\n", root);
	if (time_us && !(cmd->output & OUTPUT_XML))
		printf("[%" PRIu64 ".%06" PRIu64 "]\t", time_us / 1000000, time_us % 1000000);
	p->rows++;
}

static bool begin_json_row(struct printer *p)
{
	if (!(p->cmd->output & OUTPUT_JSON))
		return false;
	if (p->cmd->verb != VERB_EVENT)
		putchar('\n'); /* a line for each row: [, {...}, ,{...}, ] */
	p->rows++;
	return true;
}

static void end_row(struct printer *p, const struct nlmsghdr *message)
{
	bool event = p->cmd->verb == VERB_EVENT;

	if (event && p->cmd->table == TABLE_CONNTRACK && message->nlmsg_pid &&
	    !(p->cmd->output & (OUTPUT_XML | OUTPUT_JSON)))
		print_origin(stdout, message->nlmsg_pid);
	if (!(p->cmd->output & OUTPUT_JSON))
		putchar('\n');
	else if (event)
		json_finish(&p->json);
	if (event)
		fflush(stdout); /* readers of events wait for them */
}

/* Writes row with type, code and id behind the two places where `after` stands. */
static void print_icmp_xml(const char *row, const char *after, const struct nf_conntrack *ct)
{
	uint8_t type = nfct_get_attr_u8(ct, ATTR_ICMP_TYPE);
	const char *hit;

	while ((hit = strstr(row, after))) {
		hit += strlen(after);
		fwrite(row, 1, (size_t)(hit - row), stdout);
		printf("<type>%u</type><code>%u</code><id>%u</id>", type,
		       nfct_get_attr_u8(ct, ATTR_ICMP_CODE),
		       ntohs(nfct_get_attr_u16(ct, ATTR_ICMP_ID)));
		type = l4_icmp_answer(nfct_get_attr_u8(ct, ATTR_ORIG_L4PROTO), type);
		row = hit;
	}
	fputs(row, stdout);
}

/* The library names SCTP states as if they were TCP's and leaves ICMP out. */
static void print_flow_xml(const char *row, const struct nf_conntrack *ct)
{
	const struct l4 *l4 = l4_by_number(nfct_get_attr_u8(ct, ATTR_ORIG_L4PROTO));
	const char *state = strstr(row, "<state>");
	const char *end = state ? strstr(state, "</state>") : NULL;

	if (l4 && l4->protonum == IPPROTO_SCTP && end) {
		unsigned value = nfct_get_attr_u8(ct, ATTR_SCTP_STATE), n = 0;

		while (l4->states[n] && n < value)
			n++;
		fwrite(row, 1, (size_t)(state - row), stdout);
		printf("<state>%s%s", l4->states[n] ? l4->states[n] : "NONE", end);
	} else if (l4 && (l4->protonum == IPPROTO_ICMP || l4->protonum == IPPROTO_ICMPV6)) {
		char after[64];

		snprintf(after, sizeof(after), "protonum=\"%u\" protoname=\"%s\">", l4->protonum,
			 l4->name);
		print_icmp_xml(row, after, ct);
	} else {
		fputs(row, stdout);
	}
}

static char save_letter(const struct command *cmd, enum nf_conntrack_msg_type event)
{
	if (event == NFCT_T_DESTROY || cmd->verb == VERB_DELETE)
		return 'D';
	return event == NFCT_T_UPDATE ? 'U' : 'A';
}

void print_flow(struct printer *p, enum nf_conntrack_msg_type event, const struct nf_conntrack *ct,
		const struct nlmsghdr *message)
{
	const uint32_t output = p->cmd->output;
	uint64_t time_us = row_time(p, message);
	unsigned flags = 0;
	char row[ROW_SIZE];

	if (begin_json_row(p)) {
		print_flow_json(&p->json, ct, event_name(event), time_us, p->cmd->labelmap);
		end_row(p, message);
		return;
	}
	begin_row(p, "conntrack", time_us);
	if (output & OUTPUT_SAVE) {
		print_flow_save(stdout, save_letter(p->cmd, event), ct);
		end_row(p, message);
		return;
	}
	flags |= output & OUTPUT_EXTENDED ? NFCT_OF_SHOW_LAYER3 : 0;
	flags |= output & (OUTPUT_ID | OUTPUT_XML) ? NFCT_OF_ID : 0;
	flags |= output & OUTPUT_KTIMESTAMP ? NFCT_OF_TIMESTAMP : 0;
	flags |= time_us && (output & OUTPUT_XML) ? NFCT_OF_TIME : 0;
	nfct_snprintf_labels(row, sizeof(row), ct, event,
			     output & OUTPUT_XML ? NFCT_O_XML : NFCT_O_DEFAULT, flags,
			     output & OUTPUT_LABELS ? p->cmd->labelmap : NULL);
	if (output & OUTPUT_XML)
		print_flow_xml(row, ct);
	else
		fputs(row, stdout);
	end_row(p, message);
}

void print_expect(struct printer *p, enum nf_conntrack_msg_type event, const struct nf_expect *exp,
		  const struct nlmsghdr *message)
{
	const uint32_t output = p->cmd->output;
	uint64_t time_us = row_time(p, message);
	char row[ROW_SIZE];

	if (begin_json_row(p)) {
		const void *found = find_attr(message, CTA_EXPECT_ID, 4);
		uint32_t id = 0;

		if (found)
			memcpy(&id, found, sizeof(id));
		print_expect_json(&p->json, exp, event_name(event), time_us, ntohl(id));
		end_row(p, message);
		return;
	}
	begin_row(p, "expect", time_us);
	nfexp_snprintf(row, sizeof(row), exp, event,
		       output & OUTPUT_XML ? NFCT_O_XML : NFCT_O_DEFAULT,
		       time_us && (output & OUTPUT_XML) ? NFCT_OF_TIME : 0);
	fputs(row, stdout);
	end_row(p, message);
}

void print_end(struct printer *p)
{
	const struct command *cmd = p->cmd;

	if ((cmd->output & OUTPUT_JSON) && cmd->verb != VERB_EVENT) {
		if (p->rows)
			putchar('\n');
		json_put_array_end(&p->json);
		json_finish(&p->json);
	}
	if ((cmd->output & OUTPUT_XML) && p->rows)
		printf("</%s>\n", cmd->table == TABLE_EXPECT ? "expect" : "conntrack");
	fflush(stdout);
}
