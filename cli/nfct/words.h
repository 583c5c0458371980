/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The first two words of nfct's command line, in either order, and the options among the rest.
 */
#ifndef PINHOLE_CLI_NFCT_WORDS_H
#define PINHOLE_CLI_NFCT_WORDS_H

#include <stdbool.h>

/* In the order in which abbreviations are tried. */
enum command {
	COMMAND_LIST,
	COMMAND_ADD,
	COMMAND_DELETE,
	COMMAND_GET,
	COMMAND_FLUSH,
	COMMAND_DISABLE,
	COMMAND_DEFAULT_SET,
	COMMAND_DEFAULT_GET,
	COMMAND_ENABLE,
};

#define COMMAND_LAST COMMAND_ENABLE

enum subsystem {
	SUBSYSTEM_TIMEOUT,
	SUBSYSTEM_HELPER,
	SUBSYSTEM_VERSION,
	SUBSYSTEM_HELP,
};

#define SUBSYSTEM_LAST SUBSYSTEM_HELP

/* A command line understood so far. */
struct call {
	const char *argv0;
	enum command command;
	enum subsystem subsystem;
	const char *command_word; /* as typed */
	int argc;		  /* what follows the two words, without options */
	char **argv;
	bool json;	    /* -o json */
	bool force;	    /* --force */
	const char *config; /* -C; NULL: not given */
};

enum words {
	WORDS_OK,
	WORDS_HELP,	      /* --help */
	WORDS_VERSION,	      /* --version */
	WORDS_FEW,	      /* less than two */
	WORDS_BAD_SUBSYSTEM,  /* *ret_word is none */
	WORDS_BAD_COMMAND,    /* *ret_word is none */
	WORDS_BAD_FORMAT,     /* *ret_word follows -o */
	WORDS_MISSING_FORMAT, /* nothing follows -o */
	WORDS_MISSING_CONFIG, /* nothing follows -C */
};

/* Understands a command line. Reorders argv: call.argv points into it. Options may stand anywhere:
 * -o FORMAT, --output FORMAT, --output=FORMAT, the same of -C and --config FILE, --force, -h, --help,
 * -V, --version; any other word is taken as it is, even with a dash. */
enum words words_parse(int argc, char **argv, struct call *ret, const char **ret_word);

/* The entry that is equal to word, else the first that starts with it, else -1. */
int words_match(const char *word, const char *const *table, int n);

#endif
