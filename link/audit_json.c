/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A record as JSON. Nothing of it is trusted, as in audit_text.c; the message is escaped before it
 * becomes a JSON string, so that whoever prints that string prints no control character.
 */
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "helpers/words.h"
#include "link/audit.h"

static void put_addr(struct json *j, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT_SIZE];

	addr_to_text(a, text);
	json_put_string(j, key, text);
}

static void put_bytes(struct json *j, const char *key, const void *data, size_t len)
{
	char escaped[LOG_BYTES_SIZE];

	json_put_string(j, key, log_bytes(escaped, data, len));
}

static void put_time(struct json *j, const char *key, int64_t ms)
{
	char text[AUDIT_TIME_SIZE];

	if (ms > 0)
		json_put_string(j, key, audit_time_text(text, ms));
	else
		json_put_null(j, key);
}

void audit_json_tuple(struct json *j, const char *key, const struct tuple *t)
{
	json_put_object_begin(j, key);
	json_put_number(j, "protocol", t->l4);
	put_addr(j, "src", &t->src);
	put_addr(j, "dst", &t->dst);
	json_put_number(j, "sport", t->sport);
	json_put_number(j, "dport", t->dport);
	json_put_object_end(j);
}

static void put_claim(struct json *j, const struct audit_record *r)
{
	const struct claim *c = &r->claim;

	json_put_object_begin(j, "claim");
	json_put_string(j, "from", party_word(c->from));
	json_put_string(j, "to", party_word(c->to));
	json_put_number(j, "protocol", c->l4);
	json_put_number(j, "port", c->port);
	json_put_number(j, "from_port", c->from_port);
	json_put_number(j, "class", c->class);
	json_put_bool(j, "permanent", c->permanent != 0);
	json_put_bool(j, "back", c->back != 0);
	json_put_bool(j, "follow", c->follow != 0);
	if (c->from == PARTY_OTHER || c->to == PARTY_OTHER)
		put_addr(j, "other", &c->other);
	if (c->to == PARTY_NAMED)
		put_bytes(j, "host", r->host, strnlen(r->host, sizeof(r->host)));
	json_put_object_end(j);
}

static void put_granted(struct json *j, const struct audit_record *r)
{
	if (r->why != REFUSED_NOT) {
		json_put_null(j, "granted");
		json_put_null(j, "nat");
		return;
	}
	audit_json_tuple(j, "granted", &r->granted);
	if (r->wild)
		json_put_number(j, "src_prefix",
			    (int64_t)(8 * addr_len(&r->granted.src)) - (int64_t)r->wild);
	if (!r->has_nat) {
		json_put_null(j, "nat");
		return;
	}
	json_put_object_begin(j, "nat");
	put_addr(j, "address", &r->nat_addr);
	json_put_number(j, "port", r->nat_port);
	json_put_bool(j, "reply", r->nat_reply != 0);
	json_put_bool(j, "keeps_source", r->nat_keeps_source != 0);
	json_put_object_end(j);
}

void audit_json(struct json *j, const struct audit_record *r)
{
	size_t len = r->len < sizeof(r->message) ? r->len : sizeof(r->message);
	char error[AUDIT_ERROR_SIZE];

	json_put_object_begin(j, NULL);
	json_put_number(j, "number", (int64_t)r->number);
	put_time(j, "time", r->when);
	json_put_string(j, "verdict", r->why == REFUSED_NOT ? "opened" : "refused");
	if (r->why != REFUSED_NOT)
		json_put_string(j, "reason", audit_verdict_word(r->why));
	json_put_string(j, "fate", fate_name(r->fate));
	put_time(j, "fate_time", r->fate_when);
	put_bytes(j, "helper", r->helper, strnlen(r->helper, sizeof(r->helper)));
	json_put_number(j, "queue", r->queue);
	json_put_number(j, "zone", r->zone);
	json_put_number(j, "flow", r->flow_id);
	audit_json_tuple(j, "original", &r->orig);
	audit_json_tuple(j, "reply", &r->reply);
	json_put_string(j, "direction", r->direction == DIRECTION_REPLY ? "reply" : "original");
	json_put_number(j, "seq", r->tcp_seq);
	json_put_number(j, "offset", r->off);
	put_claim(j, r);
	put_granted(j, r);
	json_put_string(j, "kernel", audit_error_word(error, r));
	json_put_number(j, "renewals", r->renewals);
	put_bytes(j, "message", r->message, len);
	json_put_object_end(j);
}
