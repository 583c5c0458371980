// SPDX-License-Identifier: GPL-2.0-or-later
/* Budget { Client, Server, Helper, Rate, FlowRate } of a Type. */
#include "config/parser.h"

static int read_number(struct parser *p, uint32_t max, uint32_t *ret)
{
	struct token keyword = p->keyword, word;
	int r;

	if (*ret)
		return parser_error(p, &keyword, "given twice");
	r = parser_word(p, "a number", &word);
	if (r < 0)
		return r;
	if (token_number(&word, max, ret) < 0 || !*ret)
		return parser_error(p, &word,
				    "expected 1 to %u: 0 does not mean unlimited; leave %.*s out "
				    "for the default",
				    max, (int)keyword.len, keyword.start);
	return 0;
}

static int client(struct parser *p, void *target)
{
	return read_number(p, CONFIG_BUDGET_MAX, &((struct config_budget *)target)->client);
}

static int server(struct parser *p, void *target)
{
	return read_number(p, CONFIG_BUDGET_MAX, &((struct config_budget *)target)->server);
}

static int helper(struct parser *p, void *target)
{
	return read_number(p, CONFIG_BUDGET_MAX, &((struct config_budget *)target)->helper);
}

static int rate(struct parser *p, void *target)
{
	return read_number(p, CONFIG_RATE_MAX, &((struct config_budget *)target)->rate);
}

static int flow_rate(struct parser *p, void *target)
{
	return read_number(p, CONFIG_RATE_MAX, &((struct config_budget *)target)->flow_rate);
}

static const struct keyword budget_keywords[] = {
	CALL("Client", client), CALL("Server", server),	     CALL("Helper", helper),
	CALL("Rate", rate),	CALL("FlowRate", flow_rate),
};
const struct block block_budget = BLOCK("Budget", budget_keywords);

int type_budget(struct parser *p, struct helper_type *type)
{
	int r = parser_once(p, &type->budget.line);

	return r < 0 ? r : parser_block(p, &block_budget, &type->budget);
}
