/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the configuration says of a lane, as it comes in orders.
 */
#include <sys/socket.h>

#include "broker/lane.h"

void lane_set_policy(struct lane *l, const struct order *o)
{
	struct gate_policy *next = &l->next_policy;

	switch ((enum order_kind)o->kind) {
	case ORDER_NETWORK:
		gate_policy_add_network(next, &o->addr, o->prefix_len);
		break;
	case ORDER_HOST:
		gate_policy_add_host(next, o->host, &o->addr);
		break;
	case ORDER_POLICY:
		next->min_port = o->min_port;
		next->loose = o->loose;
		l->policies[o->l3 == AF_INET6][o->class] = *next;
		*next = (struct gate_policy){ 0 };
		break;
	case ORDER_SERVE:
	case ORDER_RING:
	case ORDER_BELL:
	case ORDER_WORKER:
	case ORDER_PAUSE:
	case ORDER_RELEASE:
	case ORDER_HELPER:
	case ORDER_CRASHES:
	case ORDER_BUDGET:
	case ORDER_PING:
	case ORDER_DEFINE:
		break;
	}
}

const struct gate_policy *lane_policy(const struct lane *l, const struct ct_flow *flow,
				      uint8_t class)
{
	return &l->policies[flow->orig.src.family == AF_INET6][class];
}

void lane_set_crash_policy(struct lane *l, uint16_t l3, bool drops)
{
	l->drops[l3 == AF_INET6] = drops;
	crash_forget(&l->crash);
}
