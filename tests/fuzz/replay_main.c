/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Runs a fuzz target over files and over the files of folders, once each: how a corpus is replayed
 * with any compiler. TAP.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned n_run;

/* An allocation of exactly the file's size. */
static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	struct stat st;
	size_t size;

	if (!f || fstat(fileno(f), &st)) {
		perror(path);
		return 1;
	}
	size = (size_t)st.st_size;
	data = malloc(size ? size : 1);
	if (!data || fread(data, 1, size, f) != size) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return 1;
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	n_run++;
	return 0;
}

static int run(const char *path)
{
	struct dirent **names;
	int n, bad = 0;

	n = scandir(path, &names, NULL, alphasort);
	if (n < 0)
		return run_file(path);
	for (int i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			bad |= run_file(file);
		free(names[i]);
	}
	free(names);
	return bad;
}

int main(int argc, char **argv)
{
	int bad = 0;

	for (int i = 1; i < argc; i++)
		bad |= run(argv[i]);
	printf("%sok 1 - %u inputs\n1..1\n", bad || !n_run ? "not " : "", n_run);
	return bad || !n_run;
}
