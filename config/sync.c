// SPDX-License-Identifier: GPL-2.0-or-later
/* Sync { } with its modes and Options. The dedicated links are in sync_link.c. */
#include "config/parser.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int disable_external(struct parser *p, void *target)
{
	struct config_sync *sync = target;

	p->external_disabled = p->keyword;
	return parser_switch(p, &sync->disable_external_cache);
}

#define S struct config_sync
static const struct keyword ftfw_keywords[] = {
	NUMBER("ResendQueueSize", S, resend_queue_size),
	NUMBER("ACKWindowSize", S, ack_window_size),
	NUMBER("CommitTimeout", S, commit_timeout),
	NUMBER("PurgeTimeout", S, purge_timeout),
	CALL("DisableExternalCache", disable_external),
	SWITCH("StartupResync", S, startup_resync),
};
const struct block block_ftfw = BLOCK("Mode FTFW", ftfw_keywords);

static const struct keyword alarm_keywords[] = {
	NUMBER("RefreshTime", S, refresh_time),
	NUMBER("CacheTimeout", S, cache_timeout),
	NUMBER("CommitTimeout", S, commit_timeout),
	NUMBER("PurgeTimeout", S, purge_timeout),
};
const struct block block_alarm = BLOCK("Mode ALARM", alarm_keywords);

static const struct keyword notrack_keywords[] = {
	NUMBER("CommitTimeout", S, commit_timeout),
	NUMBER("PurgeTimeout", S, purge_timeout),
	SWITCH("DisableInternalCache", S, disable_internal_cache),
	CALL("DisableExternalCache", disable_external),
	SWITCH("StartupResync", S, startup_resync),
};
const struct block block_notrack = BLOCK("Mode NOTRACK", notrack_keywords);

static int sync_mode(struct parser *p, void *target)
{
	static const struct {
		const char *word, *now; /* now: deprecated, and its new name */
		enum config_sync_mode mode;
		const struct block *block;
	} modes[] = {
		{ "FTFW", NULL, CONFIG_SYNC_FTFW, &block_ftfw },
		{ "ALARM", NULL, CONFIG_SYNC_ALARM, &block_alarm },
		{ "NOTRACK", NULL, CONFIG_SYNC_NOTRACK, &block_notrack },
		{ "nack", "ftfw", CONFIG_SYNC_FTFW, &block_ftfw },
		{ "persistent", "alarm", CONFIG_SYNC_ALARM, &block_alarm },
	};
	struct token word;
	size_t i;
	int r = parser_word(p, "FTFW, ALARM or NOTRACK", &word);

	if (r < 0)
		return r;
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (token_is_nocase(&word, modes[i].word))
			break;
	if (i == sizeof(modes) / sizeof(modes[0]))
		return parser_error(p, &word, "unknown mode, expected FTFW, ALARM or NOTRACK");
	if (modes[i].now)
		parser_warn(
			p, &word,
			"Now `%s' mode is called `%s'. Please, update your conntrackd.conf file.",
			modes[i].word, modes[i].now);
	p->sync_modes |= PARSER_MODE(modes[i].mode);
	return parser_block(p, modes[i].block, target);
}

static int add_expect_helper(struct parser *p, struct config_sync *sync)
{
	char name[CONFIG_NAME_SIZE] = "";
	char(*list)[CONFIG_NAME_SIZE];
	struct token word = p->token;
	size_t i;
	int r = parser_name(p, "helper name", name);

	if (r < 0)
		return r;
	for (i = 0; i < sync->n_expect_helpers; i++)
		if (!strcasecmp(sync->expect_helpers[i], name))
			return 0;
	if (sync->n_expect_helpers >= CONFIG_SYNC_HELPERS_MAX)
		return parser_error(p, &word, "more than %d helper names", CONFIG_SYNC_HELPERS_MAX);
	list = realloc(sync->expect_helpers, (sync->n_expect_helpers + 1) * sizeof(*list));
	if (!list)
		return parser_no_memory(p);
	sync->expect_helpers = list;
	memcpy(list[sync->n_expect_helpers++], name, sizeof(name));
	return 0;
}

static int expectation_sync(struct parser *p, void *target)
{
	struct config_sync *sync = target;
	unsigned line = p->keyword.line;
	int r;

	if (p->token.type != TOKEN_OPEN)
		return parser_switch(p, &sync->expectation_sync);
	parser_next(p);
	while (p->token.type != TOKEN_CLOSE) {
		r = parser_end(p, "ExpectationSync", line);
		if (r < 0)
			return r;
		r = add_expect_helper(p, sync);
		if (r < 0)
			return r;
	}
	parser_next(p);
	sync->expectation_sync = true;
	return 0;
}

static const struct keyword options_keywords[] = {
	SWITCH("TCPWindowTracking", S, tcp_window_tracking),
	CALL("ExpectationSync", expectation_sync),
};
const struct block block_options = BLOCK("Options", options_keywords);

static int sync_options(struct parser *p, void *target)
{
	return parser_block(p, &block_options, target);
}

static const struct keyword sync_keywords[] = {
	CALL("Mode", sync_mode),
	CALL("Multicast", sync_multicast),
	CALL("UDP", sync_udp),
	CALL("TCP", sync_tcp),
	CALL("Options", sync_options),
	NUMBER("RefreshTime", S, refresh_time),
	NUMBER("CacheTimeout", S, cache_timeout),
	NUMBER("CommitTimeout", S, commit_timeout),
	NUMBER("PurgeTimeout", S, purge_timeout),
};
#undef S
const struct block block_sync = BLOCK("Sync", sync_keywords);

void sync_finish(struct parser *p)
{
	struct config_sync *sync = &p->config->sync;
	enum config_sync_mode mode;

	if (!sync->present)
		return;
	if (!p->sync_modes)
		config_complain(p->msgs, CONFIG_WARNING, p->file, sync->line, "Sync",
				"No synchronization mode specified. Defaulting to FT-FW mode.");
	for (mode = CONFIG_SYNC_FTFW; mode <= CONFIG_SYNC_NOTRACK; mode++)
		if (p->sync_modes & PARSER_MODE(mode)) {
			sync->mode = mode; /* the first of FTFW, ALARM, NOTRACK wins */
			break;
		}
	if (sync->commit_timeout && sync->disable_external_cache) {
		parser_warn(p, &p->external_disabled,
			    "`CommitTimeout' can't be combined with `DisableExternalCache', "
			    "ignoring this option. Fix your configuration file.");
		sync->commit_timeout = 0;
	}
}
