/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole selftest: proves a helper on this very kernel, with this very installation.
 *
 * How it works: in a network namespace of its own, behind a firewall that drops by default, conntrackd serves
 * the helper while we play a server and its client over the loopback. The announced connection must be
 * dropped before it is announced, and come through afterwards. A helper is one thing for all namespaces: if
 * this machine uses it, its object, queue number and state are left as they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "build.h"
#include "cli/pinhole/nft.h"
#include "cli/pinhole/rules.h"
#include "cli/pinhole/verb.h"
#include "config/config.h"
#include "netfilter/cthelper.h"
#include "netfilter/listener.h"
#include "netfilter/nl.h"

#define QUEUE 20999 /* unless the helper has one */
#define FTP_PORT 21
#define START_MS 10000
#define OPEN_MS 5000   /* for a connection that must come */
#define CLOSED_MS 1500 /* for one that must not */

struct test {
	struct common common;
	struct json json;
	struct cthelper helper;
	bool in_use; /* the machine's own daemon serves it */
	bool by_rule; /* with Transport rule */
	char folder[32], conf[48];
	pid_t daemon;
	int failed;
};

static void say(struct test *t, bool good, const char *what)
{
	t->failed += !good;
	if (!t->common.json) {
		printf("%s  %s\n", good ? "ok    " : "NOT OK", what);
		return;
	}
	json_put_object_begin(&t->json, NULL);
	json_put_string(&t->json, "what", what);
	json_put_bool(&t->json, "ok", good);
	json_put_object_end(&t->json);
}

static int loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return -1;
	request.ifr_flags = IFF_UP;
	r = ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
	return r;
}

static int write_conf(struct test *t)
{
	FILE *f;

	snprintf(t->folder, sizeof(t->folder), "/tmp/pinhole-selftest.XXXXXX");
	if (!mkdtemp(t->folder))
		return fail("cannot make a folder in /tmp: %s", strerror(errno));
	snprintf(t->conf, sizeof(t->conf), "%s/conf", t->folder);
	f = fopen(t->conf, "we");
	if (!f)
		return fail("cannot write %s: %s", t->conf, strerror(errno));
	fprintf(f, "General {\n\tLockFile %s/lock\n\tUNIX { Path %s/ctl }\n}\n"
		   "Helper {\n\tSetup yes\n\tType %s inet tcp { QueueNum %u Transport %s }\n}\n",
		t->folder, t->folder, t->helper.name, t->helper.queue_num,
		t->by_rule ? "rule" : "helper");
	return fclose(f) ? fail("cannot write %s: %s", t->conf, strerror(errno)) : EXIT_DONE;
}

static void remove_folder(const struct test *t)
{
	static const char *const names[] = { "conf", "lock", "ctl", "log" };
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", t->folder, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(t->folder);
}

/* conntrackd in a process group of its own; what it says goes to a file. */
static int start_daemon(struct test *t)
{
	char *argv[] = { PINHOLE_SBINDIR "/conntrackd", "-C", t->conf, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	char log[64];
	int error;

	snprintf(log, sizeof(log), "%s/log", t->folder);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	posix_spawn_file_actions_adddup2(&files, 1, 2);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	error = posix_spawn(&t->daemon, argv[0], &files, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	if (error)
		return fail("cannot run %s: %s", argv[0], strerror(error));
	for (int waited = 0; waited < START_MS; waited += 50) {
		if (listener_find(LISTENER_TABLE, t->helper.queue_num) == 1)
			return EXIT_DONE;
		usleep(50000);
	}
	return EXIT_FAILED;
}

/* One that the machine uses must not be disabled, as a daemon does when it ends: its keeper goes with it. */
static void end_daemon(const struct test *t)
{
	if (t->daemon <= 0)
		return;
	if (t->in_use)
		kill(-t->daemon, SIGKILL);
	else
		kill(t->daemon, SIGTERM);
	while (waitpid(t->daemon, NULL, 0) < 0 && errno == EINTR)
		;
}

static int load_rules(const struct test *t)
{
	struct helper_type type = { .l3 = AF_INET, .l4 = IPPROTO_TCP, .by_rule = t->by_rule,
				    .queue_num = (uint16_t)t->helper.queue_num, .n_queues = 1 };
	const struct target target = { .manifest = manifest_find(t->helper.name),
				       .types = { &type }, .n_types = 1 };
	char *commands = NULL;
	size_t len;
	FILE *f = open_memstream(&commands, &len);
	int r;

	if (!f)
		return fail("%s", strerror(ENOMEM));
	memcpy(type.name, t->helper.name, sizeof(type.name));
	rules_attach(f, &target);
	fprintf(f, "add table inet selftest\n"
		   "add chain inet selftest in { type filter hook input priority 0; policy drop; }\n"
		   "add rule inet selftest in ct state established accept\n"
		   "add rule inet selftest in tcp dport %d accept\n"
		   "add rule inet selftest in ct state related ct helper \"%s\" accept\n",
		FTP_PORT, t->helper.name);
	fclose(f);
	r = nft_run(commands);
	free(commands);
	return r;
}

/* ---- the two ends ---- */

static int listen_on(uint16_t *port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(*port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) < 0 || listen(fd, 4) < 0 ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		return -1;
	*port = ntohs(addr.sin_port);
	return fd;
}

/* A connected socket, -1 when there is none in time. */
static int connect_to(uint16_t port, int ms)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(error);

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 &&
	    (errno != EINPROGRESS || poll(&p, 1, ms) != 1 ||
	     getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Sends a line over one end, and waits until all of it has come out of the other. */
static bool pass_line(int from, int to, const char *line)
{
	size_t len = strlen(line), got = 0;
	struct pollfd p = { .fd = to, .events = POLLIN };
	char buf[256];

	if (send(from, line, len, MSG_NOSIGNAL) != (ssize_t)len)
		return false;
	while (got < len && poll(&p, 1, OPEN_MS) == 1) {
		ssize_t n = recv(to, buf, sizeof(buf), 0);

		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return got == len;
}

/* A session that asks for one passive transfer (RFC 2428). */
static void play_ftp(struct test *t)
{
	uint16_t control_port = FTP_PORT, data_port = 0;
	int listener = listen_on(&control_port), data = listen_on(&data_port);
	int client = listener < 0 ? -1 : connect_to(control_port, OPEN_MS);
	int server = client < 0 ? -1 : accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int early, late;
	char line[80];

	say(t, server >= 0 && data >= 0, "a control connection is read by the helper and goes on");
	if (server < 0 || data < 0)
		return;
	early = connect_to(data_port, CLOSED_MS);
	say(t, early < 0, "the data port is closed before it is announced");
	say(t, pass_line(server, client, "220 pinhole selftest\r\n") &&
		       pass_line(client, server, "EPSV\r\n"), "greeting and EPSV pass");
	snprintf(line, sizeof(line), "229 Entering Extended Passive Mode (|||%u|)\r\n", data_port);
	say(t, pass_line(server, client, line), "the announcement passes");
	late = connect_to(data_port, OPEN_MS);
	say(t, late >= 0, "the data port is open after it was announced");
	close(late);
	close(early);
	close(server);
	close(client);
	close(data);
	close(listener);
}

/* In the namespace. */
static int perform(struct test *t)
{
	int r = write_conf(t);

	if (r == EXIT_DONE && loopback_up() < 0)
		r = fail("cannot use the loopback: %s", strerror(errno));
	if (r == EXIT_DONE) {
		r = start_daemon(t);
		say(t, r == EXIT_DONE, "conntrackd serves the helper's queue");
	}
	if (r == EXIT_DONE)
		r = load_rules(t);
	if (r == EXIT_DONE)
		play_ftp(t);
	end_daemon(t);
	if (r != EXIT_DONE || t->failed)
		fail("what conntrackd said is in %s/log; conntrackd --selftest tries the kernel's parts "
		     "one by one", t->folder);
	else
		remove_folder(t);
	return r;
}

/* The object as it is; without one it will be made and removed. */
static int look(struct test *t, struct nl *nl, const char *name)
{
	struct cthelper key = { .has = CTHELPER_NAME | CTHELPER_TUPLE, .l3 = AF_INET,
				.l4 = IPPROTO_TCP };
	struct cthelper_clash clash;
	char text[256];
	int r;

	snprintf(key.name, sizeof(key.name), "%s", name);
	r = cthelper_get(nl, &key, &t->helper);
	if (r == 0) {
		t->by_rule = !t->helper.enabled &&
			     listener_find(LISTENER_TABLE, t->helper.queue_num) == 1;
		t->in_use = t->helper.enabled || t->by_rule;
		return EXIT_DONE;
	}
	if (r != -ENOENT)
		return fail("cannot ask the kernel for helpers: %s (conntrackd --selftest says more)",
			    strerror(-r));
	cthelper_clash(nl, &key, NULL, &clash);
	if (clash.kind == CTHELPER_CLASH_MODULE && *clash.module)
		return fail("%s", cthelper_clash_text(&clash, &key, text, sizeof(text)));
	t->helper = key;
	t->helper.queue_num = QUEUE;
	return EXIT_FOUND;
}

static int test(struct test *t, const char *name)
{
	struct nl nl;
	int r, own;

	if (strcmp(name, "ftp") != 0)
		return misused("there is a self test of ftp alone; conntrackd --selftest tries the kernel");
	if (geteuid() != 0)
		return fail("only root may do that");
	if (nl_open(&nl) < 0)
		return fail("cannot open a netlink socket: %s", strerror(errno));
	own = look(t, &nl, name);
	if (own == EXIT_FAILED) {
		nl_close(&nl);
		return own;
	}
	r = unshare(CLONE_NEWNET) < 0 ? fail("cannot make a namespace: %s", strerror(errno)) : perform(t);
	/* Rules of the namespace name the object until the namespace is gone; ours is deleted first. */
	if (own == EXIT_FOUND && r == EXIT_DONE) {
		(void)nft_run("delete table inet selftest\ndelete table inet " NFT_TABLE "\n");
		(void)cthelper_delete(&nl, &t->helper);
	}
	nl_close(&nl);
	return r == EXIT_DONE && t->failed ? EXIT_FOUND : r;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	struct test t = { .common = COMMON_DEFAULT, .json = json_over(stdout) };
	int letter, r;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options, NULL)) >= 0) {
		r = common_option(letter, &t.common);
		if (r)
			return r;
	}
	if (optind + 1 != argc)
		return misused(optind == argc ? "which helper?" : "one helper at a time");
	if (t.common.json)
		json_put_array_begin(&t.json, NULL);
	r = test(&t, argv[optind]);
	if (t.common.json) {
		json_put_array_end(&t.json);
		json_finish(&t.json);
	}
	return r;
}

const struct verb verb_selftest = {
	.word = "selftest",
	.prose = "prove a helper on this kernel, in a namespace of its own",
	.help = "usage: pinhole selftest ftp [-o json]\n"
		"\n"
		"Plays an FTP session over the loopback of a new network namespace, behind rules that drop by\n"
		"default, with conntrackd serving the helper: the announced port must be closed before it is\n"
		"announced, and open after. Nothing of this machine's traffic is touched, and a helper that\n"
		"it uses goes on. Exit code 3: something is not as it should be.\n"
		"`conntrackd --selftest' tries what the kernel can do for all helpers.\n",
	.run = run,
};
