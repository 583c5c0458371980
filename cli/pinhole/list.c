/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole list: which helpers there are.
 */
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/pinhole/service.h"
#include "helpers/helper.h"

static const char *l4s_text(unsigned l4s)
{
	switch (l4s) {
	case MANIFEST_TCP:
		return "tcp";
	case MANIFEST_UDP:
		return "udp";
	}
	return "tcp,udp";
}

/* How the configuration has a helper: the best of its Types. */
static const char *state(const struct config *c, const char *name)
{
	const char *state = "-";

	for (size_t i = 0; i < c->n_types; i++)
		if (!strcmp(c->types[i].name, name)) {
			if (c->types[i].attach.line)
				return "enabled";
			state = "configured";
		}
	return state;
}

static void print_json(const struct config *c)
{
	struct json j = json_over(stdout);

	json_put_array_begin(&j, NULL);
	for (const struct manifest *const *m = manifests; *m; m++) {
		json_put_object_begin(&j, NULL);
		json_put_string(&j, "name", (*m)->name);
		json_put_string(&j, "title", (*m)->title);
		json_put_string(&j, "protocols", l4s_text((*m)->l4s));
		json_put_number(&j, "port", (*m)->port);
		json_put_string(&j, "state", state(c, (*m)->name));
		json_put_object_end(&j);
	}
	for (size_t i = 0; i < c->n_defines; i++) {
		const struct query *q = &c->defines[i].query;

		json_put_object_begin(&j, NULL);
		json_put_string(&j, "name", q->name);
		json_put_string(&j, "title", q->title);
		json_put_string(&j, "protocols", "udp");
		json_put_number(&j, "port", q->port);
		json_put_string(&j, "state", state(c, q->name));
		json_put_object_end(&j);
	}
	json_put_array_end(&j);
	json_finish(&j);
}

static void print_text(const struct config *c)
{
	for (const struct manifest *const *m = manifests; *m; m++)
		printf("%-12s %-8s %-6u %-11s %s\n", (*m)->name, l4s_text((*m)->l4s), (*m)->port,
		       state(c, (*m)->name), (*m)->title);
	for (size_t i = 0; i < c->n_defines; i++) {
		const struct query *q = &c->defines[i].query;

		printf("%-12s %-8s %-6u %-11s %s\n", q->name, "udp", q->port, state(c, q->name),
		       q->title);
	}
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	struct common common = COMMON_DEFAULT;
	struct config config;
	bool missing;
	int letter, r;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options, NULL)) >= 0) {
		r = common_option(letter, &common);
		if (r)
			return r;
	}
	if (optind < argc)
		return misused("`%s' is too much", argv[optind]);
	r = service_read(&common, &config, &missing);
	if (r != EXIT_DONE)
		return r;
	if (common.json)
		print_json(&config);
	else
		print_text(&config);
	config_free(&config);
	return EXIT_DONE;
}

const struct verb verb_list = {
	.word = "list",
	.prose = "the helpers",
	.help = "usage: pinhole list [-o json]\n"
		"\n"
		"Name, protocols, control port, state, what it is. States: enabled (conntrackd serves it, and\n"
		"connections are to get it), configured (conntrackd serves it; rules are yours), - (neither).\n",
	.run = run,
};
