/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole list: which helpers there are.
 */
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/json.h"
#include "cli/pinhole/verb.h"
#include "config/config.h"
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

static void print_json(void)
{
	struct json j = json_over(stdout);

	json_put_array_begin(&j, NULL);
	for (const struct manifest *const *m = manifests; *m; m++) {
		json_put_object_begin(&j, NULL);
		json_put_string(&j, "name", (*m)->name);
		json_put_string(&j, "title", (*m)->title);
		json_put_string(&j, "protocols", l4s_text((*m)->l4s));
		json_put_number(&j, "port", (*m)->port);
		json_put_object_end(&j);
	}
	json_put_array_end(&j);
	json_finish(&j);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	struct common common = COMMON_DEFAULT;
	int letter, r;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options, NULL)) >= 0) {
		r = common_option(letter, &common);
		if (r)
			return r;
	}
	if (optind < argc)
		return misused("`%s' is too much", argv[optind]);
	if (common.json) {
		print_json();
		return EXIT_DONE;
	}
	for (const struct manifest *const *m = manifests; *m; m++)
		printf("%-12s %-8s %-6u %s\n", (*m)->name, l4s_text((*m)->l4s), (*m)->port,
		       (*m)->title);
	return EXIT_DONE;
}

const struct verb verb_list = {
	.word = "list",
	.prose = "the helpers",
	.help = "usage: pinhole list [-o json]\n",
	.run = run,
};
