/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reading netlink attributes: libmnl's way is a call for each step, and a queued packet has forty attributes.
 * All of it believes the kernel in nothing: an attribute whose length lies ends its list.
 */
#ifndef PINHOLE_NETFILTER_ATTR_H
#define PINHOLE_NETFILTER_ATTR_H

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes behind its header. */
static inline size_t attr_len(const struct nlattr *a)
{
	return a->nla_len - (size_t)NLA_HDRLEN;
}

static inline const void *attr_data(const struct nlattr *a)
{
	return (const char *)a + NLA_HDRLEN;
}

static inline unsigned attr_type(const struct nlattr *a)
{
	return a->nla_type & (unsigned)NLA_TYPE_MASK;
}

/* Does it lie before `end`? */
static inline bool attr_ok(const struct nlattr *a, const char *end)
{
	ptrdiff_t left = end - (const char *)a;

	return left >= (ptrdiff_t)sizeof(*a) && a->nla_len >= sizeof(*a) && a->nla_len <= left;
}

static inline const struct nlattr *attr_next(const struct nlattr *a)
{
	return (const struct nlattr *)(const void *)((const char *)a + NLA_ALIGN(a->nla_len));
}

/* `size` bytes of attributes from `start` on. */
#define attr_each(a, start, size)                                                             \
	for ((a) = (const struct nlattr *)(start); attr_ok((a), (const char *)(start) + (size)); \
	     (a) = attr_next(a))

#define attr_each_nested(a, nest) attr_each (a, attr_data(nest), attr_len(nest))

/* Numbers in network byte order. False: it is too short. */
static inline bool attr_get_be16(const struct nlattr *a, uint16_t *ret)
{
	uint16_t v;

	if (attr_len(a) < sizeof(v))
		return false;
	memcpy(&v, attr_data(a), sizeof(v));
	*ret = ntohs(v);
	return true;
}

static inline bool attr_get_be32(const struct nlattr *a, uint32_t *ret)
{
	uint32_t v;

	if (attr_len(a) < sizeof(v))
		return false;
	memcpy(&v, attr_data(a), sizeof(v));
	*ret = ntohl(v);
	return true;
}

#endif
