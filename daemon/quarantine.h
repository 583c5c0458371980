/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Packets that ended a worker, each in a file of its own for whoever looks for the mistake:
 * HELPER-N.pcap, N counting to QUARANTINE_FILES; then the oldest gives way.
 */
#ifndef PINHOLE_DAEMON_QUARANTINE_H
#define PINHOLE_DAEMON_QUARANTINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define QUARANTINE_FILES      16 /* of one helper; each at most 64 KiB and 40 bytes */
#define QUARANTINE_NAME_SIZE  32
#define QUARANTINE_PACKET_MAX 65535

/* Makes the folder if it is not there, readable by its owner alone, and opens it. Its descriptor;
 * or -errno. */
int quarantine_open(const char *path, uid_t uid, gid_t gid);

/* Writes a packet, from its network header on. 0, with the file's name in ret_name; or -errno. */
int quarantine_keep(int folder, const char *helper, const void *packet, uint32_t len,
		    char ret_name[QUARANTINE_NAME_SIZE]);

#endif
