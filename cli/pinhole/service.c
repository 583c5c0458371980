/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/pinhole/service.h"

#include <errno.h>
#include <libgen.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build.h"
#include "daemon/request.h"

static const char conntrackd[] = PINHOLE_SBINDIR "/conntrackd";

/* The least that a daemon needs. */
static const char least[] =
	"# Made by `pinhole enable', which keeps its helpers in helpers.d beside this file.\n"
	"General {\n"
	"\tLockFile /var/lock/conntrack.lock\n"
	"\tUNIX {\n"
	"\t\tPath /var/run/conntrackd.ctl\n"
	"\t}\n"
	"}\n";

const char *service_fragment(const struct common *c, const char *helper, char ret[SERVICE_PATH_SIZE])
{
	char folder[CONFIG_PATH_SIZE];

	snprintf(ret, SERVICE_PATH_SIZE, "%s/%.15s.conf", config_folder(c->config, folder), helper);
	return ret;
}

int service_read(const struct common *c, struct config *ret, bool *ret_missing)
{
	struct config_messages msgs = { 0 };
	int r;

	*ret_missing = access(c->config, F_OK) < 0 && errno == ENOENT;
	if (*ret_missing)
		r = config_parse(ret, c->config, least, strlen(least), &msgs);
	else
		r = config_read(ret, c->config, &msgs);
	for (size_t i = 0; i < msgs.num; i++)
		if (msgs.list[i].severity == CONFIG_ERROR)
			fprintf(stderr, "%s\n", msgs.list[i].text);
	config_messages_free(&msgs);
	return r < 0 ? fail("mend the configuration first") : EXIT_DONE;
}

static int make_folder_of(const char *path)
{
	char folder[SERVICE_PATH_SIZE];

	snprintf(folder, sizeof(folder), "%s", path);
	if (mkdir(dirname(folder), 0755) < 0 && errno != EEXIST)
		return fail("cannot make the folder %s: %s", folder, strerror(errno));
	return EXIT_DONE;
}

int service_write(const char *path, const char *text)
{
	char beside[SERVICE_PATH_SIZE + 8];
	bool written;
	FILE *f;
	int r = make_folder_of(path);

	if (r)
		return r;
	snprintf(beside, sizeof(beside), "%s.new", path);
	f = fopen(beside, "we");
	if (!f)
		return fail("cannot write %s: %s", beside, strerror(errno));
	written = fputs(text, f) >= 0 && fchmod(fileno(f), 0644) == 0 && fflush(f) == 0 &&
		  fsync(fileno(f)) == 0;
	if (fclose(f) != 0 || !written || rename(beside, path) < 0) {
		r = fail("cannot write %s: %s", path, strerror(errno));
		(void)unlink(beside);
	}
	return r;
}

int service_write_config(const struct common *c)
{
	return service_write(c->config, least);
}

/* Whether a file says just what we would write. */
static bool is_least(const char *path)
{
	char text[sizeof(least) + 1];
	FILE *f = fopen(path, "re");
	size_t len = f ? fread(text, 1, sizeof(text), f) : 0;

	if (f)
		fclose(f);
	return len == strlen(least) && !memcmp(text, least, len);
}

void service_tidy(const struct common *c)
{
	char folder[CONFIG_PATH_SIZE];

	if ((rmdir(config_folder(c->config, folder)) < 0 && errno != ENOENT) || !is_least(c->config))
		return;
	(void)unlink(c->config);
	snprintf(folder, sizeof(folder), "%s", c->config);
	(void)rmdir(dirname(folder));
}

static bool has_systemd(const struct common *c)
{
	return !strcmp(c->config, CONFIG_FILE_DEFAULT) && access("/run/systemd/system", F_OK) == 0;
}

/* What it says goes to stderr: stdout is ours. 0, or -1 after a complaint. */
static int run(const char *const argv[])
{
	posix_spawn_file_actions_t files;
	int error, status;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	error = posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&files);

	if (error) {
		fail("cannot run %s: %s", argv[0], strerror(error));
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

void service_load_modules(void)
{
	const char *const modprobe[] = { "modprobe", "-q", "nf_nat_sip", NULL };

	(void)run(modprobe); /* without it answers to groups do not pass NAT, all else works */
}

static int start(const struct common *c)
{
	const char *const systemd[] = { "systemctl", "start", "conntrackd.service", NULL };
	const char *const plain[] = { conntrackd, "-d", "-C", c->config, NULL };

	if (run(has_systemd(c) ? systemd : plain) == 0)
		return EXIT_DONE;
	return fail("conntrackd did not start: its log says why%s",
		    has_systemd(c) ? " (journalctl -u conntrackd)" : "");
}

/* What the daemon answers; -errno when none can be asked. */
static int ask(const char *path, int request, char **ret)
{
	size_t len;
	FILE *f = open_memstream(ret, &len);
	int r;

	if (!f)
		return -ENOMEM;
	r = request_send(path, request, f);
	fclose(f);
	return r;
}

static bool is_absent(int error)
{
	return error == -ENOENT || error == -ECONNREFUSED;
}

/* How the daemon took REQUEST_RELOAD. It may have warned of something before. */
static int understand(int asked, const char *answer)
{
	const size_t len = asked < 0 ? 0 : strlen(answer), end = strlen(REQUEST_RELOADED);

	if (asked < 0)
		return fail("cannot ask the daemon: %s", strerror(-asked));
	if (!len)
		return fail("conntrackd answered nothing: is it of this version?");
	if (len < end || strcmp(answer + len - end, REQUEST_RELOADED) != 0)
		return fail("conntrackd refused:\n%s", answer);
	return EXIT_DONE;
}

int service_apply(const struct common *c, bool *ret_started)
{
	struct config config;
	char *answer = NULL;
	bool missing;
	int r = service_read(c, &config, &missing), asked;

	if (r)
		return r;
	asked = ask(config.general.unix_path, REQUEST_RELOAD, &answer);
	config_free(&config);
	*ret_started = is_absent(asked);
	r = *ret_started ? start(c) : understand(asked, answer);
	free(answer);
	return r;
}

int service_shrink(const struct common *c)
{
	struct config config;
	char *answer = NULL;
	bool missing, ends;
	int r = service_read(c, &config, &missing), asked;

	if (r)
		return r;
	ends = !config.n_types && !has_systemd(c);
	asked = ask(config.general.unix_path, ends ? REQUEST_KILL : REQUEST_RELOAD, &answer);
	config_free(&config);
	if (!is_absent(asked))
		r = ends && asked == 0 ? EXIT_DONE : understand(asked, answer);
	free(answer);
	return r;
}
