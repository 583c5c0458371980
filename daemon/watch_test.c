/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * watch_test status|audit|metrics: what a made-up daemon answers, on standard output. Other tests judge
 * it: tests/cli/pinhole. It has two helpers, one of them paused; in its trail a pinhole of each fate
 * (ports from 20000) and a refusal for each reason (ports from 30000); and hostile bytes.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/request.h"
#include "daemon/supervisor.h"

#define TIME 1700000000000 /* ms since 1970 */

static const char file[] =
	"Helper { Type ftp inet tcp { QueueNum 1 Policy ftp { ExpectMax 2 ExpectTimeout 60 MinPort 20 "
	"ThirdParty { 10.9.0.0/16 } } } Type rpc inet udp { QueueNum 3 } "
	"Type rpc inet6 udp { QueueNum 3 } }";

static struct supervisor s;
static struct shared shared;
static struct audit audit;

const struct manifest *lanes_manifest(const struct config *c, const char *name,
				      struct manifest *buf)
{
	(void)c, (void)buf;
	return manifest_find(name);
}

static struct addr v4(uint8_t net, uint8_t host)
{
	return (struct addr){ .family = AF_INET, .bytes = { 10, net, 0, host } };
}

static struct audit_record record(uint16_t port)
{
	struct audit_record r = {
		.when = TIME + 1000 * port,
		.direction = DIRECTION_REPLY,
		.queue = 1,
		.flow_id = 77,
		.tcp_seq = 1000,
		.off = 27,
		.helper = "ftp",
		.orig = { v4(1, 2), v4(2, 2), 40000, 21, IPPROTO_TCP },
		.reply = { v4(2, 2), v4(1, 2), 21, 40000, IPPROTO_TCP },
		.claim = { .from = PARTY_CLIENT,
			   .to = PARTY_SERVER,
			   .l4 = IPPROTO_TCP,
			   .port = port },
	};

	r.len = (uint8_t)snprintf((char *)r.message, sizeof(r.message),
				  "227 Entering Passive Mode (10,2,0,2,%u,%u)", port >> 8,
				  port & 255);
	return r;
}

static struct audit_record opened(uint16_t port, enum fate fate)
{
	struct audit_record r = record(port);

	r.fate = (uint8_t)fate;
	r.fate_when = fate == FATE_open ? 0 : r.when + 2500;
	r.granted = (struct tuple){ r.orig.src, r.orig.dst, 0, port, IPPROTO_TCP };
	return r;
}

/* A host behind source NAT is called by a server of anywhere. */
static struct audit_record translated(void)
{
	struct audit_record r = opened(0, FATE_used);

	r.when = TIME;
	r.fate_when = TIME + 90;
	r.direction = DIRECTION_ORIG;
	r.reply.dst = v4(2, 1);
	r.claim = (struct claim){
		.from = PARTY_ANY, .to = PARTY_CLIENT, .l4 = IPPROTO_TCP, .port = 25001
	};
	r.granted = (struct tuple){ v4(2, 0), v4(2, 1), 0, 25002, IPPROTO_TCP };
	r.wild = 8;
	r.has_nat = 1;
	r.nat_addr = v4(1, 2);
	r.nat_port = 25001;
	r.renewals = 3;
	r.len = 12;
	memcpy(r.message, "PORT \x1b[31m\xff\"", 12);
	return r;
}

static void fill_trail(void)
{
	struct audit_record r = translated();

	audit_open(&audit, &shared.audit);
	audit_add(&audit, &r);
	for (unsigned fate = FATE_open; fate < N_FATES; fate++) {
		r = opened((uint16_t)(20000 + fate), (enum fate)fate);
		audit_add(&audit, &r);
	}
	for (unsigned why = REFUSED_NOT + 1; why < N_REFUSALS; why++) {
		r = record((uint16_t)(30000 + why));
		r.why = (uint8_t)why;
		r.error = why == REFUSED_kernel ? -EINVAL : 0;
		audit_add(&audit, &r);
	}
}

static void fill_counters(struct lane_counters *c, uint64_t n)
{
#define COUNTER(name, prose) c->name = n++;
	LANE_COUNTERS
#undef COUNTER
	c->refusals[REFUSED_low_port] = 4;
	c->notes[1] = 5;
	c->open = 2;
	for (uint64_t us = 1; us < 2000; us += n)
		latency_add(&c->latency, us);
	latency_add(&c->latency, 10000000);
}

static void fill(void)
{
	struct config_messages msgs = { 0 };

	if (config_parse(&s.config, "test", file, strlen(file), &msgs) < 0) {
		for (size_t i = 0; i < msgs.num; i++)
			fprintf(stderr, "%s\n", msgs.list[i].text);
		abort();
	}
	s.nl = NL_CLOSED;
	s.counters = shared.counters;
	s.audit = &shared.audit;
	s.broker = 100;
	s.keeper = 101;
	s.started = loop_now() - 90061000;
	s.child_faults = 5;
	s.lanes[0] = (struct lane_record){
		.used = true, .helper = "ftp", .queue_num = 1, .worker = 102
	};
	s.lanes[2] = (struct lane_record){ .used = true, .helper = "rpc", .queue_num = 3 };
	s.lanes[2].breaker.open = true;
	snprintf(s.lanes[2].why, sizeof(s.lanes[2].why),
		 "was killed by signal 11 (Segmentation fault)");
	fill_counters(&shared.counters[0], 1000);
	fill_counters(&shared.counters[2], 50);
	fill_trail();
}

/* The kernel's table, as a file. */
static int fake_queues(void)
{
	static const char text[] = "    1   4711     5 2 65531     6     7       99  1\n"
				   "    9   4712     1 2 65531     1     1       99  1\n";
	FILE *f = tmpfile();

	if (!f || fputs(text, f) < 0 || fflush(f) != 0)
		return -1;
	return fileno(f);
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";
	int request = !strcmp(what, "status")  ? REQUEST_STATUS_JSON
		      : !strcmp(what, "audit") ? REQUEST_AUDIT_JSON
					       : REQUEST_METRICS;

	fill();
	s.queues_fd = fake_queues();
	return status_answer(&s, request, stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}
