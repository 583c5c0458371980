/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the configuration, and the size of the kernel's table, leave to one Type.
 */
#include <stdio.h>

#include "daemon/supervisor.h"

#define EXPECT_MAX "/proc/sys/net/netfilter/nf_conntrack_expect_max"

/* 0: not known. */
static uint32_t kernel_max(void)
{
	FILE *f = fopen(EXPECT_MAX, "re");
	unsigned max = 0;

	if (f && fscanf(f, "%u", &max) != 1)
		max = 0;
	if (f)
		fclose(f);
	return max;
}

/* Where the kernel has room for few, nobody gets more than half of it unasked. */
static uint32_t client_default(void)
{
	uint32_t half = kernel_max() / 2;

	return half && half < BUDGET_CLIENT ? half : BUDGET_CLIENT;
}

struct budget budget_for(const struct helper_type *t)
{
	static const struct config_budget nothing;
	const struct config_budget *b = t ? &t->budget : &nothing;

	return (struct budget){ .client = b->client ? b->client : client_default(),
				.server = b->server,
				.helper = b->helper,
				.rate = b->rate,
				.flow_rate = b->flow_rate };
}
