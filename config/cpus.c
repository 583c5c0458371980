// SPDX-License-Identifier: GPL-2.0-or-later
/* CPUAffinity, of General and of a Type: numbers and ranges, as systemd writes them, "0-3,8". */
#include "config/parser.h"

#include <string.h>

#define CPU_LAST (CPU_SETSIZE - 1)

/* *ret: what is before the first `at`, else all. True: *rest is what is behind it. */
static bool cut(struct token *rest, char at, struct token *ret)
{
	const char *end = memchr(rest->start, at, rest->len);

	*ret = *rest;
	if (!end)
		return false;
	ret->len = (size_t)(end - rest->start);
	rest->start = end + 1;
	rest->len -= ret->len + 1;
	return true;
}

static bool add_range(struct token range, cpu_set_t *cpus)
{
	struct token first;
	uint32_t from, to;
	bool more = cut(&range, '-', &first);

	if (token_number(&first, CPU_LAST, &from) < 0)
		return false;
	to = from;
	if (more && (token_number(&range, CPU_LAST, &to) < 0 || to < from))
		return false;
	for (uint32_t cpu = from; cpu <= to; cpu++)
		CPU_SET(cpu, cpus);
	return true;
}

int parser_cpus(struct parser *p, cpu_set_t *ret)
{
	struct token word, rest, range;
	cpu_set_t cpus;
	int r = parser_word(p, "CPUs, as in 0-3,8", &word);

	if (r < 0)
		return r;
	CPU_ZERO(&cpus);
	rest = word;
	for (bool more = true; more;) {
		more = cut(&rest, ',', &range);
		if (!add_range(range, &cpus))
			return parser_error(p, &word, "expected CPUs, 0 to %d, as in 0-3,8",
					    CPU_LAST);
	}
	*ret = cpus;
	return 0;
}
