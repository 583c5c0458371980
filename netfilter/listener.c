/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reads the kernel's table of bound queues: one line each, the first number is the queue.
 */
#include "netfilter/listener.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int listener_find(const char *table, uint32_t queue_num)
{
	FILE *f = fopen(table, "re");
	char *line = NULL;
	size_t size = 0;
	int r = 0;

	if (!f)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && getline(&line, &size, f) > 0) {
		char *end;
		unsigned long n = strtoul(line, &end, 10);

		r = end != line && n == queue_num;
	}
	if (r == 0 && ferror(f))
		r = -EIO;
	free(line);
	fclose(f);
	return r;
}
