/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * conntrackd --selftest: what the running kernel can do, tried out and never guessed from its
 * version.
 *
 * How it works: a child moves into a network namespace of its own, where no packet flows, and makes
 * a flow and expectations by netlink alone; they go with the namespace. A helper object is global to
 * the kernel: ours has a name of its own, stays disabled, and is deleted by the child and, should
 * that die, by the parent. Signals wait until it is gone.
 *
 * Refuses to know: the configuration, a daemon that may be running.
 */
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/supervisor.h"
#include "netfilter/expect.h"
#include "netfilter/queue.h"

#define EXPECT_EVENT(message) (NFNL_SUBSYS_CTNETLINK_EXP << 8 | (message))
#define EVENT_MS	      2000
#define EXPIRY_MS	      4000 /* for an end that is due after one second */

enum { CLASS_LONG, CLASS_SHORT };

struct lab {
	struct nl nl, events; /* events: a socket that hears them */
	struct cthelper helper;
	struct ct_flow flow;
	struct expectation expect;
};

static struct cthelper make_helper(pid_t pid)
{
	struct cthelper h = { .has = CTHELPER_NAME | CTHELPER_TUPLE | CTHELPER_QUEUE |
				     CTHELPER_STATE_LEN | CTHELPER_POLICIES | CTHELPER_STATUS,
			      .l3 = AF_INET,
			      .l4 = IPPROTO_TCP,
			      .state_len = CTHELPER_STATE_MAX,
			      .n_policies = 2,
			      .policies = { [CLASS_LONG] = { "long", CTHELPER_EXPECT_MAX, 300 },
					    [CLASS_SHORT] = { "short", 0, 1 } } };

	snprintf(h.name, sizeof(h.name), "selftest-%05u", (unsigned)pid % 100000);
	return h;
}

/* A flow between two addresses for documentation (RFC 5737), and a pinhole back. */
static void make_flow(struct lab *lab)
{
	const uint8_t client[] = { 192, 0, 2, 1 }, server[] = { 192, 0, 2, 2 };
	struct tuple t = { .src = addr_from_bytes(AF_INET, client),
			   .dst = addr_from_bytes(AF_INET, server),
			   .sport = 40000,
			   .dport = 111,
			   .l4 = IPPROTO_TCP };
	struct tuple back = {
		.src = t.dst, .dst = t.src, .sport = 111, .dport = 40000, .l4 = IPPROTO_TCP
	};

	lab->flow = (struct ct_flow){ .orig = t, .reply = back };
	memcpy(lab->flow.helper, lab->helper.name, sizeof(lab->flow.helper));
	back.sport = 0;
	lab->expect = (struct expectation){ .tuple = back, .master = t, .class = CLASS_LONG };
}

static int open_lab(struct lab *lab, pid_t pid)
{
	int r = nl_open(&lab->nl);

	if (r == 0)
		r = nl_open(&lab->events);
	lab->helper = make_helper(pid);
	make_flow(lab);
	return r;
}

/* ---- probes: 0 is yes. They run in the order of the table below and build upon each other. */

static int probe_cthelper(struct lab *lab)
{
	int r = cthelper_supported(&lab->nl);

	return r < 0 ? r : cthelper_set(&lab->nl, &lab->helper, NLM_F_CREATE | NLM_F_EXCL);
}

static int probe_queue(struct lab *lab)
{
	(void)lab;
	return queue_probe(0, 0);
}

static int probe_fail_open(struct lab *lab)
{
	(void)lab;
	return queue_probe(0, NFQA_CFG_F_FAIL_OPEN);
}

static int probe_glue(struct lab *lab)
{
	(void)lab;
	return queue_probe(0, NFQA_CFG_F_CONNTRACK);
}

/* The kernel tells of expectations only if it has been listened to since their master was made. */
static int listen_to_events(struct lab *lab)
{
	int r = nl_join(&lab->events, NFNLGRP_CONNTRACK_NEW);

	if (r == 0)
		r = nl_join(&lab->events, NFNLGRP_CONNTRACK_EXP_NEW);
	return r == 0 ? nl_join(&lab->events, NFNLGRP_CONNTRACK_EXP_DESTROY) : r;
}

static int probe_flow(struct lab *lab)
{
	struct ct_flow got;
	int r;

	(void)listen_to_events(lab); /* a failure shows in `events` */
	r = ct_create(&lab->nl, &lab->flow, 60);
	if (r == 0)
		r = ct_get(&lab->nl, &lab->flow, &got);
	return r == 0 && strcmp(got.helper, lab->flow.helper) ? -ENODATA : r;
}

static int probe_expect(struct lab *lab)
{
	struct expectation got;
	int r = expect_create(&lab->nl, &lab->expect);

	if (r == 0)
		r = expect_get(&lab->nl, &lab->expect, &got);
	if (r == 0 && (got.wild || got.tuple.dport != lab->expect.tuple.dport ||
		       !addr_equal(&got.tuple.src, &lab->expect.tuple.src)))
		r = -ENODATA;
	return r;
}

/* Turns the error that is wanted into success, and success into an error. */
static int wants(int wanted, int got)
{
	return got == wanted ? 0 : got < 0 ? got : -ENODATA;
}

static int probe_same(struct lab *lab)
{
	return wants(-EEXIST, expect_create(&lab->nl, &lab->expect));
}

static int probe_overlap(struct lab *lab)
{
	struct expectation wide = lab->expect;

	wide.wild = 8 * (uint8_t)addr_len(&wide.tuple.src);
	memset(wide.tuple.src.bytes, 0, sizeof(wide.tuple.src.bytes));
	return wants(-EBUSY, expect_create(&lab->nl, &wide));
}

static int probe_delete(struct lab *lab)
{
	struct expectation got;
	int r = expect_delete(&lab->nl, &lab->expect);

	return r < 0 ? r : wants(-ENOENT, expect_get(&lab->nl, &lab->expect, &got));
}

static int probe_nat(struct lab *lab)
{
	struct expectation e = lab->expect;
	int r;

	e.nat = (struct expect_nat){
		.present = true, .reply = true, .addr = e.tuple.dst, .port = 40001
	};
	r = expect_create(&lab->nl, &e);
	return r < 0 ? r : expect_delete(&lab->nl, &e);
}

static int probe_seqadj(struct lab *lab)
{
	const struct ct_seqadj adj = { .position = 1000, .before = 0, .after = 5 };
	char buf[NL_REQUEST_SIZE] __attribute__((aligned(4))) = { 0 };
	struct nlmsghdr *nlh = ct_seqadj_put(&lab->nl, buf, &lab->flow, false, &adj, NULL, 0);
	struct ct_flow got;
	int r;

	nlh->nlmsg_flags |= NLM_F_ACK;
	r = nl_talk(&lab->nl, nlh, NULL, NULL);
	if (r == 0)
		r = ct_get(&lab->nl, &lab->flow, &got);
	return r == 0 && got.seqadj[0].after != adj.after ? -EOPNOTSUPP : r;
}

/* The class of limit 0, as the kernel has stored it. */
static int probe_zero(struct lab *lab)
{
	struct cthelper got;
	int r = cthelper_get(&lab->nl, &lab->helper, &got);

	return r < 0 ? r : got.policies[CLASS_SHORT].max == 0 ? -EOPNOTSUPP : 0;
}

/* What the probes so far have made was told of. */
static int probe_events(struct lab *lab)
{
	return nl_wait(&lab->events, EXPECT_EVENT(IPCTNL_MSG_EXP_NEW), EVENT_MS);
}

static int probe_expiry(struct lab *lab)
{
	struct expectation e = lab->expect;
	int r;

	e.class = CLASS_SHORT;
	while (nl_wait(&lab->events, EXPECT_EVENT(IPCTNL_MSG_EXP_DELETE), 0) == 0)
		;
	r = expect_create(&lab->nl, &e);
	return r < 0 ? r : nl_wait(&lab->events, EXPECT_EVENT(IPCTNL_MSG_EXP_DELETE), EXPIRY_MS);
}

static int probe_detach(struct lab *lab)
{
	return ct_detach(&lab->nl, &lab->flow);
}

enum {
	HELPERS,
	QUEUE,
	FAIL_OPEN,
	CONNTRACK,
	FLOW,
	EXPECT,
	SAME,
	OVERLAP,
	DELETE,
	NAT,
	SEQADJ,
	ZERO,
	EVENTS,
	EXPIRY,
	DETACH,
	N_FEATURES
};

static const struct feature {
	const char *name;
	int (*probe)(struct lab *lab);
	bool essential;
	int needs; /* index of the feature that it is tried with, or itself */
	int no;	   /* what the kernel answers if it has not got it */
	const char *if_so, *if_not;
} features[N_FEATURES] = {
	[HELPERS] = { "helpers", probe_cthelper, true, HELPERS, -EOPNOTSUPP,
		      "flows can have a helper in user space (nfnetlink_cthelper)",
		      "no helper can work: the kernel lacks nfnetlink_cthelper" },
	[QUEUE] = { "queue", probe_queue, true, QUEUE, -EINVAL,
		    "packets can be handed to the daemon",
		    "no packet reaches the daemon: the kernel lacks nfnetlink_queue" },
	[FAIL_OPEN] = { "fail-open", probe_fail_open, true, QUEUE, -EOPNOTSUPP,
			"a full queue lets packets pass",
			"a full queue would drop packets, the daemon does not bind one" },
	[CONNTRACK] = { "queue-conntrack", probe_glue, true, QUEUE, -EOPNOTSUPP,
			"each packet comes with its flow (CONFIG_NETFILTER_NETLINK_GLUE_CT)",
			"packets come without their flow and no claim could be checked: the kernel lacks "
			"CONFIG_NETFILTER_NETLINK_GLUE_CT" },
	[FLOW] = { "helper-flow", probe_flow, true, HELPERS, -EOPNOTSUPP,
		   "a flow keeps the helper that it is given", "flows do not take a helper" },
	[EXPECT] = { "expectations", probe_expect, true, FLOW, -EOPNOTSUPP,
		     "pinholes can be opened", "no pinhole can be opened" },
	[SAME] = { "expect-eexist", probe_same, true, EXPECT, -ENODATA,
		   "a pinhole that is there already is told from a new one",
		   "two flows would believe to own one pinhole" },
	[OVERLAP] = { "expect-ebusy", probe_overlap, true, EXPECT, -ENODATA,
		      "pinholes that overlap are refused", "overlapping pinholes are possible" },
	[DELETE] = { "expect-delete", probe_delete, true, EXPECT, -ENODATA,
		     "a pinhole can be shut before its time",
		     "pinholes stay until their time is over" },
	[NAT] = { "nat-follow-master", probe_nat, false, EXPECT, -EINVAL,
		  "what comes through a pinhole is translated as its master is",
		  "nothing is translated here now; asked again with nf_nat loaded (the first NAT rule does "
		  "that), the answer must be yes" },
	[SEQADJ] = { "seqadj", probe_seqadj, false, FLOW, -EOPNOTSUPP,
		     "announcements of translated TCP flows may change their length",
		     "announcements of translated TCP flows must keep their length, others are refused" },
	[ZERO] = { "limit-0", probe_zero, false, HELPERS, -EOPNOTSUPP,
		   "a helper without a limit of its own has the kernel's, 255 pinholes a flow",
		   "a helper that says 0 has no limit at all; the daemon never does" },
	[EVENTS] = { "events", probe_events, false, EXPECT, -ETIMEDOUT,
		     "opened pinholes are reported",
		     "pinholes are not reported: see the sysctl net.netfilter.nf_conntrack_events" },
	[EXPIRY] = { "expiry-event", probe_expiry, false, EVENTS, -ETIMEDOUT,
		     "a pinhole that runs out is reported at once",
		     "a pinhole that runs out unused is reported late, a minute perhaps" },
	[DETACH] = { "detach", probe_detach, false, FLOW, -EOPNOTSUPP,
		     "a helper that is done with a flow leaves it: its packets are queued no more",
		     "a helper stays with its flow for life: the broker passes what needs no reading" },
};

static bool try_feature(struct lab *lab, const struct feature *f, bool possible)
{
	int r;

	if (!possible) {
		printf("%s: no  - it cannot be tried without `%s'\n", f->name,
		       features[f->needs].name);
		return false;
	}
	r = f->probe(lab);
	printf("%s: %s  - %s", f->name, r == 0 ? "yes" : "no", r == 0 ? f->if_so : f->if_not);
	if (r != 0 && r != f->no)
		printf(" (%s)", strerror(-r));
	printf("\n");
	return r == 0;
}

/* In the child. Exit status. */
static int try_all(pid_t pid)
{
	struct lab lab;
	bool has[N_FEATURES], works = true;

	if (open_lab(&lab, pid) < 0)
		return EXIT_FAILURE;
	for (int i = 0; i < N_FEATURES; i++) {
		const struct feature *f = &features[i];

		has[i] = try_feature(&lab, f, f->needs == i || has[f->needs]);
		works &= has[i] || !f->essential;
	}
	(void)cthelper_delete(&lab.nl, &lab.helper);
	nl_close(&lab.events);
	nl_close(&lab.nl);
	return works ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Whatever the child has left. */
static void sweep(pid_t pid)
{
	struct cthelper helper = make_helper(pid);
	struct nl nl;

	if (nl_open(&nl) < 0)
		return;
	(void)cthelper_delete(&nl, &helper);
	nl_close(&nl);
}

/* The right to ask at all. False after a line on stderr. */
static bool is_allowed(void)
{
	struct nl nl;
	int r = nl_open(&nl);

	if (r == 0) {
		r = cthelper_supported(&nl);
		nl_close(&nl);
	}
	if (r == -EPERM)
		fprintf(stderr,
			"conntrackd --selftest: needs CAP_NET_ADMIN, run it as root; nothing was "
			"tried\n");
	return r != -EPERM;
}

static int run_child(pid_t parent)
{
	int status;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNET) < 0) {
		fprintf(stderr,
			"conntrackd --selftest: cannot make a network namespace to try in (%s), run it "
			"as root; nothing was tried\n",
			strerror(errno));
		return EXIT_FAILURE;
	}
	status = try_all(parent);
	fflush(stdout);
	return status;
}

int selftest_run(void)
{
	struct utsname name;
	int status = 0;
	sigset_t all;
	pid_t child;

	if (!is_allowed())
		return EXIT_FAILURE;
	if (uname(&name) == 0)
		printf("kernel %s %s\n", name.release, name.machine); /* for the reader only */
	fflush(stdout);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	child = fork();
	if (child == 0)
		_exit(run_child(getppid()));
	if (child < 0 || waitpid(child, &status, 0) < 0) {
		fprintf(stderr, "conntrackd --selftest: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	sweep(getpid());
	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	printf("the daemon can work on this kernel\n");
	return EXIT_SUCCESS;
}
