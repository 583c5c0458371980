// SPDX-License-Identifier: GPL-2.0-or-later
/* conntrackd.conf as a whole: defaults, the four sections, reading the file.
 *
 * How it works: lexer.c cuts the text into words and braces, parser.c reads single values, block.c
 * reads a block by a table of its keywords. The tables and their functions are in general.c,
 * filter.c, sync.c, sync_link.c and helper.c. A new keyword is one line in a table and a member in
 * config.h; message.c gives all complaints their form. */
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static int read_sections(struct parser *p)
{
	while (p->token.type != TOKEN_END) {
		const struct token first = p->token;
		int r;

		p->depth = 0;
		if (first.type == TOKEN_CLOSE)
			r = parser_error(p, &first, "unexpected, is it one `}' too many?");
		else
			r = parser_item(p, &block_file, first.line, p->config);
		if (r == -EINVAL) {
			if (p->token.start == first.start)
				parser_next(p);
			parser_skip(p, 0, &block_file);
		} else if (r < 0) {
			return r;
		}
	}
	return 0;
}

int config_parse(struct config *ret, const char *file_name, const char *text, size_t len,
		 struct config_messages *msgs)
{
	size_t errors = msgs->n_errors;
	struct config config;
	struct parser p = { .file = file_name, .config = &config, .msgs = msgs };
	int r;

	set_defaults(&config);
	lexer_init(&p.lexer, text, len);
	p.token = lexer_next(&p.lexer);
	r = read_sections(&p);
	if (r == 0 && msgs->n_errors != errors)
		r = -EINVAL;
	if (r < 0) {
		config_free(&config);
		return r;
	}
	sync_finish(&p);
	stats_finish(&p);
	*ret = config;
	return 0;
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

static int cannot(struct config_messages *msgs, const char *verb, const char *path, int error,
		  const char *why)
{
	config_complain(msgs, CONFIG_ERROR, NULL, 0, NULL, "can't %s config file `%s': %s", verb,
			path, why ? why : strerror(error));
	return -error;
}

/* All bytes of a regular file, in memory that the caller frees. */
static int slurp(int fd, const char *path, struct config_messages *msgs, char **ret,
		 size_t *ret_len)
{
	const size_t size = (size_t)CONFIG_FILE_MAX + 1;
	struct stat st;
	size_t len = 0;
	char *text;
	int error;

	if (fstat(fd, &st) < 0)
		return cannot(msgs, "read", path, errno, NULL);
	if (!S_ISREG(st.st_mode))
		return cannot(msgs, "read", path, EINVAL, "not a regular file");
	text = malloc(size);
	if (!text)
		return cannot(msgs, "read", path, ENOMEM, NULL);
	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error = errno;
			free(text);
			return cannot(msgs, "read", path, error, NULL);
		}
		if (!n)
			break;
		len += (size_t)n;
	}
	if (len > CONFIG_FILE_MAX) {
		free(text);
		return cannot(msgs, "read", path, EFBIG, "larger than 1 MiB");
	}
	*ret = text;
	*ret_len = len;
	return 0;
}

int config_read(struct config *ret, const char *path, struct config_messages *msgs)
{
	/* O_NONBLOCK: a FIFO must not hold us before it is refused. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t len = 0;
	char *text = NULL;
	int r;

	if (fd < 0)
		return cannot(msgs, "open", path, errno, NULL);
	r = slurp(fd, path, msgs, &text, &len);
	close(fd);
	if (r < 0)
		return r;
	r = config_parse(ret, path, text, len, msgs);
	free(text);
	return r;
}
