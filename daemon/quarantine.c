/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The format is that of libpcap's savefile, in host byte order, with the link type RAW: an IP
 * packet (draft-ietf-opsawg-pcap).
 */
#include "daemon/quarantine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define PCAP_MAGIC    0xa1b2c3d4 /* time in microseconds */
#define PCAP_LINK_RAW 101

struct pcap_file {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zero[2];
	uint32_t longest;
	uint32_t link;
};

struct pcap_record {
	uint32_t seconds, microseconds;
	uint32_t len, total_len;
};

/* Parents are the packager's business, but for the last folder and the one above it. The daemon's
 * umask is for files. */
static int make_folders(const char *path)
{
	mode_t mask = umask(022);
	char above[256];
	char *slash;
	int r;

	snprintf(above, sizeof(above), "%s", path);
	slash = strrchr(above, '/');
	if (slash && slash != above) {
		*slash = 0;
		(void)mkdir(above, 0755);
	}
	r = mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
	umask(mask);
	return r;
}

int quarantine_open(const char *path, uid_t uid, gid_t gid)
{
	int fd, r = make_folders(path);

	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	/* Somebody who is not root already cannot, and need not. */
	if (geteuid() == 0 && fchown(fd, uid, gid) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

/* A name that is free, else that of the oldest file. */
static void choose_name(int folder, const char *helper, char ret[QUARANTINE_NAME_SIZE])
{
	struct timespec oldest = { 0 };
	char name[QUARANTINE_NAME_SIZE];
	struct stat st;

	for (unsigned i = 0; i < QUARANTINE_FILES; i++) {
		snprintf(name, sizeof(name), "%s-%u.pcap", helper, i);
		if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			memcpy(ret, name, sizeof(name));
			return;
		}
		if (!i || st.st_mtim.tv_sec < oldest.tv_sec ||
		    (st.st_mtim.tv_sec == oldest.tv_sec && st.st_mtim.tv_nsec < oldest.tv_nsec)) {
			oldest = st.st_mtim;
			memcpy(ret, name, sizeof(name));
		}
	}
}

static int write_file(int fd, const void *packet, uint32_t len)
{
	struct pcap_file file = { .magic = PCAP_MAGIC, .major = 2, .minor = 4,
				  .longest = QUARANTINE_PACKET_MAX, .link = PCAP_LINK_RAW };
	struct pcap_record record = { .len = len, .total_len = len };
	struct iovec iov[] = { { &file, sizeof(file) },
			       { &record, sizeof(record) },
			       { (void *)packet, len } };
	struct timespec now;
	ssize_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	record.seconds = (uint32_t)now.tv_sec;
	record.microseconds = (uint32_t)now.tv_nsec / 1000;
	n = writev(fd, iov, 3);
	if (n < 0)
		return -errno;
	return (size_t)n == sizeof(file) + sizeof(record) + len ? 0 : -ENOSPC;
}

int quarantine_keep(int folder, const char *helper, const void *packet, uint32_t len,
		    char ret_name[QUARANTINE_NAME_SIZE])
{
	char name[QUARANTINE_NAME_SIZE];
	int fd, r;

	choose_name(folder, helper, name);
	if (unlinkat(folder, name, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = write_file(fd, packet, len);
	close(fd);
	if (r < 0)
		(void)unlinkat(folder, name, 0);
	else
		memcpy(ret_name, name, sizeof(name));
	return r;
}
