/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * -R: commands from a file. All lines are parsed before the first one runs; the first that fails
 * ends it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/conntrack/options.h"
#include "cli/conntrack/report.h"
#include "cli/conntrack/run.h"

#define WORDS_MAX 128

struct line {
	struct command cmd;
	struct line *next;
};

/* Splits in place at blanks; double quotes hold words together, a backslash takes the next
 * character as it is. Returns the number of words, words[0] being the program's name. */
static int split(char *text, char **words)
{
	int count = 0;

	words[count++] = (char *)PROGRAM;
	for (;;) {
		bool quoted = false;

		text += strspn(text, " \t\r\n");
		if (!*text)
			break;
		if (count == WORDS_MAX - 1)
			die_usage("too many words in a line");

		char *to = text;

		words[count++] = text;
		for (; *text && (quoted || !strchr(" \t\r\n", *text)); text++) {
			if (*text == '"')
				quoted = !quoted;
			else if (*text == '\\' && quoted && text[1])
				*to++ = *++text;
			else
				*to++ = *text;
		}
		if (quoted)
			die_usage("a quote is not closed");

		bool last = !*text;

		*to = '\0';
		if (last)
			break;
		text++;
	}
	words[count] = NULL;
	return count;
}

static char letter_of(enum verb verb)
{
	static const char letters[] = "-LIAUDGFECShV";

	return letters[verb];
}

static struct line *parse_line(char *text)
{
	char *words[WORDS_MAX];
	int count = split(text, words);
	struct line *line = calloc(1, sizeof(*line));

	if (!line)
		die_other("not enough memory");
	options_parse(&line->cmd, count, words);
	line->cmd.from_file = true;
	switch (line->cmd.verb) {
	case VERB_CREATE:
	case VERB_ADD:
	case VERB_UPDATE:
	case VERB_DELETE:
	case VERB_FLUSH:
		if (line->cmd.table == TABLE_CONNTRACK)
			return line;
		break;
	case VERB_NONE:
	case VERB_LIST:
	case VERB_GET:
	case VERB_EVENT:
	case VERB_COUNT:
	case VERB_STATS:
	case VERB_HELP:
	case VERB_VERSION:
		break;
	}
	die_usage("Cannot use command `-%c' with --load-file", letter_of(line->cmd.verb));
}

static struct line *parse_all(FILE *f)
{
	struct line *first = NULL, **end = &first;
	char *text = NULL;
	size_t size = 0;

	while (getline(&text, &size, f) >= 0) {
		const char *start = text + strspn(text, " \t\r\n");

		if (!*start || *start == '#')
			continue;
		*end = parse_line(text);
		end = &(*end)->next;
	}
	free(text);
	return first;
}

int run_file(const char *path)
{
	bool standard = !strcmp(path, "-");
	FILE *f = standard ? stdin : fopen(path, "re");
	int status = EXIT_SUCCESS;

	if (!f)
		die_usage("Failed to open file %s for reading", path);

	struct line *line = parse_all(f);

	if (!standard)
		fclose(f);
	while (line) {
		struct line *next = line->next;

		if (status == EXIT_SUCCESS)
			status = run_command(&line->cmd);
		command_clear(&line->cmd);
		free(line);
		line = next;
	}
	return status;
}
