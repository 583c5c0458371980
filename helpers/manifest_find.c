/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Look-ups among what helpers declare.
 */
#include <string.h>

#include "helpers/helper.h"

const struct manifest *manifest_find(const char *name)
{
	for (const struct manifest *const *m = manifests; *m; m++)
		if (!strcmp((*m)->name, name))
			return *m;
	return NULL;
}

int manifest_class_find(const struct manifest *m, const char *name)
{
	for (unsigned i = 0; i < m->n_classes; i++)
		if (!strcmp(m->classes[i].name, name))
			return (int)i;
	return -1;
}
