/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Looks a helper's attached Types up in a configuration.
 */
#include "cli/pinhole/target.h"

#include <string.h>

bool target_find(struct target *ret, const struct config *c, const char *name, struct manifest *buf)
{
	const struct manifest *m = manifest_find(name);
	const struct helper_define *d = m ? NULL : config_find_define(c, name);

	if (d) {
		query_manifest(&d->query, buf);
		m = buf;
	}
	if (!m)
		return false;
	*ret = (struct target){ .manifest = m };
	for (size_t i = 0; i < c->n_types && ret->n_types < TARGET_TYPES_MAX; i++)
		if (c->types[i].attach.line && !strcmp(c->types[i].name, name))
			ret->types[ret->n_types++] = &c->types[i];
	return ret->n_types > 0;
}
