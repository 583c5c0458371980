/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Texts of options to values.
 */
#include "cli/conntrack/values.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "cli/conntrack/report.h"

#ifndef IPS_HW_OFFLOAD
#define IPS_HW_OFFLOAD (1 << 15)
#endif

struct word {
	const char *name;
	uint32_t value;
};

static void agree(uint8_t *family, uint8_t with)
{
	if (*family != AF_UNSPEC && *family != with)
		die_usage("mismatched address family");
	*family = with;
}

static void set_mask(struct net *net, unsigned bits)
{
	for (unsigned i = 0; i < 4; i++) {
		unsigned here = bits > 32 * i ? bits - 32 * i : 0;

		net->mask[i] = here >= 32 ? UINT32_MAX
			       : here	  ? htonl(UINT32_MAX << (32 - here))
					  : 0;
	}
}

/* Family, address and a full mask; family AF_UNSPEC when it is no address. */
static struct net parse_address(const char *text)
{
	struct net net = { .family = AF_UNSPEC };

	if (inet_pton(AF_INET, text, net.addr) == 1)
		net.family = AF_INET;
	else if (inet_pton(AF_INET6, text, net.addr) == 1)
		net.family = AF_INET6;
	set_mask(&net, net.family == AF_INET6 ? 128 : 32);
	return net;
}

struct net value_net(const char *text, const char *option, bool cidr, uint8_t *family,
		     bool *ret_cidr)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN];

	if (slash && !cidr)
		die_usage("CIDR notation unavailable for `--%s'", option);
	snprintf(address, sizeof(address), "%.*s", slash ? (int)(slash - text) : (int)strlen(text),
		 text);

	struct net net = parse_address(address);

	if (net.family == AF_UNSPEC)
		die_usage("Invalid IP address `%s'", slash ? address : text);
	if (slash) {
		char *end;
		unsigned long bits = strtoul(slash + 1, &end, 10);

		if (end == slash + 1 || *end || slash[1] == '-' ||
		    bits > (net.family == AF_INET ? 32 : 128))
			die_usage("Invalid netmask");
		set_mask(&net, (unsigned)bits);
	}
	agree(family, net.family);
	*ret_cidr = slash;
	return net;
}

static uint16_t parse_port(const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (!*text)
		die_usage("No port specified after `:'");
	if (*end || *text == '-' || port > UINT16_MAX)
		die_usage("Invalid port `%s'", text);
	return htons((uint16_t)port);
}

struct nat value_nat(const char *text, uint8_t *family)
{
	struct nat nat = { .addr = { .family = AF_UNSPEC } };
	const char *colon = NULL, *end = NULL;
	char address[INET6_ADDRSTRLEN];

	if (!text)
		return nat;
	if (*text == '[') {
		end = strchr(text, ']');
		if (!end)
			die_usage("No closing ']' around IPv6 address");
		colon = end[1] == ':' ? end + 1 : NULL;
	} else if ((colon = strchr(text, ':')) && strchr(colon + 1, ':')) {
		colon = NULL; /* a bare IPv6 address */
	}
	if (colon) {
		const char *from = end ? text + 1 : text;

		snprintf(address, sizeof(address), "%.*s", (int)((end ? end : colon) - from), from);
		nat.port = parse_port(colon + 1);
	}
	nat.addr = parse_address(colon ? address : text);
	if (nat.addr.family == AF_UNSPEC)
		die_usage("Invalid IP address `%s'", colon ? address : text);
	agree(family, nat.addr.family);
	return nat;
}

uint8_t value_family(const char *text, uint8_t current)
{
	uint8_t family;

	if (!strncmp(text, "ipv4", 4))
		family = AF_INET;
	else if (!strncmp(text, "ipv6", 4))
		family = AF_INET6;
	else
		die_usage("`%s' unsupported protocol", text);
	agree(&current, family);
	return family;
}

uint32_t value_number(const char *text, uint32_t max, const char *option)
{
	char *end;

	errno = 0;
	unsigned long long value = strtoull(text, &end, 0);

	if (end == text || *end || strchr(text, '-') || errno || value > max)
		die_other("unexpected value '%s' with %s option", text, option);
	return (uint32_t)value;
}

void value_mark(const char *text, uint32_t *ret_value, uint32_t *ret_mask)
{
	const char *slash = strchr(text, '/');
	char value[32];

	snprintf(value, sizeof(value), "%.*s", slash ? (int)(slash - text) : (int)strlen(text),
		 text);
	*ret_value = value_number(value, UINT32_MAX, "-m");
	*ret_mask = slash ? value_number(slash + 1, UINT32_MAX, "-m") : UINT32_MAX;
}

/* The next element of a comma list, or NULL behind the last. A list never holds an empty one. */
static const char *next_word(const char **list, char *buf, size_t size)
{
	if (!*list)
		return NULL;

	const char *comma = strchr(*list, ',');
	size_t len = comma ? (size_t)(comma - *list) : strlen(*list);

	if (!len || len >= size)
		die_usage("Bad parameter `%s'", *list);
	memcpy(buf, *list, len);
	buf[len] = '\0';
	*list = comma ? comma + 1 : NULL;
	return buf;
}

/* The first word that begins so, in any case; NULL if none. */
static const struct word *find_word(const struct word *words, const char *text)
{
	for (; words->name; words++)
		if (!strncasecmp(words->name, text, strlen(text)))
			return words;
	return NULL;
}

static uint32_t parse_words(const char *text, const struct word *words)
{
	char buf[64];
	const char *name;
	uint32_t bits = 0;

	while ((name = next_word(&text, buf, sizeof(buf)))) {
		const struct word *word = find_word(words, name);

		if (!word)
			die_usage("Bad parameter `%s'", name);
		bits |= word->value;
	}
	return bits;
}

void value_status(const char *text, uint32_t *bits, uint32_t *mask)
{
	static const struct word words[] = {
		{ "ASSURED", IPS_ASSURED },
		{ "SEEN_REPLY", IPS_SEEN_REPLY },
		{ "UNSET", 0 },
		{ "FIXED_TIMEOUT", IPS_FIXED_TIMEOUT },
		{ "EXPECTED", IPS_EXPECTED },
		{ "OFFLOAD", IPS_OFFLOAD },
		{ "HW_OFFLOAD", IPS_HW_OFFLOAD },
		{ NULL, 0 },
	};
	static const struct word ignored[] = { { "SRC_NAT", 0 }, { "DST_NAT", 1 }, { NULL, 0 } };
	char buf[64];
	const char *name;

	while ((name = next_word(&text, buf, sizeof(buf)))) {
		bool negative = *name == '!';
		const struct word *word = find_word(words, name + negative);

		if (negative && !name[1])
			die_usage("Bad parameter `%s'", name);
		if (word) {
			*mask |= word->value;
			*bits |= negative ? 0 : word->value;
		} else if (!strcasecmp(name + negative, "UNREPLIED")) {
			*mask |= IPS_SEEN_REPLY;
			*bits |= negative ? IPS_SEEN_REPLY : 0;
		} else if ((word = find_word(ignored, name))) {
			fprintf(stderr, "WARNING: ignoring %s, use --%s-nat instead\n", word->name,
				word->value ? "dst" : "src");
		} else {
			die_usage("Bad parameter `%s'", name);
		}
	}
}

uint32_t value_events(const char *text)
{
	static const struct word words[] = {
		{ "ALL", NFCT_T_ALL },	       { "NEW", NFCT_T_NEW }, { "UPDATES", NFCT_T_UPDATE },
		{ "DESTROY", NFCT_T_DESTROY }, { NULL, 0 },
	};

	return parse_words(text, words);
}

uint32_t value_output(const char *text)
{
	static const struct word words[] = {
		{ "xml", OUTPUT_XML },
		{ "extended", OUTPUT_EXTENDED },
		{ "timestamp", OUTPUT_TIMESTAMP },
		{ "id", OUTPUT_ID },
		{ "ktimestamp", OUTPUT_KTIMESTAMP },
		{ "labels", OUTPUT_LABELS },
		{ "userspace", OUTPUT_USERSPACE },
		{ "save", OUTPUT_SAVE },
		{ "json", OUTPUT_JSON },
		{ NULL, 0 },
	};

	return parse_words(text, words);
}

uint32_t value_expect_flags(const char *text)
{
	static const struct word words[] = {
		{ "PERMANENT", NF_CT_EXPECT_PERMANENT },
		{ "INACTIVE", NF_CT_EXPECT_INACTIVE },
		{ NULL, 0 },
	};

	return parse_words(text, words);
}

void value_labels(const char *text, struct nfct_labelmap *map, struct nfct_bitmask **mask)
{
	char buf[128];
	const char *name;

	if (!*mask)
		*mask = nfct_bitmask_new(127);
	if (!*mask)
		die_other("not enough memory");
	while ((name = next_word(&text, buf, sizeof(buf)))) {
		int bit = map ? nfct_labelmap_get_bit(map, name) : -1;

		if (bit < 0)
			die_usage("unknown label '%s'", name);
		nfct_bitmask_set_bit(*mask, (unsigned)bit);
	}
}
