/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The look-up among parsers.
 */
#include <string.h>

#include "helpers/helper.h"

const struct helper *helper_find(const char *name)
{
	for (const struct helper *const *h = helpers; *h; h++)
		if (!strcmp((*h)->manifest->name, name))
			return *h;
	return NULL;
}
