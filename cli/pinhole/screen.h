/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The whole terminal for one verb: alternate screen, single keys, size. It is given back at
 * screen_close(), and when a signal ends the program.
 */
#ifndef PINHOLE_CLI_PINHOLE_SCREEN_H
#define PINHOLE_CLI_PINHOLE_SCREEN_H

#include <stdbool.h>

/* Keys that are no characters. */
enum {
	KEY_NONE = 0,  /* time is over */
	KEY_END = 256, /* SIGINT, SIGTERM, SIGHUP, or nobody is there any more */
	KEY_SIZE,      /* the terminal has another size */
	KEY_LEFT,
	KEY_RIGHT,
	KEY_UP,
	KEY_DOWN,
	KEY_OTHER,
};

/* Are both stdin and stdout a terminal? */
bool screen_is_there(void);

/* 0 or -errno. */
int screen_open(void);
void screen_close(void);

void screen_size(unsigned *ret_rows, unsigned *ret_columns);

/* Shows lines from the top; what stood below them goes. */
void screen_show(const char *text);

/* Waits for a key, at most so long. */
int screen_key(int timeout_ms);

#endif
