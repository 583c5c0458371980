/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The trail: what was opened and what was refused, for whom, why, and what became of it.
 *
 * How it works
 *
 * Two rings of records of one size, in memory that the supervisor makes and the broker writes, so
 * that they outlive a broker. They are two because whoever floods the broker with claims that are
 * refused must not wash away what was opened. A record is written between two stores of its
 * number: 0 while it is not whole, the number last. Readers copy a record, believe it when the
 * number was the same before and after, and sort by it: they trust no index and no field.
 */
#ifndef PINHOLE_LINK_AUDIT_H
#define PINHOLE_LINK_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helpers/helper.h"
#include "link/counters.h"

#define AUDIT_OPENED	   2048 /* records kept of what was opened */
#define AUDIT_REFUSED	   1024 /* of what was refused */
#define AUDIT_RECORDS	   (AUDIT_OPENED + AUDIT_REFUSED)
#define AUDIT_MESSAGE_SIZE 64 /* bytes kept of the message that asked */

/* What became of a pinhole. FATE(name, prose) */
#define FATES                                                                                      \
	FATE(none, "it never was: the claim was refused")                                          \
	FATE(open, "it waits for its connection")                                                  \
	FATE(used, "its connection came")                                                          \
	FATE(expired, "nobody came in time")                                                       \
	FATE(ended, "a permanent one is over; whether somebody came is not known")                 \
	FATE(replaced, "a younger one of the same flow and class took its place")                  \
	FATE(closed, "it was closed again by us, with its helper or because it could not be announced") \
	FATE(master_gone, "its master ended, and it with it")

enum fate {
#define FATE(name, prose) FATE_##name,
	FATES
#undef FATE
	N_FATES,
};

struct audit_record {
	uint64_t number; /* 0: not whole */
	int64_t when;	 /* ms since 1970 */
	int64_t fate_when;
	uint8_t why;  /* enum refusal; REFUSED_NOT: opened */
	uint8_t fate; /* enum fate */
	uint8_t direction;
	uint8_t len;	   /* of `message` */
	uint16_t queue;
	uint16_t zone;
	uint32_t flow_id;  /* the kernel's, of the master */
	uint32_t renewals; /* how often it was asked for again; all below is of the last time */
	int32_t error;	   /* the kernel's -errno; 0: it agreed, or was not asked */
	uint32_t tcp_seq;  /* of the packet's first payload byte, as sent */
	int32_t off;	   /* of the announcement, from there; negative: it began before */
	char helper[HELPER_NAME_SIZE];
	struct tuple orig, reply; /* the master */
	struct claim claim;
	char host[HELPER_HOST_SIZE]; /* PARTY_NAMED */
	/* What was granted; all zero when refused. */
	struct tuple granted;
	uint8_t wild, has_nat, nat_reply, nat_keeps_source;
	uint16_t nat_port;
	struct addr nat_addr;
	uint8_t message[AUDIT_MESSAGE_SIZE];
};

struct audit_rings {
	uint32_t used; /* 0: nothing was ever written, so that nobody needs to look */
	struct audit_record opened[AUDIT_OPENED], refused[AUDIT_REFUSED];
};

/* All that the supervisor shares with the broker, one mapping. */
struct shared {
	struct lane_counters counters[LANES_MAX];
	struct audit_rings audit;
};

/* ---- the broker's side */

struct audit {
	struct audit_rings *rings;
	uint64_t number; /* of the last record */
	uint32_t next_opened, next_refused;
};

/* Goes on where a predecessor stopped. */
void audit_open(struct audit *a, struct audit_rings *rings);

/* Appends a record; its number is filled in, in *r too. Returns where it lies. */
struct audit_record *audit_add(struct audit *a, struct audit_record *r);

/* Writes *r over the record of its number at `at`. False when that has been overwritten. */
bool audit_change(struct audit_record *at, const struct audit_record *r);

/* ---- the reader's side */

/* Copies one record. False when it is empty or not whole. */
bool audit_read(const struct audit_record *at, struct audit_record *ret);

/* Copies all records, oldest first. `ret` has room for AUDIT_RECORDS; returns how many. */
size_t audit_collect(const struct audit_rings *rings, struct audit_record *ret);

/* ---- text (audit_text.c) */

const char *fate_name(uint8_t fate);

/* "opened", or the reason of a refusal; "unknown". */
const char *audit_verdict_word(uint8_t why);

/* What the kernel said: "ok", "ENOENT", a number; "unasked". Returns buf, or a constant. */
#define AUDIT_ERROR_SIZE 16
const char *audit_error_word(char buf[AUDIT_ERROR_SIZE], const struct audit_record *r);

/* RFC 3339, UTC; "-" for no time. Returns buf. */
#define AUDIT_TIME_SIZE 48
const char *audit_time_text(char buf[AUDIT_TIME_SIZE], int64_t ms);

/* The fields of a record that explain it, key=value, one line without newline; nothing of it is
 * trusted. Part of it is the text of struct tuple, with "src=A dst=A sport=N dport=N proto=N". */
#define AUDIT_TEXT_SIZE 2048
const char *audit_text(char *buf, const struct audit_record *r);

/* "proto=6 src=... dst=... sport=... dport=..." into AUDIT_TUPLE_SIZE bytes. Returns buf. */
#define AUDIT_TUPLE_SIZE 192
const char *audit_tuple_text(char *buf, const struct tuple *tuple);

/* The same with number, time, verdict and fate in front. */
const char *audit_line(char *buf, const struct audit_record *r);

/* ---- JSON (audit_json.c) */

struct json;

/* A tuple as an object: protocol, src, dst, sport, dport. */
void audit_json_tuple(struct json *j, const char *key, const struct tuple *t);

/* The whole record as an object; doc/json.md has its schema. As little is trusted as above. */
void audit_json(struct json *j, const struct audit_record *r);

#endif
