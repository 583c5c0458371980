/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * bench-load: work for a helper, and what it cost. One thread, and as few system calls as the work
 * allows, so that what is measured is what stands between client and server.
 */
#ifndef PINHOLE_BENCH_LOAD_LOAD_H
#define PINHOLE_BENCH_LOAD_LOAD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "base/json.h"

#define FTP_PORT  21
#define RPC_PORT  111
#define TNS_PORT  1521
#define TOKEN_MAX 32 /* commands under way on one connection */

#define SECOND 1000000 /* microseconds, as all times here */

struct task {
	struct in_addr server;
	unsigned connections;
	unsigned depth;	       /* commands under way on each */
	int64_t duration;      /* measured time; a fifth of it goes before, unmeasured */
	unsigned rate;	       /* calls a second, if they are not to wait for answers */
	pid_t firewall;	       /* a process on the firewall: its /proc/net is read */
	const char *processes; /* PID,PID...: whose time is taken */
};

/* ---- what is measured ---- */

struct tally {
	uint64_t done;
	uint64_t offered, lost; /* of work that does not wait */
	int64_t begun, ended;
	uint32_t *times; /* of each that was done, n_times of them */
	size_t n_times;
};

void tally_add(struct tally *t, int64_t took);

/* Takes the state of processes and queues: once when the measured time begins, once at its end. */
int sample_begin(const struct task *task, struct tally *t);
int sample_end(const struct task *task, struct tally *t);

/* One line of JSON, less what the caller has put in front. */
void sample_print(const struct task *task, struct tally *t, struct json *j);

/* ---- work: 0 or -errno, and a line of JSON ---- */

int work_ftp(const struct task *task);	   /* NOOP, each answered before the next but `depth` */
int work_expect(const struct task *task);  /* PASV, of which each announces another port */
int work_connect(const struct task *task); /* connect, USER, QUIT, and again */
int work_bulk(const struct task *task);	   /* bytes, once the server was told */
int work_sql(const struct task *task);	   /* the same in an Oracle session, which a listener has accepted */
int work_hold(const struct task *task);	   /* open connections, until standard input ends */
int work_rpc(const struct task *task);	   /* GETPORT, each answered before the next */
int work_flood(const struct task *task);   /* GETPORT at a rate, then until one is answered */
int work_idle(const struct task *task);	   /* nothing */

/* Answers all of it, until killed. */
int serve(void);

/* Runs a command until the first packet of a queue is judged. */
int start(unsigned queue, char **command);

/* ---- shared ---- */

/* A packet of Oracle Net: its header, of which `len` is the length of all. */
#define TNS_HEADER 8
enum tns_type { TNS_CONNECT = 1, TNS_ACCEPT = 2, TNS_DATA = 6 };
static inline void tns_header(uint8_t *p, size_t len, enum tns_type type)
{
	const uint8_t header[TNS_HEADER] = { (uint8_t)(len >> 8), (uint8_t)len, 0, 0, (uint8_t)type };

	memcpy(p, header, sizeof(header));
}

void raise_file_limit(void);
const char *queue_table(pid_t pid); /* of that process' network; static, "" if there is none */

#endif
