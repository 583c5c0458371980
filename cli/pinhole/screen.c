/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Plain ANSI (ECMA-48), as every terminal of today speaks it. Signals arrive as bytes in a pipe, and
 * interrupt what blocks.
 */
#include "cli/pinhole/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l" /* alternate screen, no cursor */
#define LEAVE "\033[?25h\033[?1049l"

static struct termios before;
static int pipe_fds[2] = { -1, -1 };
static bool open_now;

static void put(const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(STDOUT_FILENO, text, len);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
}

static void on_signal(int number)
{
	char byte = number == SIGWINCH ? 'w' : 'e';
	int saved = errno;

	if (write(pipe_fds[1], &byte, 1) < 0)
		errno = 0; /* it is full: enough is known */
	errno = saved;
}

static void catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH };
	struct sigaction action = { .sa_handler = on_signal };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigaction(numbers[i], &action, NULL);
}

bool screen_is_there(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

int screen_open(void)
{
	struct termios raw;

	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0 || tcgetattr(STDIN_FILENO, &before) < 0)
		return -errno;
	catch_signals();
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO); /* ISIG stays: ^C is ours by its signal */
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) < 0)
		return -errno;
	open_now = true;
	(void)atexit(screen_close);
	put(ENTER, strlen(ENTER));
	return 0;
}

void screen_close(void)
{
	if (!open_now)
		return;
	open_now = false;
	put(LEAVE, strlen(LEAVE));
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
}

void screen_size(unsigned *ret_rows, unsigned *ret_columns)
{
	struct winsize size = { 0 };

	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	*ret_rows = size.ws_row ? size.ws_row : 24;
	*ret_columns = size.ws_col ? size.ws_col : 80;
}

void screen_show(const char *text)
{
	put("\033[H", 3);
	while (*text) {
		size_t len = strcspn(text, "\n");

		put(text, len);
		put("\033[0m\033[K", 7);
		text += len;
		if (*text == '\n' && *++text)
			put("\r\n", 2);
	}
	put("\033[J", 3);
}

/* What follows an escape; a terminal sends it in one piece. */
static int escape_key(void)
{
	char rest[2] = { 0 };

	if (read(STDIN_FILENO, rest, sizeof(rest)) < 2 || (rest[0] != '[' && rest[0] != 'O'))
		return KEY_OTHER;
	switch (rest[1]) {
	case 'A':
		return KEY_UP;
	case 'B':
		return KEY_DOWN;
	case 'C':
		return KEY_RIGHT;
	case 'D':
		return KEY_LEFT;
	}
	(void)tcflush(STDIN_FILENO, TCIFLUSH);
	return KEY_OTHER;
}

int screen_key(int timeout_ms)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				{ .fd = pipe_fds[0], .events = POLLIN } };
	char byte;
	int n = poll(fds, 2, timeout_ms);

	if (n < 0)
		return errno == EINTR ? screen_key(0) : KEY_END;
	if (fds[1].revents) {
		int key = KEY_SIZE;

		while (read(pipe_fds[0], &byte, 1) == 1)
			if (byte == 'e')
				key = KEY_END;
		return key;
	}
	if (!fds[0].revents)
		return KEY_NONE;
	if (read(STDIN_FILENO, &byte, 1) != 1)
		return KEY_END; /* the terminal is gone */
	return byte == '\033' ? escape_key() : (unsigned char)byte;
}
