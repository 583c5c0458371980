// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of a configuration: conntrackd.conf, and helpers.d/NAME.conf beside it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

static int cannot(struct config_messages *msgs, const char *verb, const char *path, int error,
		  const char *why)
{
	config_complain(msgs, CONFIG_ERROR, NULL, 0, NULL, "can't %s config file `%s': %s", verb,
			path, why ? why : strerror(error));
	return -error;
}

/* All bytes of a regular file, in memory that the caller frees. */
static int slurp(int fd, const char *path, struct config_messages *msgs, char **ret,
		 size_t *ret_len)
{
	const size_t size = (size_t)CONFIG_FILE_MAX + 1;
	struct stat st;
	size_t len = 0;
	char *text;
	int error;

	if (fstat(fd, &st) < 0)
		return cannot(msgs, "read", path, errno, NULL);
	if (!S_ISREG(st.st_mode))
		return cannot(msgs, "read", path, EINVAL, "not a regular file");
	text = malloc(size);
	if (!text)
		return cannot(msgs, "read", path, ENOMEM, NULL);
	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error = errno;
			free(text);
			return cannot(msgs, "read", path, error, NULL);
		}
		if (!n)
			break;
		len += (size_t)n;
	}
	if (len > CONFIG_FILE_MAX) {
		free(text);
		return cannot(msgs, "read", path, EFBIG, "larger than 1 MiB");
	}
	*ret = text;
	*ret_len = len;
	return 0;
}

/* The bytes of the file `path`, which the caller frees. */
static int slurp_path(const char *path, struct config_messages *msgs, char **ret, size_t *ret_len)
{
	/* O_NONBLOCK: a FIFO must not hold us before it is refused. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), r;

	if (fd < 0)
		return cannot(msgs, "open", path, errno, NULL);
	r = slurp(fd, path, msgs, ret, ret_len);
	close(fd);
	return r;
}

const char *config_folder(const char *path, char ret[CONFIG_PATH_SIZE])
{
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) + 1 : 0;

	snprintf(ret, CONFIG_PATH_SIZE, "%.*s" CONFIG_FOLDER_NAME, len, path);
	return ret;
}

static int is_conf(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > 5 && !strcmp(d->d_name + len - 5, ".conf");
}

static int read_more(struct config *config, const char *folder, const char *name,
		     struct config_messages *msgs)
{
	char path[CONFIG_PATH_SIZE + 256], *text = NULL;
	size_t len = 0;
	int r;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	r = slurp_path(path, msgs, &text, &len);
	if (r < 0)
		return r;
	r = config_parse_more(config, path, text, len, msgs);
	free(text);
	return r;
}

/* Every file is looked at, whatever is wrong in one. */
static int read_folder(struct config *config, const char *folder, struct config_messages *msgs)
{
	struct dirent **names = NULL;
	int n = scandir(folder, &names, is_conf, alphasort), r = 0;

	if (n < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : cannot(msgs, "open", folder, errno, NULL);
	for (int i = 0; i < n; i++) {
		int one = read_more(config, folder, names[i]->d_name, msgs);

		if (r == 0)
			r = one;
		free(names[i]);
	}
	free(names);
	return r;
}

int config_read(struct config *ret, const char *path, struct config_messages *msgs)
{
	char folder[CONFIG_PATH_SIZE], *text = NULL;
	struct config config;
	size_t len = 0;
	int r = slurp_path(path, msgs, &text, &len);

	if (r < 0)
		return r;
	r = config_parse(&config, path, text, len, msgs);
	free(text);
	if (r < 0)
		return r;
	r = read_folder(&config, config_folder(path, folder), msgs);
	if (r < 0)
		config_free(&config);
	else
		*ret = config;
	return r;
}
