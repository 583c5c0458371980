/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Attempts on the gate and the renderer: well-formed answers, mostly, that ask for what they must
 * not have. What is within policy asks for port 2049 and the next seven, so that anything else among
 * the kernel's expectations is a hole. The payload holds the texts "2049" and "00042".
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/sandbox/attempt.h"

#define ALLOWED_PORT 2049

/* A claim that policy allows, to be spoilt. */
static struct claim *claim(struct scene *s)
{
	struct claim *c = &s->answer.claims[s->answer.n_claims++];

	*c = (struct claim){
		.from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = IPPROTO_TCP, .port = ALLOWED_PORT
	};
	s->answer.outcome = OUTCOME_FOUND;
	return c;
}

#define SPOILS(name, member, value)         \
	static bool name(struct scene *s)   \
	{                                   \
		claim(s)->member = (value); \
		return true;                \
	}

static bool other(struct scene *s, const char *text)
{
	struct claim *c = claim(s);

	c->to = PARTY_OTHER;
	return addr_from_text(text, strlen(text), &c->other);
}

#define LEADS_TO(name, text)              \
	static bool name(struct scene *s) \
	{                                 \
		return other(s, text);    \
	}

LEADS_TO(third_party, "192.0.2.77")
LEADS_TO(loopback, "127.0.0.1") /* allowed by policy, these three */
LEADS_TO(multicast, "224.0.0.1")
LEADS_TO(broadcast, "255.255.255.255")
LEADS_TO(other_family, "fd02::2")
LEADS_TO(mapped, "::ffff:10.2.0.2")
SPOILS(no_family, to, PARTY_OTHER)
SPOILS(address_of_server, other.family, AF_INET)
SPOILS(to_any, to, PARTY_ANY)
SPOILS(no_party, to, 255)
SPOILS(to_itself, to, PARTY_CLIENT)
SPOILS(any_source, from, PARTY_ANY)
SPOILS(port_0, port, 0)
SPOILS(port_22, port, 22)
SPOILS(port_1023, port, 1023)
SPOILS(port_3389, port, 3389)
SPOILS(port_6063, port, 6063)
SPOILS(control_port, port, 1521)
SPOILS(udp, l4, IPPROTO_UDP)
SPOILS(sctp, l4, IPPROTO_SCTP)
SPOILS(class_1, class, 1)
SPOILS(permanent, permanent, 1)
SPOILS(permanent_2, permanent, 2)
SPOILS(nameless, to, PARTY_NAMED)
SPOILS(asked_server, from, PARTY_ASKED)
SPOILS(to_asked, to, PARTY_ASKED)
SPOILS(followed, follow, 1)
SPOILS(followed_2, follow, 2)
SPOILS(back_with_port, back, 1)

/* To the client, whoever asks. */
static struct claim *back(struct scene *s)
{
	struct claim *c = claim(s);

	c->from = PARTY_ASKED;
	c->to = PARTY_CLIENT;
	c->l4 = IPPROTO_UDP;
	c->port = 0;
	c->back = 1;
	return c;
}

static bool leads_back(struct scene *s)
{
	return back(s) != NULL;
}

static bool asked_client(struct scene *s)
{
	struct claim *c = back(s);

	c->back = 0;
	c->port = ALLOWED_PORT;
	return true;
}

static bool back_edited(struct scene *s)
{
	back(s);
	s->answer.edits[s->answer.n_edits++] =
		(struct edit){ .off = 0, .len = 2, .form = EDIT_BE16_PORT };
	return true;
}

static bool from_other(struct scene *s)
{
	struct claim *c = claim(s);

	c->from = PARTY_OTHER;
	return addr_from_text("10.2.0.2", 8, &c->other);
}

static bool named(struct scene *s)
{
	claim(s)->to = PARTY_NAMED;
	memcpy(s->answer.host, "db.example", 10);
	return true;
}

static bool named_from_server(struct scene *s)
{
	named(s);
	s->answer.claims[0].from = PARTY_SERVER;
	return true;
}

static bool name_with_blank(struct scene *s)
{
	named(s);
	s->answer.host[2] = ' ';
	return true;
}

static bool claims_8(struct scene *s)
{
	for (uint16_t i = 0; i < OUTPUT_CLAIMS_MAX; i++)
		claim(s)->port = (uint16_t)(ALLOWED_PORT + i);
	return true;
}

static bool claims_255(struct scene *s)
{
	claims_8(s);
	s->answer.n_claims = 255;
	return true;
}

/* ---- edits */

static struct edit *edit(struct scene *s, uint32_t off, uint32_t len, uint8_t form)
{
	struct edit *e = &s->answer.edits[s->answer.n_edits++];

	*e = (struct edit){ .off = off, .len = len, .form = form };
	return e;
}

/* Where a text stands in the payload. */
static uint32_t find(const struct scene *s, const char *text)
{
	const uint8_t *at = memmem(s->payload, s->packet.len, text, strlen(text));

	return at ? (uint32_t)(at - s->payload) : EDIT_ELSEWHERE - 1;
}

static bool edit_port(struct scene *s)
{
	claim(s);
	edit(s, find(s, "2049"), 4, EDIT_DECIMAL_PORT);
	return true;
}

#define EDITS(name, off, len, form)            \
	static bool name(struct scene *s)      \
	{                                      \
		claim(s);                      \
		edit(s, (off), (len), (form)); \
		return true;                   \
	}

EDITS(edit_wrong_bytes, 0, 4, EDIT_DECIMAL_PORT)
EDITS(edit_address, 0, 9, EDIT_ADDRESS)
EDITS(edit_behind, s->packet.len, 4, EDIT_DECIMAL_PORT)
EDITS(edit_far, LINK_PAYLOAD_MAX + 1, 4, EDIT_DECIMAL_PORT)
EDITS(edit_no_length, 0, 0, EDIT_DECIMAL_PORT)
EDITS(edit_form, 0, 4, EDIT_LAST + 1)

static bool edit_overlaps(struct scene *s)
{
	edit_port(s);
	edit(s, s->answer.edits[0].off + 3, 4, EDIT_DECIMAL_PORT);
	return true;
}

static bool edit_no_claim(struct scene *s)
{
	edit_port(s);
	s->answer.edits[0].claim = 1;
	return true;
}

static bool edit_before(struct scene *s)
{
	edit_port(s);
	s->answer.back = UINT16_MAX;
	return true;
}

/* A length that nothing adds to: as it stands, zeros in front or not. */
static bool edit_length(struct scene *s)
{
	edit(s, find(s, "00042"), 5, EDIT_DECIMAL_LENGTH)->cover = 4;
	return true;
}

static bool hold_and_claim(struct scene *s)
{
	claim(s);
	s->answer.hold = 1;
	return true;
}

#define REFUSED(name, tell, why)                        \
	{                                               \
		name, tell, END_REFUSED, WHERE_UDP, why \
	}
#define BROKEN(name, tell)                                 \
	{                                                  \
		name, tell, END_VIOLATION, WHERE_ANY, NULL \
	}

const struct attempt gate_attempts[] = {
	REFUSED("third-party", third_party, "third_party"),
	REFUSED("other-family", other_family, "third_party"),
	REFUSED("mapped-address", mapped, "third_party"),
	REFUSED("from-third-party", from_other, "third_party"),
	REFUSED("to-itself", to_itself, "third_party"),
	REFUSED("named-from-server", named_from_server, "third_party"),
	REFUSED("loopback", loopback, "special_address"),
	REFUSED("multicast", multicast, "special_address"),
	REFUSED("broadcast", broadcast, "special_address"),
	REFUSED("any-source", any_source, "any_source"),
	REFUSED("asked-to-server", asked_server, "back"),
	REFUSED("followed", followed, "follow"),
	{ "asked-to-client", asked_client, END_REFUSED, WHERE_UDP, "back" },
	{ "leads-back", leads_back, END_REFUSED, WHERE_UDP, "back" },
	REFUSED("port-0", port_0, "low_port"),
	REFUSED("port-22", port_22, "low_port"),
	REFUSED("port-1023", port_1023, "low_port"),
	REFUSED("port-3389", port_3389, "denied_port"),
	REFUSED("port-6063", port_6063, "denied_port"),
	REFUSED("control-port", control_port, "denied_port"),
	{ "ftp-udp", udp, END_REFUSED, WHERE_FTP, "protocol" },
	{ "ftp-permanent", permanent, END_REFUSED, WHERE_FTP, "permanent" },
	{ "ftp-any-source", any_source, END_REFUSED, WHERE_FTP, "any_source" },
	{ "ftp-third-party", third_party, END_REFUSED, WHERE_FTP, "third_party" },
	{ "named-unknown", named, END_OPENED, WHERE_TCP, NULL },
	{ "claims-8", claims_8, END_OPENED, WHERE_TCP, NULL },
	{ "edit-without-nat", edit_port, END_OPENED, WHERE_TCP, NULL },
	{ "edit-wrong-bytes-without-nat", edit_wrong_bytes, END_OPENED, WHERE_TCP, NULL },
	{ "edit-length-without-nat", edit_length, END_NOTHING, WHERE_UDP, NULL },
	{ "hold-and-claim", hold_and_claim, END_OPENED, WHERE_TCP, NULL },
	BROKEN("no-family", no_family),
	BROKEN("address-of-server", address_of_server),
	BROKEN("to-any", to_any),
	BROKEN("no-party", no_party),
	BROKEN("nameless", nameless),
	BROKEN("name-with-blank", name_with_blank),
	BROKEN("sctp", sctp),
	BROKEN("class-1", class_1),
	BROKEN("to-asked", to_asked),
	BROKEN("followed-2", followed_2),
	BROKEN("back-with-port", back_with_port),
	BROKEN("back-edited", back_edited),
	BROKEN("permanent-2", permanent_2),
	BROKEN("claims-255", claims_255),
	BROKEN("edit-far", edit_far),
	BROKEN("edit-no-length", edit_no_length),
	BROKEN("edit-form", edit_form),
	BROKEN("edit-overlaps", edit_overlaps),
	BROKEN("edit-no-claim", edit_no_claim),
	{ "nat-edit-port", edit_port, END_OPENED, WHERE_NAT, NULL },
	{ "nat-edit-wrong-bytes", edit_wrong_bytes, END_REFUSED, WHERE_NAT, "not_editable" },
	{ "nat-edit-address", edit_address, END_REFUSED, WHERE_NAT, "not_editable" },
	{ "nat-edit-behind", edit_behind, END_REFUSED, WHERE_NAT, "not_editable" },
	{ "nat-edit-before", edit_before, END_OPENED, WHERE_NAT, NULL },
	{ "nat-edit-length", edit_length, END_NOTHING, WHERE_NAT, NULL },
	{ "nat-hold-and-claim", hold_and_claim, END_OPENED, WHERE_NAT, NULL },
	{ NULL, NULL, 0, 0, NULL },
};
