/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole new-helper: the skeleton of a helper, outside of pinhole's tree.
 *
 * How it works: the installed skeleton is copied, file by file, and the word `template` becomes the
 * helper's name in file names and in what they hold. `./dev new-helper` does the same within the tree.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "build.h"
#include "cli/pinhole/verb.h"
#include "config/config.h"
#include "helpers/helper.h"

#define DEPTH_MAX 8
#define FILE_MAX  65536 /* bytes: no file of the skeleton has more */

static const char help[] =
	"usage: pinhole new-helper NAME [DIR] [-t DIR] [-o json]\n"
	"\n"
	"Makes the folder DIR (./NAME) with a helper that builds, and passes its one case, against the\n"
	"installed headers and library:\n"
	"\n"
	"  cd DIR && meson setup build && meson test -C build\n"
	"\n"
	"DIR/helpers/NAME is the helper, to be made yours, DIR/README.md tells how, and how it gets into\n"
	"the daemon. NAME: letters, digits and _, at most 15, as it will be called in conntrackd.conf.\n"
	"\n"
	"  -t, --template DIR  the skeleton (" PINHOLE_SKELETON ")\n"
	"  -o json             JSON\n"
	"\n"
	"Exit codes: 0 made; 1 it could not be made; 2 wrong command line.\n";

struct job {
	const char *name;
	char upper[HELPER_NAME_SIZE];
	bool as_json;
	struct json json;
};

static bool is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

	return strchr(letters, name[0]) && name[0] && strlen(name) < HELPER_NAME_SIZE &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

/* Writes `text` with `template` and `TEMPLATE` replaced. */
static void substitute(const struct job *job, const char *text, size_t len, FILE *to)
{
	static const char word[] = "template", upper[] = "TEMPLATE";
	const size_t n = sizeof(word) - 1;

	for (size_t i = 0; i < len;) {
		if (len - i >= n && !memcmp(text + i, word, n)) {
			fputs(job->name, to);
			i += n;
		} else if (len - i >= n && !memcmp(text + i, upper, n)) {
			fputs(job->upper, to);
			i += n;
		} else {
			putc((unsigned char)text[i++], to);
		}
	}
}

/* EXIT_DONE, or EXIT_FAILED after a complaint. */
static int copy_file(struct job *job, const char *from, const char *to)
{
	static char text[FILE_MAX];
	FILE *in = fopen(from, "re"), *out = NULL;
	size_t len = in ? fread(text, 1, sizeof(text), in) : 0;
	int r;

	if (!in || ferror(in) || !feof(in)) {
		r = fail("%s: %s", from, in && !ferror(in) ? "too large" : strerror(errno));
		if (in)
			fclose(in);
		return r;
	}
	fclose(in);
	out = fopen(to, "wxe");
	if (!out)
		return fail("%s: %s", to, strerror(errno));
	substitute(job, text, len, out);
	r = ferror(out);
	if (fclose(out) || r)
		return fail("%s: cannot write it: %s", to, strerror(errno));
	if (job->as_json)
		json_put_string(&job->json, NULL, to);
	return EXIT_DONE;
}

static int copy_folder(struct job *job, const char *from, const char *to, unsigned depth);

static int copy_entry(struct job *job, const char *from, const char *to, const char *entry,
		      unsigned depth)
{
	char source[PATH_MAX], target[PATH_MAX], name[256] = "";
	FILE *f = fmemopen(name, sizeof(name) - 1, "w");
	struct stat st;

	if (!f)
		return fail("%s", strerror(errno));
	substitute(job, entry, strlen(entry), f);
	fclose(f);
	if ((size_t)snprintf(source, sizeof(source), "%s/%s", from, entry) >= sizeof(source) ||
	    (size_t)snprintf(target, sizeof(target), "%s/%s", to, name) >= sizeof(target))
		return fail("%s: the path is too long", to);
	if (stat(source, &st) < 0)
		return fail("%s: %s", source, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return copy_folder(job, source, target, depth + 1);
	return copy_file(job, source, target);
}

static int copy_folder(struct job *job, const char *from, const char *to, unsigned depth)
{
	struct dirent **entries;
	int n = depth < DEPTH_MAX ? scandir(from, &entries, NULL, alphasort) : -1;
	int r = EXIT_DONE;

	if (n < 0)
		return fail("%s: %s: is pinhole installed? -t names another skeleton", from,
			    depth < DEPTH_MAX ? strerror(errno) : "too deep");
	if (mkdir(to, 0777) < 0)
		r = fail("%s: %s%s", to, strerror(errno),
			 errno == EEXIST ? ": name another folder" : "");
	for (int i = 0; i < n; i++) {
		if (r == EXIT_DONE && strcmp(entries[i]->d_name, ".") != 0 &&
		    strcmp(entries[i]->d_name, "..") != 0)
			r = copy_entry(job, from, to, entries[i]->d_name, depth);
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int make(struct job *job, const char *skeleton, const char *dir)
{
	struct json *j = &job->json;
	int r;

	for (size_t i = 0; job->name[i]; i++)
		job->upper[i] = (char)(job->name[i] >= 'a' && job->name[i] <= 'z'
					       ? job->name[i] - 'a' + 'A'
					       : job->name[i]);
	if (!job->as_json) {
		r = copy_folder(job, skeleton, dir, 0);
		if (r == EXIT_DONE)
			printf("%s is made. Next: cd %s && meson setup build && meson test -C build; then "
			       "README.md there\n",
			       dir, dir);
		return r;
	}
	*j = json_over(stdout);
	json_put_object_begin(j, NULL);
	json_put_string(j, "helper", job->name);
	json_put_string(j, "directory", dir);
	json_put_array_begin(j, "files");
	r = copy_folder(job, skeleton, dir, 0);
	json_put_array_end(j);
	json_put_object_end(j);
	(void)json_finish(j);
	return r;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS,
						 { "template", required_argument, NULL, 't' },
						 { 0 } };
	struct common common = COMMON_DEFAULT;
	const char *skeleton = PINHOLE_SKELETON;
	struct job job = { 0 };
	int letter, r;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS "t:", options, NULL)) >= 0) {
		if (letter == 't') {
			skeleton = optarg;
			continue;
		}
		r = common_option(letter, &common);
		if (r)
			return r;
	}
	if (optind >= argc)
		return misused("a name is missing");
	if (optind + 2 < argc)
		return misused("`%s' is too much", argv[optind + 2]);
	job.name = argv[optind];
	if (!is_name(job.name))
		return misused(
			"`%s' is no name: a letter, then letters, digits and _, 15 in all; small "
			"letters",
			job.name);
	if (manifest_find(job.name))
		return fail("there is a helper `%s' already (pinhole list): choose another name",
			    job.name);
	job.as_json = common.json;
	return make(&job, skeleton, optind + 1 < argc ? argv[optind + 1] : job.name);
}

const struct verb verb_new_helper = {
	.word = "new-helper",
	.prose = "the skeleton of a helper of your own",
	.help = help,
	.run = run,
};
