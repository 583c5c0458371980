/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the kernel does not load by itself. An answer to a group from behind NAT is led back by the
 * function "sip", which is in nf_nat_sip (netfilter/expect.h says why); it is asked for by name, and
 * nobody loads a module for that name. With it comes the kernel's own helper `sip`, which sees no flow
 * unless a rule attaches it.
 */
#include <spawn.h>
#include <sys/wait.h>

#include "base/log.h"
#include "daemon/supervisor.h"

static bool answers_to_groups(const struct config *c)
{
	for (size_t i = 0; i < c->n_types; i++) {
		struct manifest buf;
		const struct manifest *m = lanes_manifest(c, c->types[i].name, &buf);

		for (unsigned j = 0; m && j < m->n_classes; j++)
			if (m->classes[j].back)
				return true;
	}
	return false;
}

static bool load(char *module)
{
	char *argv[] = { "modprobe", "-q", module, NULL };
	char *env[] = { "PATH=/usr/sbin:/sbin:/usr/bin:/bin", NULL };
	int status = -1;
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, env) == 0)
		waitpid(pid, &status, 0);
	return status == 0;
}

void modules_load(const struct config *c)
{
	if (c->n_types)
		(void)load("nfnetlink_queue"); /* else the first queue brings it, when its table in /proc
						* cannot be opened any more */
	if (answers_to_groups(c) && !load("nf_nat_sip"))
		info("the module nf_nat_sip is not there: answers to a group do not pass NAT");
}
