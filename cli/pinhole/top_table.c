/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Columns go, the least important first, until a line fits.
 */
#include "cli/pinhole/top_table.h"

#include <stdlib.h>
#include <string.h>

#include "cli/pinhole/record.h"

#define ROWS_MAX 256 /* as many lanes as a daemon has */

static const struct {
	const char *name;
	unsigned width; /* with the blank before it */
	unsigned rank;	/* the highest goes first; 0 never */
	bool rate;
} columns[] = {
	[TOP_HELPER] = { "HELPER", 11, 0, false },   [TOP_QUEUE] = { "QUEUE", 6, 0, false },
	[TOP_PACKETS] = { "PKT/S", 7, 0, true },     [TOP_FLOWS] = { "FLOW/S", 7, 9, true },
	[TOP_OPENED] = { "OPENED", 7, 1, false },    [TOP_USED] = { "USED", 7, 8, false },
	[TOP_EXPIRED] = { "EXPIRED", 8, 11, false }, [TOP_REFUSED] = { "REFUSED", 8, 2, false },
	[TOP_OPEN] = { "OPEN", 6, 3, false },	     [TOP_DEPTH] = { "DEPTH", 6, 7, false },
	[TOP_DROPS] = { "DROPS", 6, 6, false },	     [TOP_RESTARTS] = { "RESTART", 8, 12, false },
	[TOP_P50] = { "P50", 6, 10, false },	     [TOP_P99] = { "P99", 6, 5, false },
};

_Static_assert(sizeof(columns) / sizeof(columns[0]) == TOP_COLUMNS, "a column without its row");

struct row {
	const char *helper, *why;
	bool paused;
	double cells[TOP_COLUMNS]; /* below 0: not known */
};

struct table {
	struct row rows[ROWS_MAX];
	size_t n, n_paused;
	double packets, flows; /* a second */
	int64_t open, refused;
	bool shown[TOP_COLUMNS];
};

const char *top_column_name(enum top_column c)
{
	return columns[c].name;
}

/* ---- numbers */

const char *top_number(char buf[32], double n)
{
	static const char units[] = { 'k', 'M', 'G', 'T', 'P', 'E' };
	size_t unit = 0;

	if (n < 99999.5) {
		snprintf(buf, 32, n > 0 && n < 99.95 && n != (double)(int)n ? "%.1f" : "%.0f", n);
		return buf;
	}
	for (n /= 1000; n >= 999.5 && unit + 1 < sizeof(units); unit++)
		n /= 1000;
	snprintf(buf, 32, n < 9.95 ? "%.1f%c" : "%.0f%c", n, units[unit]);
	return buf;
}

const char *top_time(char buf[32], int64_t us)
{
	double n = (double)us;

	if (us < 1000)
		snprintf(buf, 32, "%dus", us < 0 ? 0 : (int)us);
	else if (n < 999500)
		snprintf(buf, 32, n < 9950 ? "%.1fms" : "%.0fms", n / 1000);
	else
		snprintf(buf, 32, n < 99.5e6 ? "%.1fs" : n < 9999e6 ? "%.0fs" : "long", n / 1e6);
	return buf;
}

/* ---- from the status */

static const struct value *find_helper(const struct value *status, const struct value *like)
{
	const struct value *helpers = value_at(status, "helpers");

	for (size_t i = 0; i < value_count(helpers); i++) {
		const struct value *h = value_item(helpers, i);

		if (value_number(h, "queue") == value_number(like, "queue") &&
		    !strcmp(value_text(h, "helper"), value_text(like, "helper")))
			return h;
	}
	return NULL;
}

static double rate_of(const struct value *h, const struct value *old, const char *counter,
		      double seconds)
{
	int64_t now = value_number(value_at(h, "counters"), counter);
	int64_t was = value_number(value_at(old, "counters"), counter);

	return seconds > 0 && now > was ? (double)(now - was) / seconds : 0;
}

static void read_row(const struct value *h, const struct value *old, double seconds,
		     struct row *ret)
{
	const struct value *counters = value_at(h, "counters"),
			   *queue = value_at(h, "kernel_queue");
	const struct value *latency = value_at(h, "latency");
	int64_t starts = value_number(counters, "worker_starts");
	bool has_queue = value_at(queue, "waiting"),
	     has_latency = value_number(latency, "count") > 0;

	*ret = (struct row){ .helper = value_text(h, "helper"),
			     .why = value_text(h, "why"),
			     .paused = value_is(h, "paused") };
	ret->cells[TOP_QUEUE] = (double)value_number(h, "queue");
	ret->cells[TOP_PACKETS] = rate_of(h, old, "packets", seconds);
	ret->cells[TOP_FLOWS] = rate_of(h, old, "flows", seconds);
	ret->cells[TOP_OPENED] = (double)value_number(counters, "opened");
	ret->cells[TOP_USED] = (double)value_number(counters, "used");
	ret->cells[TOP_EXPIRED] = (double)value_number(counters, "expired");
	ret->cells[TOP_REFUSED] = (double)value_number(counters, "refused");
	ret->cells[TOP_OPEN] = (double)value_number(h, "open");
	ret->cells[TOP_DEPTH] = has_queue ? (double)value_number(queue, "waiting") : -1;
	ret->cells[TOP_DROPS] = has_queue ? (double)(value_number(queue, "dropped") +
						     value_number(queue, "user_dropped"))
					  : -1;
	ret->cells[TOP_RESTARTS] = (double)(starts > 1 ? starts - 1 : 0);
	ret->cells[TOP_P50] = has_latency ? (double)value_number(latency, "p50_us") : -1;
	ret->cells[TOP_P99] = has_latency ? (double)value_number(latency, "p99_us") : -1;
}

static void read_table(const struct value *before, const struct value *now, struct table *t)
{
	const struct value *helpers = value_at(now, "helpers");
	int64_t ms = value_number(now, "uptime_ms"), was = value_number(before, "uptime_ms");

	if (was >= ms)
		before = NULL; /* another daemon */
	else
		ms -= was;
	for (size_t i = 0; i < value_count(helpers) && t->n < ROWS_MAX; i++) {
		const struct value *h = value_item(helpers, i);
		struct row *r = &t->rows[t->n++];

		read_row(h, find_helper(before, h), (double)ms / 1000, r);
		t->n_paused += r->paused;
		t->packets += r->cells[TOP_PACKETS];
		t->flows += r->cells[TOP_FLOWS];
		t->open += (int64_t)r->cells[TOP_OPEN];
		t->refused += (int64_t)r->cells[TOP_REFUSED];
	}
}

static enum top_column sort_by;

static int by_column(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	double one = x->cells[sort_by], other = y->cells[sort_by];
	int r = sort_by == TOP_HELPER || one == other ? 0 : one < other ? 1 : -1;

	if (sort_by == TOP_QUEUE)
		r = -r;
	if (!r)
		r = strcmp(x->helper, y->helper);
	return r ? r
		 : (x->cells[TOP_QUEUE] > y->cells[TOP_QUEUE]) -
			       (x->cells[TOP_QUEUE] < y->cells[TOP_QUEUE]);
}

static void sort_rows(struct table *t, const struct top_view *view)
{
	sort_by = view->sort;
	qsort(t->rows, t->n, sizeof(t->rows[0]), by_column);
	for (size_t i = 0; view->reverse && i < t->n / 2; i++) {
		struct row row = t->rows[i];

		t->rows[i] = t->rows[t->n - 1 - i];
		t->rows[t->n - 1 - i] = row;
	}
}

/* ---- lines */

static void choose_columns(struct table *t, unsigned width)
{
	unsigned total = 0;

	for (unsigned i = 0; i < TOP_COLUMNS; i++) {
		t->shown[i] = true;
		total += columns[i].width;
	}
	while (width && total > width) {
		unsigned worst = 0;

		for (unsigned i = 0; i < TOP_COLUMNS; i++)
			if (t->shown[i] && columns[i].rank > columns[worst].rank)
				worst = i;
		if (!columns[worst].rank)
			return;
		t->shown[worst] = false;
		total -= columns[worst].width;
	}
}

/* Cut to the width; a colour does not count. */
static void put_line(FILE *f, const struct top_view *view, const char *code, const char *text)
{
	int width = view->columns ? (int)view->columns : (int)strlen(text);

	if (view->colour && *code)
		fprintf(f, "%s%.*s\033[0m\n", code, width, text);
	else
		fprintf(f, "%.*s\n", width, text);
}

static void put_head(FILE *f, const struct table *t, const struct value *now,
		     const struct top_view *view)
{
	char line[512], packets[32], flows[32], up[32];
	const struct value *broker = value_at(now, "broker");
	const char *state = value_is(broker, "paused")	  ? "paused"
			    : value_number(broker, "pid") ? "runs"
							  : "starting";

	snprintf(line, sizeof(line), "pinhole %.20s  up %s  broker %s  helpers %zu, paused %zu",
		 value_text(now, "version"), span_text(up, value_number(now, "uptime_ms")), state,
		 t->n, t->n_paused);
	put_line(f, view, value_is(broker, "paused") ? "\033[1;31m" : "\033[1m", line);
	snprintf(line, sizeof(line), "flows/s %s  packets/s %s  open %lld  refused %lld",
		 top_number(flows, t->flows), top_number(packets, t->packets),
		 (long long)t->open, (long long)t->refused);
	put_line(f, view, "", line);
	snprintf(line, sizeof(line), "sorted by %s%s%s%.300s", columns[view->sort].name,
		 view->reverse ? ", reversed" : "", view->note ? "  " : "",
		 view->note ? view->note : "");
	put_line(f, view, view->alarm ? "\033[1;31m" : view->note ? "\033[1;36m" : "\033[2m", line);
}

static const char *cell_text(char buf[32], const struct row *r, enum top_column c)
{
	if (r->cells[c] < 0)
		snprintf(buf, 32, "-");
	else if (c == TOP_QUEUE)
		snprintf(buf, 32, "%.0f", r->cells[c]);
	else if (c == TOP_P50 || c == TOP_P99)
		return top_time(buf, (int64_t)r->cells[c]);
	else
		return top_number(buf, r->cells[c]);
	return buf;
}

static void put_row(FILE *f, const struct table *t, const struct row *r,
		    const struct top_view *view)
{
	char line[256], cell[32];
	size_t len = 0;

	for (unsigned i = 0; i < TOP_COLUMNS; i++) {
		const char *text = r ? i == TOP_HELPER ? r->helper : cell_text(cell, r, i)
				     : columns[i].name;

		if (!t->shown[i])
			continue;
		len += (size_t)snprintf(line + len, sizeof(line) - len,
					i == TOP_HELPER ? "%-*.*s" : "%*.*s", (int)columns[i].width,
					(int)columns[i].width - (i != TOP_HELPER), text);
	}
	put_line(f, view, !r ? "\033[7m" : r->paused ? "\033[1;33m" : "", line);
}

/* How many lines are left for rows, the last one for those that are not shown. */
static unsigned put_rows(FILE *f, const struct table *t, const struct top_view *view, unsigned room)
{
	char line[128];
	unsigned used = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct row *r = &t->rows[i];
		unsigned lines = r->paused ? 2 : 1;

		if (view->rows && used + lines + (i + 1 < t->n) > room) {
			snprintf(line, sizeof(line), "and %zu more", t->n - i);
			if (used < room)
				put_line(f, view, "\033[2m", line);
			return used + 1;
		}
		put_row(f, t, r, view);
		if (r->paused) {
			snprintf(line, sizeof(line), "  paused: %.100s",
				 *r->why ? r->why : "no reason known");
			put_line(f, view, "\033[33m", line);
		}
		used += lines;
	}
	if (!t->n)
		put_line(f, view, "", "no helper is configured: pinhole list, conntrackd.conf(5)");
	return used + !t->n;
}

void top_table(const struct value *before, const struct value *now, const struct top_view *view,
	       FILE *f)
{
	static const char keys[] = "q quit  p pause  s sort  r reverse  ? help";
	static struct table t;
	unsigned used = 4, bottom = view->keys ? 2 : 0;

	t = (struct table){ 0 };
	read_table(before, now, &t);
	sort_rows(&t, view);
	choose_columns(&t, view->columns);
	put_head(f, &t, now, view);
	put_row(f, &t, NULL, view);
	used += put_rows(f, &t, view, view->rows > used + bottom ? view->rows - used - bottom : 1);
	if (!view->keys)
		return;
	for (; used + 1 < view->rows; used++)
		putc('\n', f);
	put_line(f, view, "\033[2m", keys);
}
