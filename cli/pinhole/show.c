/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole show: what a helper is, how it is set up, and whether that is so in the kernel.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/pinhole/plan.h"
#include "cli/pinhole/service.h"
#include "cli/pinhole/target.h"
#include "netfilter/cthelper.h"
#include "netfilter/listener.h"

struct view {
	struct config config;
	struct manifest buf;
	const struct manifest *manifest;
	struct nl nl;
};

static int find(struct view *v, const struct common *c, const char *name)
{
	bool missing;
	int r = service_read(c, &v->config, &missing);

	if (r != EXIT_DONE)
		return r;
	v->manifest = target_manifest(&v->config, name, &v->buf);
	if (!v->manifest)
		return misused("there is no helper `%s': `pinhole list' names them", name);
	return EXIT_DONE;
}

/* What the kernel has of a Type, in a word. */
static const char *state(struct view *v, const struct helper_type *type, struct cthelper *ret)
{
	struct cthelper key = { .has = CTHELPER_NAME | CTHELPER_TUPLE, .l3 = type->l3,
				.l4 = type->l4 };
	int r;

	memcpy(key.name, type->name, sizeof(key.name));
	r = v->nl.fd < 0 ? -EPERM : cthelper_get(&v->nl, &key, ret);
	if (r == -EPERM)
		return "unknown";
	if (r < 0)
		return "unregistered";
	if (!ret->enabled && !type->by_rule)
		return "disabled";
	return target_unserved(type, ret->queue_num) < 0 ? "served" : "unserved";
}

static void print_manifest(const struct manifest *m)
{
	printf("%s: %s\n  opens    %s\n  refuses  %s\n  source   %s\n", m->name, m->title, m->opens,
	       m->refuses, m->source);
	for (unsigned i = 0; i < m->n_classes; i++)
		printf("  policy   %s: %u of a connection at most, %u s, ports from %u\n",
		       m->classes[i].name, m->classes[i].max, m->classes[i].timeout,
		       m->classes[i].min_port);
}

static void print_networks(const char *word, const struct config_network *list, unsigned n)
{
	char text[RULES_NETWORK_SIZE];

	for (unsigned i = 0; i < n; i++)
		printf(" %s %s", word, rules_network(&list[i], text));
}

static void print_type(struct view *v, const struct helper_type *type)
{
	const struct config_attach *a = &type->attach;
	char queues[TARGET_QUEUES_SIZE];
	struct cthelper object;

	printf("  type     %s %s, %s%s, %s; %s:%u\n", cthelper_l3_word(type->l3),
	       cthelper_l4_word(type->l4), target_queues(type, queues), type->by_rule ? " by rule" : "",
	       state(v, type, &object),
	       config_file(&v->config, type->file), type->line);
	if (!a->line)
		return;
	printf("           attached:");
	print_networks("server", a->servers, a->n_servers);
	print_networks("client", a->clients, a->n_clients);
	for (unsigned i = 0; i < a->n_ports; i++)
		printf(" port %u", a->ports[i]);
	for (unsigned i = 0; i < a->n_interfaces; i++)
		printf(" on %s", a->interfaces[i]);
	puts(a->anywhere ? " anywhere" : "");
}

static void print_json_networks(struct json *j, const char *key, const struct config_network *list,
				unsigned n)
{
	char text[RULES_NETWORK_SIZE];

	json_put_array_begin(j, key);
	for (unsigned i = 0; i < n; i++)
		json_put_string(j, NULL, rules_network(&list[i], text));
	json_put_array_end(j);
}

static void print_json_type(struct json *j, struct view *v, const struct helper_type *type)
{
	const struct config_attach *a = &type->attach;
	struct cthelper object;

	json_put_object_begin(j, NULL);
	json_put_string(j, "family", cthelper_l3_word(type->l3));
	json_put_string(j, "protocol", cthelper_l4_word(type->l4));
	json_put_number(j, "queue", type->queue_num);
	json_put_number(j, "queues", type->n_queues);
	json_put_string(j, "transport", type->by_rule ? "rule" : "helper");
	json_put_string(j, "state", state(v, type, &object));
	json_put_string(j, "file", config_file(&v->config, type->file));
	json_put_number(j, "line", type->line);
	json_put_bool(j, "attached", a->line);
	print_json_networks(j, "servers", a->servers, a->n_servers);
	print_json_networks(j, "clients", a->clients, a->n_clients);
	json_put_bool(j, "anywhere", a->anywhere);
	json_put_object_end(j);
}

static void print_json(struct view *v)
{
	const struct manifest *m = v->manifest;
	struct json j = json_over(stdout);

	json_put_object_begin(&j, NULL);
	json_put_string(&j, "name", m->name);
	json_put_string(&j, "title", m->title);
	json_put_string(&j, "opens", m->opens);
	json_put_string(&j, "refuses", m->refuses);
	json_put_string(&j, "source", m->source);
	json_put_array_begin(&j, "types");
	for (size_t i = 0; i < v->config.n_types; i++)
		if (!strcmp(v->config.types[i].name, m->name))
			print_json_type(&j, v, &v->config.types[i]);
	json_put_array_end(&j);
	json_put_object_end(&j);
	json_finish(&j);
}

/* EXIT_FOUND when no Type is configured. */
static int print_text(struct view *v)
{
	bool any = false;

	print_manifest(v->manifest);
	for (size_t i = 0; i < v->config.n_types; i++)
		if (!strcmp(v->config.types[i].name, v->manifest->name)) {
			print_type(v, &v->config.types[i]);
			any = true;
		}
	if (!any)
		printf("  not set up; pinhole enable %s --help says how\n", v->manifest->name);
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	struct common common = COMMON_DEFAULT;
	struct view v = { .nl = NL_CLOSED };
	int letter, r;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options, NULL)) >= 0) {
		r = common_option(letter, &common);
		if (r)
			return r;
	}
	if (optind + 1 != argc)
		return misused(optind == argc ? "which helper?" : "one helper at a time");
	r = find(&v, &common, argv[optind]);
	if (r == EXIT_DONE && nl_open(&v.nl) < 0)
		v.nl = NL_CLOSED;
	if (r == EXIT_DONE && common.json)
		print_json(&v);
	else if (r == EXIT_DONE)
		r = print_text(&v);
	nl_close(&v.nl);
	config_free(&v.config);
	return r;
}

const struct verb verb_show = {
	.word = "show",
	.prose = "what a helper opens, how it is set up, and its state in the kernel",
	.help = "usage: pinhole show HELPER [-o json]\n"
		"\n"
		"States of a type: served (all is well), unserved (nobody listens on its queue: packets pass\n"
		"unread if rules queue, else new connections break), disabled (its packets pass unread),\n"
		"unregistered, unknown (only root may ask the kernel).\n",
	.run = run,
};
