/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * conntrackd's command line: single letters, each its own word; some take a following word that
 * does not begin with '-', matched by prefix.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "daemon/request.h"

struct parameter {
	const char *word; /* NULL ends a list; "" is the option without a parameter */
	int request;
};

static const struct parameter commit[] = {
	{ "", REQUEST_COMMIT_BOTH }, { "ct", REQUEST_COMMIT }, { "expect", REQUEST_COMMIT_EXPECT },
	{ NULL, 0 },
};
static const struct parameter flush_kernel[] = {
	{ "", REQUEST_FLUSH_KERNEL_BOTH }, { "ct", REQUEST_FLUSH_KERNEL },
	{ "expect", REQUEST_FLUSH_KERNEL_EXPECT }, { NULL, 0 },
};
static const struct parameter resync[] = {
	{ "", REQUEST_RESYNC_BOTH }, { "ct", REQUEST_RESYNC }, { "expect", REQUEST_RESYNC_EXPECT },
	{ NULL, 0 },
};
static const struct parameter internal[] = {
	{ "", REQUEST_DUMP_INTERNAL }, { "ct", REQUEST_DUMP_INTERNAL },
	{ "expect", REQUEST_DUMP_INTERNAL_EXPECT }, { NULL, 0 },
};
static const struct parameter external[] = {
	{ "", REQUEST_DUMP_EXTERNAL }, { "ct", REQUEST_DUMP_EXTERNAL },
	{ "expect", REQUEST_DUMP_EXTERNAL_EXPECT }, { NULL, 0 },
};
static const struct parameter flush[] = {
	{ "", REQUEST_FLUSH }, { "internal", REQUEST_FLUSH_INTERNAL },
	{ "external", REQUEST_FLUSH_EXTERNAL }, { NULL, 0 },
};
static const struct parameter stats[] = {
	{ "", REQUEST_STATS },
	{ "network", REQUEST_STATS_NETWORK }, { "cache", REQUEST_STATS_CACHE },
	{ "runtime", REQUEST_STATS_RUNTIME }, { "multicast", REQUEST_STATS_LINK },
	{ "link", REQUEST_STATS_LINK }, { "rsqueue", REQUEST_STATS_RSQUEUE },
	{ "process", REQUEST_STATS_PROCESS }, { "queue", REQUEST_STATS_QUEUE },
	{ "ct", REQUEST_STATS }, { "expect", REQUEST_STATS_EXPECT },
	{ "helper", REQUEST_STATS_HELPER }, { "audit", REQUEST_STATS_AUDIT }, { NULL, 0 },
};
static const struct parameter kill_[] = { { "", REQUEST_KILL }, { NULL, 0 } };
static const struct parameter bulk[] = { { "", REQUEST_BULK }, { NULL, 0 } };
static const struct parameter resync_peer[] = { { "", REQUEST_RESYNC_PEER }, { NULL, 0 } };
static const struct parameter purge[] = { { "", REQUEST_PURGE }, { NULL, 0 } };

static const struct {
	char letter;
	const struct parameter *parameters;
	const char *help;
} requests[] = {
	{ 'k', kill_, "end the daemon" },
	{ 's', stats, "statistics: helper, runtime, process, network, cache, link, rsqueue, queue,"
		      " ct, expect; audit: what was opened and refused, and why" },
	{ 'c', commit, "commit the external cache [ct|expect]" },
	{ 'i', internal, "show the internal cache [ct|expect], with -x in XML" },
	{ 'e', external, "show the external cache [ct|expect], with -x in XML" },
	{ 'f', flush, "flush the caches [internal|external]" },
	{ 'F', flush_kernel, "flush the kernel's table [ct|expect]" },
	{ 'R', resync, "resynchronise with the kernel's table [ct|expect]" },
	{ 'B', bulk, "send a bulk update to the other node" },
	{ 'n', resync_peer, "ask the other node for a bulk update" },
	{ 't', purge, "flush the kernel's table after the purge timeout" },
};

void options_usage(const char *name)
{
	printf("Usage: %s [-d] [-C FILE]          run the daemon (-d: in the background)\n"
	       "       %s [-C FILE] REQUEST      ask the running daemon\n"
	       "       %s --selftest             say what the running kernel can do for it\n"
	       "\n"
	       "  -C FILE  configuration, default " CONFIG_FILE_DEFAULT "\n"
	       "  -v       version\n"
	       "  -h       this text\n"
	       "Requests:\n",
	       name, name, name);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		printf("  -%c       %s\n", requests[i].letter, requests[i].help);
}

static int complain(const char *name, const char *text)
{
	fprintf(stderr, "Usage: %s [-d] [-C FILE] [REQUEST], see %s -h\n%s\n", name, name, text);
	return -EINVAL;
}

/* Letters whose wrong parameter the scripts know by this message. */
static int complain_parameter(const char *name, char letter, const char *word)
{
	char text[128];

	if (letter == 's' || letter == 'f') {
		fprintf(stderr, "unknown parameter `%.64s' for option `-%c'\n", word, letter);
		return -EINVAL;
	}
	snprintf(text, sizeof(text), "Unknown option: %.64s", word);
	return complain(name, text);
}

static int find_parameter(const struct parameter *list, const char *word, int *ret)
{
	for (; list->word; list++)
		if (*word ? *list->word && !strncmp(list->word, word, strlen(word)) : !*list->word) {
			if (!strcmp(list->word, "multicast"))
				fputs("use `link' instead of `multicast' as parameter.\n", stderr);
			*ret = list->request;
			return 0;
		}
	return -EINVAL;
}

/* One of `requests`; takes the following word if there is one for it. */
static int take_request(char **argv, int *at, struct options *ret)
{
	const char *next = argv[*at + 1];
	char letter = argv[*at][1];

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		const struct parameter *list = requests[i].parameters;
		const char *word = "";

		if (requests[i].letter != letter)
			continue;
		if (list[1].word && next && next[0] != '-')
			word = argv[++*at];
		if (find_parameter(list, word, &ret->request) < 0)
			return complain_parameter(argv[0], letter, word);
		return 0;
	}
	return complain_parameter(argv[0], 0, argv[*at]);
}

static int in_xml(struct options *o)
{
	static const int xml[][2] = {
		{ REQUEST_DUMP_INTERNAL, REQUEST_DUMP_INTERNAL_XML },
		{ REQUEST_DUMP_EXTERNAL, REQUEST_DUMP_EXTERNAL_XML },
		{ REQUEST_DUMP_INTERNAL_EXPECT, REQUEST_DUMP_INTERNAL_EXPECT_XML },
		{ REQUEST_DUMP_EXTERNAL_EXPECT, REQUEST_DUMP_EXTERNAL_EXPECT_XML },
	};

	for (size_t i = 0; i < sizeof(xml) / sizeof(xml[0]); i++)
		if (xml[i][0] == o->request) {
			o->request = xml[i][1];
			return 0;
		}
	return -EINVAL;
}

static int take_word(char **argv, int *at, struct options *ret)
{
	if (!strcmp(argv[*at], "--selftest")) {
		ret->selftest = 1;
		return 0;
	}
	switch (argv[*at][0] == '-' ? argv[*at][1] : 0) {
	case 'd':
		ret->daemonise = 1;
		return 0;
	case 'v':
		ret->version = 1;
		return 0;
	case 'h':
		ret->help = 1;
		return 0;
	case 'C':
		if (!argv[*at + 1])
			return complain(argv[0], "Missing config filename");
		ret->config = argv[++*at];
		return 0;
	case 'x':
		return in_xml(ret) < 0 ? complain(argv[0], "Invalid parameters") : 0;
	}
	return take_request(argv, at, ret);
}

int options_parse(int argc, char **argv, struct options *ret)
{
	int r;

	*ret = (struct options){ .config = CONFIG_FILE_DEFAULT, .request = -1 };
	for (int i = 1; i < argc; i++) {
		r = take_word(argv, &i, ret);
		if (r < 0)
			return r;
	}
	if (ret->request >= 0 ? ret->daemonise || ret->selftest : ret->daemonise && ret->selftest)
		return complain(argv[0], "Invalid parameters");
	return 0;
}
