// SPDX-License-Identifier: GPL-2.0-or-later
/* Helper { Setup, Define,
 *	    Type NAME l3 l4 { QueueNum, Queues, QueueLen, Transport, OnCrash, CPUAffinity, Policy, Budget,
 *				Attach } };
 * Define is in define.c, Policy in policy.c, Budget in budget.c, Attach in attach.c.
 *
 * Whether a helper or a policy of that name exists is not known here. */
#include "config/parser.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* A Type while its block is read; lines are 0 until the item was seen. */
struct type_target {
	struct helper_type type;
	struct token name;
	struct token queue; /* the number's word, else the name's: what a clash is about */
	struct token queues; /* the same of Queues */
	unsigned queue_num_line, queues_line, queue_len_line, transport_line, on_crash_line, cpus_line;
};

static int read_policy(struct parser *p, void *target)
{
	struct type_target *type = target;

	return type_policy(p, &type->type);
}

static int read_budget(struct parser *p, void *target)
{
	struct type_target *type = target;

	return type_budget(p, &type->type);
}

static int read_attach(struct parser *p, void *target)
{
	struct type_target *type = target;

	return type_attach(p, &type->type);
}

static int type_queue_num(struct parser *p, void *target)
{
	struct type_target *type = target;
	struct token word;
	uint32_t num;
	int r = parser_once(p, &type->queue_num_line);

	if (r == 0)
		r = parser_word(p, "a number", &word);
	if (r < 0)
		return r;
	if (token_number(&word, 65535, &num) < 0)
		return parser_error(p, &word, "expected a queue number, 0 to 65535");
	type->type.has_queue_num = true;
	type->type.queue_num = (uint16_t)num;
	type->queue = word;
	return 0;
}

static int type_queues(struct parser *p, void *target)
{
	struct type_target *type = target;
	struct token word;
	uint32_t num;
	int r = parser_once(p, &type->queues_line);

	if (r == 0)
		r = parser_word(p, "a number", &word);
	if (r < 0)
		return r;
	if (token_number(&word, CONFIG_QUEUES_MAX, &num) < 0 || !num)
		return parser_error(p, &word, "expected a number of queues, 1 to %d",
				    CONFIG_QUEUES_MAX);
	type->type.n_queues = (uint16_t)num;
	type->queues = word;
	return 0;
}

static int type_queue_len(struct parser *p, void *target)
{
	struct type_target *type = target;
	struct token word;
	int r = parser_once(p, &type->queue_len_line);

	if (r == 0)
		r = parser_word(p, "a number", &word);
	if (r < 0)
		return r;
	if (token_number(&word, CONFIG_QUEUE_LEN_MAX, &type->type.queue_len) < 0)
		return parser_error(p, &word, "expected a number of packets, 0 to %d",
				    CONFIG_QUEUE_LEN_MAX);
	return 0;
}

static int type_transport(struct parser *p, void *target)
{
	struct type_target *type = target;
	struct token word;
	int r = parser_once(p, &type->transport_line);

	if (r == 0)
		r = parser_word(p, "helper or rule", &word);
	if (r < 0)
		return r;
	type->type.by_rule = token_is(&word, "rule");
	if (!type->type.by_rule && !token_is(&word, "helper"))
		return parser_error(p, &word, "expected helper or rule");
	return 0;
}

static int type_on_crash(struct parser *p, void *target)
{
	struct type_target *type = target;
	struct token word;
	int r = parser_once(p, &type->on_crash_line);

	if (r == 0)
		r = parser_word(p, "accept or drop", &word);
	if (r < 0)
		return r;
	type->type.drops_crashes = token_is(&word, "drop");
	if (!type->type.drops_crashes && !token_is(&word, "accept"))
		return parser_error(p, &word, "expected accept or drop");
	return 0;
}

static int type_cpus(struct parser *p, void *target)
{
	struct type_target *type = target;
	int r = parser_once(p, &type->cpus_line);

	return r < 0 ? r : parser_cpus(p, &type->type.cpus);
}

#define IN_POLICY "expected inside of `Policy NAME { }', not directly in `Type'"
#define IN_TYPE "expected inside of `Type NAME inet|inet6 tcp|udp { }', not directly in `Helper'"

static const struct keyword type_keywords[] = {
	CALL("QueueNum", type_queue_num),
	CALL("Queues", type_queues),
	CALL("QueueLen", type_queue_len),
	CALL("Transport", type_transport),
	CALL("OnCrash", type_on_crash),
	CALL("CPUAffinity", type_cpus),
	CALL("Policy", read_policy),
	CALL("Budget", read_budget),
	CALL("Attach", read_attach),
	MISPLACED("Type", "a Type cannot stand within a Type: is a `}' missing before it?"),
	MISPLACED("Define", "a Define cannot stand within a Type: is a `}' missing before it?"),
	MISPLACED("ExpectMax", IN_POLICY),
	MISPLACED("ExpectTimeout", IN_POLICY),
	MISPLACED("MinPort", IN_POLICY),
	MISPLACED("Loose", IN_POLICY),
	MISPLACED("ThirdParty", IN_POLICY),
	MISPLACED("Host", IN_POLICY),
};
const struct block block_type = BLOCK("Type", type_keywords);

static int type_protocols(struct parser *p, struct helper_type *type)
{
	struct token word;
	int r = parser_word(p, "inet or inet6", &word);

	if (r < 0)
		return r;
	if (token_is(&word, "inet"))
		type->l3 = AF_INET;
	else if (token_is(&word, "inet6"))
		type->l3 = AF_INET6;
	else
		return parser_error(p, &word, "unknown layer 3 protocol, expected inet or inet6");
	r = parser_word(p, "tcp or udp", &word);
	if (r < 0)
		return r;
	if (token_is(&word, "tcp"))
		type->l4 = IPPROTO_TCP;
	else if (token_is(&word, "udp"))
		type->l4 = IPPROTO_UDP;
	else
		return parser_error(p, &word, "unknown layer 4 protocol, expected tcp or udp");
	return 0;
}

/* A helper object names one queue, a rule any. */
static int check_queues(struct parser *p, const struct type_target *new)
{
	const struct helper_type *type = &new->type;
	unsigned last = type->queue_num + type->n_queues - 1U;

	if (type->n_queues > 1 && !type->by_rule)
		return parser_error(p, &new->queues,
				    "the kernel's helper has one queue, expected 1 or `Transport rule'");
	if (last > 65535)
		return parser_error(p, &new->queues, "queues %u to %u, expected none above 65535",
				    type->queue_num, last);
	return 0;
}

/* The first queue that both have; -1: none. */
static int32_t shared_queue(const struct helper_type *a, const struct helper_type *b)
{
	if (config_owns_queue(a, b->queue_num))
		return b->queue_num;
	return config_owns_queue(b, a->queue_num) ? a->queue_num : -1;
}

/* Against the Types before it: no two the same, a queue belongs to one name and l4. */
static int check_type(struct parser *p, const struct type_target *new)
{
	const struct config *config = p->config;
	const struct helper_type *type = &new->type;
	const char *unset = type->has_queue_num ? "" : " (no QueueNum given)";
	char place[PARSER_PLACE_SIZE];
	size_t i;

	for (i = 0; i < config->n_types; i++) {
		const struct helper_type *old = &config->types[i];

		bool same = !strcmp(old->name, type->name) && old->l4 == type->l4;
		int32_t shared = shared_queue(old, type);

		if (same && old->l3 == type->l3)
			return parser_error(p, &new->name,
					    "Type %s %s %s given twice, first in %s",
					    type->name, type->l3 == AF_INET ? "inet" : "inet6",
					    type->l4 == IPPROTO_TCP ? "tcp" : "udp",
					    parser_place(p, old->file, old->line, place));
		if (!same && shared >= 0)
			return parser_error(p, &new->queue,
					    "queue %u%s already belongs to `%s' of %s, "
					    "expected a QueueNum of its own",
					    (unsigned)shared, unset, old->name,
					    parser_place(p, old->file, old->line, place));
		if (same && shared >= 0 && old->by_rule != type->by_rule)
			return parser_error(p, &new->queue,
					    "queue %u is shared with %s, expected the same Transport",
					    (unsigned)shared,
					    parser_place(p, old->file, old->line, place));
		if (same && shared >= 0 &&
		    (old->queue_num != type->queue_num || old->n_queues != type->n_queues))
			return parser_error(p, &new->queue,
					    "queue %u is shared with %s, expected the same QueueNum "
					    "and Queues", (unsigned)shared,
					    parser_place(p, old->file, old->line, place));
	}
	return 0;
}

static int add_type(struct parser *p, const struct type_target *type)
{
	struct config *config = p->config;
	struct helper_type *list;
	int r = check_queues(p, type);

	if (r == 0)
		r = check_type(p, type);
	if (r < 0)
		return r;
	if (config->n_types >= CONFIG_TYPES_MAX)
		return parser_error(p, &type->name, "more than %d Types", CONFIG_TYPES_MAX);
	list = realloc(config->types, (config->n_types + 1) * sizeof(*list));
	if (!list)
		return parser_no_memory(p);
	config->types = list;
	list[config->n_types++] = type->type;
	return 0;
}

static int read_type(struct parser *p)
{
	struct type_target type = { .type = { .n_queues = 1, .file = p->file_number,
					      .line = p->keyword.line } };
	int r;

	type.name = type.queue = p->token;
	r = parser_name(p, "helper name", type.type.name);
	if (r == 0)
		r = type_protocols(p, &type.type);
	if (r == 0)
		r = parser_block(p, &block_type, &type);
	return r < 0 ? r : add_type(p, &type);
}

static int read_define(struct parser *p)
{
	struct config *config = p->config;
	const struct token name = p->token;
	const struct helper_define *old;
	struct helper_define define, *list;
	char place[PARSER_PLACE_SIZE];
	int r = helper_define(p, &define);

	if (r < 0)
		return r;
	old = config_find_define(config, define.query.name);
	if (old)
		return parser_error(p, &name, "helper defined twice, first in %s",
				    parser_place(p, old->file, old->line, place));
	if (config->n_defines >= CONFIG_DEFINES_MAX)
		return parser_error(p, &name, "more than %d Defines", CONFIG_DEFINES_MAX);
	list = realloc(config->defines, (config->n_defines + 1) * sizeof(*list));
	if (!list)
		return parser_no_memory(p);
	config->defines = list;
	define.file = p->file_number;
	memcpy(&list[config->n_defines++], &define, sizeof(define));
	return 0;
}

/* A mistake ends its Type or Define only: the rest of the section is looked at too. */
static int go_on(struct parser *p, unsigned depth, int r)
{
	if (r != -EINVAL)
		return r;
	parser_skip(p, depth, &block_helper);
	return p->token.type == TOKEN_END ? r : 0;
}

static int section_type(struct parser *p, void *target)
{
	unsigned depth = p->depth;

	(void)target;
	return go_on(p, depth, read_type(p));
}

static int section_define(struct parser *p, void *target)
{
	unsigned depth = p->depth;

	(void)target;
	return go_on(p, depth, read_define(p));
}

static const struct keyword helper_keywords[] = {
	SWITCH("Setup", struct config, helper_setup),
	CALL("Type", section_type),
	CALL("Define", section_define),
	MISPLACED("QueueNum", IN_TYPE),
	MISPLACED("Queues", IN_TYPE),
	MISPLACED("QueueLen", IN_TYPE),
	MISPLACED("Transport", IN_TYPE),
	MISPLACED("OnCrash", IN_TYPE),
	MISPLACED("CPUAffinity", IN_TYPE),
	MISPLACED("Policy", IN_TYPE),
	MISPLACED("Budget", IN_TYPE),
	MISPLACED("Attach", IN_TYPE),
};
const struct block block_helper = BLOCK("Helper", helper_keywords);
