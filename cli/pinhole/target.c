/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Looks a helper's attached Types up in a configuration.
 */
#include "cli/pinhole/target.h"

#include <string.h>

#include "netfilter/listener.h"

const struct manifest *target_manifest(const struct config *c, const char *name, struct manifest *buf)
{
	const struct manifest *m = manifest_find(name);
	const struct helper_define *d = m ? NULL : config_find_define(c, name);

	if (d)
		query_manifest(&d->query, buf);
	return d ? buf : m;
}

const char *target_queues(const struct helper_type *type, char ret[TARGET_QUEUES_SIZE])
{
	if (type->n_queues > 1)
		snprintf(ret, TARGET_QUEUES_SIZE, "queues %u to %u", type->queue_num,
			 type->queue_num + type->n_queues - 1U);
	else
		snprintf(ret, TARGET_QUEUES_SIZE, "queue %u", type->queue_num);
	return ret;
}

int32_t target_unserved(const struct helper_type *type, unsigned first)
{
	for (unsigned i = 0; i < type->n_queues; i++)
		if (listener_find(LISTENER_TABLE, first + i) != 1)
			return (int32_t)(first + i);
	return -1;
}

bool target_first_of_name(const struct config *c, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(c->types[k].name, c->types[i].name))
			return false;
	return true;
}

bool target_find(struct target *ret, const struct config *c, const char *name, struct manifest *buf)
{
	const struct manifest *m = target_manifest(c, name, buf);

	if (!m)
		return false;
	*ret = (struct target){ .manifest = m };
	for (size_t i = 0; i < c->n_types && ret->n_types < TARGET_TYPES_MAX; i++)
		if (c->types[i].attach.line && !strcmp(c->types[i].name, name))
			ret->types[ret->n_types++] = &c->types[i];
	return ret->n_types > 0;
}
