/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/quarantine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/tap.h"

static char top[] = "/tmp/quarantine-test.XXXXXX";
static char path[64];

static unsigned files(void)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n - 2;
}

static void test_content(int folder)
{
	static const uint8_t head[] = { 2, 0, 4, 0 };
	char name[QUARANTINE_NAME_SIZE];
	uint8_t data[64];
	ssize_t n;
	int fd;

	is_int(quarantine_keep(folder, "toy", "packet", 6, name), 0, "kept");
	is_str(name, "toy-0.pcap", "its name");
	fd = openat(folder, name, O_RDONLY);
	n = read(fd, data, sizeof(data));
	close(fd);
	is_int(n, 24 + 16 + 6, "length");
	ok(!memcmp(data + 4, head, sizeof(head)), "version 2.4 in host order");
	is_int(data[20], 101, "raw IP");
	is_int(data[32], 6, "length of the packet");
	ok(!memcmp(data + 40, "packet", 6), "the packet");
}

static void test_bounded(int folder)
{
	char name[QUARANTINE_NAME_SIZE], first[QUARANTINE_NAME_SIZE];
	struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

	for (unsigned i = 1; i < QUARANTINE_FILES; i++)
		quarantine_keep(folder, "toy", "x", 1, name);
	is_int(files(), QUARANTINE_FILES, "one file each");
	snprintf(first, sizeof(first), "toy-%u.pcap", 7u);
	utimensat(folder, first, old, 0);
	is_int(quarantine_keep(folder, "toy", "y", 1, name), 0, "one more");
	is_str(name, first, "in the place of the oldest");
	is_int(files(), QUARANTINE_FILES, "no more files");
	is_int(quarantine_keep(folder, "other", "y", 1, name), 0, "another helper's");
	is_str(name, "other-0.pcap", "has its own");
}

static void test_hostile_folder(int folder)
{
	char name[QUARANTINE_NAME_SIZE] = "untouched", there[96];

	snprintf(there, sizeof(there), "%s/link-0.pcap", path);
	ok(symlink("/nonexistent/file", there) == 0, "a link lies where the file goes");
	for (unsigned i = 0; i < QUARANTINE_FILES - 1; i++)
		quarantine_keep(folder, "link", "x", 1, name);
	is_int(quarantine_keep(folder, "link", "y", 1, name), 0, "it is replaced, not followed");
	is_int(access("/nonexistent/file", F_OK), -1, "nothing is where it led");
	snprintf(there, sizeof(there), "%s/folder-0.pcap", path);
	mkdir(there, 0700);
	is_int(quarantine_keep(folder, "folder", "x", 1, name), 0, "a folder is passed over");
	is_str(name, "folder-1.pcap", "the next name");
}

int main(void)
{
	struct stat st;
	int folder;

	if (!mkdtemp(top))
		return EXIT_FAILURE;
	umask(0177); /* the daemon's */
	snprintf(path, sizeof(path), "%s/state/quarantine", top);
	folder = quarantine_open(path, geteuid(), getegid());
	ok(folder >= 0, "made with the folder above it");
	ok(fstat(folder, &st) == 0 && (st.st_mode & 07777) == 0700, "for its owner alone");
	test_content(folder);
	test_bounded(folder);
	test_hostile_folder(folder);
	close(folder);
	snprintf(path, sizeof(path), "rm -r %s", top);
	is_int(system(path), 0, "cleaned up");
	is_int(quarantine_open("/nonexistent/a/b/c", 0, 0), -ENOENT, "no folder");
	return done_testing();
}
