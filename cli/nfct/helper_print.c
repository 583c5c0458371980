/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reads helper objects and prints them. The block form is part of the contract with scripts: no
 * line may be added to it; whoever wants more asks for JSON.
 */
#include "cli/nfct/helper_print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

#define TRIES 5

static int take(const struct cthelper *h, void *data)
{
	struct helper_list *list = data;
	struct cthelper *more = reallocarray(list->helpers, list->n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	list->helpers = more;
	list->helpers[list->n++] = *h;
	return 0;
}

int helper_list_read(struct nl *nl, struct helper_list *ret)
{
	int r;

	*ret = (struct helper_list){ 0 };
	for (int i = 0; i < TRIES; i++) {
		r = cthelper_dump(nl, take, ret);
		if (r != -EINTR)
			break;
		helper_list_free(ret);
	}
	return r;
}

void helper_list_free(struct helper_list *list)
{
	free(list->helpers);
	*list = (struct helper_list){ 0 };
}

static void print_block(const struct cthelper *h)
{
	printf("{\n"
	       "\t.name = %s,\n"
	       "\t.queuenum = %u,\n"
	       "\t.l3protonum = %u,\n"
	       "\t.l4protonum = %u,\n"
	       "\t.priv_data_len = %u,\n"
	       "\t.status = %s,\n"
	       "};\n",
	       h->name, h->queue_num, h->l3, h->l4, h->state_len,
	       h->enabled ? "enabled" : "disabled");
}

static void print_json(struct json *j, const struct cthelper *h)
{
	json_put_object_begin(j, NULL);
	json_put_string(j, "name", h->name);
	json_put_string(j, "family", cthelper_l3_word(h->l3));
	json_put_string(j, "protocol", cthelper_l4_word(h->l4));
	json_put_number(j, "l3protonum", h->l3);
	json_put_number(j, "l4protonum", h->l4);
	json_put_number(j, "queue_num", h->queue_num);
	json_put_number(j, "priv_data_len", h->state_len);
	json_put_string(j, "status", h->enabled ? "enabled" : "disabled");
	json_put_array_begin(j, "policies");
	for (unsigned i = 0; i < h->n_policies; i++) {
		json_put_object_begin(j, NULL);
		json_put_string(j, "name", h->policies[i].name);
		json_put_number(j, "max", h->policies[i].max);
		json_put_number(j, "timeout", h->policies[i].timeout);
		json_put_object_end(j);
	}
	json_put_array_end(j);
	json_put_object_end(j);
}

void helper_print(const struct cthelper *helpers, size_t n, bool json)
{
	struct json j = json_over(stdout);

	if (!json) {
		for (size_t i = 0; i < n; i++)
			print_block(&helpers[i]);
		return;
	}
	json_put_array_begin(&j, NULL);
	for (size_t i = 0; i < n; i++)
		print_json(&j, &helpers[i]);
	json_put_array_end(&j);
	json_finish(&j); /* main() sees what could not be written */
}
