/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The counters in the text format of OpenMetrics 1.0: a family at a time, its samples for each queue
 * behind its name and prose, which come from the tables in link/counters.h.
 */
#include <inttypes.h>
#include <string.h>

#include "build.h"
#include "daemon/queues.h"
#include "daemon/supervisor.h"

/* Behind a backslash what would end the text. */
static void put_escaped(FILE *f, const char *text)
{
	for (; *text; text++)
		if (*text == '\n')
			fputs("\\n", f);
		else if (*text == '"' || *text == '\\')
			fprintf(f, "\\%c", *text);
		else
			putc(*text, f);
}

static void put_family(FILE *f, const char *type, const char *name, const char *prose)
{
	fprintf(f, "# TYPE pinhole_%s %s\n# HELP pinhole_%s ", name, type, name);
	put_escaped(f, prose);
	putc('\n', f);
}

static void put_labels(FILE *f, const struct lane_record *l)
{
	fputs("{helper=\"", f);
	put_escaped(f, l->helper);
	fprintf(f, "\",queue=\"%u\"", l->queue_num);
}

static void put_sample(FILE *f, const char *name, const char *suffix, const struct lane_record *l,
		       uint64_t value)
{
	fprintf(f, "pinhole_%s%s", name, suffix);
	put_labels(f, l);
	fprintf(f, "} %" PRIu64 "\n", value);
}

/* One with a further label; what never was is left out. */
static void put_some(FILE *f, const char *name, const struct lane_record *l, const char *label,
		     const char *word, uint64_t value)
{
	if (!value)
		return;
	fprintf(f, "pinhole_%s_total", name);
	put_labels(f, l);
	fprintf(f, ",%s=\"%s\"} %" PRIu64 "\n", label, word, value);
}

#define FOR_EACH_LANE(s, i) for (unsigned i = 0; i < LANES_MAX; i++) if ((s)->lanes[i].used)

static void put_counters(const struct supervisor *s, FILE *f)
{
#define COUNTER(name, prose)                                                                       \
	put_family(f, "counter", #name, prose);                                                    \
	FOR_EACH_LANE(s, i) put_sample(f, #name, "_total", &s->lanes[i], s->counters[i].name);
	LANE_COUNTERS
#undef COUNTER
}

static void put_reasons(const struct supervisor *s, FILE *f)
{
	put_family(f, "counter", "refusals", "claims that policy refused, by reason");
	FOR_EACH_LANE(s, i) {
#define REFUSAL(name, prose)                                                                       \
	put_some(f, "refusals", &s->lanes[i], "reason", #name,                                     \
		 s->counters[i].refusals[REFUSED_##name]);
		REFUSALS
#undef REFUSAL
	}
	put_family(f, "counter", "notes", "messages that opened nothing, by what the parser says of them");
	FOR_EACH_LANE(s, i) {
		struct manifest buf;
		const struct manifest *m = lanes_manifest(&s->config, s->lanes[i].helper, &buf);

		for (unsigned n = 1; m && m->notes && m->notes[n]; n++)
			put_some(f, "notes", &s->lanes[i], "note", m->notes[n],
				 s->counters[i].notes[n]);
	}
}

static void put_gauges(const struct supervisor *s, FILE *f)
{
	put_family(f, "gauge", "open", "expectations that are there now");
	FOR_EACH_LANE(s, i) put_sample(f, "open", "", &s->lanes[i], s->counters[i].open);
	put_family(f, "gauge", "paused", "1 while the helper pauses: its traffic passes, nothing is opened");
	FOR_EACH_LANE(s, i) put_sample(f, "paused", "", &s->lanes[i],
				       s->lanes[i].breaker.open || s->broker_breaker.open);
	put_family(f, "gauge", "worker_up", "1 while a worker runs");
	FOR_EACH_LANE(s, i) put_sample(f, "worker_up", "", &s->lanes[i], s->lanes[i].worker != 0);
}

static void put_histogram(FILE *f, const struct lane_record *l, const struct latency *latency)
{
	static const char name[] = "pinhole_verdict_seconds";
	uint64_t n = 0;

	for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
		n += latency->buckets[i];
		fprintf(f, "%s_bucket", name);
		put_labels(f, l);
		if (i == LATENCY_BUCKETS - 1)
			fprintf(f, ",le=\"+Inf\"} %" PRIu64 "\n", n);
		else
			fprintf(f, ",le=\"%.6f\"} %" PRIu64 "\n", (double)(1u << i) / 1e6, n);
	}
	fprintf(f, "%s_count", name);
	put_labels(f, l);
	fprintf(f, "} %" PRIu64 "\n%s_sum", n, name);
	put_labels(f, l);
	fprintf(f, "} %" PRIu64 ".%06" PRIu64 "\n", latency->sum / 1000000, latency->sum % 1000000);
}

static void put_latency(const struct supervisor *s, FILE *f)
{
	fputs("# TYPE pinhole_verdict_seconds histogram\n# UNIT pinhole_verdict_seconds seconds\n"
	      "# HELP pinhole_verdict_seconds time from reading a packet to sending its verdict\n", f);
	FOR_EACH_LANE(s, i) {
		struct latency copy = s->counters[i].latency; /* it is counted on meanwhile */

		put_histogram(f, &s->lanes[i], &copy);
	}
}

/* As the kernel's table has them; without that, none. */
static void put_queues(const struct supervisor *s, FILE *f)
{
	static const struct {
		const char *type, *name, *suffix, *prose;
		size_t at;
	} columns[] = {
		{ "gauge", "queue_waiting", "", "packets in the kernel's queue without a verdict",
		  offsetof(struct queue_row, waiting) },
		{ "counter", "queue_dropped", "_total", "packets that found the kernel's queue full",
		  offsetof(struct queue_row, dropped) },
		{ "counter", "queue_user_dropped", "_total",
		  "packets that found the socket's buffer full",
		  offsetof(struct queue_row, user_dropped) },
	};
	static struct queue_table queues;

	queues_read(s->queues_fd, &queues);
	for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++) {
		put_family(f, columns[c].type, columns[c].name, columns[c].prose);
		FOR_EACH_LANE(s, i) {
			const struct queue_row *row = queues_find(&queues, s->lanes[i].queue_num);

			if (row)
				put_sample(f, columns[c].name, columns[c].suffix, &s->lanes[i],
					   *(const uint32_t *)(const void *)((const char *)row +
									     columns[c].at));
		}
	}
}

static void put_daemon(const struct supervisor *s, FILE *f)
{
	int64_t uptime = loop_now() - s->started;

	put_family(f, "info", "build", "the daemon's version");
	fprintf(f, "pinhole_build_info{version=\"%s\"} 1\n", PINHOLE_VERSION);
	fputs("# TYPE pinhole_uptime_seconds gauge\n# UNIT pinhole_uptime_seconds seconds\n"
	      "# HELP pinhole_uptime_seconds how long the daemon has been running\n", f);
	fprintf(f, "pinhole_uptime_seconds %" PRId64 ".%03d\n", uptime / 1000, (int)(uptime % 1000));
	put_family(f, "gauge", "broker_up", "1 while the broker runs");
	fprintf(f, "pinhole_broker_up %d\n", s->broker != 0);
	put_family(f, "counter", "children_failed", "processes of the daemon that ended with a failure");
	fprintf(f, "pinhole_children_failed_total{how=\"status\"} %u\n"
		   "pinhole_children_failed_total{how=\"segfault\"} %u\n"
		   "pinhole_children_failed_total{how=\"signal\"} %u\n",
		s->child_failures, s->child_faults, s->child_signals);
}

void metrics_print(struct supervisor *s, FILE *f)
{
	put_daemon(s, f);
	put_counters(s, f);
	put_reasons(s, f);
	put_gauges(s, f);
	put_queues(s, f);
	put_latency(s, f);
	fputs("# EOF\n", f);
}
