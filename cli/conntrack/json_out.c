/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The JSON schema of flows and expectations. It is documented in conntrack(8) and only ever grows.
 */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/conntrack/print.h"

struct side {
	const char *name;
	enum nf_conntrack_attr_grp src, dst;
	enum nf_conntrack_attr sport, dport, packets, bytes, zone;
};

static const struct side sides[] = {
	{ "original", ATTR_GRP_ORIG_ADDR_SRC, ATTR_GRP_ORIG_ADDR_DST, ATTR_ORIG_PORT_SRC,
	  ATTR_ORIG_PORT_DST, ATTR_ORIG_COUNTER_PACKETS, ATTR_ORIG_COUNTER_BYTES, ATTR_ORIG_ZONE },
	{ "reply", ATTR_GRP_REPL_ADDR_SRC, ATTR_GRP_REPL_ADDR_DST, ATTR_REPL_PORT_SRC,
	  ATTR_REPL_PORT_DST, ATTR_REPL_COUNTER_PACKETS, ATTR_REPL_COUNTER_BYTES, ATTR_REPL_ZONE },
};

static void put_address(struct json *json, const char *key, const struct nf_conntrack *ct,
			enum nf_conntrack_attr_grp group)
{
	uint8_t family = nfct_get_attr_u8(ct, ATTR_ORIG_L3PROTO);
	union nfct_attr_grp_addr addr = { 0 };
	char text[INET6_ADDRSTRLEN];

	if (nfct_get_attr_grp(ct, group, &addr) == 0 &&
	    inet_ntop(family, &addr, text, sizeof(text)))
		json_put_string(json, key, text);
}

static void put_u8(struct json *json, const char *key, const struct nf_conntrack *ct,
		   enum nf_conntrack_attr attr)
{
	if (nfct_attr_is_set(ct, attr))
		json_put_number(json, key, nfct_get_attr_u8(ct, attr));
}

static void put_u32(struct json *json, const char *key, const struct nf_conntrack *ct,
		    enum nf_conntrack_attr attr)
{
	if (nfct_attr_is_set(ct, attr))
		json_put_number(json, key, nfct_get_attr_u32(ct, attr));
}

static void put_u64(struct json *json, const char *key, const struct nf_conntrack *ct,
		    enum nf_conntrack_attr attr)
{
	if (nfct_attr_is_set(ct, attr))
		json_put_number(json, key, (int64_t)nfct_get_attr_u64(ct, attr));
}

static void put_port(struct json *json, const char *key, const struct nf_conntrack *ct,
		     enum nf_conntrack_attr attr)
{
	if (nfct_attr_is_set(ct, attr))
		json_put_number(json, key, ntohs(nfct_get_attr_u16(ct, attr)));
}

/* Addresses and protocol fields of one direction, without the object's brackets. */
static void put_tuple(struct json *json, const struct nf_conntrack *ct, const struct side *side)
{
	uint8_t protonum = nfct_get_attr_u8(ct, ATTR_ORIG_L4PROTO);
	bool gre = protonum == IPPROTO_GRE;

	put_address(json, "src", ct, side->src);
	put_address(json, "dst", ct, side->dst);
	put_port(json, gre ? "srckey" : "sport", ct, side->sport);
	put_port(json, gre ? "dstkey" : "dport", ct, side->dport);
	if (protonum == IPPROTO_ICMP || protonum == IPPROTO_ICMPV6) {
		uint8_t type = nfct_get_attr_u8(ct, ATTR_ICMP_TYPE);

		if (nfct_attr_is_set(ct, ATTR_ICMP_TYPE))
			json_put_number(json, "type",
				    side == &sides[1] ? l4_icmp_answer(protonum, type) : type);
		put_u8(json, "code", ct, ATTR_ICMP_CODE);
		put_port(json, "id", ct, ATTR_ICMP_ID);
	}
}

static void put_protocol(struct json *json, const struct nf_conntrack *ct)
{
	uint8_t protonum = nfct_get_attr_u8(ct, ATTR_ORIG_L4PROTO);
	const char *name = l4_name(protonum);

	json_put_string(json, "family",
		    nfct_get_attr_u8(ct, ATTR_ORIG_L3PROTO) == AF_INET6 ? "ipv6" : "ipv4");
	json_put_string(json, "protocol", name ? name : "unknown");
	json_put_number(json, "protonum", protonum);
}

static void put_state(struct json *json, const struct nf_conntrack *ct)
{
	const struct l4 *l4 = l4_by_number(nfct_get_attr_u8(ct, ATTR_ORIG_L4PROTO));
	enum nf_conntrack_attr attr = l4 && l4->protonum == IPPROTO_SCTP   ? ATTR_SCTP_STATE
				      : l4 && l4->protonum == IPPROTO_DCCP ? ATTR_DCCP_STATE
									   : ATTR_TCP_STATE;
	unsigned n = 0;

	if (!l4 || !l4->states || !nfct_attr_is_set(ct, attr))
		return;
	while (l4->states[n] && n < nfct_get_attr_u8(ct, attr))
		n++;
	json_put_string(json, "state", l4->states[n] ? l4->states[n] : "UNKNOWN");
}

static void put_status(struct json *json, const struct nf_conntrack *ct)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} bits[] = {
		{ IPS_EXPECTED, "expected" },
		{ IPS_SEEN_REPLY, "seen_reply" },
		{ IPS_ASSURED, "assured" },
		{ IPS_CONFIRMED, "confirmed" },
		{ IPS_SRC_NAT, "src_nat" },
		{ IPS_DST_NAT, "dst_nat" },
		{ IPS_SEQ_ADJUST, "seq_adjust" },
		{ IPS_DYING, "dying" },
		{ IPS_FIXED_TIMEOUT, "fixed_timeout" },
		{ IPS_HELPER, "helper" },
		{ IPS_OFFLOAD, "offload" },
		{ IPS_HW_OFFLOAD, "hw_offload" },
	};

	uint32_t status = nfct_get_attr_u32(ct, ATTR_STATUS);

	if (!nfct_attr_is_set(ct, ATTR_STATUS))
		return;
	json_put_array_begin(json, "status");
	for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (status & bits[i].bit)
			json_put_string(json, NULL, bits[i].name);
	json_put_array_end(json);
}

static void put_labels(struct json *json, const struct nf_conntrack *ct, struct nfct_labelmap *map)
{
	const struct nfct_bitmask *labels =
		nfct_attr_is_set(ct, ATTR_CONNLABELS) ? nfct_get_attr(ct, ATTR_CONNLABELS) : NULL;

	if (!labels || !map)
		return;
	json_put_array_begin(json, "labels");
	for (unsigned i = 0; i <= nfct_bitmask_maxbit(labels); i++) {
		const char *name = nfct_bitmask_test_bit(labels, i) ? nfct_labelmap_get_name(map, i)
								    : NULL;

		if (name && *name)
			json_put_string(json, NULL, name);
	}
	json_put_array_end(json);
}

static void put_meta(struct json *json, const struct nf_conntrack *ct)
{
	put_u32(json, "mark", ct, ATTR_MARK);
	put_u32(json, "secmark", ct, ATTR_SECMARK);
	if (nfct_attr_is_set(ct, ATTR_SECCTX))
		json_put_string(json, "secctx", nfct_get_attr(ct, ATTR_SECCTX));
	if (nfct_attr_is_set(ct, ATTR_ZONE))
		json_put_number(json, "zone", nfct_get_attr_u16(ct, ATTR_ZONE));
	if (nfct_attr_is_set(ct, ATTR_HELPER_NAME))
		json_put_string(json, "helper", nfct_get_attr(ct, ATTR_HELPER_NAME));
	put_u64(json, "start_ns", ct, ATTR_TIMESTAMP_START);
	put_u64(json, "stop_ns", ct, ATTR_TIMESTAMP_STOP);
	put_u32(json, "use", ct, ATTR_USE);
	put_u32(json, "id", ct, ATTR_ID);
}

static void put_event(struct json *json, const char *event, uint64_t time_us)
{
	if (event)
		json_put_string(json, "event", event);
	if (time_us)
		json_put_number(json, "timestamp_us", (int64_t)time_us);
}

void print_flow_json(struct json *json, const struct nf_conntrack *ct, const char *event,
		     uint64_t time_us, struct nfct_labelmap *map)
{
	json_put_object_begin(json, NULL);
	put_event(json, event, time_us);
	put_protocol(json, ct);
	put_u32(json, "timeout", ct, ATTR_TIMEOUT);
	put_state(json, ct);
	for (unsigned i = 0; i < 2; i++) {
		json_put_object_begin(json, sides[i].name);
		put_tuple(json, ct, &sides[i]);
		if (nfct_attr_is_set(ct, sides[i].zone))
			json_put_number(json, "zone", nfct_get_attr_u16(ct, sides[i].zone));
		put_u64(json, "packets", ct, sides[i].packets);
		put_u64(json, "bytes", ct, sides[i].bytes);
		json_put_object_end(json);
	}
	put_status(json, ct);
	put_meta(json, ct);
	put_labels(json, ct, map);
	json_put_object_end(json);
}

static void put_expect_tuple(struct json *json, const char *key, const struct nf_expect *exp,
			     enum nf_expect_attr attr)
{
	json_put_object_begin(json, key);
	if (nfexp_attr_is_set(exp, attr))
		put_tuple(json, nfexp_get_attr(exp, attr), &sides[0]);
	json_put_object_end(json);
}

static void put_expect_flags(struct json *json, const struct nf_expect *exp)
{
	static const char *const names[] = { "permanent", "inactive", "userspace" };
	uint32_t flags = nfexp_get_attr_u32(exp, ATTR_EXP_FLAGS);

	json_put_array_begin(json, "flags");
	for (unsigned i = 0; i < 3; i++)
		if (flags >> i & 1)
			json_put_string(json, NULL, names[i]);
	json_put_array_end(json);
}

void print_expect_json(struct json *json, const struct nf_expect *exp, const char *event,
		       uint64_t time_us, uint32_t id)
{
	const struct nf_conntrack *master = nfexp_get_attr(exp, ATTR_EXP_MASTER);

	json_put_object_begin(json, NULL);
	put_event(json, event, time_us);
	if (nfexp_attr_is_set(exp, ATTR_EXP_EXPECTED))
		put_protocol(json, nfexp_get_attr(exp, ATTR_EXP_EXPECTED));
	if (nfexp_attr_is_set(exp, ATTR_EXP_TIMEOUT))
		json_put_number(json, "timeout", nfexp_get_attr_u32(exp, ATTR_EXP_TIMEOUT));
	put_expect_tuple(json, "tuple", exp, ATTR_EXP_EXPECTED);
	put_expect_tuple(json, "mask", exp, ATTR_EXP_MASK);
	json_put_object_begin(json, "master");
	if (nfexp_attr_is_set(exp, ATTR_EXP_MASTER)) {
		put_protocol(json, master);
		put_tuple(json, master, &sides[0]);
	}
	json_put_object_end(json);
	if (nfexp_attr_is_set(exp, ATTR_EXP_ZONE))
		json_put_number(json, "zone", nfexp_get_attr_u16(exp, ATTR_EXP_ZONE));
	put_expect_flags(json, exp);
	if (nfexp_attr_is_set(exp, ATTR_EXP_CLASS))
		json_put_number(json, "class", nfexp_get_attr_u32(exp, ATTR_EXP_CLASS));
	if (nfexp_attr_is_set(exp, ATTR_EXP_HELPER_NAME))
		json_put_string(json, "helper", nfexp_get_attr(exp, ATTR_EXP_HELPER_NAME));
	if (nfexp_attr_is_set(exp, ATTR_EXP_NAT_TUPLE)) {
		put_expect_tuple(json, "nat_tuple", exp, ATTR_EXP_NAT_TUPLE);
		json_put_string(json, "nat_direction",
			    nfexp_get_attr_u32(exp, ATTR_EXP_NAT_DIR) ? "reply" : "original");
	}
	if (nfexp_attr_is_set(exp, ATTR_EXP_FN))
		json_put_string(json, "function", nfexp_get_attr(exp, ATTR_EXP_FN));
	json_put_number(json, "id", id);
	json_put_object_end(json);
}
