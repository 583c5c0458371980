/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Checks of the kernel: modules, sysctls, reverse paths.
 */
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/pinhole/doctor.h"
#include "cli/pinhole/target.h"
#include "netfilter/cthelper.h"

#define EXPECT_MAX_LEAST 64

void check_support(struct doctor *d)
{
	int r = cthelper_supported(&d->nl);

	d->supported = r == 0;
	if (r == 0)
		return;
	doctor_add(d, LEVEL_BAD, "kernel",
		   "helpers in user space need the kernel's module nfnetlink_cthelper; without it no "
		   "helper can be registered. Kernels of distributions have it, clouds' small ones may not",
		   doctor_text("the kernel does not know user-space helpers (%s)", strerror(-r)),
		   doctor_text("modprobe nfnetlink_cthelper"));
}

static bool is_loaded(const char *module)
{
	char path[64 + CTHELPER_MODULE_SIZE];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", module);
	return access(path, F_OK) == 0;
}

/* An in-kernel helper's name is taken for each family and protocol that it has. */
static void check_module(struct doctor *d, const struct helper_type *type)
{
	struct cthelper key = { .has = CTHELPER_NAME | CTHELPER_TUPLE, .l3 = type->l3,
				.l4 = type->l4 };
	char module[CTHELPER_MODULE_SIZE], nat[CTHELPER_MODULE_SIZE];
	struct cthelper found;

	memcpy(key.name, type->name, sizeof(key.name));
	cthelper_module(type->name, module);
	if (!is_loaded(module) || cthelper_get(&d->nl, &key, &found) == 0)
		return;
	snprintf(nat, sizeof(nat), "nf_nat_%s", module + strlen("nf_conntrack_"));
	doctor_add(d, LEVEL_BAD, "module",
		   "two helpers cannot have one name: while the kernel's own parser is loaded, ours cannot "
		   "be registered, and connections are read inside of the kernel",
		   doctor_text("module %s has the name `%s'", module, type->name),
		   doctor_text("modprobe -r %s%s%s", is_loaded(nat) ? nat : "", is_loaded(nat) ? " " : "",
			       module));
}

void check_modules(struct doctor *d)
{
	if (!d->supported)
		return;
	for (size_t i = 0; i < d->config.n_types; i++)
		if (target_first_of_name(&d->config, i))
			check_module(d, &d->config.types[i]);
}

/* A number of /proc/sys, -1 if there is none. */
static long read_number(const char *path)
{
	FILE *f = fopen(path, "re");
	long n = -1;

	if (f && fscanf(f, "%ld", &n) != 1)
		n = -1;
	if (f)
		fclose(f);
	return n;
}

void check_sysctls(struct doctor *d)
{
	long max = read_number("/proc/sys/net/netfilter/nf_conntrack_expect_max");
	long events = read_number("/proc/sys/net/netfilter/nf_conntrack_events");

	if (!d->config.n_types)
		return;
	if (max >= 0 && max < EXPECT_MAX_LEAST)
		doctor_add(d, LEVEL_WARNING, "expect_max",
			   "all helpers of all namespaces share this many expectations; when they are used "
			   "up, new ones are refused",
			   doctor_text("nf_conntrack_expect_max is only %ld", max),
			   doctor_text("sysctl -w net.netfilter.nf_conntrack_expect_max=4096"));
	if (events == 0)
		doctor_add(d, LEVEL_WARNING, "events",
			   "without conntrack's events nobody can tell whether a pinhole was used, and "
			   "conntrack -E shows nothing",
			   doctor_text("nf_conntrack_events is off"),
			   doctor_text("sysctl -w net.netfilter.nf_conntrack_events=1"));
}

/* Some rule asks the routes for the way back to a source, as `fib ... oif missing drop' does. */
static bool has_fib_rule(const struct doctor *d)
{
	const json_t *statement;
	struct nft_rule rule;
	size_t i;

	for (size_t at = 0; nft_next_rule(d->ruleset, &at, &rule);)
		json_array_foreach(rule.expr, i, statement) {
			const json_t *match = json_object_get(statement, "match");
			const json_t *fib = json_object_get(json_object_get(match, "left"), "fib");
			const char *result = json_string_value(json_object_get(fib, "result"));

			if (result && !strcmp(result, "oif"))
				return true;
		}
	return false;
}

/* An interface without reverse path filter: for the kernel the greater value of it and `all` holds. */
static bool find_unfiltered(char *ret, size_t size)
{
	static const char folder[] = "/proc/sys/net/ipv4/conf";
	long all = read_number("/proc/sys/net/ipv4/conf/all/rp_filter");
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool found = false;
	char path[320];

	while (dir && !found && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (*name == '.' || !strcmp(name, "all") || !strcmp(name, "default") ||
		    !strcmp(name, "lo"))
			continue;
		snprintf(path, sizeof(path), "%s/%s/rp_filter", folder, name);
		found = read_number(path) == 0 && all <= 0;
		if (found)
			snprintf(ret, size, "%s", name);
	}
	if (dir)
		closedir(dir);
	return found;
}

void check_rp_filter(struct doctor *d)
{
	char interface[256];

	if (!d->config.n_types || has_fib_rule(d) || !find_unfiltered(interface, sizeof(interface)))
		return;
	doctor_add(d, LEVEL_WARNING, "rp_filter",
		   "whoever may send with a forged source address may take part in a control connection "
		   "and have ports opened; helpers rely on your sorting that out",
		   doctor_text("packets that come in by %s are not checked for where their source lives",
			       interface),
		   doctor_text("sysctl -w net.ipv4.conf.all.rp_filter=1"));
}
