/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A helper that somebody defined is known to the daemon and to us by the same words of the same file.
 */
#include "cli/nfct/defined.h"

#include <errno.h>
#include <string.h>

#include "cli/nfct/nfct.h"
#include "config/config.h"

static int not_built_in(const char *file, const char *name, const char *why)
{
	complain("that helper is not supported");
	return complain("`%s' is not built in, and %s%s", name, file, why);
}

static int refused(const char *file, const char *name, const struct config_messages *msgs)
{
	not_built_in(file, name, " cannot be read for a `Define' of it:");
	for (size_t i = 0; i < msgs->num; i++)
		if (msgs->list[i].severity == CONFIG_ERROR)
			complain("%s", msgs->list[i].text);
	return EXIT_REFUSED;
}

int defined_find(const char *file, const char *name, struct defined *ret)
{
	struct config_messages msgs = { 0 };
	const struct helper_define *define;
	struct config config;
	int r;

	if (!file)
		file = CONFIG_FILE_DEFAULT;
	r = config_read(&config, file, &msgs);
	if (r < 0) {
		r = refused(file, name, &msgs);
		config_messages_free(&msgs);
		return r;
	}
	config_messages_free(&msgs);
	define = config_find_define(&config, name);
	if (define) {
		ret->query = define->query;
		query_manifest(&ret->query, &ret->manifest);
	} else {
		r = not_built_in(file, name, " does not `Define' it");
	}
	config_free(&config);
	return r;
}
