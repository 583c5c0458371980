/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Words to a struct call. It prints nothing and asks nobody.
 */
#include "cli/nfct/words.h"

#include <assert.h>
#include <string.h>

#define N(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const char *const commands[] = {
	[COMMAND_LIST] = "list",
	[COMMAND_ADD] = "add",
	[COMMAND_DELETE] = "delete",
	[COMMAND_GET] = "get",
	[COMMAND_FLUSH] = "flush",
	[COMMAND_DISABLE] = "disable",
	[COMMAND_DEFAULT_SET] = "default-set",
	[COMMAND_DEFAULT_GET] = "default-get",
	[COMMAND_ENABLE] = "enable",
};
static_assert(N(commands) == COMMAND_LAST + 1, "every command has its word");

static const char *const subsystems[] = {
	[SUBSYSTEM_TIMEOUT] = "timeout",
	[SUBSYSTEM_HELPER] = "helper",
	[SUBSYSTEM_VERSION] = "version",
	[SUBSYSTEM_HELP] = "help",
};
static_assert(N(subsystems) == SUBSYSTEM_LAST + 1, "every subsystem has its word");

int words_match(const char *word, const char *const *table, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(word, table[i]) == 0)
			return i;
	for (int i = 0; i < n; i++)
		if (strncmp(word, table[i], strlen(word)) == 0)
			return i;
	return -1;
}

/* The value of `SHORT V`, `LONG V` or `LONG=V` at argv[*i], which moves on to V; NULL: another word, or
 * *ret_missing, as there is no V. */
static const char *option_value(int argc, char **argv, int *i, const char *short_word,
				const char *long_word, bool *ret_missing)
{
	size_t len = strlen(long_word);

	if (strncmp(argv[*i], long_word, len) == 0 && argv[*i][len] == '=')
		return argv[*i] + len + 1;
	if (strcmp(argv[*i], short_word) != 0 && strcmp(argv[*i], long_word) != 0)
		return NULL;
	if (*i + 1 < argc)
		return argv[++*i];
	*ret_missing = true;
	return NULL;
}

/* Takes the options out of argv. Returns WORDS_OK or why not. */
static enum words take_options(int *argc, char **argv, struct call *ret, const char **ret_word)
{
	enum words answer = WORDS_OK;
	int kept = 1;

	for (int i = 1; i < *argc; i++) {
		const char *word = argv[i], *format, *config = NULL;
		bool missing = false;

		format = option_value(*argc, argv, &i, "-o", "--output", &missing);
		if (missing)
			return WORDS_MISSING_FORMAT;
		if (!format)
			config = option_value(*argc, argv, &i, "-C", "--config", &missing);
		if (missing)
			return WORDS_MISSING_CONFIG;
		if (config) {
			ret->config = config;
		} else if (format) {
			ret->json = true;
		} else if (strcmp(word, "--force") == 0) {
			ret->force = true;
		} else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
			answer = WORDS_HELP;
		} else if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
			answer = WORDS_VERSION;
		} else {
			argv[kept++] = argv[i];
		}
		if (format && strcmp(format, "json") != 0) {
			*ret_word = format;
			return WORDS_BAD_FORMAT;
		}
	}
	*argc = kept;
	return answer;
}

/* The two words, whichever comes first. A command is looked for first. */
static enum words take_words(const char *first, const char *second, struct call *ret,
			     const char **ret_word)
{
	int command = words_match(first, commands, N(commands));
	int subsystem = words_match(command < 0 ? first : second, subsystems, N(subsystems));

	if (subsystem < 0) {
		*ret_word = command < 0 ? first : second;
		return WORDS_BAD_SUBSYSTEM;
	}
	ret->command_word = first;
	if (command < 0) {
		ret->command_word = second;
		command = words_match(second, commands, N(commands));
		/* "help helper": help on a subsystem. */
		if (command < 0 && subsystem == SUBSYSTEM_HELP &&
		    words_match(second, subsystems, N(subsystems)) >= 0)
			command = COMMAND_LIST;
	}
	if (command < 0) {
		*ret_word = second;
		return WORDS_BAD_COMMAND;
	}
	ret->command = (enum command)command;
	ret->subsystem = (enum subsystem)subsystem;
	return WORDS_OK;
}

enum words words_parse(int argc, char **argv, struct call *ret, const char **ret_word)
{
	enum words answer;

	*ret = (struct call){ .argv0 = argc > 0 ? argv[0] : "nfct" };
	*ret_word = NULL;
	answer = take_options(&argc, argv, ret, ret_word);
	if (answer != WORDS_OK)
		return answer;
	if (argc < 3)
		return WORDS_FEW;
	ret->argc = argc - 3;
	ret->argv = argv + 3;
	return take_words(argv[1], argv[2], ret, ret_word);
}
