/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole metrics: the counters as OpenMetrics text.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pinhole/verb.h"
#include "config/config.h"
#include "daemon/request.h"

static bool is_whole(const char *text, size_t len)
{
	static const char end[] = "# EOF\n";
	size_t n = sizeof(end) - 1;

	for (size_t i = 0; i < len; i++)
		if ((text[i] < ' ' || text[i] > '~') && text[i] != '\n')
			return false;
	return len >= n && !memcmp(text + len - n, end, n);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	struct common common = COMMON_DEFAULT;
	int letter, r;
	char *text;
	size_t len;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options, NULL)) >= 0) {
		r = common_option(letter, &common);
		if (r)
			return r;
	}
	if (optind < argc)
		return misused("`%s' is too much", argv[optind]);
	if (common.json)
		return misused(
			"metrics are OpenMetrics text; the same as JSON: pinhole top --once -o json");
	r = ask_daemon(&common, REQUEST_METRICS, &text, &len);
	if (r)
		return r;
	if (is_whole(text, len))
		fwrite(text, 1, len, stdout);
	else
		r = fail(
			len ? "the daemon's answer is cut short, or no metrics: ask again"
			    : "the daemon has no metrics: it is older than this program, restart it");
	free(text);
	return r;
}

const struct verb verb_metrics = {
	.word = "metrics",
	.prose = "the daemon's counters for Prometheus",
	.help = "usage: pinhole metrics\n"
		"\n"
		"Prints the counters, gauges and latencies of the running daemon as OpenMetrics text.\n"
		"A daemon with `Metrics 127.0.0.1 9477' in General says the same over HTTP, path /metrics.\n"
		"Names and dashboards: doc/metrics.md, contrib/grafana.\n",
	.run = run,
};
