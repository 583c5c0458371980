/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * DHCP for IPv6, RFC 8415.
 *
 * How it works. A client sends from anywhere to port 547 of a group, or of one server, and whoever
 * answers does so to its port 546 from an address that nobody has named yet. A relay passes the
 * message on, wrapped up, and is answered at its port 547, or at the port that it sent from if it has
 * asked for that. So the message itself opens the way back, if a server would look at it.
 *
 *    0      1                  4
 *   +------+------------------+---------+
 *   | type | transaction id   | options                     from a client
 *   +------+------+-----------+--+--------------+---------+
 *   | 12   | hops | link address | peer address | options   from a relay, its option 9 is a message
 *   +------+------+--------------+--------------+---------+
 *    0      1      2              18             34
 *
 *    0      2        4
 *   +------+--------+------+
 *   | code | length | data | option
 *   +------+--------+------+
 *
 * What is opened, as nftables would say it for a client on the link fe80::/64 that has sent to the
 * group ff02::1:2:
 *
 *   ip6 saddr fe80::/64 ip6 daddr CLIENT udp dport 546 accept
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "helpers/dhcpv6/notes.h"
#include "helpers/helper.h"
#include "wire/cursor.h"

#define CLIENT_PORT 546
#define SERVER_PORT 547 /* and the relays' */
#define RELAY_FORW  12
#define HOPS_MAX    8 /* RFC 8415 7.6: HOP_COUNT_LIMIT */
#define OPTIONS_MAX 256
#define DUID_MIN    3 /* RFC 8415 11.1 */
#define DUID_MAX    130

/* Options that messages are judged by. */
enum {
	HAS_CLIENT = 1,	     /* 1: client identifier */
	HAS_SERVER = 2,	     /* 2: server identifier */
	HAS_RELAYED = 4,     /* 9: relay message */
	HAS_DHCPV4 = 8,	     /* 87: DHCPv4 message, RFC 7341 */
	HAS_SOURCE_PORT = 16 /* 135: relay source port, RFC 8357 */
};

/* Where the answer is expected. */
enum listens { LISTENS_CLIENT, LISTENS_RELAY, LISTENS_BACK };

/* What clients and relays send, and the options without which servers discard it (RFC 8415 16). */
static const struct kind {
	uint8_t type, needs, listens;
} kinds[] = {
	{ 1, HAS_CLIENT, LISTENS_CLIENT },		/* SOLICIT */
	{ 3, HAS_CLIENT | HAS_SERVER, LISTENS_CLIENT }, /* REQUEST */
	{ 4, HAS_CLIENT, LISTENS_CLIENT },		/* CONFIRM */
	{ 5, HAS_CLIENT | HAS_SERVER, LISTENS_CLIENT }, /* RENEW */
	{ 6, HAS_CLIENT, LISTENS_CLIENT },		/* REBIND */
	{ 8, HAS_CLIENT | HAS_SERVER, LISTENS_CLIENT }, /* RELEASE */
	{ 9, HAS_CLIENT | HAS_SERVER, LISTENS_CLIENT }, /* DECLINE */
	{ 11, 0, LISTENS_CLIENT },			/* INFORMATION-REQUEST */
	{ RELAY_FORW, HAS_RELAYED, LISTENS_RELAY },	/* RELAY-FORW */
	{ 14, HAS_CLIENT, LISTENS_BACK },		/* LEASEQUERY, RFC 5007 */
	{ 18, HAS_CLIENT, LISTENS_BACK },		/* RECONFIGURE-REQUEST, RFC 6977 */
	{ 20, HAS_DHCPV4, LISTENS_CLIENT },		/* DHCPV4-QUERY, RFC 7341 */
	{ 36, HAS_CLIENT, LISTENS_CLIENT },		/* ADDR-REG-INFORM, RFC 9686 */
};

/* One message, or one that a relay has wrapped up. */
struct message {
	const struct kind *kind;
	unsigned has; /* HAS_* */
	struct span relayed;
};

extern const struct manifest manifest_dhcpv6;

static const struct kind *find_kind(uint8_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

/* One host, All_DHCP_Relay_Agents_and_Servers or All_DHCP_Servers (RFC 8415 7.1). */
static bool may_be_asked(const struct addr *a)
{
	static const struct addr groups[] = {
		{ AF_INET6, { 0xff, 0x02, [13] = 1, [15] = 2 } },
		{ AF_INET6, { 0xff, 0x05, [13] = 1, [15] = 3 } },
	};

	return !addr_is_special(a) || addr_equal(a, &groups[0]) || addr_equal(a, &groups[1]);
}

static bool is_duid(const struct span *data)
{
	return data->len >= DUID_MIN && data->len <= DUID_MAX;
}

/* The HAS_* of an option, 0 if it has none. A value that cannot be poisons the cursor. */
static unsigned read_option(struct cursor *c, struct message *m)
{
	uint16_t code = cursor_be16(c);
	struct span data = { .len = cursor_be16(c) };

	data.data = cursor_bytes(c, data.len);
	switch (code) {
	case 1:
	case 2:
		if (!is_duid(&data))
			cursor_refuse(c);
		return code == 1 ? HAS_CLIENT : HAS_SERVER;
	case 9:
		m->relayed = data;
		return HAS_RELAYED;
	case 87:
		return HAS_DHCPV4;
	case 135:
		if (data.len != 2)
			cursor_refuse(c);
		return HAS_SOURCE_PORT;
	default:
		return 0;
	}
}

static void read_options(struct cursor *c, struct message *m)
{
	for (unsigned n = 0; c->left && !c->bad; n++) {
		unsigned has = read_option(c, m);

		if ((m->has & has) || n == OPTIONS_MAX)
			cursor_refuse(c);
		m->has |= has;
	}
}

/* FOUND: a server would look at it. */
static enum outcome parse_message(struct span bytes, struct message *m, struct output *out)
{
	struct cursor c = cursor_over(bytes.data, bytes.len);
	uint8_t type = cursor_u8(&c);

	*m = (struct message){ .kind = find_kind(type) };
	if (c.bad)
		return malformed(out, NOTE_HEADER);
	if (!m->kind)
		return nothing(out, NOTE_TYPE);
	cursor_skip(&c, type == RELAY_FORW ? 1 + 16 + 16 : 3);
	if (c.bad)
		return malformed(out, NOTE_HEADER);
	read_options(&c, m);
	if (c.bad)
		return malformed(out, NOTE_OPTIONS);
	if ((m->has & m->kind->needs) != m->kind->needs)
		return nothing(out, NOTE_MISSING);
	return OUTCOME_FOUND;
}

/* `m` is the outermost message. */
static enum outcome parse_relayed(const struct message *m, struct output *out)
{
	struct message inner = *m;

	for (unsigned hops = 0; inner.kind->type == RELAY_FORW; hops++) {
		enum outcome outcome;

		if (hops == HOPS_MAX)
			return malformed(out, NOTE_HOPS);
		outcome = parse_message(inner.relayed, &inner, out);
		if (outcome != OUTCOME_FOUND)
			return outcome;
	}
	return OUTCOME_FOUND;
}

static void claim_answer(const struct message *m, struct output *out)
{
	struct claim *claim = &out->claims[out->n_claims++];

	*claim = (struct claim){
		.from = PARTY_ASKED,
		.to = PARTY_CLIENT,
		.l4 = IPPROTO_UDP,
		.permanent = 1, /* several servers may answer, and one server several times */
	};
	switch ((enum listens)m->kind->listens) {
	case LISTENS_CLIENT:
		claim->port = CLIENT_PORT;
		break;
	case LISTENS_RELAY:
		if (m->has & HAS_SOURCE_PORT)
			claim->back = 1;
		else
			claim->port = SERVER_PORT;
		break;
	case LISTENS_BACK:
		claim->back = 1;
		break;
	}
}

static enum outcome parse(const struct input *in, void *state, struct output *out)
{
	struct message m;
	enum outcome outcome;

	(void)state;
	if (in->direction == DIRECTION_REPLY)
		return nothing(out, NOTE_REPLY);
	if (in->reply.sport != SERVER_PORT)
		return nothing(out, NOTE_PORT);
	if (!may_be_asked(&in->orig.dst))
		return nothing(out, NOTE_GROUP);
	outcome = parse_message((struct span){ in->data, in->len }, &m, out);
	if (outcome == OUTCOME_FOUND)
		outcome = parse_relayed(&m, out);
	if (outcome == OUTCOME_FOUND)
		claim_answer(&m, out);
	return outcome;
}

extern const struct helper helper_dhcpv6;
const struct helper helper_dhcpv6 = { .manifest = &manifest_dhcpv6, .parse = parse };
