/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The table of `pinhole top`: from the daemon's status to lines. It knows no terminal.
 */
#ifndef PINHOLE_CLI_PINHOLE_TOP_TABLE_H
#define PINHOLE_CLI_PINHOLE_TOP_TABLE_H

#include "cli/pinhole/answer.h"

enum top_column {
	TOP_HELPER,
	TOP_QUEUE,
	TOP_PACKETS,
	TOP_FLOWS,
	TOP_OPENED,
	TOP_USED,
	TOP_EXPIRED,
	TOP_REFUSED,
	TOP_OPEN,
	TOP_DEPTH,
	TOP_DROPS,
	TOP_RESTARTS,
	TOP_P50,
	TOP_P99,
	TOP_COLUMNS,
};

struct top_view {
	enum top_column sort;
	bool reverse;
	bool colour;
	bool keys;	  /* a line of keys at the bottom */
	unsigned rows;	  /* 0: as many as there are */
	unsigned columns; /* 0: as many as it takes */
	const char *note; /* stands beside the totals: paused, a complaint; NULL: none */
	bool alarm;	  /* and it is a complaint */
};

const char *top_column_name(enum top_column c);

/* Prints lines of at most view->columns. Rates are over the time between `before` and `now`; without
 * `before`, or when the daemon was started in between, since the start. */
void top_table(const struct value *before, const struct value *now, const struct top_view *view,
	       FILE *f);

/* A number in at most 5 characters: 99999, 100k, 1.2M */
const char *top_number(char buf[32], double n);

/* Microseconds in at most 5: 12us, 1.5ms, 20ms, 4.2s */
const char *top_time(char buf[32], int64_t us);

#endif
