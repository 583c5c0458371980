// SPDX-License-Identifier: GPL-2.0-or-later
/* conntrackd.conf as a whole: defaults, the four sections.
 *
 * How it works: lexer.c cuts the text into words and braces, parser.c reads single values, block.c
 * reads a block by a table of its keywords. The tables and their functions are in general.c,
 * filter.c, sync.c, sync_link.c and helper.c. A new keyword is one line in a table and a member in
 * config.h; message.c gives all complaints their form. */
#include "config/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/parser.h"

static void set_defaults(struct config *config)
{
	*config = (struct config){
		.general = {
			.hash_size = 65536,
			.hash_limit = 262144,
			.syslog_facility = CONFIG_SYSLOG_NONE,
			.lock_file = CONFIG_LOCK_FILE_DEFAULT,
			.netlink_overrun_resync = 30,
			.event_iteration_limit = 100,
			.scheduler_priority = 99,
			.systemd = true,
		},
		.sync = {
			.mode = CONFIG_SYNC_FTFW,
			.resend_queue_size = 131072,
			.ack_window_size = 300,
			.refresh_time = 60,
			.cache_timeout = 180,
			.purge_timeout = 60,
		},
		.stats.syslog_facility = CONFIG_SYSLOG_NONE,
	};
}

void config_free(struct config *config)
{
	if (!config)
		return;
	free(config->general.filter.networks);
	free(config->sync.expect_helpers);
	free(config->types);
	free(config->defines);
	free(config->files);
	*config = (struct config){ 0 };
}

static int section_general(struct parser *p, void *target)
{
	struct config *config = target;

	return parser_block(p, &block_general, &config->general);
}

static int both(struct parser *p)
{
	return parser_error(p, &p->keyword,
			    "cannot use both `Stats' and `Sync' clauses in conntrackd.conf");
}

static int section_sync(struct parser *p, void *target)
{
	struct config *config = target;

	if (!config->sync.present)
		config->sync.line = p->keyword.line;
	config->sync.present = true;
	return config->stats.present ? both(p) : parser_block(p, &block_sync, &config->sync);
}

static int section_stats(struct parser *p, void *target)
{
	struct config *config = target;

	if (!config->stats.present)
		config->stats.line = p->keyword.line;
	config->stats.present = true;
	return config->sync.present ? both(p) : parser_block(p, &block_stats, &config->stats);
}

static int section_helper(struct parser *p, void *target)
{
	struct config *config = target;

	config->helper_present = true;
	return parser_block(p, &block_helper, config);
}

static const struct keyword section_keywords[] = {
	CALL("General", section_general),
	CALL("Sync", section_sync),
	CALL("Stats", section_stats),
	CALL("Helper", section_helper),
};
static const struct block block_file = BLOCK("conntrackd.conf", section_keywords);

#define IN_MAIN "expected in conntrackd.conf: files of " CONFIG_FOLDER_NAME " have Helper sections only"

static const struct keyword more_keywords[] = {
	CALL("Helper", section_helper),
	MISPLACED("General", IN_MAIN),
	MISPLACED("Sync", IN_MAIN),
	MISPLACED("Stats", IN_MAIN),
};
static const struct block block_more = BLOCK(CONFIG_FOLDER_NAME, more_keywords);

/* Stats has no facility but General's, if General has one. */
static void stats_finish(struct parser *p)
{
	const int general = p->config->general.syslog_facility;
	int *stats = &p->config->stats.syslog_facility;

	if (*stats == CONFIG_SYSLOG_NONE || general == CONFIG_SYSLOG_NONE || *stats == general)
		return;
	if (!p->stats_syslog_on)
		parser_warn(p, &p->stats_syslog,
			    "conflicting Syslog facility values, defaulting to General");
	*stats = general;
}

static int read_sections(struct parser *p, const struct block *block)
{
	while (p->token.type != TOKEN_END) {
		const struct token first = p->token;
		int r;

		p->depth = 0;
		if (first.type == TOKEN_CLOSE)
			r = parser_error(p, &first, "unexpected, is it one `}' too many?");
		else
			r = parser_item(p, block, first.line, p->config);
		if (r == -EINVAL) {
			if (p->token.start == first.start)
				parser_next(p);
			parser_skip(p, 0, block);
		} else if (r < 0) {
			return r;
		}
	}
	return 0;
}

static int add_file(struct parser *p)
{
	struct config *config = p->config;
	char(*files)[CONFIG_PATH_SIZE] = realloc(config->files, (config->n_files + 1) * sizeof(*files));

	if (!files)
		return parser_no_memory(p);
	config->files = files;
	p->file_number = (unsigned)config->n_files;
	snprintf(files[config->n_files++], sizeof(*files), "%s", p->file);
	return 0;
}

/* All sections of a text, which `block` allows. */
static int read_text(struct parser *p, const struct block *block, const char *text, size_t len)
{
	size_t errors = p->msgs->n_errors;
	int r = add_file(p);

	if (r < 0)
		return r;
	lexer_init(&p->lexer, text, len);
	p->token = lexer_next(&p->lexer);
	r = read_sections(p, block);
	return r == 0 && p->msgs->n_errors != errors ? -EINVAL : r;
}

int config_parse(struct config *ret, const char *file_name, const char *text, size_t len,
		 struct config_messages *msgs)
{
	struct config config;
	struct parser p = { .file = file_name, .config = &config, .msgs = msgs };
	int r;

	set_defaults(&config);
	r = read_text(&p, &block_file, text, len);
	if (r < 0) {
		config_free(&config);
		return r;
	}
	sync_finish(&p);
	stats_finish(&p);
	*ret = config;
	return 0;
}

int config_parse_more(struct config *config, const char *file_name, const char *text, size_t len,
		      struct config_messages *msgs)
{
	struct parser p = { .file = file_name, .config = config, .msgs = msgs };

	return read_text(&p, &block_more, text, len);
}

int config_parse_define(struct helper_define *ret, const char *file_name, const char *text, size_t len,
			struct config_messages *msgs)
{
	struct parser p = { .file = file_name, .msgs = msgs };
	struct helper_define define;
	int r;

	lexer_init(&p.lexer, text, len);
	p.token = lexer_next(&p.lexer);
	if (p.token.type != TOKEN_WORD || !token_is(&p.token, "Define"))
		return parser_error(&p, &p.token, "expected `Define NAME { }'");
	p.keyword = parser_next(&p);
	r = helper_define(&p, &define);
	if (r == 0 && p.token.type != TOKEN_END)
		r = parser_error(&p, &p.token, "expected the end of the file after one Define");
	if (r == 0)
		memcpy(ret, &define, sizeof(define));
	return r;
}

const struct helper_define *config_find_define(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->n_defines; i++)
		if (!strcmp(config->defines[i].query.name, name))
			return &config->defines[i];
	return NULL;
}

bool config_owns_queue(const struct helper_type *type, unsigned num)
{
	return num >= type->queue_num && num - type->queue_num < type->n_queues;
}

const char *config_file(const struct config *config, unsigned file)
{
	return file < config->n_files ? config->files[file] : "";
}
