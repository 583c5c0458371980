/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A line of the table: queue, port id, waiting, copy mode, copy range, dropped, dropped by the
 * socket, last packet's id, 1.
 */
#include "daemon/queues.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TABLE_SIZE 65536
#define COLUMNS	   9

int queues_open(void)
{
	return open("/proc/net/netfilter/nfnetlink_queue", O_RDONLY | O_CLOEXEC);
}

static bool parse_line(const char *line, struct queue_row *ret)
{
	unsigned long column[COLUMNS];
	char *end;

	for (unsigned i = 0; i < COLUMNS; i++) {
		line += strspn(line, " ");
		if (*line < '0' || *line > '9')
			return false;
		column[i] = strtoul(line, &end, 10);
		line = end;
	}
	if (column[0] > UINT16_MAX)
		return false;
	*ret = (struct queue_row){ .number = (uint16_t)column[0],
				   .waiting = (uint32_t)column[2],
				   .dropped = (uint32_t)column[5],
				   .user_dropped = (uint32_t)column[6] };
	return true;
}

void queues_parse(const char *text, struct queue_table *ret)
{
	ret->n = 0;
	while (*text && ret->n < QUEUES_MAX) {
		ret->n += parse_line(text, &ret->rows[ret->n]);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

void queues_read(int fd, struct queue_table *ret)
{
	static char text[TABLE_SIZE];
	size_t len = 0;
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && len < sizeof(text) - 1) {
		n = pread(fd, text + len, sizeof(text) - 1 - len, (off_t)len);
		len += n > 0 ? (size_t)n : 0;
	}
	text[len] = '\0';
	queues_parse(text, ret);
}

const struct queue_row *queues_find(const struct queue_table *t, uint16_t number)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].number == number)
			return &t->rows[i];
	return NULL;
}
