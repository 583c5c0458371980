/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Words of the command line against records.
 */
#include "cli/pinhole/asked.h"

#include <netinet/in.h>
#include <string.h>

#include "wire/text.h"

/* ---- words */

static const char *take_port(const char *text, size_t len, uint16_t *ret)
{
	uint32_t port = 0;

	if (text_get_decimal(text, len, UINT16_MAX, &port) != len || !port)
		return "is no port, 1 to 65535";
	*ret = (uint16_t)port;
	return NULL;
}

static const char *take_address(const char *text, size_t len, struct addr *ret)
{
	return addr_from_text(text, len, ret) ? NULL : "is no address, IPv4 or IPv6";
}

static const char *take_protocol(const char *text, uint8_t *ret)
{
	uint32_t number = 0;

	if (!strcmp(text, "tcp"))
		*ret = IPPROTO_TCP;
	else if (!strcmp(text, "udp"))
		*ret = IPPROTO_UDP;
	else if (text_get_decimal(text, strlen(text), UINT8_MAX, &number) == strlen(text) && number)
		*ret = (uint8_t)number;
	else
		return "is no protocol: tcp, udp, or a number";
	return NULL;
}

static const char *take_pair(const char *word, struct asked *ret)
{
	static const struct {
		const char *key;
		char what;
	} keys[] = { { "src=", 's' },
		     { "dst=", 'd' },
		     { "sport=", 'S' },
		     { "dport=", 'D' },
		     { "proto=", 'p' } };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t len = strlen(keys[i].key);
		const char *text = word + len;

		if (strncmp(word, keys[i].key, len) != 0)
			continue;
		switch (keys[i].what) {
		case 's':
			return take_address(text, strlen(text), &ret->src);
		case 'd':
			return take_address(text, strlen(text), &ret->dst);
		case 'S':
			return take_port(text, strlen(text), &ret->sport);
		case 'D':
			return take_port(text, strlen(text), &ret->dport);
		}
		return take_protocol(text, &ret->l4);
	}
	return "is none of src= dst= sport= dport= proto=";
}

const char *asked_word(const char *word, struct asked *ret)
{
	const char *colon = strrchr(word, ':');
	size_t len = colon ? (size_t)(colon - word) : 0;

	if (strchr(word, '='))
		return take_pair(word, ret);
	if (word[strspn(word, "0123456789")] == '\0')
		return take_port(word, strlen(word), &ret->dport);
	if (addr_from_text(word, strlen(word), &ret->dst))
		return NULL;
	if (!colon)
		return "is no port, no address, and no ADDRESS:PORT";
	if (word[0] == '[' && len >= 2 && word[len - 1] == ']') {
		if (take_address(word + 1, len - 2, &ret->dst))
			return "is no [ADDRESS]:PORT";
	} else if (take_address(word, len, &ret->dst)) {
		return "is no ADDRESS:PORT; IPv6 is written [ADDRESS]:PORT";
	}
	return take_port(colon + 1, strlen(colon + 1), &ret->dport);
}

/* ---- records */

static bool is_said(const struct addr *a)
{
	return a->family != 0;
}

static bool port_fits(uint16_t asked, uint16_t port)
{
	return !asked || asked == port;
}

/* Does one of the places that a pinhole leads to fit? */
static bool leads_to(const struct asked *a, const struct addr *dst, uint16_t dport)
{
	return port_fits(a->dport, dport) && (!is_said(&a->dst) || addr_equal(&a->dst, dst));
}

/* Both names that NAT gives a party of the control connection. */
static bool claim_leads_to(const struct asked *a, const struct record *r)
{
	if (!strcmp(r->to, "other"))
		return leads_to(a, &r->other, r->port);
	if (!strcmp(r->to, "client"))
		return leads_to(a, &r->original.src, r->port) ||
		       leads_to(a, &r->answer.dst, r->port);
	return leads_to(a, &r->original.dst, r->port) || leads_to(a, &r->answer.src, r->port);
}

static bool claim_comes_from(const struct asked *a, const struct record *r)
{
	if (!strcmp(r->from, "client"))
		return addr_equal(&a->src, &r->original.src) || addr_equal(&a->src, &r->answer.dst);
	if (!strcmp(r->from, "server"))
		return addr_equal(&a->src, &r->original.dst) || addr_equal(&a->src, &r->answer.src);
	return r->refused; /* anybody; what was granted is known better */
}

static bool comes_from(const struct asked *a, const struct record *r)
{
	static const uint8_t any[16];
	struct prefix from = { .addr = r->granted.src, .len = (uint8_t)r->src_prefix };

	if (!is_said(&a->src))
		return true;
	if (r->refused)
		return claim_comes_from(a, r);
	if (!r->src_prefix && memcmp(from.addr.bytes, any, sizeof(any)) != 0)
		from.len = (uint8_t)(8 * addr_len(&from.addr));
	return prefix_has(&from, &a->src) || claim_comes_from(a, r);
}

bool asked_matches(const struct asked *a, const struct record *r)
{
	uint8_t l4 = r->refused ? r->l4 : r->granted.l4;

	if ((a->l4 && a->l4 != l4) || !comes_from(a, r))
		return false;
	if (a->sport && !r->refused && r->granted.sport && a->sport != r->granted.sport)
		return false;
	if (claim_leads_to(a, r)) /* where NAT leads it is where it was claimed to lead */
		return true;
	return !r->refused && leads_to(a, &r->granted.dst, r->granted.dport);
}
