// SPDX-License-Identifier: GPL-2.0-or-later
/* What a definition may hold, and what a helper made of it may ever open. No parser in here. */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "helpers/query.h"
#include "helpers/query_notes.h"

const char *const query_notes[] = {
#define NOTE(name, word) [QUERY_NOTE_##name] = word,
	QUERY_NOTES
#undef NOTE
		[QUERY_N_NOTES] = NULL,
};

const char query_refuses[] =
	"payloads that are no such query, hosts that were not asked, other ports "
	"of the asking host, whatever comes later";

const char *query_opens(const struct query *q)
{
	if (q->from_any)
		return "after a query the way back to the port that it came from, for anybody";
	if (q->network.family)
		return "after a query the way back to the port that it came from, for the hosts of "
		       "one network";
	if (!(q->asks & QUERY_UNICAST))
		return "after a query the way back to the port that it came from, for the hosts of "
		       "the network that it went out to";
	return "after a query the way back to the port that it came from, for the host that was "
	       "asked or, if that was a group or broadcast address, for the hosts of the network "
	       "that it went out to";
}

static bool is_text(const char *text, size_t size)
{
	const char *end = memchr(text, '\0', size);

	if (!end || end == text)
		return false;
	for (; text < end; text++)
		if (*text < 0x20 || *text > 0x7e)
			return false;
	return true;
}

static bool bytes_check(const struct query_bytes *b)
{
	uint8_t looked_at = 0;

	if (!b->len || b->len > QUERY_BYTES_MAX)
		return false;
	for (unsigned i = 0; i < b->len; i++) {
		if (b->bytes[i] & ~b->mask[i])
			return false;
		looked_at |= b->mask[i];
	}
	return looked_at;
}

static bool match_check(const struct query_match *m)
{
	if ((m->at >= QUERY_LOOK && m->at != QUERY_ANYWHERE) || !m->n ||
	    m->n > QUERY_ALTERNATIVES_MAX)
		return false;
	for (unsigned i = 0; i < m->n; i++)
		if (!bytes_check(&m->any[i]))
			return false;
	return true;
}

static bool network_check(const struct query *q)
{
	switch (q->network.family) {
	case 0:
		return !q->prefix_len;
	case AF_INET:
		return q->prefix_len && q->prefix_len <= 32;
	case AF_INET6:
		return q->prefix_len && q->prefix_len <= 128;
	}
	return false;
}

bool query_check(const struct query *q)
{
	const uint8_t asks = QUERY_UNICAST | QUERY_MULTICAST | QUERY_BROADCAST;

	if (!is_text(q->name, sizeof(q->name)) || !is_text(q->title, sizeof(q->title)) ||
	    !is_text(q->source, sizeof(q->source)))
		return false;
	if (!q->port || !q->asks || q->asks & ~asks || !q->max || !q->timeout)
		return false;
	if (q->from_any > 1 || q->reply_same > 1 || (q->reply_same && q->reply_port))
		return false;
	if (!network_check(q) || (q->from_any && q->network.family))
		return false;
	if (q->n_matches > QUERY_MATCHES_MAX)
		return false;
	for (unsigned i = 0; i < q->n_matches; i++)
		if (!match_check(&q->matches[i]))
			return false;
	return true;
}

void query_manifest(const struct query *q, struct manifest *ret)
{
	*ret = (struct manifest){
		.name = q->name,
		.title = q->title,
		.l4s = MANIFEST_UDP,
		.port = q->port,
		.l3s = q->asks == QUERY_BROADCAST ? MANIFEST_INET : 0,
		.groups = q->asks & (QUERY_MULTICAST | QUERY_BROADCAST),
		.n_classes = 1,
		.classes = { {
			.name = q->name,
			.max = q->max,
			.timeout = q->timeout,
			.l4s = MANIFEST_UDP,
			.min_port = 1024,
			.permanent = true,
			.from_any = q->from_any,
			.back = true,
		} },
		.opens = query_opens(q),
		.refuses = query_refuses,
		.source = q->source,
		.query = q,
		.notes = query_notes,
	};
}
