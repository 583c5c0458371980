/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole top: the daemon's status, live. It asks, waits for a key or for the time to ask again, and draws
 * everything anew after either. A daemon that is gone is told in the head of the last table.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/pinhole/screen.h"
#include "cli/pinhole/top_table.h"
#include "config/config.h"
#include "daemon/request.h"

#define SECONDS_DEFAULT 2.0
#define SECONDS_MIN	0.2
#define SECONDS_MAX	3600.0

struct top {
	struct common common;
	double seconds;
	bool once;
	struct value *before, *now;
	struct top_view view;
	bool paused, helps;
	char complaint[256];
};

static const char help_text[] =
	"Keys\n"
	"  q          quit\n"
	"  p, space   pause, and go on\n"
	"  s, right   sort by the next column\n"
	"  S, left    sort by the one before\n"
	"  r, up, down  turn the order round\n"
	"  ?, h       this text, and back\n"
	"\n"
	"OPENED to REFUSED, DROPS and RESTART count since the daemon began.\n"
	"OPEN: pinholes there now. DEPTH: packets in the kernel's queue.\n"
	"P50, P99: time from reading a packet to its verdict.";

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Asks; what goes wrong is kept in t->complaint. */
static void refresh(struct top *t)
{
	struct value *answer = NULL;
	FILE *f = fmemopen(t->complaint, sizeof(t->complaint), "w");
	int r;

	if (f)
		complain_to(f);
	r = answer_ask(&t->common, REQUEST_STATUS_JSON, "helpers", &answer);
	complain_to(NULL);
	if (f)
		fclose(f);
	t->complaint[strcspn(t->complaint, "\n")] = '\0';
	if (r)
		return;
	t->complaint[0] = '\0';
	answer_free(t->before);
	t->before = t->now;
	t->now = answer;
}

static void draw(struct top *t)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f;

	if (t->helps) {
		screen_show(help_text);
		return;
	}
	f = open_memstream(&text, &len);
	if (!f)
		return;
	screen_size(&t->view.rows, &t->view.columns);
	t->view.alarm = t->complaint[0] != '\0';
	t->view.note = t->view.alarm ? t->complaint : t->paused ? "PAUSED, p goes on" : NULL;
	top_table(t->before, t->now, &t->view, f);
	if (fclose(f) == 0)
		screen_show(text);
	free(text);
}

/* False: quit. */
static bool obey(struct top *t, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
	case KEY_END:
		return false;
	case 'p':
	case ' ':
		t->paused = !t->paused;
		break;
	case 's':
	case KEY_RIGHT:
		t->view.sort = (t->view.sort + 1) % TOP_COLUMNS;
		break;
	case 'S':
	case KEY_LEFT:
		t->view.sort = (t->view.sort + TOP_COLUMNS - 1) % TOP_COLUMNS;
		break;
	case 'r':
	case KEY_UP:
	case KEY_DOWN:
		t->view.reverse = !t->view.reverse;
		break;
	case '?':
	case 'h':
		t->helps = !t->helps;
		break;
	}
	return true;
}

static int live(struct top *t)
{
	int64_t pause = (int64_t)(t->seconds * 1000), due = now_ms() + pause;
	int key, r = screen_open();

	if (r < 0)
		return fail("cannot use the terminal (%s): --once prints one table", strerror(-r));
	t->view.keys = true;
	t->view.colour = with_colour();
	do {
		int64_t now = now_ms();

		if (now >= due && !t->paused)
			refresh(t);
		if (now >= due)
			due = now_ms() + pause;
		draw(t);
		key = screen_key(due > now_ms() ? (int)(due - now_ms()) : 0);
	} while (obey(t, key));
	screen_close();
	return EXIT_DONE;
}

static int show_once(struct top *t)
{
	unsigned rows;

	if (t->common.json) {
		value_print(t->now, stdout);
		putchar('\n');
		return EXIT_DONE;
	}
	t->view.colour = with_colour();
	if (isatty(STDOUT_FILENO))
		screen_size(&rows, &t->view.columns);
	top_table(NULL, t->now, &t->view, stdout);
	return EXIT_DONE;
}

static int take_option(int letter, struct top *t)
{
	char *end;

	switch (letter) {
	case 'd':
		t->seconds = strtod(optarg, &end);
		if (*end || end == optarg ||
		    !(t->seconds >= SECONDS_MIN && t->seconds <= SECONDS_MAX))
			return misused("`%s' is no number of seconds, %.1f to %.0f", optarg,
				       SECONDS_MIN, SECONDS_MAX);
		return EXIT_DONE;
	case '1':
		t->once = true;
		return EXIT_DONE;
	}
	return common_option(letter, &t->common);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS,
						 { "delay", required_argument, NULL, 'd' },
						 { "once", no_argument, NULL, '1' },
						 { 0 } };
	struct top t = { .common = COMMON_DEFAULT,
			 .seconds = SECONDS_DEFAULT,
			 .view = { .sort = TOP_PACKETS } };
	int letter, r;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS "d:", options, NULL)) >= 0) {
		r = take_option(letter, &t);
		if (r)
			return r;
	}
	if (optind < argc)
		return misused("`%s' is too much", argv[optind]);
	r = answer_ask(&t.common, REQUEST_STATUS_JSON, "helpers", &t.now);
	if (r)
		return r;
	r = t.once || t.common.json || !screen_is_there() ? show_once(&t) : live(&t);
	answer_free(t.before);
	answer_free(t.now);
	return r;
}

const struct verb verb_top = {
	.word = "top",
	.prose = "what the helpers do now",
	.help = "usage: pinhole top [-d SECONDS] [--once] [-o json]\n"
		"\n"
		"A live table of the helpers: packets and messages a second, pinholes, refusals, queues,\n"
		"workers, and how long packets wait for their verdicts. Keys: q quits, ? tells the others.\n"
		"\n"
		"  -d, --delay SECONDS  between two looks, 2 if not given\n"
		"  --once               one table, and no terminal: its rates are averages since the start.\n"
		"                       So it is too when input or output is no terminal\n"
		"  -o json              the daemon's status once; its schema is in doc/json.md\n",
	.run = run,
};
