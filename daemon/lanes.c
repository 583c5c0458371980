/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How it works
 *
 * A configuration is applied in two halves. The first can fail and is taken back then: every name
 * is looked up, every new queue bound, every new helper object registered but left disabled. The
 * second does not fail as a whole: lanes are handed to the broker, workers started, helpers
 * enabled, and what the configuration no longer names is disabled and let go.
 *
 * So a helper is never enabled without a listener (the kernel would let its flows pass unconfirmed
 * and the firewall would drop their answers), and a queue that both configurations name is not
 * touched.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#include "base/log.h"
#include "daemon/supervisor.h"
#include "helpers/helper.h"
#include "netfilter/queue.h"

/* ---- what the file says, against what there is ---- */

void messages_log(const struct config_messages *m)
{
	for (size_t i = 0; i < m->num; i++)
		if (m->list[i].severity == CONFIG_ERROR)
			err("%s", m->list[i].text);
		else
			warn("%s", m->list[i].text);
}

const struct manifest *lanes_manifest(const struct config *c, const char *name, struct manifest *buf)
{
	const struct manifest *m = manifest_find(name);
	const struct helper_define *d = m ? NULL : config_find_define(c, name);

	if (d)
		query_manifest(&d->query, buf);
	return d ? buf : m;
}

static void check_type(const struct config *c, const struct helper_type *t,
		       struct config_messages *msgs)
{
	const char *path = config_file(c, t->file);
	struct manifest buf;
	const struct manifest *m = lanes_manifest(c, t->name, &buf);
	unsigned bit = t->l4 == IPPROTO_TCP ? MANIFEST_TCP : MANIFEST_UDP;

	if (!m) {
		config_complain(
			msgs, CONFIG_ERROR, path, t->line, t->name,
			"Unknown helper, expected one of those that `nfct helper add` knows, or a "
			"`Define %s { }' in the Helper section", t->name);
		return;
	}
	if (!(m->l4s & bit))
		config_complain(msgs, CONFIG_ERROR, path, t->line, t->name,
				"Unknown `%s' helper over %s, expected %s", t->name,
				cthelper_l4_word(t->l4), m->l4s & MANIFEST_TCP ? "tcp" : "udp");
	for (unsigned i = 0; i < t->n_policies; i++)
		if (manifest_class_find(m, t->policies[i].name) < 0)
			config_complain(msgs, CONFIG_ERROR, path, t->policies[i].line,
					t->policies[i].name,
					"Unknown policy in helper configuration, expected `%s'",
					m->classes[0].name);
}

static int check(const struct config *c, const char *path)
{
	struct config_messages msgs = { 0 };
	bool rules = false;
	int r;

	for (size_t i = 0; i < c->n_defines; i++)
		if (manifest_find(c->defines[i].query.name))
			config_complain(&msgs, CONFIG_ERROR, config_file(c, c->defines[i].file),
					c->defines[i].line,
					c->defines[i].query.name,
					"a built-in helper has this name, expected another one");
	for (size_t i = 0; i < c->n_types; i++) {
		check_type(c, &c->types[i], &msgs);
		rules = rules || c->types[i].by_rule;
	}
	for (size_t i = 0; rules && i < c->n_types; i++)
		if (config_owns_queue(&c->types[i], QUEUE_NOBODY))
			config_complain(&msgs, CONFIG_ERROR, config_file(c, c->types[i].file),
					c->types[i].line, NULL,
					"with `Transport rule' nobody may have queue %u", QUEUE_NOBODY);
	if (c->sync.present)
		config_complain(&msgs, CONFIG_WARNING, path, c->sync.line, "Sync",
				"synchronisation is not built yet: this section has no effect");
	if (c->stats.present)
		config_complain(&msgs, CONFIG_WARNING, path, c->stats.line, "Stats",
				"statistics mode is not built yet: this section has no effect");
	messages_log(&msgs);
	r = msgs.n_errors ? -EINVAL : 0;
	config_messages_free(&msgs);
	return r;
}

/* ---- queues ---- */

static struct lane_record *lane_of(struct supervisor *s, const struct helper_type *t, uint16_t num)
{
	for (unsigned i = 0; i < LANES_MAX; i++) {
		struct lane_record *l = &s->lanes[i];

		if (l->used && l->queue_num == num && !strcmp(l->helper, t->name))
			return l;
	}
	return NULL;
}

static struct lane_record *free_lane(struct supervisor *s)
{
	for (unsigned i = 0; i < LANES_MAX; i++)
		if (!s->lanes[i].used)
			return &s->lanes[i];
	return NULL;
}

static bool purse_is_taken(const struct supervisor *s, uint16_t purse)
{
	for (unsigned i = 0; i < LANES_MAX; i++)
		if (s->lanes[i].used && s->lanes[i].purse == purse)
			return true;
	return false;
}

/* There are as many as lanes. */
static uint16_t free_purse(const struct supervisor *s)
{
	uint16_t purse = 0;

	while (purse_is_taken(s, purse))
		purse++;
	return purse;
}

static unsigned how_of(const struct helper_type *t, const struct manifest *m)
{
	return (m->bulk ? QUEUE_GSO : 0) | (t->by_rule ? QUEUE_BY_RULE : 0) |
	       (t->l4 == IPPROTO_TCP ? QUEUE_STREAM : 0);
}

static int bind_lane(struct supervisor *s, const struct config *wanted,
		     const struct helper_type *t, uint16_t num)
{
	struct lane_record *l = lane_of(s, t, num);
	struct manifest buf;
	int r;

	if (l && t->by_rule != !!(l->how & QUEUE_BY_RULE)) {
		err("queue %u is in use: another Transport for helper `%s' needs another QueueNum",
		    num, t->name);
		return -EBUSY;
	}
	if (l) {
		l->wanted = true;
		return 0;
	}
	l = free_lane(s);
	if (!l) {
		err("more than %d queues", LANES_MAX);
		return -ENOSPC;
	}
	*l = (struct lane_record){
		.queue_num = num, .queue_len = t->queue_len, .wanted = true, .fresh = true,
		.how = how_of(t, lanes_manifest(wanted, t->name, &buf)),
		.purse = free_purse(s),
	};
	r = queue_bind(&l->queue, num, QUEUE_RANGE_MAX, t->queue_len, l->how);
	if (r < 0) {
		err_errno(r, "cannot bind queue %u for helper `%s'%s", num, t->name,
			  r == -EPERM || r == -EBUSY ? ": another process has it, see "
						       "/proc/net/netfilter/nfnetlink_queue"
						     : "");
		return r;
	}
	memcpy(l->helper, t->name, sizeof(l->helper));
	l->used = true;
	memset(&s->counters[l - s->lanes], 0, sizeof(*s->counters));
	return 0;
}

static int bind_lanes(struct supervisor *s, const struct config *wanted, const struct helper_type *t)
{
	int r = 0;

	for (uint16_t i = 0; r == 0 && i < t->n_queues; i++)
		r = bind_lane(s, wanted, t, (uint16_t)(t->queue_num + i));
	return r;
}

/* That of a lane which is older than this configuration, if there is one: accounts go on. */
static void share_purse(struct supervisor *s, const struct helper_type *t)
{
	const struct lane_record *first = lane_of(s, t, t->queue_num);

	for (uint16_t i = 1; first->fresh && i < t->n_queues; i++)
		first = lane_of(s, t, (uint16_t)(t->queue_num + i));
	for (uint16_t i = 0; i < t->n_queues; i++)
		lane_of(s, t, (uint16_t)(t->queue_num + i))->purse = first->purse;
}

static void unbind_fresh(struct supervisor *s)
{
	for (unsigned i = 0; i < LANES_MAX; i++)
		if (s->lanes[i].used && s->lanes[i].fresh) {
			nl_close(&s->lanes[i].queue);
			s->lanes[i].used = false;
		}
}

/* ---- helper objects ---- */

/* The object as the configuration wants it. What it leaves open comes from the object that exists,
 * else from the manifest. */
static struct cthelper object_of(const struct config *c, const struct helper_type *t,
				 const struct cthelper *existing)
{
	struct manifest buf;
	const struct manifest *m = lanes_manifest(c, t->name, &buf);
	struct cthelper h = {
		.has = CTHELPER_NAME | CTHELPER_TUPLE | CTHELPER_QUEUE | CTHELPER_STATE_LEN |
		       CTHELPER_POLICIES | CTHELPER_STATUS,
		.l3 = t->l3,
		.l4 = t->l4,
		.queue_num = t->queue_num,
		.state_len = m->state_len,
		.n_policies = m->n_classes,
	};

	memcpy(h.name, t->name, sizeof(h.name));
	for (unsigned i = 0; i < m->n_classes; i++) {
		snprintf(h.policies[i].name, sizeof(h.policies[i].name), "%s", m->classes[i].name);
		h.policies[i].max = m->classes[i].max;
		h.policies[i].timeout = m->classes[i].timeout;
		if (existing && i < existing->n_policies && m != &buf) /* a Define leaves nothing open */
			h.policies[i] = existing->policies[i];
	}
	for (unsigned i = 0; i < t->n_policies; i++) {
		struct cthelper_policy *p =
			&h.policies[manifest_class_find(m, t->policies[i].name)];

		if (t->policies[i].has_max)
			p->max = t->policies[i].max;
		if (t->policies[i].has_timeout)
			p->timeout = t->policies[i].timeout;
	}
	return h;
}

static void explain(struct supervisor *s, const struct cthelper *h, int r)
{
	struct cthelper_clash clash;
	char text[256];

	if (r != -EBUSY && r != -EEXIST) {
		err_errno(r, "trying to configure cthelper `%s'", h->name);
		return;
	}
	cthelper_clash(&s->nl, h, NULL, &clash);
	err("trying to configure cthelper `%s': %s", h->name,
	    cthelper_clash_text(&clash, h, text, sizeof(text)));
}

static int find(struct supervisor *s, const struct helper_type *t, struct cthelper *ret)
{
	struct cthelper filter = { .has = CTHELPER_NAME | CTHELPER_TUPLE,
				   .l3 = t->l3,
				   .l4 = t->l4 };

	memcpy(filter.name, t->name, sizeof(filter.name));
	return cthelper_get(&s->nl, &filter, ret);
}

/* The object exists afterwards; if it is new, disabled. */
static int ensure(struct supervisor *s, const struct config *c, const struct helper_type *t)
{
	struct cthelper existing, h;
	int r = find(s, t, &existing);

	if (r != -ENOENT)
		return r;
	if (!c->helper_setup && !t->attach.line) {
		err("%s:%u: helper `%s' %s %s is not registered: run `nfct helper add %s %s %s', "
		    "or say `Setup yes' in the Helper section",
		    config_file(c, t->file), t->line, t->name, cthelper_l3_word(t->l3),
		    cthelper_l4_word(t->l4), t->name, cthelper_l3_word(t->l3),
		    cthelper_l4_word(t->l4));
		return -EINVAL;
	}
	h = object_of(c, t, NULL);
	h.enabled = false;
	r = cthelper_set(&s->nl, &h, NLM_F_CREATE);
	if (r < 0)
		explain(s, &h, r);
	return r;
}

/* With a rule that queues the object only marks the flows: it stays disabled. */
static int enable(struct supervisor *s, const struct config *c, const struct helper_type *t)
{
	struct order o = { .kind = ORDER_HELPER, .l3 = t->l3, .l4 = t->l4 };
	struct cthelper existing, h;
	int r = find(s, t, &existing);

	/* First the keeper has to know, then the kernel. */
	memcpy(o.helper, t->name, sizeof(o.helper));
	if (r == 0 && !t->by_rule)
		r = order_send(s->keeper_fd, &o, sizeof(o), -1);
	if (r < 0) {
		err_errno(r, "trying to configure cthelper `%s'", t->name);
		return r;
	}
	h = object_of(c, t, &existing);
	h.enabled = !t->by_rule;
	info("configuring helper `%s' with queuenum=%u and queuelen=%u", t->name, t->queue_num,
	     t->queue_len);
	if (t->n_queues > 1)
		info("queues=%u", t->n_queues);
	for (unsigned i = 0; i < h.n_policies; i++)
		info("policy name=%s expect_timeout=%u expect_max=%u", h.policies[i].name,
		     h.policies[i].timeout, h.policies[i].max);
	r = cthelper_set(&s->nl, &h, NLM_F_CREATE);
	if (r < 0)
		explain(s, &h, r);
	else
		info("helper `%s' configured successfully", t->name);
	return r;
}

static void disable(struct supervisor *s, const struct helper_type *t)
{
	struct cthelper h = { .has = CTHELPER_NAME | CTHELPER_TUPLE | CTHELPER_STATUS,
			      .l3 = t->l3,
			      .l4 = t->l4 };

	memcpy(h.name, t->name, sizeof(h.name));
	if (cthelper_set(&s->nl, &h, 0) == 0)
		info("helper `%s' %s %s disabled", t->name, cthelper_l3_word(t->l3),
		     cthelper_l4_word(t->l4));
}

/* ---- the two halves ---- */

static int prepare(struct supervisor *s, const struct config *wanted)
{
	int r = check(wanted, s->config_path);

	if (r == 0 && wanted->n_types) {
		r = cthelper_supported(&s->nl);
		if (r == -EOPNOTSUPP)
			err("no kernel support for user-space helpers: load nfnetlink_cthelper");
		else if (r < 0)
			err_errno(r, "cannot ask the kernel for helpers");
	}
	for (size_t i = 0; r == 0 && i < wanted->n_types; i++)
		r = bind_lanes(s, wanted, &wanted->types[i]);
	for (size_t i = 0; r == 0 && i < wanted->n_types; i++)
		r = ensure(s, wanted, &wanted->types[i]);
	if (r < 0)
		unbind_fresh(s);
	return r;
}

static bool same_definition(const struct query *a, const struct query *b)
{
	return a == b || (a && b && !memcmp(a, b, sizeof(*a)));
}

/* The lane's helper becomes what the configuration says that it is. A worker of another opinion ends. */
static int define(struct supervisor *s, const struct config *wanted, uint16_t lane)
{
	struct lane_record *l = &s->lanes[lane];
	const struct helper_define *d = config_find_define(wanted, l->helper);
	const struct query *query = d ? &d->query : NULL;

	if (same_definition(query, l->defined))
		return 0;
	free(l->defined);
	l->defined = NULL;
	if (query) {
		l->defined = malloc(sizeof(*query));
		if (!l->defined)
			return -ENOMEM;
		*l->defined = *query;
	}
	if (l->fresh)
		return 0;
	children_stop_worker(s, lane);
	return children_define(s, lane);
}

static int start_fresh(struct supervisor *s, const struct config *wanted, uint16_t lane)
{
	struct lane_record *l = &s->lanes[lane];
	struct order hold = {
		.kind = ORDER_SERVE, .lane = lane, .queue = l->queue_num, .portid = l->queue.portid,
		.by_rule = l->how & QUEUE_BY_RULE
	};
	int r;

	l->fresh = false;
	r = order_send(s->keeper_fd, &hold, sizeof(hold), l->queue.fd);
	if (r == 0)
		r = children_introduce_lane(s, wanted, lane);
	if (r == 0)
		r = children_start_worker(s, lane);
	if (r < 0)
		err_errno(r, "cannot serve queue %u", l->queue_num);
	return r;
}

static void release(struct supervisor *s, uint16_t lane)
{
	struct lane_record *l = &s->lanes[lane];
	struct order o = { .kind = ORDER_RELEASE, .lane = lane };

	(void)order_send(s->on_broker.fd, &o, sizeof(o), -1);
	(void)order_send(s->keeper_fd, &o, sizeof(o), -1);
	children_stop_worker(s, lane);
	nl_close(&l->queue);
	free(l->defined);
	info("queue %u let go", l->queue_num);
	*l = (struct lane_record){ 0 };
}

static const struct helper_type *type_in(const struct config *c, const struct helper_type *t)
{
	for (size_t i = 0; i < c->n_types; i++)
		if (c->types[i].l3 == t->l3 && c->types[i].l4 == t->l4 &&
		    !strcmp(c->types[i].name, t->name))
			return &c->types[i];
	return NULL;
}

static void set_queue_len(struct supervisor *s, const struct helper_type *t)
{
	for (uint16_t i = 0; t->queue_len && i < t->n_queues; i++) {
		struct lane_record *l = lane_of(s, t, (uint16_t)(t->queue_num + i));

		if (t->queue_len == l->queue_len)
			continue;
		l->queue_len = t->queue_len;
		(void)queue_set_len(&l->queue, l->queue_num, l->queue_len);
	}
}

static int commit(struct supervisor *s, const struct config *wanted)
{
	int r = 0;

	for (size_t i = 0; i < wanted->n_types; i++)
		share_purse(s, &wanted->types[i]);
	for (uint16_t i = 0; i < LANES_MAX; i++)
		if (s->lanes[i].used && s->lanes[i].wanted) {
			tune_lane(&s->lanes[i], wanted);
			if (define(s, wanted, i) < 0)
				r = -EIO;
		}
	for (uint16_t i = 0; i < LANES_MAX; i++)
		if (s->lanes[i].used && s->lanes[i].fresh && start_fresh(s, wanted, i) < 0)
			r = -EIO;
	for (uint16_t i = 0; i < LANES_MAX; i++)
		if (s->lanes[i].used && s->lanes[i].wanted && policies_send(s, wanted, i) < 0)
			r = -EIO;
	for (size_t i = 0; i < wanted->n_types; i++) {
		set_queue_len(s, &wanted->types[i]);
		if (enable(s, wanted, &wanted->types[i]) < 0)
			r = -EIO;
	}
	for (size_t i = 0; i < s->config.n_types; i++)
		if (!type_in(wanted, &s->config.types[i]))
			disable(s, &s->config.types[i]);
	for (uint16_t i = 0; i < LANES_MAX; i++)
		if (s->lanes[i].used && !s->lanes[i].wanted)
			release(s, i);
	return r;
}

int lanes_apply(struct supervisor *s, struct config *wanted)
{
	int r;

	for (unsigned i = 0; i < LANES_MAX; i++)
		s->lanes[i].wanted = s->lanes[i].fresh = false;
	r = prepare(s, wanted);
	if (r < 0) {
		config_free(wanted);
		return r;
	}
	r = commit(s, wanted);
	config_free(&s->config);
	s->config = *wanted;
	return r;
}

void lanes_let_go(struct supervisor *s)
{
	for (size_t i = 0; i < s->config.n_types; i++)
		disable(s, &s->config.types[i]);
	for (unsigned i = 0; i < LANES_MAX; i++)
		if (s->lanes[i].used)
			queue_accept_all(&s->lanes[i].queue, s->lanes[i].queue_num, s->lanes[i].how);
}
