/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the supervisor tells the broker and the keeper, and what the broker tells back: fixed-size
 * messages on SOCK_SEQPACKET pairs, a descriptor riding along where it says so.
 */
#ifndef PINHOLE_LINK_ORDER_H
#define PINHOLE_LINK_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helpers/helper.h"

/* Descriptors that a broker starts with. */
#define ORDER_FD 3    /* its end of the pair with the supervisor */
#define COUNTERS_FD 4 /* struct shared (link/audit.h), to be mapped; behind it the broker's own */

/* The keeper finds its pair on ORDER_FD too. */

/* Budgets of one Type where the configuration says nothing: far above what honest use needs, far
 * below what hurts.
 * - client: 20 FTP sessions behind one address have 20 open, a mount 8; a pool of Oracle sessions
 *   that are sent to a port each has one for each session, for five minutes after its start.
 * - server: some clients of that kind at once.
 * - helper: the most that the kernel holds unless told otherwise.
 * - rate: what 20 sessions can do that do nothing but open small files next door. To ask again for
 *   what is open already costs nothing.
 * - flow_rate: one control connection waits for an answer to each request. */
#define BUDGET_CLIENT	 512
#define BUDGET_SERVER	 2048
#define BUDGET_HELPER	 4096
#define BUDGET_RATE	 500
#define BUDGET_FLOW_RATE 200

/* How many pinholes a helper may have open, for one client, to one server, in all; and how many new
 * ones in a second, of one client, of one flow. 0: the default. */
struct budget {
	uint32_t client, server, helper;
	uint32_t rate, flow_rate;
};

enum order_kind {
	ORDER_SERVE,   /* with a queue's socket: serve it */
	ORDER_RING,    /* with the memory that the lane's next worker shares (link/ring.h) */
	ORDER_BELL,    /* with the bell that it rings */
	ORDER_WORKER,  /* with a link: the lane's (new) worker listens there */
	ORDER_PAUSE,   /* no worker will come before the next ORDER_WORKER: everything passes */
	ORDER_RELEASE, /* let go what is pending and forget the lane */
	ORDER_HELPER,  /* keeper only: this helper is to be disabled at the end */
	ORDER_NETWORK, /* for the lane's next policy: third parties may be in addr/prefix_len */
	ORDER_HOST,    /* for the lane's next policy: the host of this name is at addr */
	ORDER_POLICY,  /* the next policy is complete and holds from now on */
	ORDER_CRASHES, /* what becomes of packets that kill a worker */
	ORDER_PING,    /* say that you are alive */
	ORDER_BUDGET,  /* so much the lane may, over one family */
	ORDER_DEFINE,  /* the lane's helper is not a built-in one: these are its terms, from now on */
};
#define ORDER_LAST ORDER_DEFINE

/* What the gate has to know of a helper that is defined (helpers/query.h). */
struct query_terms {
	uint16_t port;
	uint8_t max, from_any;
	uint32_t timeout;
};

/* One queue, and the helper behind it. */
struct order {
	uint8_t kind; /* enum order_kind */
	uint8_t l4;   /* ORDER_HELPER */
	uint16_t l3;  /* ORDER_HELPER, ORDER_POLICY, ORDER_CRASHES, ORDER_BUDGET: NFPROTO_*, AF_* */
	uint16_t lane; /* < LANES_MAX */
	uint16_t queue;
	uint32_t portid; /* ORDER_SERVE: netlink address of the socket */
	int32_t worker;	 /* ORDER_WORKER: its pid, to tell it from its predecessors */
	uint8_t blamed;	 /* ORDER_WORKER, ORDER_PAUSE: the last worker died of what it was at */
	uint8_t drops;	 /* ORDER_CRASHES: they do not pass */
	uint8_t by_rule; /* ORDER_SERVE: a rule of the firewall fills the queue */
	uint16_t purse;	 /* ORDER_SERVE, ORDER_BUDGET: lanes with the same one share budgets; < LANES_MAX */
	char helper[HELPER_NAME_SIZE];
	uint8_t class;	    /* ORDER_POLICY: < HELPER_CLASSES_MAX */
	uint8_t loose;	    /* ORDER_POLICY */
	uint16_t min_port;  /* ORDER_POLICY; 0: the class's */
	uint8_t prefix_len; /* ORDER_NETWORK */
	struct addr addr;   /* ORDER_NETWORK, ORDER_HOST */
	char host[HELPER_HOST_SIZE];
	struct budget budget; /* ORDER_BUDGET */
	struct query_terms terms; /* ORDER_DEFINE */
};

enum report_kind {
	REPORT_LOG,    /* write this line */
	REPORT_WORKER, /* this lane's worker is gone, broke the rules or hangs: replace it */
	REPORT_PACKET, /* a piece of a packet that a worker died of */
	REPORT_ALIVE,  /* the answer to ORDER_PING */
};
#define REPORT_LAST REPORT_ALIVE

#define REPORT_TEXT_SIZE 2048
struct report {
	uint8_t kind;
	uint8_t level; /* enum log_level */
	uint16_t lane;
	int32_t worker; /* REPORT_WORKER: as ordered; 0: there never was one */
	uint8_t broken; /* REPORT_WORKER: it broke the rules, or hangs */
	uint32_t off, total; /* REPORT_PACKET: where in the packet `text` stands; the packet's length */
	char text[REPORT_TEXT_SIZE];
};

/* Sends a whole message and, if fd >= 0, the descriptor; never blocks on a broker that hangs.
 * 0 or -errno. */
int order_send(int socket, const void *message, size_t len, int fd);

/* Receives one message of exactly len bytes. Returns 1; 0 at end of file; -errno, -EBADMSG for
 * another size or more than one descriptor. *ret_fd is the one that came along, or -1;
 * close-on-exec. */
int order_receive(int socket, void *ret_message, size_t len, int *ret_fd);

bool order_check(const struct order *o);

#endif
