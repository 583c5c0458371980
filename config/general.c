// SPDX-License-Identifier: GPL-2.0-or-later
/* General { } with UNIX and Scheduler, and Stats { }, which has two of its words. */
#include "config/parser.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static int general_log_file(struct parser *p, void *target)
{
	struct config_general *general = target;

	return parser_log_file(p, CONFIG_LOG_FILE_ON, general->log_file);
}

static int general_syslog(struct parser *p, void *target)
{
	struct config_general *general = target;
	bool on;

	return parser_syslog(p, &general->syslog_facility, &on);
}

static int general_lock_file(struct parser *p, void *target)
{
	struct config_general *general = target;

	return parser_path(p, general->lock_file, sizeof(general->lock_file));
}

static int overrun_resync(struct parser *p, void *target)
{
	struct config_general *general = target;
	struct token word;
	bool on;
	int r = parser_word(p, "on, off or a number of seconds", &word);

	if (r < 0)
		return r;
	if (token_bool(&word, &on) == 0) {
		general->netlink_overrun_resync = on ? 30 : 0;
		return 0;
	}
	r = token_number(&word, UINT32_MAX, &general->netlink_overrun_resync);
	if (r == -ERANGE)
		return parser_error(p, &word, "too large, expected a number up to %u", UINT32_MAX);
	if (r < 0)
		return parser_error(p, &word, "expected on, off or a number of seconds");
	return 0;
}

static int poll_secs(struct parser *p, void *target)
{
	struct config_general *general = target;
	struct token word = p->token;
	int r = parser_number(p, UINT32_MAX, &general->poll_secs);

	if (r < 0)
		return r;
	if (!general->poll_secs)
		return parser_error(p, &word, "`PollSecs' clause must be > 0");
	return 0;
}

static int nice(struct parser *p, void *target)
{
	struct config_general *general = target;
	struct token word, digits;
	uint32_t number;
	int r = parser_word(p, "a number from -20 to 19", &word);

	if (r < 0)
		return r;
	digits = word;
	if (word.start[0] == '-' || word.start[0] == '+') {
		digits.start++;
		digits.len--;
	}
	if (token_number(&digits, word.start[0] == '-' ? 20 : 19, &number) < 0)
		return parser_error(p, &word, "expected a number from -20 to 19");
	general->nice = word.start[0] == '-' ? -(int)number : (int)number;
	general->has_nice = true;
	return 0;
}

static int general_cpus(struct parser *p, void *target)
{
	return parser_cpus(p, &((struct config_general *)target)->cpus);
}

/* 127.0.0.0/8, ::1 */
static bool is_loopback(const struct config_metrics *m)
{
	static const uint8_t one[16] = { [15] = 1 };

	return m->family == AF_INET ? m->addr[0] == 127 : !memcmp(m->addr, one, sizeof(one));
}

static int general_metrics(struct parser *p, void *target)
{
	static const char what[] = "a loopback address (127.0.0.1 or ::1) and a port";
	struct config_general *general = target;
	struct config_metrics m = { .family = AF_INET };
	struct token word, port;
	uint8_t prefix_len;
	uint32_t number;
	int r = parser_word(p, what, &word);

	if (r < 0)
		return r;
	if (memchr(word.start, '/', word.len))
		return parser_error(p, &word, "expected %s", what);
	if (token_network(&word, AF_INET, m.addr, &prefix_len) < 0) {
		m.family = AF_INET6;
		if (token_network(&word, AF_INET6, m.addr, &prefix_len) < 0)
			return parser_error(p, &word, "expected %s", what);
	}
	if (!is_loopback(&m))
		return parser_error(p, &word,
				    "not a loopback address: whoever is elsewhere must ask through "
				    "this host; expected 127.0.0.1 or ::1");
	r = parser_word(p, "a port, 1 to 65535", &port);
	if (r < 0)
		return r;
	if (token_number(&port, UINT16_MAX, &number) < 0 || !number)
		return parser_error(p, &port, "expected a port, 1 to 65535");
	m.port = (uint16_t)number;
	general->metrics = m;
	return 0;
}

static int unix_path(struct parser *p, void *target)
{
	struct config_general *general = target;

	return parser_path(p, general->unix_path, sizeof(general->unix_path));
}

static int unix_backlog(struct parser *p, void *target)
{
	struct config_general *general = target;
	struct token keyword = p->keyword;
	int r = parser_number(p, UINT32_MAX, &general->unix_backlog);

	if (r < 0)
		return r;
	parser_warn(p, &keyword, "deprecated unix backlog configuration, ignoring");
	return 0;
}

static int general_unix(struct parser *p, void *target)
{
	return parser_block(p, &block_unix, target);
}

static int scheduler_type(struct parser *p, void *target)
{
	struct config_general *general = target;
	struct token word;
	int r = parser_word(p, "RR or FIFO", &word);

	if (r < 0)
		return r;
	if (token_is_nocase(&word, "RR"))
		general->scheduler = CONFIG_SCHEDULER_RR;
	else if (token_is_nocase(&word, "FIFO"))
		general->scheduler = CONFIG_SCHEDULER_FIFO;
	else
		return parser_error(p, &word, "unknown scheduler, expected RR or FIFO");
	return 0;
}

static int scheduler_priority(struct parser *p, void *target)
{
	struct config_general *general = target;
	struct token word;
	uint32_t priority;
	int r = parser_word(p, "a number", &word);

	if (r < 0)
		return r;
	if (token_number(&word, 99, &priority) < 0)
		return parser_error(p, &word, "`Priority' must be [0, 99]");
	general->scheduler_priority = (uint8_t)priority;
	return 0;
}

static int general_scheduler(struct parser *p, void *target)
{
	struct config_general *general = target;

	if (general->scheduler == CONFIG_SCHEDULER_DEFAULT)
		general->scheduler = CONFIG_SCHEDULER_RR;
	return parser_block(p, &block_scheduler, target);
}

#define G struct config_general
static const struct keyword general_keywords[] = {
	NUMBER("HashSize", G, hash_size),
	NUMBER("HashLimit", G, hash_limit),
	CALL("LogFile", general_log_file),
	CALL("Syslog", general_syslog),
	CALL("LockFile", general_lock_file),
	CALL("UNIX", general_unix),
	NUMBER("NetlinkBufferSize", G, netlink_buffer_size),
	NUMBER("NetlinkBufferSizeMaxGrowth", G, netlink_buffer_size_max_growth),
	CALL("NetlinkOverrunResync", overrun_resync),
	SWITCH("NetlinkEventsReliable", G, netlink_events_reliable),
	NUMBER("EventIterationLimit", G, event_iteration_limit),
	CALL("PollSecs", poll_secs),
	CALL("Scheduler", general_scheduler),
	CALL("Nice", nice),
	CALL("CPUAffinity", general_cpus),
	SWITCH("Systemd", G, systemd),
	CALL("Metrics", general_metrics),
	CALL("Filter", general_filter),
	OLD_NUMBER("SocketBufferSize", G, netlink_buffer_size),
	OLD_NUMBER("SocketBufferSizeMaxGrowth", G, netlink_buffer_size_max_growth),
	OLD_NUMBER("SocketBufferSizeMaxGrown", G, netlink_buffer_size_max_growth),
};
#undef G
const struct block block_general = BLOCK("General", general_keywords);

static const struct keyword unix_keywords[] = {
	CALL("Path", unix_path),
	OLD_CALL("Backlog", unix_backlog),
};
const struct block block_unix = BLOCK("UNIX", unix_keywords);

static const struct keyword scheduler_keywords[] = {
	CALL("Type", scheduler_type),
	CALL("Priority", scheduler_priority),
};
const struct block block_scheduler = BLOCK("Scheduler", scheduler_keywords);

static int stats_log_file(struct parser *p, void *target)
{
	struct config_stats *stats = target;

	return parser_log_file(p, CONFIG_STATS_LOG_FILE_ON, stats->log_file);
}

static int stats_syslog(struct parser *p, void *target)
{
	struct config_stats *stats = target;

	p->stats_syslog = p->token;
	return parser_syslog(p, &stats->syslog_facility, &p->stats_syslog_on);
}

static const struct keyword stats_keywords[] = {
	CALL("LogFile", stats_log_file),
	CALL("Syslog", stats_syslog),
};
const struct block block_stats = BLOCK("Stats", stats_keywords);
