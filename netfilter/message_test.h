/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Messages in memory of exactly their size, whole, cut, and with each attribute's length changed.
 */
#ifndef PINHOLE_NETFILTER_MESSAGE_TEST_H
#define PINHOLE_NETFILTER_MESSAGE_TEST_H

#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "netfilter/ct.h"
#include "tests/unit/tap.h"

#define MESSAGE_ATTRS (MNL_NLMSG_HDRLEN + sizeof(struct nfgenmsg))

static inline struct tuple message_tuple(const char *src, uint16_t sport, const char *dst,
					 uint16_t dport, uint8_t l4)
{
	struct tuple t = { .sport = sport, .dport = dport, .l4 = l4 };

	addr_from_text(src, strlen(src), &t.src);
	addr_from_text(dst, strlen(dst), &t.dst);
	return t;
}

/* Parses a copy; true when the parser takes it. */
typedef bool message_try(const struct nlmsghdr *nlh);

static inline bool message_copy(const struct nlmsghdr *nlh, message_try *try)
{
	/* libmnl rounds a message's end up; receive buffers have that room. */
	struct nlmsghdr *copy = calloc(1, MNL_ALIGN(nlh->nlmsg_len));
	bool taken;

	memcpy(copy, nlh, nlh->nlmsg_len);
	taken = try(copy);
	free(copy);
	return taken;
}

/* How many of the message's cuts the parser takes. */
static inline unsigned message_cuts(struct nlmsghdr *nlh, message_try *try)
{
	uint32_t len = nlh->nlmsg_len;
	unsigned taken = 0;

	for (nlh->nlmsg_len = MNL_NLMSG_HDRLEN; nlh->nlmsg_len < len; nlh->nlmsg_len++)
		taken += message_copy(nlh, try);
	nlh->nlmsg_len = len;
	return taken;
}

/* Gives each attribute in [at, end) every other length, and those within its nest too. Nothing but
 * the absence of overreads is asked of the parser. Returns how many variants there were. */
static inline unsigned message_lengths(const struct nlmsghdr *nlh, struct nlattr *at,
				       const char *end, message_try *try)
{
	unsigned n = 0;

	for (; mnl_attr_ok(at, (int)(end - (const char *)at)); at = mnl_attr_next(at)) {
		uint16_t len = at->nla_len;

		for (uint16_t other = 0; other < len + 8; other++) {
			at->nla_len = other;
			(void)message_copy(nlh, try);
			n++;
		}
		at->nla_len = UINT16_MAX;
		(void)message_copy(nlh, try);
		at->nla_len = len;
		if (at->nla_type & NLA_F_NESTED)
			n += message_lengths(nlh, mnl_attr_get_payload(at), (char *)at + len, try);
	}
	return n;
}

static inline unsigned message_all_lengths(struct nlmsghdr *nlh, message_try *try)
{
	return message_lengths(nlh, (struct nlattr *)(void *)((char *)nlh + MESSAGE_ATTRS),
			       (char *)nlh + nlh->nlmsg_len, try);
}

#endif
