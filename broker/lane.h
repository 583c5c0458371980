/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A lane: one queue, the helper behind it, and the worker that parses for it. The lane holds
 * every packet from the moment the kernel hands it over until it is judged; a worker only ever
 * sees a copy of the payload, so that its death loses nothing.
 */
#ifndef PINHOLE_BROKER_LANE_H
#define PINHOLE_BROKER_LANE_H

#include "base/loop.h"
#include "broker/crash.h"
#include "broker/gate.h"
#include "broker/hold.h"
#include "broker/memory.h"
#include "broker/reads.h"
#include "broker/terms.h"
#include "link/counters.h"
#include "link/link.h"
#include "link/order.h"
#include "link/ring.h"

#define LANE_SLOTS	 128   /* packets under way in one lane; a power of two */
#define LANE_JUDGED	 256   /* verdicts whose time is taken at once */
#define LANE_OUT_SIZE	 16384 /* verdicts collected before they are sent */
#define LANE_DEADLINE_MS 1000  /* an unanswered packet passes then, its worker is replaced */
#define LANE_YOUNG_MS	 5000  /* one that is silent so soon may not have been running yet */
#define LANE_TICK_MS	 100
#define LANE_HOLD_MS	 500   /* a packet kept back goes on then, at the next tick: time for one RTO */

struct books;

/* Packets one behind the other, of which the kernel is to be told the same and no more. */
struct run {
	unsigned n;
	uint32_t last; /* id */
	uint32_t verdict;
};

struct lane {
	uint16_t index;
	uint16_t queue_num;
	bool by_rule; /* a rule of the firewall fills the queue */
	const struct manifest *manifest;
	struct lane_counters *counters;
	struct loop *loop;
	struct nl *ct; /* for expectations; shared by all lanes */
	struct books *books; /* shared by all lanes; set by whoever makes the lane */
	struct nl queue;
	struct watch on_queue, on_link, on_bell;
	int link;	    /* -1: no worker */
	int bell;	    /* its worker rings */
	struct ring ring;   /* shared with it */
	struct ring next;   /* to be shared with the next one */
	int next_bell;
	int64_t link_since; /* when the link came or went */
	int32_t worker;	    /* pid of the last one */
	bool asked_for_worker;
	bool paused;	    /* no worker will come: everything passes */
	enum fall fall;	    /* how the last worker went */
	bool young;	    /* and it had only begun */
	struct crash crash; /* what it was at */
	uint32_t suspect;   /* ring position of that */
	bool tried_again;   /* it was shown to a second worker already */
	bool drops[2];	    /* IPv4, IPv6: what killed a worker does not pass */
	/* Ring positions, ever growing: judged < head <= unsent <= tail. */
	uint32_t head, unsent, tail;
	struct slot slots[LANE_SLOTS];
	int64_t batch_us;	      /* loop_now_us() when reading began */
	int64_t judged[LANE_JUDGED]; /* read_us of those judged since time was last taken */
	unsigned n_judged;
	uint8_t *messages;	     /* memory of all */
	struct reads reads;
	size_t out_used;
	char out[LANE_OUT_SIZE] __attribute__((aligned(8)));
	struct run run; /* behind all of that */
	struct lane_memory *memory;
	bool inherits; /* until the first packet: what a predecessor has read is not judged yet */
	struct holding holding;
	bool cannot_detach;				    /* so the kernel said */
	struct terms terms[2][2];
	struct gate_policy policies[2][HELPER_CLASSES_MAX]; /* IPv4, IPv6 */
	struct gate_policy next_policy;			    /* not complete yet */
};

/* Takes over the queue's socket; `by_rule`: a rule of the firewall fills it. Packets that a dead
 * predecessor had read pass: `counters` and `memory` are as it left them. NULL when out of memory: the
 * socket is then still the caller's. */
struct lane *lane_new(struct loop *loop, struct nl *ct, const struct nl *queue, uint16_t index,
		      uint16_t queue_num, bool by_rule, const struct manifest *m,
		      struct lane_counters *counters, struct lane_memory *memory);

/* Lets go of every packet it holds and closes both descriptors. The kernel's queue lives on as
 * long as the supervisor holds it. */
void lane_free(struct lane *l);

/* The next worker's ring is here; `fd` stays the caller's. 0 or -errno. */
int lane_set_ring(struct lane *l, int fd);

/* And its bell, which is the lane's from now on. */
void lane_set_bell(struct lane *l, int fd);

/* A new worker listens at `link`, and gets all that is not judged. `blamed`: its predecessor died of
 * what it was at; that packet is judged by the crash policy instead. Returns true when that packet,
 * in l->crash, is one to be kept. */
bool lane_set_worker(struct lane *l, int link, int32_t pid, bool blamed);

/* No worker will come before the next lane_set_worker(): everything passes. Returns as above. */
bool lane_pause(struct lane *l, bool blamed);

/* What killed a worker passes, or does not; shows all payloads to workers again. */
void lane_set_crash_policy(struct lane *l, uint16_t l3, bool drops);

/* Takes orders about a policy: ORDER_NETWORK, ORDER_HOST, ORDER_POLICY. */
void lane_set_policy(struct lane *l, const struct order *o);

/* The policy for a class of claims on a flow. */
const struct gate_policy *lane_policy(const struct lane *l, const struct ct_flow *flow,
				      uint8_t class);

/* To be called every LANE_TICK_MS while lane_is_busy(). Returns true, once, when the worker has
 * to be replaced. */
bool lane_tick(struct lane *l);
bool lane_is_busy(const struct lane *l);

/* ---- verdicts.c, for judge.c ---- */

/* Collects the verdict on a packet, without a new one. What lets it go as it is shares a message with those before it,
 * if none of them is still under way. */
void lane_send(struct lane *l, const struct slot *s, const struct queue_verdict *v);
void lane_flush(struct lane *l);

/* Lets go of everything up to a packet's id. */
void lane_let_go_until(struct lane *l, uint32_t id);

/* The packet has its verdict, which may still have to be flushed: how long it took is counted. */
void lane_judged(struct lane *l, const struct slot *s);

/* Sends one or more messages at once. */
void lane_send_now(struct lane *l, const void *messages, size_t len);

#endif
