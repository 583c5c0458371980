/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every attribute parser of this room, fed the same bytes as one or more netlink messages.
 *
 * Contract: a name ends in NUL, counts stay within their arrays, numbers within their types.
 */
#include <assert.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "netfilter/cthelper.h"
#include "netfilter/cttimeout.h"
#include "netfilter/expect.h"
#include "netfilter/queue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_cthelper(const struct nlmsghdr *nlh)
{
	struct cthelper h;

	if (!cthelper_parse(nlh, &h))
		return;
	assert(memchr(h.name, 0, sizeof(h.name)));
	assert(h.n_policies <= CTHELPER_POLICIES_MAX);
	for (unsigned i = 0; i < h.n_policies; i++)
		assert(memchr(h.policies[i].name, 0, sizeof(h.policies[i].name)));
}

static void check_cttimeout(const struct nlmsghdr *nlh)
{
	struct cttimeout t;

	if (!cttimeout_parse(nlh, &t))
		return;
	assert(memchr(t.name, 0, sizeof(t.name)));
	assert(t.set < 1u << CTTIMEOUT_STATES_MAX);
}

static bool is_family(uint8_t family)
{
	return family == AF_INET || family == AF_INET6;
}

static void check_expect(const struct nlmsghdr *nlh)
{
	struct expectation e;

	if (!expect_parse(nlh, &e))
		return;
	assert(memchr(e.helper, 0, sizeof(e.helper)));
	assert(is_family(e.tuple.dst.family) && is_family(e.master.src.family));
}

static void check_ct_flow(const struct ct_flow *f)
{
	assert(memchr(f->helper, 0, sizeof(f->helper)));
	assert(f->state_len <= sizeof(f->state));
	assert(is_family(f->orig.src.family) && f->orig.dst.family == f->orig.src.family);
	assert(f->reply.src.family == f->orig.src.family);
	assert(f->reply.dst.family == f->orig.src.family);
}

/* The attributes of a conntrack message, as they stand in any message. */
static void check_ct(const struct nlmsghdr *nlh)
{
	size_t off = MNL_NLMSG_HDRLEN + sizeof(struct nfgenmsg);
	const char *attrs = (const char *)nlh + off;
	struct ct_flow f;

	if (nlh->nlmsg_len >= off &&
	    ct_flow_parse((const struct nlattr *)(const void *)attrs, nlh->nlmsg_len - off, &f))
		check_ct_flow(&f);
}

static void check_queue(const struct nlmsghdr *nlh)
{
	const uint8_t *start = (const uint8_t *)nlh;
	struct queue_packet p;

	if (!queue_parse(nlh, &p))
		return;
	assert(p.id && p.total_len >= p.len && (p.data || !p.len));
	if (p.data)
		assert(p.data >= start && p.data + p.len <= start + MNL_ALIGN(nlh->nlmsg_len));
	if (p.has_flow)
		check_ct_flow(&p.flow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* libmnl rounds a message's end up to four bytes; receive buffers have that room. */
	size_t room = MNL_ALIGN(size);
	int left = (int)size;
	char *buf;

	if (size > 1 << 20)
		return 0;
	buf = calloc(1, room ? room : 1);
	if (!buf)
		return 0;
	memcpy(buf, data, size);
	for (const struct nlmsghdr *nlh = (const void *)buf; nl_message_ok(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left)) {
		check_cthelper(nlh);
		check_cttimeout(nlh);
		check_expect(nlh);
		check_ct(nlh);
		check_queue(nlh);
	}
	free(buf);
	return 0;
}
