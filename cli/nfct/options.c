/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The words behind `nfct add helper NAME FAMILY PROTOCOL`:
 *
 *	queue-num N | status enabled|disabled | policy NAME [max N] [timeout SECONDS]
 *
 * in any order; the same words, in the manual's spelling, as conntrackd.conf's QueueNum and Policy.
 */
#include "cli/nfct/options.h"

#include <stdio.h>
#include <string.h>

#include "cli/nfct/nfct.h"

void options_default(const struct manifest *m, uint16_t l3, uint8_t l4, struct cthelper *ret)
{
	*ret = (struct cthelper){
		.has = CTHELPER_NAME | CTHELPER_TUPLE | CTHELPER_STATE_LEN | CTHELPER_POLICIES,
		.l3 = l3,
		.l4 = l4,
		.state_len = m->state_len,
		.n_policies = m->n_classes,
	};
	snprintf(ret->name, sizeof(ret->name), "%s", m->name);
	for (unsigned i = 0; i < m->n_classes; i++) {
		ret->policies[i].max = m->classes[i].max;
		ret->policies[i].timeout = m->classes[i].timeout;
		snprintf(ret->policies[i].name, CTHELPER_NAME_SIZE, "%s", m->classes[i].name);
	}
}

static struct cthelper_policy *find_policy(struct cthelper *h, const char *name)
{
	for (unsigned i = 0; i < h->n_policies; i++)
		if (strcmp(h->policies[i].name, name) == 0)
			return &h->policies[i];
	return NULL;
}

static int unknown_policy(const struct cthelper *h, const char *name)
{
	char names[CTHELPER_POLICIES_MAX * (CTHELPER_NAME_SIZE + 2)] = "";
	size_t len = 0;

	for (unsigned i = 0; i < h->n_policies; i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i ? ", " : "",
					h->policies[i].name);
	return complain("unknown policy `%s', helper %s has: %s", name, h->name, names);
}

static int bad_number(const char *option, const char *value, uint32_t min, uint32_t max)
{
	return complain("wrong value `%s' for `%s': a number from %u to %u", value, option, min,
			max);
}

int options_parse(int argc, char **argv, struct cthelper *h)
{
	struct cthelper_policy *policy = NULL;

	for (int i = 0; i < argc; i += 2) {
		const char *option = argv[i], *value = argv[i + 1];

		if (strcmp(option, "queue-num") && strcmp(option, "status") &&
		    strcmp(option, "policy") && strcmp(option, "max") && strcmp(option, "timeout"))
			return complain("unknown option `%s': expected queue-num, status, policy, "
					"max or timeout",
					option);
		if (i + 1 == argc)
			return complain("missing value for `%s'", option);
		if (strcmp(option, "queue-num") == 0) {
			if (!parse_number(value, 0, 65535, &h->queue_num))
				return bad_number(option, value, 0, 65535);
			h->has |= CTHELPER_QUEUE;
		} else if (strcmp(option, "status") == 0) {
			if (strcmp(value, "enabled") && strcmp(value, "disabled"))
				return complain("wrong value `%s' for `status': enabled or "
						"disabled",
						value);
			h->enabled = strcmp(value, "enabled") == 0;
			h->has |= CTHELPER_STATUS;
		} else if (strcmp(option, "policy") == 0) {
			policy = find_policy(h, value);
			if (!policy)
				return unknown_policy(h, value);
		} else if (!policy) {
			return complain("`%s' belongs behind `policy NAME'", option);
		} else if (strcmp(option, "max") == 0) {
			if (!parse_number(value, 1, CTHELPER_EXPECT_MAX, &policy->max))
				return bad_number(option, value, 1, CTHELPER_EXPECT_MAX);
		} else if (!parse_number(value, 1, OPTION_TIMEOUT_MAX, &policy->timeout)) {
			return bad_number(option, value, 1, OPTION_TIMEOUT_MAX);
		}
	}
	return 0;
}
