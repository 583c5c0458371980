/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the daemon knows of itself, and the trail, as JSON. Its schema is in doc/json.md and only ever
 * grows.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/json.h"
#include "build.h"
#include "daemon/queues.h"
#include "daemon/request.h"
#include "daemon/supervisor.h"

static void put_pid(struct json *j, const char *key, pid_t pid)
{
	if (pid)
		json_put_number(j, key, pid);
	else
		json_put_null(j, key);
}

static void put_now(struct json *j)
{
	struct timespec now;
	char text[AUDIT_TIME_SIZE];

	clock_gettime(CLOCK_REALTIME, &now);
	json_put_string(j, "time",
		    audit_time_text(text, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000));
}

/* ---- what one helper may do */

static void put_networks(struct json *j, const struct helper_policy *p)
{
	json_put_array_begin(j, "third_party");
	for (unsigned i = 0; p && i < p->n_networks; i++) {
		struct addr a = addr_from_bytes(p->networks[i].family, p->networks[i].addr);
		char text[ADDR_TEXT_SIZE], network[ADDR_TEXT_SIZE + 4];

		addr_to_text(&a, text);
		snprintf(network, sizeof(network), "%s/%u", text, p->networks[i].prefix_len);
		json_put_string(j, NULL, network);
	}
	json_put_array_end(j);
}

/* ExpectMax and ExpectTimeout are what the kernel says: the object may be older than we are. */
static void put_class(struct json *j, const struct manifest_class *class,
		      const struct helper_policy *p, const struct cthelper_policy *kernel)
{
	json_put_object_begin(j, NULL);
	json_put_string(j, "name", class->name);
	json_put_number(j, "expect_max", kernel ? kernel->max : p && p->has_max ? p->max : class->max);
	json_put_number(j, "expect_timeout",
		    kernel		  ? kernel->timeout
		    : p && p->has_timeout ? p->timeout
					  : class->timeout);
	json_put_number(j, "min_port", p && p->min_port ? p->min_port : class->min_port);
	json_put_bool(j, "permanent", class->permanent);
	json_put_bool(j, "loose", p && p->loose);
	put_networks(j, p);
	json_put_number(j, "hosts", p ? p->n_hosts : 0);
	json_put_object_end(j);
}

static const struct helper_policy *policy_of(const struct helper_type *t, const char *class)
{
	for (unsigned i = 0; i < t->n_policies; i++)
		if (!strcmp(t->policies[i].name, class))
			return &t->policies[i];
	return NULL;
}

static void put_type(struct json *j, struct supervisor *s, const struct helper_type *t,
		     const struct manifest *m)
{
	struct cthelper filter = { .has = CTHELPER_NAME | CTHELPER_TUPLE,
				   .l3 = t->l3,
				   .l4 = t->l4 };
	struct cthelper object = { 0 };
	struct budget b = budget_for(t);

	memcpy(filter.name, t->name, sizeof(filter.name));
	if (cthelper_get(&s->nl, &filter, &object) < 0)
		object.n_policies = 0;
	json_put_object_begin(j, NULL);
	json_put_string(j, "l3", cthelper_l3_word(t->l3));
	json_put_string(j, "l4", cthelper_l4_word(t->l4));
	json_put_array_begin(j, "classes");
	for (unsigned i = 0; m && i < m->n_classes; i++)
		put_class(j, &m->classes[i], policy_of(t, m->classes[i].name),
			  i < object.n_policies ? &object.policies[i] : NULL);
	json_put_array_end(j);
	json_put_object_begin(j, "budget"); /* 0: the default */
	json_put_number(j, "client", b.client);
	json_put_number(j, "server", b.server);
	json_put_number(j, "helper", b.helper);
	json_put_number(j, "rate", b.rate);
	json_put_number(j, "flow_rate", b.flow_rate);
	json_put_object_end(j);
	json_put_object_end(j);
}

/* ---- what it did */

static void put_counters(struct json *j, const struct lane_counters *c, const struct manifest *m)
{
	json_put_object_begin(j, "counters");
#define COUNTER(name, prose) json_put_number(j, #name, (int64_t)c->name);
	LANE_COUNTERS
#undef COUNTER
	json_put_object_end(j);
	json_put_object_begin(j, "refusals");
#define REFUSAL(name, prose) json_put_number(j, #name, (int64_t)c->refusals[REFUSED_##name]);
	REFUSALS
#undef REFUSAL
	json_put_object_end(j);
	json_put_object_begin(j, "notes");
	for (unsigned i = 1; m && m->notes && m->notes[i]; i++)
		json_put_number(j, m->notes[i], (int64_t)c->notes[i]);
	json_put_object_end(j);
}

/* By value: what is shared changes meanwhile. */
static void put_latency(struct json *j, struct latency copy)
{
	const struct latency *l = &copy;

	json_put_object_begin(j, "latency");
	json_put_number(j, "count", (int64_t)latency_count(l));
	json_put_number(j, "sum_us", (int64_t)l->sum);
	json_put_number(j, "p50_us", (int64_t)latency_percentile(l, 50));
	json_put_number(j, "p90_us", (int64_t)latency_percentile(l, 90));
	json_put_number(j, "p99_us", (int64_t)latency_percentile(l, 99));
	json_put_array_begin(j, "buckets");
	for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
		json_put_number(j, NULL, (int64_t)l->buckets[i]);
	json_put_array_end(j);
	json_put_object_end(j);
}

static void put_queue(struct json *j, const struct queue_row *row)
{
	if (!row) {
		json_put_null(j, "kernel_queue");
		return;
	}
	json_put_object_begin(j, "kernel_queue");
	json_put_number(j, "waiting", row->waiting);
	json_put_number(j, "dropped", row->dropped);
	json_put_number(j, "user_dropped", row->user_dropped);
	json_put_object_end(j);
}

static void put_lane(struct json *j, struct supervisor *s, unsigned lane,
		     const struct queue_table *queues)
{
	const struct lane_record *l = &s->lanes[lane];
	const struct lane_counters *c = &s->counters[lane];
	struct manifest buf;
	const struct manifest *m = lanes_manifest(&s->config, l->helper, &buf);

	json_put_object_begin(j, NULL);
	json_put_string(j, "helper", l->helper);
	json_put_number(j, "queue", l->queue_num);
	put_pid(j, "worker", l->worker);
	json_put_bool(j, "paused", l->breaker.open || s->broker_breaker.open);
	if (l->breaker.open || s->broker_breaker.open)
		json_put_string(j, "why", l->breaker.open ? l->why : "the broker failed too often");
	json_put_number(j, "open", (int64_t)c->open);
	json_put_array_begin(j, "types");
	for (size_t i = 0; i < s->config.n_types; i++)
		if (config_owns_queue(&s->config.types[i], l->queue_num) &&
		    !strcmp(s->config.types[i].name, l->helper))
			put_type(j, s, &s->config.types[i], m);
	json_put_array_end(j);
	put_counters(j, c, m);
	put_latency(j, c->latency);
	put_queue(j, queues_find(queues, l->queue_num));
	json_put_object_end(j);
}

static void print_status(struct supervisor *s, FILE *f)
{
	static struct queue_table queues;
	struct json j = json_over(f);

	queues_read(s->queues_fd, &queues);
	json_put_object_begin(&j, NULL);
	json_put_string(&j, "version", PINHOLE_VERSION);
	put_now(&j);
	json_put_number(&j, "uptime_ms", loop_now() - s->started);
	json_put_object_begin(&j, "broker");
	put_pid(&j, "pid", s->broker);
	json_put_bool(&j, "paused", s->broker_breaker.open);
	json_put_object_end(&j);
	json_put_object_begin(&j, "keeper");
	put_pid(&j, "pid", s->keeper);
	json_put_object_end(&j);
	json_put_object_begin(&j, "children");
	json_put_number(&j, "failures", s->child_failures);
	json_put_number(&j, "faults", s->child_faults);
	json_put_number(&j, "signals", s->child_signals);
	json_put_object_end(&j);
	json_put_array_begin(&j, "helpers");
	for (unsigned i = 0; i < LANES_MAX; i++)
		if (s->lanes[i].used)
			put_lane(&j, s, i, &queues);
	json_put_array_end(&j);
	json_put_object_end(&j);
	(void)json_finish(&j);
}

static void print_audit(const struct supervisor *s, FILE *f)
{
	struct audit_record *records = malloc(AUDIT_RECORDS * sizeof(*records));
	size_t n = records ? audit_collect(s->audit, records) : 0;
	struct json j = json_over(f);

	json_put_object_begin(&j, NULL);
	put_now(&j);
	json_put_number(&j, "keeps_opened", AUDIT_OPENED);
	json_put_number(&j, "keeps_refused", AUDIT_REFUSED);
	json_put_array_begin(&j, "records");
	for (size_t i = 0; i < n; i++)
		audit_json(&j, &records[i]);
	json_put_array_end(&j);
	json_put_object_end(&j);
	(void)json_finish(&j);
	free(records);
}

bool status_answer(struct supervisor *s, int request, FILE *f)
{
	switch (request) {
	case REQUEST_STATUS_JSON:
		print_status(s, f);
		return true;
	case REQUEST_AUDIT_JSON:
		print_audit(s, f);
		return true;
	case REQUEST_METRICS:
		metrics_print(s, f);
		return true;
	}
	return false;
}
