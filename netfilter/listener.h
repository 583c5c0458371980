/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Does anybody listen on a queue? In this network namespace, which is all that can be seen.
 */
#ifndef PINHOLE_NETFILTER_LISTENER_H
#define PINHOLE_NETFILTER_LISTENER_H

#include <stdint.h>

#define LISTENER_TABLE "/proc/net/netfilter/nfnetlink_queue"

/* 1: yes. 0: no, or the kernel has no such table. -errno: could not find out. */
int listener_find(const char *table, uint32_t queue_num);

#endif
