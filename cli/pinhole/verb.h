/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the verbs of `pinhole` share: how they are called, speak and end.
 */
#ifndef PINHOLE_CLI_PINHOLE_VERB_H
#define PINHOLE_CLI_PINHOLE_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Exit codes of every verb. */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /* it could not be done; stderr says why and what to do next */
	EXIT_USAGE = 2,  /* the command line is wrong; nothing was done */
	EXIT_FOUND = 3,  /* done, and what was asked about is not as it should be, or not there */
};

struct verb {
	const char *word;
	const char *prose; /* what it does, one line */
	const char *help;  /* its whole help, one screen, beginning with "usage: pinhole WORD" */
	int (*run)(int argc, char **argv); /* argv[0] is "pinhole WORD". Exit code */
};

/* Options that all verbs have, for getopt_long(). */
struct common {
	const char *config; /* -C, or the default */
	bool json;	    /* -o json */
};

#define COMMON_DEFAULT (struct common){ .config = CONFIG_FILE_DEFAULT }
#define COMMON_LETTERS "C:o:"
#define COMMON_OPTIONS                                                                             \
	{ "config", required_argument, NULL, 'C' }, { "output", required_argument, NULL, 'o' }

/* What to do with a letter that is not the verb's own, with optarg: EXIT_DONE, or EXIT_USAGE after a
 * complaint (also for '?' and ':'). */
int common_option(int letter, struct common *ret);

/* "pinhole WORD: TEXT" on stderr, with the word of the verb that runs. Return their code. */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int misused(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Where they say it from now on; NULL: stderr. For a verb that has the whole screen. */
void complain_to(FILE *f);

/* Whether to colour: stdout is a terminal and NO_COLOR is not set. */
bool with_colour(void);

/* Asks the running daemon (daemon/request.h). *ret: its answer, NUL-terminated, the caller frees it.
 * EXIT_DONE, or EXIT_FAILED after a complaint. */
int ask_daemon(const struct common *c, int request, char **ret, size_t *ret_len);

#endif
