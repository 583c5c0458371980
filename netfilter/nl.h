/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A netfilter netlink socket and the request-answer talk over it. On libmnl.
 * Errors are -errno; the kernel's own answer (-EEXIST, -EBUSY, -ENOENT ...) is passed on as it is.
 */
#ifndef PINHOLE_NETFILTER_NL_H
#define PINHOLE_NETFILTER_NL_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

/* Large enough for every request that this room builds. */
#define NL_REQUEST_SIZE 2048

struct nl {
	int fd; /* -1: closed. Close-on-exec */
	uint32_t portid;
	uint32_t seq;
};

#define NL_CLOSED ((struct nl){ .fd = -1 })

/* Whether a whole message stands within the next `left` bytes. mnl_nlmsg_ok() says so of a length
 * above INT_MAX too. */
static inline bool nl_message_ok(const struct nlmsghdr *nlh, int left)
{
	return left >= (int)sizeof(*nlh) && nlh->nlmsg_len >= sizeof(*nlh) &&
	       nlh->nlmsg_len <= (uint32_t)left;
}

/* Opens NETLINK_NETFILTER in the current network namespace. Needs no privilege; sending does. */
int nl_open(struct nl *ret);

/* The same of NETLINK_ROUTE, for requests that only read. */
int nl_open_route(struct nl *ret);
void nl_close(struct nl *nl);

/* Begins a request in buf (NL_REQUEST_SIZE bytes): netlink and nfgenmsg headers. `type` is
 * subsystem << 8 | message; flags are or'ed with NLM_F_REQUEST; res_id in host order. */
struct nlmsghdr *nl_request(struct nl *nl, void *buf, uint16_t type, uint16_t flags, uint8_t family,
			    uint16_t res_id);

/* Sends one request made by nl_request (NLM_F_ACK or NLM_F_DUMP among its flags) and reads until
 * its acknowledgement or the end of the dump; cb (may be NULL) sees each data message. Returns 0,
 * the kernel's -errno, or the first negative value that cb returned. A dump that the kernel
 * marked as interrupted gives -EINTR: ask again. */
int nl_talk(struct nl *nl, struct nlmsghdr *request, int (*cb)(const struct nlmsghdr *, void *),
	    void *data);

/* Sends a request without NLM_F_ACK: the kernel does it within the system call, and answers only what it
 * refuses. `first` goes before it in the same send, so that hardly anything comes between the two; what becomes
 * of that is not told; or NULL. 0 or the kernel's -errno. */
int nl_tell(struct nl *nl, struct nlmsghdr *first, struct nlmsghdr *request);

/* Hears the messages of a group (NFNLGRP_*) from now on. On a socket of its own: nl_talk() would
 * read past them. */
int nl_join(struct nl *nl, unsigned group);

/* Reads until a message of this type comes; what comes before is lost. -ETIMEDOUT: none came in
 * `ms`, counted from the last message. */
int nl_wait(const struct nl *nl, uint16_t type, int ms);

#endif
