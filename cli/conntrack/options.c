/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The command line: one table of commands, one of options, and the options of the protocol that
 * -p names, which are known only behind it.
 */
#include "cli/conntrack/options.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/conntrack/report.h"
#include "cli/conntrack/values.h"

static const struct verb_word {
	char letter;
	const char *name;
	enum verb verb;
} verbs[] = {
	{ 'L', "dump", VERB_LIST },	  { 'I', "create", VERB_CREATE },
	{ 'D', "delete", VERB_DELETE },	  { 'G', "get", VERB_GET },
	{ 'F', "flush", VERB_FLUSH },	  { 'E', "event", VERB_EVENT },
	{ 'C', "counter", VERB_COUNT },	  { 'S', "stats", VERB_STATS },
	{ 'U', "update", VERB_UPDATE },	  { 'A', "add", VERB_ADD },
	{ 'V', "version", VERB_VERSION }, { 'h', "help", VERB_HELP },
};

/* Takes an argument: needs it, or takes the next word if that is no option (the attached form
 * --name=WORD works as well). */
enum argument { ARG_NONE, ARG_NEEDED, ARG_OPTIONAL };

static const struct option_word {
	char letter; /* 0: none */
	enum argument argument;
	enum opt option;
	const char *alias; /* NULL: none */
} words[] = {
	{ 's', ARG_NEEDED, OPT_SRC, "orig-src" },  { 'd', ARG_NEEDED, OPT_DST, "orig-dst" },
	{ 'r', ARG_NEEDED, OPT_REPLY_SRC, NULL },  { 'q', ARG_NEEDED, OPT_REPLY_DST, NULL },
	{ 'p', ARG_NEEDED, OPT_PROTO, NULL },	   { 't', ARG_NEEDED, OPT_TIMEOUT, NULL },
	{ 'u', ARG_NEEDED, OPT_STATUS, NULL },	   { 'z', ARG_NONE, OPT_ZERO, NULL },
	{ 'e', ARG_NEEDED, OPT_EVENT_MASK, NULL }, { 0, ARG_NEEDED, OPT_TUPLE_SRC, NULL },
	{ 0, ARG_NEEDED, OPT_TUPLE_DST, NULL },	   { 0, ARG_NEEDED, OPT_MASK_SRC, NULL },
	{ 0, ARG_NEEDED, OPT_MASK_DST, NULL },	   { 'm', ARG_NEEDED, OPT_MARK, NULL },
	{ 'i', ARG_NEEDED, OPT_ID, NULL },	   { 'f', ARG_NEEDED, OPT_FAMILY, NULL },
	{ 'n', ARG_OPTIONAL, OPT_SRC_NAT, NULL },  { 'g', ARG_OPTIONAL, OPT_DST_NAT, NULL },
	{ 'o', ARG_NEEDED, OPT_OUTPUT, NULL },	   { 'c', ARG_NEEDED, OPT_SECMARK, NULL },
	{ 'b', ARG_NEEDED, OPT_BUFFER, NULL },	   { 'j', ARG_OPTIONAL, OPT_ANY_NAT, NULL },
	{ 'w', ARG_NEEDED, OPT_ZONE, NULL },	   { 'l', ARG_NEEDED, OPT_LABEL, NULL },
	{ 0, ARG_NEEDED, OPT_LABEL_ADD, NULL },	   { 0, ARG_OPTIONAL, OPT_LABEL_DEL, NULL },
	{ 0, ARG_NEEDED, OPT_ORIG_ZONE, NULL },	   { 0, ARG_NEEDED, OPT_REPLY_ZONE, NULL },
	{ 0, ARG_NEEDED, OPT_LABELMAP, NULL },	   { 0, ARG_NEEDED, OPT_HELPER, NULL },
	{ 0, ARG_NEEDED, OPT_CLASS, NULL },	   { 0, ARG_NEEDED, OPT_EXPECT_FLAGS, NULL },
	{ 0, ARG_NEEDED, OPT_MASTER_SRC, NULL },   { 0, ARG_NEEDED, OPT_MASTER_DST, NULL },
};

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* Values of getopt_long for the long forms. */
enum { CODE_VERB = 0x100, CODE_OPTION = 0x200, CODE_NAT_RANGE = 0x300, CODE_L4 = 0x400 };

#define LONG_MAX_ROOM 96 /* commands, options and aliases, options of one protocol, end */
#define LABEL_TEXTS   8

struct parser {
	struct command *cmd;
	char letters[128];
	struct option table[LONG_MAX_ROOM];
	unsigned table_len, base_len; /* the protocol's options stand behind base_len */

	/* labels are looked up at the end: --labelmap may stand behind them */
	struct {
		enum opt option;
		const char *text;
	} labels[LABEL_TEXTS];

	unsigned labels_len;
	const char *labelmap;
};

static void add_long(struct parser *p, const char *name, int has_arg, int code)
{
	if (p->table_len + 1 < LONG_MAX_ROOM)
		p->table[p->table_len++] = (struct option){ name, has_arg, NULL, code };
	p->table[p->table_len] = (struct option){ 0 };
}

static void add_letter(struct parser *p, char letter, enum argument argument)
{
	static const char *const colons[] = { "", ":", "::" };
	size_t len = strlen(p->letters);

	snprintf(p->letters + len, sizeof(p->letters) - len, "%c%s", letter, colons[argument]);
}

static void build_table(struct parser *p)
{
	static const int has_arg[] = { no_argument, required_argument, optional_argument };

	p->letters[0] = ':';
	p->letters[1] = '\0';
	for (unsigned i = 0; i < N(verbs); i++) {
		bool table = verbs[i].verb != VERB_VERSION && verbs[i].verb != VERB_HELP;

		add_letter(p, verbs[i].letter, table ? ARG_OPTIONAL : ARG_NONE);
		add_long(p, verbs[i].name, table ? optional_argument : no_argument,
			 CODE_VERB + (int)verbs[i].verb);
	}
	for (unsigned i = 0; i < N(words); i++) {
		if (words[i].letter)
			add_letter(p, words[i].letter, words[i].argument);
		add_long(p, option_name(words[i].option), has_arg[words[i].argument],
			 CODE_OPTION + (int)words[i].option);
		if (words[i].alias)
			add_long(p, words[i].alias, has_arg[words[i].argument],
				 CODE_OPTION + (int)words[i].option);
	}
	add_letter(p, 'a', ARG_NEEDED);
	add_long(p, "nat-range", required_argument, CODE_NAT_RANGE);
	p->base_len = p->table_len;
}

/* One value of getopt_long for letter and long form. */
static int canonical(int code)
{
	if (code == 'a')
		return CODE_NAT_RANGE;
	for (unsigned i = 0; i < N(verbs); i++)
		if (verbs[i].letter == code)
			return CODE_VERB + (int)verbs[i].verb;
	for (unsigned i = 0; i < N(words); i++)
		if (words[i].letter == code)
			return CODE_OPTION + (int)words[i].option;
	return code;
}

/* The attached argument, or the next word unless it is an option; NULL if neither. */
static const char *optional_word(int argc, char **argv)
{
	if (optarg)
		return optarg;
	return optind < argc && argv[optind][0] != '-' ? argv[optind++] : NULL;
}

/* The same for the table of a command, only that letters behind a letter say nothing: people type
 * `-Ln` as they do with iptables, and conntrack-tools lists the table then. */
static const char *table_word(int argc, char **argv)
{
	if (optarg && strncmp(argv[optind - 1], "--", 2) != 0)
		return NULL;
	return optional_word(argc, argv);
}

static enum table parse_table(const char *text)
{
	static const char *const names[] = { "expect", "conntrack", "dying", "unconfirmed" };

	static const enum table tables[] = { TABLE_EXPECT, TABLE_CONNTRACK, TABLE_DYING,
					     TABLE_UNCONFIRMED };

	if (!text)
		return TABLE_CONNTRACK;
	for (unsigned i = 0; i < N(names); i++)
		if (!strncmp(names[i], text, strlen(text)))
			return tables[i];
	die_usage("unknown type `%s'", text);
}

static void take_verb(struct parser *p, enum verb verb, int argc, char **argv)
{
	if (p->cmd->verb != VERB_NONE)
		die_usage("Invalid commands combination");
	p->cmd->verb = verb;
	if (verb != VERB_HELP && verb != VERB_VERSION)
		p->cmd->table = parse_table(table_word(argc, argv));
}

static void take_proto(struct parser *p, const char *text)
{
	struct command *cmd = p->cmd;

	if (!l4_resolve(text, &cmd->protonum))
		die_usage("`%s' unsupported protocol", text);
	cmd->l4 = l4_by_number(cmd->protonum);
	p->table_len = p->base_len;
	p->table[p->table_len] = (struct option){ 0 };
	for (int i = 0; cmd->l4 && cmd->l4->options[i].name; i++) {
		add_long(p, cmd->l4->options[i].name, required_argument, CODE_L4 + i);
		if (cmd->l4->options[i].alias)
			add_long(p, cmd->l4->options[i].alias, required_argument, CODE_L4 + i);
	}
}

static void take_output(struct command *cmd, const char *text)
{
	cmd->output |= value_output(text);
	if ((cmd->output & OUTPUT_SAVE) && (cmd->output & ~(uint32_t)OUTPUT_SAVE))
		die_other("cannot combine save output with any other output type, use -o save "
			  "only");
	if ((cmd->output & OUTPUT_XML) && (cmd->output & OUTPUT_JSON))
		die_other("cannot combine xml and json output");
}

static void take_labels(struct parser *p, enum opt option, const char *text)
{
	if (p->labels_len == LABEL_TEXTS)
		die_other("too many label options");
	p->labels[p->labels_len].option = option;
	p->labels[p->labels_len++].text = text;
}

/* The options whose value is an address. False: not one of them. */
static bool take_address(struct command *cmd, enum opt option, const char *text)
{
	static const struct {
		enum opt option, mask;
		size_t offset;
	} fields[] = {
		{ OPT_SRC, OPT_MASK_SRC, offsetof(struct command, src) },
		{ OPT_DST, OPT_MASK_DST, offsetof(struct command, dst) },
		{ OPT_REPLY_SRC, 0, offsetof(struct command, reply_src) },
		{ OPT_REPLY_DST, 0, offsetof(struct command, reply_dst) },
		{ OPT_TUPLE_SRC, OPT_MASK_SRC, offsetof(struct command, tuple_src) },
		{ OPT_TUPLE_DST, OPT_MASK_DST, offsetof(struct command, tuple_dst) },
		{ OPT_MASK_SRC, 0, offsetof(struct command, mask_src) },
		{ OPT_MASK_DST, 0, offsetof(struct command, mask_dst) },
		{ OPT_MASTER_SRC, OPT_MASTER_SRC, offsetof(struct command, master_src) },
		{ OPT_MASTER_DST, OPT_MASTER_DST, offsetof(struct command, master_dst) },
	};

	for (unsigned i = 0; i < N(fields); i++) {
		if (fields[i].option != option)
			continue;

		struct net *net = (struct net *)((char *)cmd + fields[i].offset);
		bool cidr;

		*net = value_net(text, option_name(option), fields[i].mask, &cmd->family, &cidr);
		if (cidr)
			cmd->given |= UINT64_C(1) << fields[i].mask;
		return true;
	}
	return false;
}

static uint16_t take_zone(const char *text, const char *option)
{
	return (uint16_t)value_number(text, UINT16_MAX, option);
}

static void take_helper(struct command *cmd, const char *text)
{
	if (!*text || strlen(text) >= sizeof(cmd->helper))
		die_usage("Bad parameter `%s'", text);
	snprintf(cmd->helper, sizeof(cmd->helper), "%s", text);
}

/* Longer than a screen: one case per option, each of one step. */
static void take_option(struct parser *p, enum opt option, int argc, char **argv)
{
	struct command *cmd = p->cmd;

	cmd->given |= UINT64_C(1) << option;
	if (take_address(cmd, option, optarg))
		return;
	switch (option) {
	case OPT_PROTO:
		take_proto(p, optarg);
		break;
	case OPT_STATUS:
		value_status(optarg, &cmd->status, &cmd->status_mask);
		break;
	case OPT_ZERO:
		break;
	case OPT_EVENT_MASK:
		cmd->events |= value_events(optarg);
		break;
	case OPT_MARK:
		value_mark(optarg, &cmd->mark, &cmd->mark_mask);
		break;
	case OPT_FAMILY:
		cmd->family = value_family(optarg, cmd->family);
		break;
	case OPT_SRC_NAT:
		cmd->snat = value_nat(optional_word(argc, argv), &cmd->family);
		break;
	case OPT_DST_NAT:
		cmd->dnat = value_nat(optional_word(argc, argv), &cmd->family);
		break;
	case OPT_ANY_NAT:
		cmd->anynat = value_nat(optional_word(argc, argv), &cmd->family);
		break;
	case OPT_OUTPUT:
		take_output(cmd, optarg);
		break;
	case OPT_LABEL:
	case OPT_LABEL_ADD:
		take_labels(p, option, optarg);
		break;
	case OPT_LABEL_DEL:
		take_labels(p, option, optional_word(argc, argv));
		break;
	case OPT_LABELMAP:
		if (p->labelmap)
			die_usage("option `--labelmap' can only be specified once");
		p->labelmap = optarg;
		break;
	case OPT_HELPER:
		take_helper(cmd, optarg);
		break;
	case OPT_EXPECT_FLAGS:
		cmd->expect_flags |= value_expect_flags(optarg);
		break;
	case OPT_TIMEOUT:
		cmd->timeout = (uint32_t)strtoul(optarg, NULL, 10); /* not checked, as ever */
		break;
	case OPT_ID:
		cmd->id = value_number(optarg, UINT32_MAX, "-i");
		break;
	case OPT_SECMARK:
		cmd->secmark = value_number(optarg, UINT32_MAX, "-c");
		break;
	case OPT_BUFFER:
		cmd->buffer = value_number(optarg, INT32_MAX, "-b");
		break;
	case OPT_ZONE:
		cmd->zone = take_zone(optarg, "-w");
		break;
	case OPT_ORIG_ZONE:
		cmd->orig_zone = take_zone(optarg, "--orig-zone");
		break;
	case OPT_REPLY_ZONE:
		cmd->reply_zone = take_zone(optarg, "--reply-zone");
		break;
	case OPT_CLASS:
		cmd->class = value_number(optarg, UINT8_MAX, "--class");
		break;
	case OPT_SRC:
	case OPT_DST:
	case OPT_REPLY_SRC:
	case OPT_REPLY_DST:
	case OPT_TUPLE_SRC:
	case OPT_TUPLE_DST:
	case OPT_MASK_SRC:
	case OPT_MASK_DST:
	case OPT_MASTER_SRC:
	case OPT_MASTER_DST:
		break; /* taken above */
	}
}

static void load_labels(struct parser *p)
{
	struct command *cmd = p->cmd;

	if (p->labels_len || p->labelmap || (cmd->output & OUTPUT_LABELS)) {
		errno = 0; /* it stays so for a file without labels */
		cmd->labelmap = nfct_labelmap_new(p->labelmap);
		if (!cmd->labelmap && errno)
			perror("nfct_labelmap_new");
	}
	for (unsigned i = 0; i < p->labels_len; i++) {
		enum opt option = p->labels[i].option;
		struct nfct_bitmask **mask = option == OPT_LABEL       ? &cmd->labels
					     : option == OPT_LABEL_ADD ? &cmd->label_add
								       : &cmd->label_del;

		if (p->labels[i].text)
			value_labels(p->labels[i].text, cmd->labelmap, mask);
	}
}

/* What follows from all options together. */
static void complete(struct parser *p)
{
	struct command *cmd = p->cmd;

	if (cmd->verb == VERB_NONE)
		cmd->verb = VERB_HELP;
	if (cmd->family == AF_UNSPEC && ((cmd->table == TABLE_EXPECT && cmd->verb != VERB_EVENT) ||
					 cmd->verb == VERB_CREATE || cmd->verb == VERB_ADD))
		cmd->family = AF_INET;
	load_labels(p);
	options_check(cmd);
	if (cmd->table == TABLE_EXPECT && cmd->verb == VERB_CREATE)
		return; /* there the masks are the expectation's */
	if (cmd->mask_src.family != AF_UNSPEC)
		memcpy(cmd->src.mask, cmd->mask_src.addr, sizeof(cmd->src.mask));
	if (cmd->mask_dst.family != AF_UNSPEC)
		memcpy(cmd->dst.mask, cmd->mask_dst.addr, sizeof(cmd->dst.mask));
}

void options_parse(struct command *ret_cmd, int argc, char **argv)
{
	struct parser p = { .cmd = ret_cmd };
	int code;

	build_table(&p);
	opterr = 0;
	optind = 0; /* begin anew: --load-file parses many lines */
	while ((code = getopt_long(argc, argv, p.letters, p.table, NULL)) >= 0) {
		if (code == '?')
			die_usage("unknown option `%s'", argv[optind - 1]);
		if (code == ':')
			die_usage("option `%s' requires an argument", argv[optind - 1]);
		code = canonical(code);
		if (code >= CODE_L4)
			l4_take(ret_cmd->l4, &ret_cmd->l4->options[code - CODE_L4], optarg,
				&ret_cmd->l4_values);
		else if (code == CODE_NAT_RANGE)
			fprintf(stderr, "WARNING: ignoring -%c, deprecated option.\n", 'a');
		else if (code >= CODE_OPTION)
			take_option(&p, (enum opt)(code - CODE_OPTION), argc, argv);
		else
			take_verb(&p, (enum verb)(code - CODE_VERB), argc, argv);
	}
	complete(&p);
}

void command_clear(struct command *cmd)
{
	if (cmd->labels)
		nfct_bitmask_destroy(cmd->labels);
	if (cmd->label_add)
		nfct_bitmask_destroy(cmd->label_add);
	if (cmd->label_del)
		nfct_bitmask_destroy(cmd->label_del);
	if (cmd->labelmap)
		nfct_labelmap_destroy(cmd->labelmap);
	cmd->labels = cmd->label_add = cmd->label_del = NULL;
	cmd->labelmap = NULL;
}
