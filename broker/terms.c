/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Terms of helper objects.
 */
#include "broker/terms.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "netfilter/cthelper.h"

static void ask(struct terms *t, struct nl *nl, const struct manifest *m, const struct tuple *master)
{
	struct cthelper h = { .has = CTHELPER_NAME | CTHELPER_TUPLE, .l3 = master->src.family,
			      .l4 = master->l4 };
	struct cthelper there = { 0 };

	memcpy(h.name, m->name, strlen(m->name));
	(void)cthelper_get(nl, &h, &there); /* without an answer there are no policies */
	for (unsigned i = 0; i < m->n_classes; i++)
		t->classes[i] = i < there.n_policies
					? (struct class_terms){ .timeout = there.policies[i].timeout,
								.max = there.policies[i].max }
					: (struct class_terms){ .timeout = m->classes[i].timeout };
}

const struct class_terms *terms_get(struct terms terms[2][2], struct nl *nl, const struct manifest *m,
				    const struct ct_flow *flow, uint32_t class, int64_t now)
{
	const struct tuple *master = &flow->orig;
	struct terms *t = &terms[master->src.family == AF_INET6][master->l4 == IPPROTO_UDP];

	if (now >= t->until) {
		ask(t, nl, m, master);
		t->until = now + TERMS_MS;
	}
	return &t->classes[class];
}
