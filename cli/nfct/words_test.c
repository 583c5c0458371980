/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/nfct/words.h"

#include "tests/unit/tap.h"

#define ARGS_MAX 12

/* Splits at spaces; "''" is the empty word. */
static enum words parse(const char *line, struct call *ret, const char **ret_word)
{
	static char copy[256], nfct[] = "nfct";
	static char *argv[ARGS_MAX];
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	argv[argc++] = nfct;
	for (char *word = copy; word && *word && argc < ARGS_MAX;) {
		char *end = strchr(word, ' ');

		if (end)
			*end++ = '\0';
		if (strcmp(word, "''") == 0)
			*word = '\0';
		argv[argc++] = word;
		word = end;
	}
	return words_parse(argc, argv, ret, ret_word);
}

static void test_pairs(void)
{
	static const struct {
		const char *line;
		enum command command;
		enum subsystem subsystem;
	} rows[] = {
		{ "list helper", COMMAND_LIST, SUBSYSTEM_HELPER },
		{ "helper list", COMMAND_LIST, SUBSYSTEM_HELPER },
		{ "h l", COMMAND_LIST, SUBSYSTEM_HELPER },
		{ "l h", COMMAND_LIST, SUBSYSTEM_HELPER },
		{ "t l", COMMAND_LIST, SUBSYSTEM_TIMEOUT },
		{ "l ''", COMMAND_LIST, SUBSYSTEM_TIMEOUT },
		{ "'' ''", COMMAND_LIST, SUBSYSTEM_TIMEOUT },
		{ "d h", COMMAND_DELETE, SUBSYSTEM_HELPER },
		{ "del helper", COMMAND_DELETE, SUBSYSTEM_HELPER },
		{ "di h", COMMAND_DISABLE, SUBSYSTEM_HELPER },
		{ "def t", COMMAND_DEFAULT_SET, SUBSYSTEM_TIMEOUT },
		{ "default-g t", COMMAND_DEFAULT_GET, SUBSYSTEM_TIMEOUT },
		{ "a h", COMMAND_ADD, SUBSYSTEM_HELPER },
		{ "g h", COMMAND_GET, SUBSYSTEM_HELPER },
		{ "f h", COMMAND_FLUSH, SUBSYSTEM_HELPER },
		{ "e h", COMMAND_ENABLE, SUBSYSTEM_HELPER },
		{ "version list", COMMAND_LIST, SUBSYSTEM_VERSION },
		{ "v l", COMMAND_LIST, SUBSYSTEM_VERSION },
		{ "help list", COMMAND_LIST, SUBSYSTEM_HELP },
		{ "list help", COMMAND_LIST, SUBSYSTEM_HELP },
		{ "help helper", COMMAND_LIST, SUBSYSTEM_HELP },
		{ "he list", COMMAND_LIST, SUBSYSTEM_HELPER },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call call;
		const char *word;

		is_int(parse(rows[i].line, &call, &word), WORDS_OK, "%s: understood", rows[i].line);
		is_int(call.command, rows[i].command, "%s: command", rows[i].line);
		is_int(call.subsystem, rows[i].subsystem, "%s: subsystem", rows[i].line);
	}
}

static void test_refused(void)
{
	static const struct {
		const char *line;
		enum words why;
		const char *word;
	} rows[] = {
		{ "", WORDS_FEW, NULL },
		{ "version", WORDS_FEW, NULL },
		{ "list -o json", WORDS_FEW, NULL },
		{ "foo list", WORDS_BAD_SUBSYSTEM, "foo" },
		{ "list foo", WORDS_BAD_SUBSYSTEM, "foo" },
		{ "foo bar", WORDS_BAD_SUBSYSTEM, "foo" },
		{ "list list", WORDS_BAD_SUBSYSTEM, "list" },
		{ "lists helper", WORDS_BAD_SUBSYSTEM, "lists" },
		{ "version x", WORDS_BAD_COMMAND, "x" },
		{ "helper foo", WORDS_BAD_COMMAND, "foo" },
		{ "timeout helper", WORDS_BAD_COMMAND, "helper" },
		{ "list helper -o", WORDS_MISSING_FORMAT, NULL },
		{ "list helper -C", WORDS_MISSING_CONFIG, NULL },
		{ "list helper --config", WORDS_MISSING_CONFIG, NULL },
		{ "list helper -o xml", WORDS_BAD_FORMAT, "xml" },
		{ "list helper --output=xml", WORDS_BAD_FORMAT, "xml" },
		{ "--help", WORDS_HELP, NULL },
		{ "-V", WORDS_VERSION, NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call call;
		const char *word;

		is_int(parse(rows[i].line, &call, &word), rows[i].why, "'%s' is refused",
		       rows[i].line);
		is_str(word ? word : "", rows[i].word ? rows[i].word : "", "'%s': word",
		       rows[i].line);
	}
}

static void test_rest(void)
{
	struct call call;
	const char *word;

	parse("-o json add timeout t inet tcp close -5 --force", &call, &word);
	ok(call.json && call.force, "options are taken wherever they stand");
	is_int(call.argc, 5, "and are not among the arguments");
	is_str(call.argv[0], "t", "first argument");
	is_str(call.argv[4], "-5", "a negative number is no option");
	parse("-C a add helper --config b x --output json", &call, &word);
	is_str(call.config, "b", "the last file holds");
	ok(call.json && call.argc == 1, "beside a format");
	parse("add helper --config=c/d x --output=json", &call, &word);
	is_str(call.config, "c/d", "the other spelling");
	ok(call.json && call.argc == 1, "of both");
	parse("list helper", &call, &word);
	ok(!call.config, "no file by default");
	ok(!call.json && !call.force && call.argc == 0, "nothing there by default");
}

int main(void)
{
	test_pairs();
	test_refused();
	test_rest();
	return done_testing();
}
