// SPDX-License-Identifier: GPL-2.0-or-later
/* The parser of all helpers that are defined and not written: see query.h.
 *
 * How it works: only what the flow's opener sends can be a query. It goes to one of the kinds of
 * addresses that the definition names, and its first bytes hold what the definition says. Nothing
 * in a query can choose what is opened: that is always the port that it came from. */
#include "helpers/query.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "helpers/query_notes.h"

static uint8_t kind_of(const struct addr *a)
{
	static const uint8_t everybody[4] = { 255, 255, 255, 255 };

	if (addr_is_multicast(a))
		return QUERY_MULTICAST;
	if (a->family == AF_INET && !memcmp(a->bytes, everybody, sizeof(everybody)))
		return QUERY_BROADCAST;
	return QUERY_UNICAST;
}

static bool stands_at(const struct query_bytes *b, const uint8_t *data)
{
	for (unsigned i = 0; i < b->len; i++)
		if ((data[i] & b->mask[i]) != b->bytes[i])
			return false;
	return true;
}

static bool stands_in(const struct query_bytes *b, const uint8_t *data, size_t len)
{
	for (size_t at = 0; at + b->len <= len; at++)
		if (stands_at(b, data + at))
			return true;
	return false;
}

static bool matches(const struct query_match *m, const uint8_t *data, size_t len)
{
	for (unsigned i = 0; i < m->n; i++) {
		const struct query_bytes *b = &m->any[i];

		if (m->at == QUERY_ANYWHERE
			    ? stands_in(b, data, len)
			    : len >= (size_t)m->at + b->len && stands_at(b, data + m->at))
			return true;
	}
	return false;
}

static bool is_query(const struct query *q, const uint8_t *data, size_t len)
{
	if (len > QUERY_LOOK)
		len = QUERY_LOOK;
	for (unsigned i = 0; i < q->n_matches; i++)
		if (!matches(&q->matches[i], data, len))
			return false;
	return true;
}

enum outcome query_parse(const struct input *in, void *state, struct output *out)
{
	const struct query *q = in->query;
	const uint8_t kind = kind_of(&in->orig.dst);
	/* The last address of a network looks like a host. */
	const bool may_be_network = in->orig.dst.family == AF_INET && q->asks & QUERY_BROADCAST;
	const bool one_host = kind == QUERY_UNICAST && !may_be_network;
	const uint16_t from_port = q->reply_same ? in->reply.sport : q->reply_port;

	(void)state;
	if (in->direction != DIRECTION_ORIG)
		return nothing(out, QUERY_NOTE_DIRECTION);
	if (!(q->asks & kind) && (kind != QUERY_UNICAST || one_host))
		return nothing(out, QUERY_NOTE_ADDRESS);
	if (q->network.family && q->network.family != in->orig.dst.family)
		return nothing(out, QUERY_NOTE_ADDRESS);
	if (!is_query(q, in->data, in->len))
		return nothing(out, QUERY_NOTE_PAYLOAD);
	if (one_host && !q->from_any && !q->network.family && from_port == in->reply.sport)
		return nothing(out, QUERY_NOTE_ITSELF);
	out->claims[out->n_claims++] = (struct claim){
		.from = q->from_any ? PARTY_ANY : PARTY_ASKED,
		.to = PARTY_CLIENT,
		.l4 = IPPROTO_UDP,
		.from_port = from_port,
		.permanent = !one_host,
		.back = 1,
	};
	return OUTCOME_FOUND;
}
