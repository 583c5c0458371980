/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The daemon and its files, as the verbs change them.
 */
#ifndef PINHOLE_CLI_PINHOLE_SERVICE_H
#define PINHOLE_CLI_PINHOLE_SERVICE_H

#include "cli/pinhole/verb.h"
#include "config/config.h"

/* Path of the file that we keep for a helper, beside the configuration. Returns ret. */
#define SERVICE_PATH_SIZE (CONFIG_PATH_SIZE + 32)
const char *service_fragment(const struct common *c, const char *helper, char ret[SERVICE_PATH_SIZE]);

/* Reads the configuration. A file that is not there is as an empty one; *ret_missing says so. EXIT_DONE,
 * or EXIT_FAILED after the messages. */
int service_read(const struct common *c, struct config *ret, bool *ret_missing);

/* Writes a file whole or not at all, with mode 0644, and its folder if that is missing. */
int service_write(const char *path, const char *text);

/* Writes a configuration that says the least, where there is none. */
int service_write_config(const struct common *c);

/* Makes the daemon serve what the files say: reloads it, or starts it if none runs. */
int service_apply(const struct common *c, bool *ret_started);

/* The same after a file of ours is gone. No daemon is started; one that has nothing to serve any more and
 * that no service manager keeps is ended. */
int service_shrink(const struct common *c);

/* Removes what is left over: helpers.d when nothing is in it (a package puts a README there), then a
 * configuration of service_write_config() and its folder. */
void service_tidy(const struct common *c);

#endif
