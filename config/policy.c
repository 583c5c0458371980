// SPDX-License-Identifier: GPL-2.0-or-later
/* Policy NAME { ExpectMax, ExpectTimeout, MinPort, Loose, ThirdParty { }, Host } of a Type. */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "config/parser.h"

/* A Policy while its block is read; lines are 0 until the item was seen. */
struct policy_target {
	struct helper_policy policy;
	uint8_t family; /* of the Type */
	unsigned max_line, timeout_line, min_port_line, loose_line;
};

static int expect_max(struct parser *p, void *target)
{
	struct policy_target *policy = target;
	struct token word;
	uint32_t max;
	int r = parser_once(p, &policy->max_line);

	if (r == 0)
		r = parser_word(p, "a number", &word);
	if (r < 0)
		return r;
	r = token_number(&word, CONFIG_EXPECT_MAX_MAX, &max);
	if (r == -EINVAL)
		return parser_error(p, &word, "expected a number, 1 to %d", CONFIG_EXPECT_MAX_MAX);
	if (r < 0)
		return parser_error(p, &word,
				    "expected 1 to %d: the kernel counts expectations of a flow in "
				    "8 bits",
				    CONFIG_EXPECT_MAX_MAX);
	if (!max)
		return parser_error(p, &word,
				    "expected 1 to %d: 0 does not mean unlimited; leave ExpectMax "
				    "out for the helper's own",
				    CONFIG_EXPECT_MAX_MAX);
	policy->policy.has_max = true;
	policy->policy.max = (uint8_t)max;
	return 0;
}

static int expect_timeout(struct parser *p, void *target)
{
	struct policy_target *policy = target;
	struct token word;
	int r = parser_once(p, &policy->timeout_line);

	if (r == 0)
		r = parser_word(p, "a number of seconds", &word);
	if (r < 0)
		return r;
	r = token_number(&word, CONFIG_EXPECT_TIMEOUT_MAX, &policy->policy.timeout);
	if (r < 0)
		return parser_error(p, &word, "expected seconds, 1 to %d",
				    CONFIG_EXPECT_TIMEOUT_MAX);
	if (!policy->policy.timeout)
		return parser_error(
			p, &word,
			"expected seconds, 1 to %d: with 0 an expectation dies at once; "
			"leave ExpectTimeout out for the helper's own",
			CONFIG_EXPECT_TIMEOUT_MAX);
	policy->policy.has_timeout = true;
	return 0;
}

static int min_port(struct parser *p, void *target)
{
	struct policy_target *policy = target;
	struct token word;
	uint32_t port;
	int r = parser_once(p, &policy->min_port_line);

	if (r == 0)
		r = parser_word(p, "a port", &word);
	if (r < 0)
		return r;
	if (token_number(&word, 65535, &port) < 0 || !port)
		return parser_error(p, &word, "expected a port, 1 to 65535");
	policy->policy.min_port = (uint16_t)port;
	return 0;
}

static int loose(struct parser *p, void *target)
{
	struct policy_target *policy = target;
	int r = parser_once(p, &policy->loose_line);

	return r < 0 ? r : parser_switch(p, &policy->policy.loose);
}

static const char *family_word(const struct policy_target *policy)
{
	return policy->family == AF_INET ? "an IPv4" : "an IPv6";
}

static int third_party(struct parser *p, void *target)
{
	struct policy_target *policy = target;
	unsigned line = p->keyword.line;
	int r = parser_open(p, "ThirdParty");

	while (r == 0 && p->token.type != TOKEN_CLOSE) {
		struct config_network *network =
			&policy->policy.networks[policy->policy.n_networks];
		struct token word;

		r = parser_end(p, "ThirdParty", line);
		if (r == 0)
			r = parser_word(p, "addresses or `}'", &word);
		if (r < 0)
			return r;
		if (policy->policy.n_networks == CONFIG_POLICY_NETWORKS_MAX)
			return parser_error(p, &word, "more than %d addresses in one policy",
					    CONFIG_POLICY_NETWORKS_MAX);
		network->family = policy->family;
		r = token_network(&word, policy->family, network->addr, &network->prefix_len);
		if (r < 0)
			return parser_error(
				p, &word, "expected %s address, with or without /n, as the Type is",
				family_word(policy));
		policy->policy.n_networks++;
	}
	if (r == 0)
		parser_next(p);
	return r;
}

static const struct config_host *find_host(const struct helper_policy *policy, const char *name)
{
	for (unsigned i = 0; i < policy->n_hosts; i++)
		if (!strcasecmp(policy->hosts[i].name, name))
			return &policy->hosts[i];
	return NULL;
}

static int host(struct parser *p, void *target)
{
	struct policy_target *policy = target;
	struct config_host host = { .family = policy->family };
	struct token name, word;
	uint8_t prefix_len;
	int r = parser_word(p, "a host name", &name);

	if (r < 0)
		return r;
	if (token_name(&name, host.name, sizeof(host.name)) < 0)
		return parser_error(p, &name, "expected a host name of at most %d characters",
				    CONFIG_HOST_SIZE - 1);
	r = parser_word(p, "its address", &word);
	if (r < 0)
		return r;
	if (memchr(word.start, '/', word.len) ||
	    token_network(&word, host.family, host.addr, &prefix_len) < 0)
		return parser_error(p, &word, "expected %s address, as the Type is",
				    family_word(policy));
	if (find_host(&policy->policy, host.name))
		return parser_error(p, &name, "host given twice");
	if (policy->policy.n_hosts == CONFIG_POLICY_HOSTS_MAX)
		return parser_error(p, &name, "more than %d hosts in one policy",
				    CONFIG_POLICY_HOSTS_MAX);
	policy->policy.hosts[policy->policy.n_hosts++] = host;
	return 0;
}

static const struct keyword policy_keywords[] = {
	CALL("ExpectMax", expect_max),	 CALL("ExpectTimeout", expect_timeout),
	CALL("MinPort", min_port),	 CALL("Loose", loose),
	CALL("ThirdParty", third_party), CALL("Host", host),
};
const struct block block_policy = BLOCK("Policy", policy_keywords);

static bool is_empty(const struct helper_policy *policy)
{
	return !policy->has_max && !policy->has_timeout && !policy->min_port && !policy->loose &&
	       !policy->n_networks && !policy->n_hosts;
}

int type_policy(struct parser *p, struct helper_type *type)
{
	struct policy_target policy = { .policy = { .line = p->keyword.line }, .family = type->l3 };
	struct token name = p->token;
	int r = parser_name(p, "policy name", policy.policy.name);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < type->n_policies; i++)
		if (!strcmp(type->policies[i].name, policy.policy.name))
			return parser_error(p, &name, "policy given twice, first in line %u",
					    type->policies[i].line);
	if (type->n_policies >= CONFIG_POLICIES_MAX)
		return parser_error(p, &name, "more than %d policies for one Type",
				    CONFIG_POLICIES_MAX);
	r = parser_block(p, &block_policy, &policy);
	if (r < 0)
		return r;
	if (is_empty(&policy.policy) && !policy.loose_line)
		return parser_error(p, &name,
				    "Helper policy configuration empty, fix your configuration "
				    "file, please: expected ExpectMax or ExpectTimeout");
	type->policies[type->n_policies++] = policy.policy;
	return 0;
}
