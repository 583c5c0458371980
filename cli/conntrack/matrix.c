/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which command may, must and must not have which option: one table, checked in the order of its
 * columns; the first violation is the one that is reported.
 */
#include "cli/conntrack/options.h"

#include <assert.h>

#include "cli/conntrack/report.h"

static const char *const option_names[] = {
	[OPT_SRC] = "src",
	[OPT_DST] = "dst",
	[OPT_REPLY_SRC] = "reply-src",
	[OPT_REPLY_DST] = "reply-dst",
	[OPT_PROTO] = "protonum",
	[OPT_TIMEOUT] = "timeout",
	[OPT_STATUS] = "status",
	[OPT_ZERO] = "zero",
	[OPT_EVENT_MASK] = "event-mask",
	[OPT_TUPLE_SRC] = "tuple-src",
	[OPT_TUPLE_DST] = "tuple-dst",
	[OPT_MASK_SRC] = "mask-src",
	[OPT_MASK_DST] = "mask-dst",
	[OPT_MARK] = "mark",
	[OPT_ID] = "id",
	[OPT_FAMILY] = "family",
	[OPT_SRC_NAT] = "src-nat",
	[OPT_DST_NAT] = "dst-nat",
	[OPT_OUTPUT] = "output",
	[OPT_SECMARK] = "secmark",
	[OPT_BUFFER] = "buffer-size",
	[OPT_ANY_NAT] = "any-nat",
	[OPT_ZONE] = "zone",
	[OPT_LABEL] = "label",
	[OPT_LABEL_ADD] = "label-add",
	[OPT_LABEL_DEL] = "label-del",
	[OPT_ORIG_ZONE] = "orig-zone",
	[OPT_REPLY_ZONE] = "reply-zone",
	[OPT_LABELMAP] = "labelmap",
	[OPT_HELPER] = "helper",
	[OPT_CLASS] = "class",
	[OPT_EXPECT_FLAGS] = "expect-flags",
	[OPT_MASTER_SRC] = "master-src",
	[OPT_MASTER_DST] = "master-dst",
};
static_assert(sizeof(option_names) / sizeof(option_names[0]) == OPT_MAX, "a name per option");

/* o may be, R must be, . must not, p: one full pair of -s -d or -r -q must be,
 * + may be here and must not in conntrack-tools. */
struct row {
	enum verb verb;
	bool expect;
	const char *options; /* OPT_MAX letters, in groups */
};

static const struct row matrix[] = {
	/* src dst reply-src reply-dst | protonum timeout status | zero event-mask |
	 * tuple-src tuple-dst mask-src mask-dst | mark id family | src-nat dst-nat output |
	 * secmark buffer-size any-nat | zone label label-add label-del |
	 * orig-zone reply-zone labelmap | helper class expect-flags master-src master-dst */
	{ VERB_LIST, false, "oooo o.o o. ..oo o.o ooo o.o oo.. ooo +...." },
	{ VERB_CREATE, false, "pppp RRo .. .... o.. oo. ... o.o. oo+ +...." },
	{ VERB_ADD, false, "pppp RRo .. .... o.. oo. ... o.o. oo+ +...." },
	{ VERB_UPDATE, false, "oooo ooo .. ..oo ooo oo+ ... +ooo ++o +...." },
	{ VERB_DELETE, false, "oooo ooo .. ..oo ooo ooo ..+ oo.. ooo +...." },
	{ VERB_GET, false, "pppp R.. .. .... .o. ..o ... +o.. +++ ....." },
	{ VERB_EVENT, false, "oooo o.. .o ..oo o.o ooo ooo oo.. ooo +...." },
	{ VERB_FLUSH, false, ".... ... .. .... ..o ... ... .... ... ....." },
	{ VERB_COUNT, false, ".... ... .. .... ... ... ... .... ... ....." },
	{ VERB_STATS, false, ".... ... .. .... ... ... ... .... ... ....." },
	{ VERB_LIST, true, "++.. +.. .. ..++ ..o ..o ... .... ... +..++" },
	{ VERB_CREATE, true, "RRoo RRo .. RRRR ... ... ... +... ... +++.." },
	{ VERB_DELETE, true, "RRoo R.. .. .... .++ ..+ ... +... ... ....." },
	{ VERB_GET, true, "RRoo R.. .. .... .++ ..+ ... +... ... ....." },
	{ VERB_EVENT, true, "++.. +.. .+ ..++ ..+ ..o .+. .... ... +..++" },
	{ VERB_FLUSH, true, ".... ... .. .... ... ... ... .... ... +...." },
	{ VERB_COUNT, true, "++.. +.. .. ..++ ..+ ... ... .... ... +..++" },
	{ VERB_STATS, true, ".... ... .. .... ... ... ... .... ... ....." },
	{ VERB_HELP, false, ".... o.. .. .... ... ... ... .... ... ....." },
	{ VERB_VERSION, false, ".... ... .. .... ... ... ... .... ... ....." },
};

const char *option_name(enum opt option)
{
	return option_names[option];
}

static void need(const char *name)
{
	die_usage("You need to supply the `--%s' option for this command", name);
}

static void illegal(const char *name)
{
	die_usage("Illegal option `--%s' with this command", name);
}

static void check_pair(const struct command *cmd)
{
	bool src = given(cmd, OPT_SRC), dst = given(cmd, OPT_DST);
	bool reply_src = given(cmd, OPT_REPLY_SRC), reply_dst = given(cmd, OPT_REPLY_DST);

	if ((src && dst) || (reply_src && reply_dst))
		return;
	if (!src && !dst && (reply_src || reply_dst))
		die_usage("you have to specify `--reply-src' and `--reply-dst'");
	die_usage("you have to specify `--src' and `--dst'");
}

static void check_row(const struct command *cmd, const char *row)
{
	bool pair = false;
	unsigned i = 0;

	for (; *row; row++) {
		if (*row == ' ')
			continue;
		if (*row == 'R' && !given(cmd, i))
			need(option_names[i]);
		if (*row == '.' && given(cmd, i))
			illegal(option_names[i]);
		pair |= *row == 'p';
		i++;
	}
	assert(i == OPT_MAX);
	if (pair)
		check_pair(cmd);
}

/* Column of a protocol's option rows; false when the command has none of them. */
static bool l4_row(const struct command *cmd, enum l4_row *ret_row)
{
	bool expect = cmd->table == TABLE_EXPECT;

	switch (cmd->verb) {
	case VERB_LIST:
		*ret_row = expect ? L4_ROW_EXPECT_LIST : L4_ROW_LIST;
		return true;
	case VERB_CREATE:
	case VERB_ADD:
		*ret_row = expect ? L4_ROW_EXPECT_CREATE : L4_ROW_CREATE;
		return true;
	case VERB_UPDATE:
		*ret_row = L4_ROW_UPDATE;
		return true;
	case VERB_DELETE:
		*ret_row = expect ? L4_ROW_EXPECT_GET : L4_ROW_DELETE;
		return true;
	case VERB_GET:
		*ret_row = expect ? L4_ROW_EXPECT_GET : L4_ROW_GET;
		return true;
	case VERB_EVENT:
		*ret_row = expect ? L4_ROW_EXPECT_LIST : L4_ROW_EVENT;
		return true;
	case VERB_COUNT:
		*ret_row = L4_ROW_EXPECT_LIST;
		return true;
	case VERB_NONE:
	case VERB_FLUSH:
	case VERB_STATS:
	case VERB_HELP:
	case VERB_VERSION:
		return false;
	}
	return false;
}

static void check_l4_pair(const struct command *cmd)
{
	const struct l4_values *v = &cmd->l4_values;
	bool some = l4_given(v, L4_SPORT) || l4_given(v, L4_DPORT);
	bool reply = l4_given(v, L4_REPLY_SPORT) || l4_given(v, L4_REPLY_DPORT);

	if (!cmd->l4->pair[0] || cmd->table == TABLE_EXPECT)
		return;
	if ((l4_given(v, L4_SPORT) && l4_given(v, L4_DPORT)) ||
	    (l4_given(v, L4_REPLY_SPORT) && l4_given(v, L4_REPLY_DPORT)))
		return;

	const char *const *names = !some && reply ? cmd->l4->reply_pair : cmd->l4->pair;

	die_usage("you have to specify `--%s' and `--%s'", names[0], names[1]);
}

static void check_l4(const struct command *cmd)
{
	enum l4_row row;

	if (!cmd->l4 || !l4_row(cmd, &row))
		return;
	for (const struct l4_option *o = cmd->l4->options; o->name; o++) {
		if (o->rows[row] == 'R' && !l4_given(&cmd->l4_values, o->field))
			need(o->name);
		if (o->rows[row] == '.' && l4_given(&cmd->l4_values, o->field))
			illegal(o->name);
	}
	if (row == L4_ROW_CREATE || row == L4_ROW_GET)
		check_l4_pair(cmd);
}

static void check_combinations(const struct command *cmd)
{
	const uint64_t harmless = UINT64_C(1) << OPT_ZERO | UINT64_C(1) << OPT_FAMILY |
				  UINT64_C(1) << OPT_OUTPUT | UINT64_C(1) << OPT_LABELMAP |
				  UINT64_C(1) << OPT_SRC_NAT | UINT64_C(1) << OPT_DST_NAT |
				  UINT64_C(1) << OPT_ANY_NAT;

	if (given(cmd, OPT_ZERO) && (cmd->given & ~harmless))
		die_usage("Can't use -z with filtering parameters");
	if (cmd->table != TABLE_EXPECT || cmd->verb != VERB_CREATE) {
		if (given(cmd, OPT_MASK_SRC) && !given(cmd, OPT_SRC))
			die_usage("Can't use --mask-src without --src");
		if (given(cmd, OPT_MASK_DST) && !given(cmd, OPT_DST))
			die_usage("Can't use --mask-dst without --dst");
	}
	if (given(cmd, OPT_LABEL_ADD) && given(cmd, OPT_LABEL_DEL))
		die_other("cannot use --label-add and --label-del at the same time");
}

void options_check(const struct command *cmd)
{
	bool expect = cmd->table == TABLE_EXPECT;

	if ((cmd->table == TABLE_DYING || cmd->table == TABLE_UNCONFIRMED) &&
	    cmd->verb != VERB_LIST)
		die_usage("Can't do that command with tables `dying' and `unconfirmed'");
	if (expect && cmd->verb == VERB_UPDATE)
		die_usage("Can't do --update on expectations");
	if (expect && cmd->verb == VERB_ADD)
		die_usage("Can't do --add on expectations");
	if (given(cmd, OPT_ANY_NAT) && (given(cmd, OPT_SRC_NAT) || given(cmd, OPT_DST_NAT)))
		die_usage("cannot specify `--src-nat' or `--dst-nat' with `--any-nat'");
	for (unsigned i = 0; i < sizeof(matrix) / sizeof(matrix[0]); i++)
		if (matrix[i].verb == cmd->verb && matrix[i].expect == expect)
			check_row(cmd, matrix[i].options);
	check_l4(cmd);
	check_combinations(cmd);
}
