/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole log: the trail, a line for each record.
 *
 * -f asks the daemon again and again. Records are numbered, so each is shown once; those that were
 * shown while open are remembered, and told again when their fate is known. Numbers that go back are
 * those of a new daemon.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/pinhole/record.h"
#include "config/config.h"
#include "daemon/request.h"

#define POLL_MS	  1000
#define OPEN_MAX  4096 /* remembered as open; the trail keeps fewer */
#define COUNT_MAX 100000

struct log_options {
	struct common common;
	bool follow, refused, opened;
	long count; /* -1: all */
	const char *helper;
};

struct follower {
	struct log_options o;
	int64_t last; /* number of the last record */
	size_t n_open;
	int64_t open[OPEN_MAX];
};

static const char *colour(const char *code)
{
	return with_colour() ? code : "";
}

static bool is_open(const struct record *r)
{
	return !r->refused && !strcmp(r->fate, "open");
}

static bool is_wanted(const struct log_options *o, const struct record *r)
{
	if (o->helper && strcmp(o->helper, r->helper) != 0)
		return false;
	return r->refused ? o->refused : o->opened;
}

static void print_fate(const struct record *r)
{
	char span[32];

	if (is_open(r)) {
		printf("; open");
		return;
	}
	printf("; %s after %s", r->fate, span_text(span, time_of(r->fate_time) - time_of(r->time)));
}

static void print_line(const struct record *r)
{
	char what[PHRASE_SIZE], master[PHRASE_SIZE];

	printf("%s %s %s%s%s %s, for %s", r->time, r->helper,
	       colour(r->refused ? "\033[33m" : "\033[32m"), r->refused ? "refused" : "opened",
	       colour("\033[0m"), record_what(what, r), record_master(master, r));
	if (r->renewals)
		printf(", asked for %u times more", r->renewals);
	if (r->refused)
		printf("; %s: %s", r->reason, refusal_prose(r->reason));
	else
		print_fate(r);
	putchar('\n');
}

static void print_news(const struct record *r)
{
	char what[PHRASE_SIZE], span[32];

	printf("%s %s %s%s%s %s, opened %s before: %s\n", r->fate_time, r->helper,
	       colour("\033[36m"), r->fate, colour("\033[0m"), record_what(what, r),
	       span_text(span, time_of(r->fate_time) - time_of(r->time)), fate_prose(r->fate));
}

static void show(const struct log_options *o, const struct record *r, bool news)
{
	if (o->common.json) {
		value_print(r->json, stdout);
		putchar('\n');
	} else if (news) {
		print_news(r);
	} else {
		print_line(r);
	}
}

static void remember(struct follower *f, int64_t number)
{
	if (f->n_open == OPEN_MAX)
		memmove(f->open, f->open + 1, --f->n_open * sizeof(*f->open));
	f->open[f->n_open++] = number;
}

/* Was it shown as open? Then not again. */
static bool forget(struct follower *f, int64_t number)
{
	for (size_t i = 0; i < f->n_open; i++)
		if (f->open[i] == number) {
			memmove(f->open + i, f->open + i + 1, (--f->n_open - i) * sizeof(*f->open));
			return true;
		}
	return false;
}

/* All records but the last `count` wanted ones are as if they had been shown. */
static size_t find_first(const struct log_options *o, const struct value *records)
{
	size_t first = value_count(records);
	struct record r;

	for (long n = 0; first && (o->count < 0 || n < o->count); first--) {
		record_read(value_item(records, first - 1), &r);
		n += is_wanted(o, &r);
	}
	return first;
}

static void show_new(struct follower *f, const struct value *records, size_t first)
{
	size_t n = value_count(records);
	struct record r;

	record_read(value_item(records, n ? n - 1 : 0), &r);
	if (r.number < f->last) {
		f->last = 0; /* another daemon */
		f->n_open = 0;
	}
	for (size_t i = first; i < n; i++) {
		bool news;

		record_read(value_item(records, i), &r);
		if (!is_wanted(&f->o, &r))
			continue;
		news = r.number <= f->last;
		if (news ? is_open(&r) || !forget(f, r.number) : false)
			continue;
		show(&f->o, &r, news);
		if (is_open(&r))
			remember(f, r.number);
	}
	record_read(value_item(records, n ? n - 1 : 0), &r);
	if (n)
		f->last = r.number;
}

static int follow(struct follower *f)
{
	static const struct timespec pause = { .tv_sec = POLL_MS / 1000 };
	bool first = true;
	int r;

	for (;;) {
		struct value *answer;
		const struct value *records;

		r = answer_ask(&f->o.common, REQUEST_AUDIT_JSON, "records", &answer);
		if (r)
			return r;
		records = value_at(answer, "records");
		show_new(f, records, first ? find_first(&f->o, records) : 0);
		answer_free(answer);
		if (!f->o.follow)
			return EXIT_DONE;
		if (fflush(stdout) != 0)
			return EXIT_FAILED; /* nobody reads any more: main() says so */
		first = false;
		(void)nanosleep(&pause, NULL);
	}
}

static int take_option(int letter, struct log_options *o)
{
	char *end;

	switch (letter) {
	case 'f':
		o->follow = true;
		return EXIT_DONE;
	case 'n':
		o->count = strtol(optarg, &end, 10);
		if (*end || end == optarg || o->count < 0 || o->count > COUNT_MAX)
			return misused("`%s' is no number of lines, 0 to %d", optarg, COUNT_MAX);
		return EXIT_DONE;
	case 'H':
		o->helper = optarg;
		return EXIT_DONE;
	case 'R':
		o->opened = false;
		return EXIT_DONE;
	case 'O':
		o->refused = false;
		return EXIT_DONE;
	}
	return common_option(letter, &o->common);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS,
						 { "follow", no_argument, NULL, 'f' },
						 { "lines", required_argument, NULL, 'n' },
						 { "helper", required_argument, NULL, 'H' },
						 { "refused", no_argument, NULL, 'R' },
						 { "opened", no_argument, NULL, 'O' },
						 { 0 } };
	static struct follower f = { .o = { .refused = true, .opened = true, .count = -1 } };
	int letter, r;

	f.o.common = COMMON_DEFAULT;
	while ((letter = getopt_long(argc, argv, COMMON_LETTERS "fn:", options, NULL)) >= 0) {
		r = take_option(letter, &f.o);
		if (r)
			return r;
	}
	if (optind < argc)
		return misused("`%s' is too much", argv[optind]);
	if (!f.o.opened && !f.o.refused)
		return misused(
			"--opened and --refused leave nothing: give one of them, or neither");
	return follow(&f);
}

const struct verb verb_log = {
	.word = "log",
	.prose = "what was opened and what was refused, for whom and why",
	.help = "usage: pinhole log [-f] [-n NUMBER] [--helper NAME] [--refused | --opened] [-o json]\n"
		"\n"
		"  -f, --follow        go on: show what comes, and what becomes of what is open\n"
		"  -n, --lines NUMBER  the last so many only\n"
		"  --helper NAME       of one helper\n"
		"  --refused           refusals only\n"
		"  --opened            pinholes only\n"
		"  -o json             one JSON object a line; its schema is in doc/json.md\n"
		"\n"
		"The daemon remembers the last 2048 pinholes and 1024 refusals since it was started.\n"
		"Times are UTC. `pinhole why PORT' tells all about one.\n",
	.run = run,
};
