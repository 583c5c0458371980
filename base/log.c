/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Lines to console, file and syslog.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE 2048

static struct log_sinks sinks = { .console = true, .file_fd = -1, .syslog_facility = -1 };
static bool under_systemd;

static const struct {
	int priority;
	const char *word;
} levels[] = {
	[LOG_LEVEL_ERR] = { LOG_ERR, "ERROR" },
	[LOG_LEVEL_WARN] = { LOG_WARNING, "warning" },
	[LOG_LEVEL_INFO] = { LOG_INFO, "info" },
	[LOG_LEVEL_DEBUG] = { LOG_DEBUG, "debug" },
};

void log_open(const char *ident, const struct log_sinks *wanted)
{
	sinks = *wanted;
	under_systemd = getenv("JOURNAL_STREAM") != NULL;
	if (sinks.syslog_facility >= 0)
		openlog(ident, LOG_PID, sinks.syslog_facility);
}

static void write_line(int fd, const char *line, size_t len)
{
	ssize_t n;

	do
		n = write(fd, line, len);
	while (n < 0 && errno == EINTR);
}

static void stamped(enum log_level level, const char *text, int fd)
{
	char line[LINE_SIZE + 96], when[32];
	time_t now = time(NULL);
	struct tm tm;
	int len;

	if (!localtime_r(&now, &tm) || !strftime(when, sizeof(when), "%a %b %e %H:%M:%S %Y", &tm))
		when[0] = 0;
	len = snprintf(line, sizeof(line), "[%s] (pid=%d) [%s] %s\n", when, (int)getpid(),
		       levels[level].word, text);
	write_line(fd, line, (size_t)len);
}

void log_line(enum log_level level, const char *text)
{
	int fd = level <= LOG_LEVEL_WARN ? STDERR_FILENO : STDOUT_FILENO;
	char line[LINE_SIZE + 8];
	int len;

	if (level == LOG_LEVEL_DEBUG && !sinks.debug)
		return;
	if (sinks.relay)
		sinks.relay(level, text);
	if (sinks.console && under_systemd) {
		len = snprintf(line, sizeof(line), "<%d>%s\n", levels[level].priority, text);
		write_line(STDERR_FILENO, line, (size_t)len);
	} else if (sinks.console) {
		stamped(level, text, fd);
	}
	if (sinks.file_fd >= 0)
		stamped(level, text, sinks.file_fd);
	if (sinks.syslog_facility >= 0)
		syslog(levels[level].priority, "%s", text);
}

static void __attribute__((format(printf, 3, 0)))
say(enum log_level level, int error, const char *fmt, va_list ap)
{
	char text[LINE_SIZE];
	size_t used;

	vsnprintf(text, sizeof(text), fmt, ap);
	used = strlen(text);
	if (error)
		snprintf(text + used, sizeof(text) - used, ": %s", strerror(abs(error)));
	log_line(level, text);
}

#define SPEAKER(name, level)                                                                       \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list ap;                                                                        \
		va_start(ap, fmt);                                                                 \
		say(level, 0, fmt, ap);                                                            \
		va_end(ap);                                                                        \
	}

#define SPEAKER_ERRNO(name, level)                                                                 \
	void name(int error, const char *fmt, ...)                                                 \
	{                                                                                          \
		va_list ap;                                                                        \
		va_start(ap, fmt);                                                                 \
		say(level, error, fmt, ap);                                                        \
		va_end(ap);                                                                        \
	}

SPEAKER(err, LOG_LEVEL_ERR)
SPEAKER(warn, LOG_LEVEL_WARN)
SPEAKER(info, LOG_LEVEL_INFO)
SPEAKER(debug, LOG_LEVEL_DEBUG)
SPEAKER_ERRNO(err_errno, LOG_LEVEL_ERR)
SPEAKER_ERRNO(warn_errno, LOG_LEVEL_WARN)

bool log_allowed(struct log_limit *limit)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (now.tv_sec != limit->second) {
		limit->second = now.tv_sec;
		limit->n = 0;
		if (limit->left_out)
			warn("%u similar lines left out", limit->left_out);
		limit->left_out = 0;
	}
	if (limit->n++ < LOG_BURST)
		return true;
	limit->left_out++;
	return false;
}

const char *log_bytes(char *buf, const void *data, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = data;
	char *at = buf;
	size_t n = len > 64 ? 64 : len;

	for (size_t i = 0; i < n; i++) {
		if (p[i] >= 0x20 && p[i] < 0x7f && p[i] != '\\' && p[i] != '"') {
			*at++ = (char)p[i];
			continue;
		}
		*at++ = '\\';
		*at++ = 'x';
		*at++ = hex[p[i] >> 4];
		*at++ = hex[p[i] & 15];
	}
	memcpy(at, len > n ? "..." : "", len > n ? 4 : 1);
	return buf;
}
