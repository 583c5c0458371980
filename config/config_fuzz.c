// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: the contract of config_parse() over any bytes. Corpus: tests/fuzz/config/. */
#include "config/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond)                                                              \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                   \
		}                                                                  \
	} while (0)

static void check_messages(const struct config_messages *msgs)
{
	size_t i;

	REQUIRE(msgs->num <= CONFIG_MESSAGES_MAX);
	REQUIRE(msgs->num <= msgs->n_errors + msgs->n_warnings);
	for (i = 0; i < msgs->num; i++) {
		const char *c = msgs->list[i].text;

		REQUIRE(strlen(c) < 512);
		REQUIRE(!strncmp(c, "fuzz:", 5));
		for (; *c; c++)
			REQUIRE(*c >= 0x20 && *c < 0x7f);
	}
}

static bool is_string(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static void check_types(const struct config *c)
{
	size_t i, j;

	REQUIRE(c->n_types <= CONFIG_TYPES_MAX);
	for (i = 0; i < c->n_types; i++) {
		const struct helper_type *t = &c->types[i];

		REQUIRE(t->name[0] && is_string(t->name, sizeof(t->name)));
		REQUIRE(t->queue_len <= CONFIG_QUEUE_LEN_MAX);
		REQUIRE(t->has_queue_num || !t->queue_num);
		REQUIRE(t->n_policies <= CONFIG_POLICIES_MAX && t->line);
		for (j = 0; j < t->n_policies; j++) {
			const struct helper_policy *p = &t->policies[j];

			REQUIRE(p->name[0] && is_string(p->name, sizeof(p->name)));
			REQUIRE(p->has_max || p->has_timeout);
			REQUIRE(p->has_max == (p->max > 0));
			REQUIRE(p->has_timeout == (p->timeout > 0));
			REQUIRE(p->timeout <= CONFIG_EXPECT_TIMEOUT_MAX);
		}
		for (j = 0; j < i; j++) {
			const struct helper_type *o = &c->types[j];

			if (strcmp(o->name, t->name))
				REQUIRE(o->queue_num != t->queue_num);
			else
				REQUIRE(o->l3 != t->l3 || o->l4 != t->l4);
		}
	}
}

static void check_defines(const struct config *c)
{
	REQUIRE(c->n_defines <= CONFIG_DEFINES_MAX);
	for (size_t i = 0; i < c->n_defines; i++) {
		const struct helper_define *d = &c->defines[i];

		REQUIRE(query_check(&d->query) && d->line);
		REQUIRE(config_find_define(c, d->query.name) == d);
	}
}

static void check_rest(const struct config *c)
{
	const struct config_general *g = &c->general;
	size_t i;

	REQUIRE(is_string(g->log_file, sizeof(g->log_file)));
	REQUIRE(g->lock_file[0] == '/' && is_string(g->lock_file, sizeof(g->lock_file)));
	REQUIRE(is_string(g->unix_path, sizeof(g->unix_path)));
	REQUIRE(g->scheduler_priority <= 99);
	REQUIRE(g->nice >= -20 && g->nice <= 19);
	REQUIRE(g->filter.n_networks <= CONFIG_NETWORKS_MAX);
	for (i = 0; i < g->filter.n_networks; i++)
		REQUIRE(g->filter.networks[i].prefix_len <= 128);
	REQUIRE(!(c->sync.present && c->stats.present));
	REQUIRE(c->sync.n_links <= CONFIG_LINKS_MAX);
	REQUIRE(!c->sync.n_links || c->sync.default_link < c->sync.n_links);
	for (i = 0; i < c->sync.n_links; i++)
		REQUIRE(c->sync.links[i].port && c->sync.links[i].interface[0] &&
			c->sync.links[i].family);
	REQUIRE(c->sync.n_expect_helpers <= CONFIG_SYNC_HELPERS_MAX);
}

/* The same bytes once more: same answer, same words. */
static void check_again(const char *text, size_t size, int r, const struct config *c,
			const struct config_messages *msgs)
{
	struct config_messages again = { 0 };
	struct config other = { 0 };
	size_t i;

	REQUIRE(config_parse(&other, "fuzz", text, size, &again) == r);
	REQUIRE(again.num == msgs->num && again.n_errors == msgs->n_errors &&
		again.n_warnings == msgs->n_warnings);
	for (i = 0; i < again.num; i++)
		REQUIRE(!strcmp(again.list[i].text, msgs->list[i].text));
	if (r == 0) {
		REQUIRE(other.n_types == c->n_types && other.n_defines == c->n_defines);
		REQUIRE(!c->n_defines || !memcmp(other.defines, c->defines,
						 c->n_defines * sizeof(c->defines[0])));
		for (i = 0; i < c->n_types; i++)
			REQUIRE(!strcmp(other.types[i].name, c->types[i].name) &&
				other.types[i].queue_num == c->types[i].queue_num &&
				other.types[i].n_policies == c->types[i].n_policies);
	}
	config_free(&other);
	config_messages_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_messages msgs = { 0 };
	struct config c, before;
	char *text = malloc(size); /* exactly its size: a byte too far is seen */
	int r;

	if (size) {
		REQUIRE(text);
		memcpy(text, data, size);
	}
	memset(&c, 0x5a, sizeof(c));
	memcpy(&before, &c, sizeof(c));
	r = config_parse(&c, "fuzz", text, size, &msgs);
	check_messages(&msgs);
	if (r < 0) {
		REQUIRE(r == -EINVAL && msgs.n_errors && msgs.num);
		REQUIRE(!memcmp(&before, &c, sizeof(c)));
	} else {
		REQUIRE(r == 0 && !msgs.n_errors);
		check_types(&c);
		check_defines(&c);
		check_rest(&c);
	}
	check_again(text, size, r, &c, &msgs);
	if (r == 0)
		config_free(&c);
	config_messages_free(&msgs);
	free(text);
	return 0;
}
