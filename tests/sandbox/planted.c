/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The ftp parser with planted mistakes, for tests of what the rest makes of them. "SITE CRASH" writes
 * where nothing is, "SITE HANG" never ends; what stands behind these words makes other bytes of them.
 * With main.c of the worker it is planted-worker.
 */
#include <string.h>

#include "helpers/helper.h"

extern const struct helper helper_ftp;

static bool says(const struct input *in, const char *words)
{
	size_t len = strlen(words);

	return in->direction == DIRECTION_ORIG && in->len >= len &&
	       !memcmp(in->data, words, len);
}

static enum outcome parse(const struct input *in, void *state, struct output *out)
{
	static volatile char *const nowhere;
	static volatile bool forever = true;

	if (says(in, "SITE CRASH"))
		*nowhere = 0;
	while (forever && says(in, "SITE HANG"))
		;
	return helper_ftp.parse(in, state, out);
}

static struct helper planted = { .parse = parse };

const struct helper *helper_find(const char *name)
{
	planted.manifest = helper_ftp.manifest;
	return strcmp(name, helper_ftp.manifest->name) ? NULL : &planted;
}
