/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The program `replay` of a helper outside of the tree. It gives up less than `pinhole replay`, to need
 * no library but libpcap.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "capture/play.h"
#include "helpers/programs.h"
#include "wire/text.h"

enum {
	EXIT_DONE,
	EXIT_FAILED,
	EXIT_USAGE,
	EXIT_NO_FLOW,
};

static int gain_nothing(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static int usage(void)
{
	fputs("usage: replay FILE [-p PORT] [-v] [-o json]; see pinhole(8), replay\n", stderr);
	return EXIT_USAGE;
}

static bool parse(int argc, char **argv, struct play_options *ret)
{
	uint32_t port;
	int letter;

	while ((letter = getopt(argc, argv, "p:vo:")) >= 0) {
		switch (letter) {
		case 'p':
			if (text_get_decimal(optarg, strlen(optarg), UINT16_MAX, &port) !=
				    strlen(optarg) ||
			    !port)
				return false;
			ret->port = (uint16_t)port;
			break;
		case 'v':
			ret->verbose = true;
			break;
		case 'o':
			ret->json = !strcmp(optarg, "json");
			if (!ret->json)
				return false;
			break;
		default:
			return false;
		}
	}
	ret->path = argv[optind];
	return optind + 1 == argc;
}

int replay_program(int argc, char **argv)
{
	struct play_options options = { .helper = helpers[0], .confine = gain_nothing };
	char error[PLAY_ERROR_SIZE];

	if (!parse(argc, argv, &options))
		return usage();
	switch (play(&options, error)) {
	case PLAY_DONE:
		return EXIT_DONE;
	case PLAY_FAILED:
		fprintf(stderr, "replay: %s\n", error);
		return EXIT_FAILED;
	case PLAY_NO_FLOW:
		break;
	}
	fprintf(stderr, "replay: %s\n", error);
	return EXIT_NO_FLOW;
}
