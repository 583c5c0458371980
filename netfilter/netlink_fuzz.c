/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every attribute parser of this room, fed the same bytes as one or more netlink messages.
 *
 * Contract: a name ends in NUL, counts stay within their arrays, numbers within their types.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

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

static void check_expect(const struct nlmsghdr *nlh)
{
	struct expectation e;

	if (expect_parse(nlh, &e))
		assert(memchr(e.helper, 0, sizeof(e.helper)));
}

static void check_queue(const struct nlmsghdr *nlh)
{
	const uint8_t *start = (const uint8_t *)nlh;
	struct queue_packet p;

	if (!queue_parse(nlh, &p))
		return;
	if (p.data)
		assert(p.data >= start && p.data + p.len <= start + MNL_ALIGN(nlh->nlmsg_len));
	if (!p.has_flow)
		return;
	assert(memchr(p.flow.helper, 0, sizeof(p.flow.helper)));
	assert(p.flow.state_len <= sizeof(p.flow.state));
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
		check_queue(nlh);
	}
	free(buf);
	return 0;
}
