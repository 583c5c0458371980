/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/queues.h"

#include "tests/unit/tap.h"

static struct queue_table t;

int main(void)
{
	queues_parse("    3   4711     5 2 65531     6     7       99  1\n"
		     "65535 4294967295 0 1     0 4294967295 0        0  1\n",
		     &t);
	is_int((long long)t.n, 2, "two queues");
	ok(queues_find(&t, 3) && queues_find(&t, 3)->waiting == 5, "waiting");
	is_int(queues_find(&t, 3)->dropped, 6, "dropped");
	is_int(queues_find(&t, 3)->user_dropped, 7, "dropped by the socket");
	is_int(queues_find(&t, 65535)->dropped, 4294967295, "the largest");
	ok(!queues_find(&t, 4), "another");
	queues_parse("nonsense\n\n1 2 3\n70000 1 1 1 1 1 1 1 1\n   4 1 2 2 1 1 1 1 1", &t);
	is_int((long long)t.n, 1, "what is no line of it is left out");
	ok(queues_find(&t, 4), "a line without its end is one");
	queues_parse("", &t);
	is_int((long long)t.n, 0, "an empty table");
	queues_read(-1, &t);
	is_int((long long)t.n, 0, "one that cannot be read");
	return done_testing();
}
