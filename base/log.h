/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Logging for daemon, broker and keeper. Helpers, wire and worker never log.
 *
 * err:   the operator must act.          warn:  degraded but working.
 * info:  start, stop, configuration.     debug: per packet, off by default.
 *
 * One event, one line. Hostile bytes only through log_bytes().
 */
#ifndef PINHOLE_BASE_LOG_H
#define PINHOLE_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Where lines go. Console lines look like conntrackd's own:
 * `[Mon Nov 23 06:49:16 2026] (pid=N) [ERROR] text`, errors and warnings on stderr, the rest on
 * stdout; under systemd (JOURNAL_STREAM set) `<N>text` on stderr instead. */
struct log_sinks {
	bool console;
	int file_fd;         /* -1: none. Lines as on the console */
	int syslog_facility; /* LOG_DAEMON ...; -1: none */
	void (*relay)(enum log_level level, const char *text); /* another process writes; or NULL */
	bool debug;
};

void log_open(const char *ident, const struct log_sinks *sinks);

/* A line from another process, as it came through its relay. */
void log_line(enum log_level level, const char *text);

void err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same with ": strerror(error)" behind; error is positive or negative errno. */
void err_errno(int error, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void warn_errno(int error, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* At most LOG_BURST lines in any second; returns false when this one is to be left out. One
 * struct per call site; what was left out is said when the site speaks again. */
#define LOG_BURST 5
struct log_limit {
	int64_t second;
	unsigned n, left_out;
};

bool log_allowed(struct log_limit *limit);

/* Escapes up to 64 bytes (C escapes, \xNN) into buf of LOG_BYTES_SIZE; "..." if cut. Returns buf. */
#define LOG_BYTES_SIZE 264
const char *log_bytes(char *buf, const void *data, size_t len);

#endif
