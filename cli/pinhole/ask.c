/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Questions to the running daemon.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pinhole/verb.h"
#include "config/config.h"
#include "daemon/request.h"

static int find_socket(const char *config_path, char ret[CONFIG_UNIX_PATH_SIZE])
{
	struct config_messages msgs = { 0 };
	struct config config;
	int r = config_read(&config, config_path, &msgs);

	for (size_t i = 0; r < 0 && i < msgs.num; i++)
		fprintf(stderr, "%s\n", msgs.list[i].text);
	config_messages_free(&msgs);
	if (r < 0)
		return fail("the configuration says where the daemon listens, and cannot be read");
	snprintf(ret, CONFIG_UNIX_PATH_SIZE, "%s", config.general.unix_path);
	config_free(&config);
	if (!*ret)
		return fail("%s names no socket: put UNIX { Path /var/run/conntrackd.ctl } into its "
			    "General section", config_path);
	return EXIT_DONE;
}

static int explain(int error, const char *path)
{
	switch (-error) {
	case ENOENT:
	case ECONNREFUSED:
		return fail("conntrackd does not run (%s: %s): start it", path, strerror(-error));
	case EACCES:
		return fail("%s: only root may ask the daemon", path);
	}
	return fail("%s: %s", path, strerror(-error));
}

int ask_daemon(const struct common *c, int request, char **ret, size_t *ret_len)
{
	char path[CONFIG_UNIX_PATH_SIZE], *text = NULL;
	size_t len = 0;
	FILE *f;
	int r = find_socket(c->config, path);

	if (r)
		return r;
	f = open_memstream(&text, &len);
	if (!f)
		return fail("%s", strerror(ENOMEM));
	r = request_send(path, request, f);
	if (fclose(f) != 0 && r == 0)
		r = -ENOMEM;
	if (r < 0) {
		free(text);
		return explain(r, path);
	}
	*ret = text;
	*ret_len = len;
	return EXIT_DONE;
}
