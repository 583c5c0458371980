/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Prints what the manual takes from the programs' own tables, as scdoc: counters, refusals, fates,
 * helpers, their index, or the helper of a name. So the manual cannot fall behind them. `names` prints
 * the helpers' names alone, for completions.
 */
#include <stdio.h>
#include <string.h>

#include "helpers/helper.h"
#include "link/audit.h"
#include "link/counters.h"

/* An underscore would begin underlined text. */
static void print_row(const char *name, const char *prose)
{
	putchar('*');
	for (; *name; name++)
		printf(*name == '_' ? "\\_" : "%c", *name);
	printf("*\n\t%s.\n\n", prose);
}

static void print_counters(void)
{
#define COUNTER(name, prose) print_row(#name, prose);
	LANE_COUNTERS
#undef COUNTER
}

static void print_refusals(void)
{
#define REFUSAL(name, prose) print_row(#name, prose);
	REFUSALS
#undef REFUSAL
}

static void print_fates(void)
{
#define FATE(name, prose) print_row(#name, prose);
	FATES
#undef FATE
}

static void print_l4s(unsigned l4s)
{
	printf("%s%s%s", l4s & MANIFEST_UDP ? "udp" : "",
	       l4s == (MANIFEST_TCP | MANIFEST_UDP) ? " and " : "",
	       l4s & MANIFEST_TCP ? "tcp" : "");
}

static void print_classes(const struct manifest *m)
{
	for (unsigned i = 0; i < m->n_classes; i++) {
		const struct manifest_class *c = &m->classes[i];

		printf("Policy *%s*: by default at most %u expectation%s of a flow, for %u "
		       "seconds; ports from %u on.\n\n",
		       c->name, c->max, c->max == 1 ? "" : "s", c->timeout, c->min_port);
	}
}

static void print_helper(const struct manifest *m)
{
	printf("Control port %u over ", m->port);
	print_l4s(m->l4s);
	printf(". Opens %s. Refuses %s. See %s.\n\n", m->opens, m->refuses, m->source);
	print_classes(m);
	printf("Notes, which say why a message opened nothing:");
	for (unsigned i = 1; m->notes && m->notes[i]; i++)
		printf("%s *%s*", i > 1 ? "," : "", m->notes[i]);
	printf(".\n\n");
}

static void print_helpers(void)
{
	for (const struct manifest *const *m = manifests; *m; m++) {
		printf("## %s: %s\n\n", (*m)->name, (*m)->title);
		print_helper(*m);
	}
}

static void print_index(void)
{
	for (const struct manifest *const *m = manifests; *m; m++) {
		printf("*pinhole-%s*(7)\n\t%s, port %u over ", (*m)->name, (*m)->title, (*m)->port);
		print_l4s((*m)->l4s);
		printf("\n\n");
	}
}

static void print_names(void)
{
	for (const struct manifest *const *m = manifests; *m; m++)
		puts((*m)->name);
}

static int print_helper_named(const char *name)
{
	for (const struct manifest *const *m = manifests; *m; m++)
		if (!strcmp((*m)->name, name)) {
			print_helper(*m);
			return 0;
		}
	return 1;
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (!strcmp(what, "counters"))
		print_counters();
	else if (!strcmp(what, "refusals"))
		print_refusals();
	else if (!strcmp(what, "fates"))
		print_fates();
	else if (!strcmp(what, "helpers"))
		print_helpers();
	else if (!strcmp(what, "index"))
		print_index();
	else if (!strcmp(what, "names"))
		print_names();
	else
		return print_helper_named(what);
	return 0;
}
