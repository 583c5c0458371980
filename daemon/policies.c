/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the configuration allows the helper of a lane, as orders to the broker.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "daemon/supervisor.h"
#include "helpers/helper.h"

#define BROKER_PATIENCE_MS 1000

/* A policy can be more orders than the pair holds at once: then the broker gets a while to read. */
static int send_order(struct supervisor *s, const struct order *o)
{
	struct pollfd p = { .fd = s->on_broker.fd, .events = POLLOUT };
	int r;

	if (!s->broker) /* the next one is told */
		return 0;
	r = order_send(p.fd, o, sizeof(*o), -1);

	while (r == -EAGAIN && poll(&p, 1, BROKER_PATIENCE_MS) == 1)
		r = order_send(p.fd, o, sizeof(*o), -1);
	return r;
}

/* One class over one family; policy NULL: nothing is said of it. The network that a definition names
 * comes behind those of the policy. */
static int send_policy(struct supervisor *s, uint16_t lane, uint8_t l3, uint8_t class,
		       const struct helper_policy *policy, const struct query *query)
{
	struct order o = { .kind = ORDER_NETWORK, .lane = lane, .l3 = l3, .class = class };
	int r = 0;

	for (unsigned i = 0; policy && r == 0 && i < policy->n_networks; i++) {
		o.addr = addr_from_bytes(l3, policy->networks[i].addr);
		o.prefix_len = policy->networks[i].prefix_len;
		r = send_order(s, &o);
	}
	if (r == 0 && query && query->network.family == l3) {
		o.addr = query->network;
		o.prefix_len = query->prefix_len;
		r = send_order(s, &o);
	}
	o.kind = ORDER_HOST;
	for (unsigned i = 0; policy && r == 0 && i < policy->n_hosts; i++) {
		o.addr = addr_from_bytes(l3, policy->hosts[i].addr);
		memcpy(o.host, policy->hosts[i].name, sizeof(o.host));
		r = send_order(s, &o);
	}
	o.kind = ORDER_POLICY;
	o.min_port = policy ? policy->min_port : 0;
	o.loose = policy && policy->loose;
	return r < 0 ? r : send_order(s, &o);
}

static const struct helper_type *type_for(const struct config *c, const struct lane_record *l,
					  uint8_t l3)
{
	for (size_t i = 0; i < c->n_types; i++) {
		const struct helper_type *t = &c->types[i];

		if (t->l3 == l3 && config_owns_queue(t, l->queue_num) &&
		    !strcmp(t->name, l->helper))
			return t;
	}
	return NULL;
}

static const struct helper_policy *policy_for(const struct config *c, const struct lane_record *l,
					      uint8_t l3, const char *class)
{
	const struct helper_type *t = type_for(c, l, l3);

	for (unsigned i = 0; t && i < t->n_policies; i++)
		if (!strcmp(t->policies[i].name, class))
			return &t->policies[i];
	return NULL;
}

static int send_budget(struct supervisor *s, const struct config *c, uint16_t lane, uint8_t l3)
{
	struct order o = { .kind = ORDER_BUDGET,
			   .lane = lane,
			   .l3 = l3,
			   .purse = s->lanes[lane].purse,
			   .budget = budget_for(type_for(c, &s->lanes[lane], l3)) };

	return send_order(s, &o);
}

static int send_crash_policy(struct supervisor *s, const struct config *c, uint16_t lane,
			     uint8_t l3)
{
	const struct helper_type *t = type_for(c, &s->lanes[lane], l3);
	struct order o = {
		.kind = ORDER_CRASHES, .lane = lane, .l3 = l3, .drops = t && t->drops_crashes
	};

	return send_order(s, &o);
}

int policies_send(struct supervisor *s, const struct config *c, uint16_t lane)
{
	static const uint8_t l3s[] = { AF_INET, AF_INET6 };
	const struct lane_record *l = &s->lanes[lane];
	struct manifest buf;
	const struct manifest *m = lanes_manifest(c, l->helper, &buf);
	int r = 0;

	if (!m) /* its Type is about to go */
		return 0;

	for (unsigned i = 0; i < 2; i++) {
		for (uint8_t class = 0; r == 0 && class < m->n_classes; class ++)
			r = send_policy(s, lane, l3s[i], class,
					policy_for(c, l, l3s[i], m->classes[class].name), m->query);
		if (r == 0)
			r = send_budget(s, c, lane, l3s[i]);
		if (r == 0)
			r = send_crash_policy(s, c, lane, l3s[i]);
	}
	if (r < 0)
		err_errno(r, "cannot tell the broker the policies of queue %u", l->queue_num);
	return r;
}
