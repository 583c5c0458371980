/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * User-space helper objects of the kernel: a name, an address family and a transport protocol,
 * tied to a queue (linux/netfilter/nfnetlink_cthelper.h).
 *
 * Objects are global to the kernel, not to a network namespace, and changing them needs
 * CAP_NET_ADMIN in the initial user namespace. Two rules for everybody who calls this:
 *
 *  - Enable a helper only while its queue is bound: without a listener the kernel lets the packet
 *    pass but leaves the new flow unconfirmed, and a stateful firewall then drops the answers.
 *  - Never delete one in order to restart or upgrade: its flows could not be attached again.
 *    Disable it (`enabled` false), later enable it.
 */
#ifndef PINHOLE_NETFILTER_CTHELPER_H
#define PINHOLE_NETFILTER_CTHELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netfilter/nl.h"

/* Kernel limits. */
#define CTHELPER_NAME_SIZE    16
#define CTHELPER_POLICIES_MAX 4
#define CTHELPER_STATE_MAX    32
#define CTHELPER_EXPECT_MAX   255

struct cthelper_policy {
	char name[CTHELPER_NAME_SIZE];
	uint32_t max;	  /* expectations alive per flow; 0: no limit of its own, or 255 (7.2) */
	uint32_t timeout; /* seconds; 0: dies at once */
};

/* Which members count. NAME, TUPLE, STATE_LEN and POLICIES are needed to create an object. */
#define CTHELPER_NAME	   1
#define CTHELPER_TUPLE	   2
#define CTHELPER_QUEUE	   4
#define CTHELPER_STATE_LEN 8
#define CTHELPER_POLICIES  16
#define CTHELPER_STATUS	   32

struct cthelper {
	unsigned has;		       /* CTHELPER_* */
	char name[CTHELPER_NAME_SIZE]; /* always ends in NUL */
	uint16_t l3;		       /* AF_INET, AF_INET6 */
	uint8_t l4;		       /* IPPROTO_TCP, IPPROTO_UDP */
	uint32_t queue_num;	       /* 0..65535 */
	uint32_t state_len;	       /* private bytes per flow, at most CTHELPER_STATE_MAX */
	bool enabled;		       /* false: packets pass without being queued */
	unsigned n_policies;	       /* at most CTHELPER_POLICIES_MAX */
	struct cthelper_policy policies[CTHELPER_POLICIES_MAX];
};

/* Creates the object, or updates what `h->has` names in an existing one. flags: NLM_F_CREATE, and
 * NLM_F_EXCL for -EEXIST instead of an update (the kernel looks at EXCL alone).
 * -EINVAL: no kernel support, or no such object and too little to create it.
 * -EBUSY: see cthelper_clash(). */
int cthelper_set(struct nl *nl, const struct cthelper *h, uint16_t flags);

/* Deletes every object of that name and/or tuple; NULL: all. -ENOENT: none. -EBUSY: a rule refers
 * to it (kernels before 7.2). */
int cthelper_delete(struct nl *nl, const struct cthelper *filter);

typedef int (*cthelper_cb)(const struct cthelper *h, void *data);

/* The first object of that name and/or tuple. -ENOENT: none, *ret untouched. */
int cthelper_get(struct nl *nl, const struct cthelper *filter, struct cthelper *ret);

/* Every object; a negative answer of cb is returned. */
int cthelper_dump(struct nl *nl, cthelper_cb cb, void *data);

/* Reads one message (without the netlink header's own checks). False when malformed, *ret is then
 * undefined. */
bool cthelper_parse(const struct nlmsghdr *nlh, struct cthelper *ret);

/* 0: the kernel knows user-space helpers. -EOPNOTSUPP: it does not; nfnetlink_cthelper could not
 * be loaded. Other -errno: could not find out (-EPERM: not privileged). The kernel itself answers
 * -EINVAL to everything when it lacks them, as it does to a bad request. */
int cthelper_supported(struct nl *nl);

/* Why the kernel refused an object with -EBUSY or -EEXIST. */
enum cthelper_clash_kind {
	CTHELPER_CLASH_UNKNOWN,
	CTHELPER_CLASH_MODULE,	  /* the in-kernel helper `module` owns name, l3 and l4 */
	CTHELPER_CLASH_STATE_LEN, /* `existing` keeps another number of private bytes */
	CTHELPER_CLASH_POLICIES,  /* `existing` has other policy names, or another number */
	CTHELPER_CLASH_EXISTS,	  /* `existing` is compatible: only NLM_F_EXCL stood against it */
};

#define CTHELPER_CLASH_LAST CTHELPER_CLASH_EXISTS

#define CTHELPER_MODULE_SIZE 48

struct cthelper_clash {
	enum cthelper_clash_kind kind;
	char module[CTHELPER_MODULE_SIZE]; /* empty if it is not loaded under a known name */
	struct cthelper existing;
};

/* Looks for what stands in the way of `wanted`: asks the kernel for an object of that name and
 * tuple, else looks into sys_module (NULL: /sys/module) for the module of an in-kernel helper. */
void cthelper_clash(struct nl *nl, const struct cthelper *wanted, const char *sys_module,
		    struct cthelper_clash *ret);

/* One sentence for people: what stands in the way and the next step. Returns buf. */
const char *cthelper_clash_text(const struct cthelper_clash *clash, const struct cthelper *wanted,
				char *buf, size_t size);

/* Name of the kernel module that carries an in-kernel helper of this name: "ftp" and "ftp-2121"
 * give nf_conntrack_ftp, "Q.931" nf_conntrack_h323. Returns buf (CTHELPER_MODULE_SIZE). */
const char *cthelper_module(const char *name, char *buf);

/* Words for tools and logs: "inet", "tcp"; "?" for others. */
const char *cthelper_l3_word(uint16_t l3);
const char *cthelper_l4_word(uint8_t l4);

#endif
