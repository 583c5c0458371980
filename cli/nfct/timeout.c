/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * nfct's timeout subsystem: named timeout policies and the defaults of the kernel.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/nfct/nfct.h"
#include "netfilter/cthelper.h"
#include "netfilter/cttimeout.h"

#define TRIES 5

static int parse_l4(const char *word, uint8_t *ret)
{
	const struct protoent *entry;

	if (strcmp(word, "icmpv6") == 0) {
		*ret = IPPROTO_ICMPV6;
		return 0;
	}
	if (strcmp(word, "generic") == 0) {
		*ret = CTTIMEOUT_L4_GENERIC;
		return 0;
	}
	entry = getprotobyname(word);
	if (!entry || entry->p_proto < 0 || entry->p_proto > UINT8_MAX)
		return complain("unknown layer 4 protocol");
	*ret = (uint8_t)entry->p_proto;
	return 0;
}

/* Scripts may rely on anything being taken as a number; at least it is said. */
static uint32_t parse_seconds(const char *state, const char *word)
{
	uint32_t seconds = 0;

	if (parse_number(word, 0, UINT32_MAX, &seconds))
		return seconds;
	seconds = (uint32_t)strtoul(word, NULL, 10);
	complain("warning: `%s' for %s is not a number of seconds, taken as %u", word, state,
		 seconds);
	return seconds;
}

/* Pairs of state and seconds. l4_word: as typed. */
static int parse_states(int argc, char **argv, const char *l4_word, struct cttimeout *t)
{
	const struct cttimeout_protocol *protocol = cttimeout_protocol(t->l4);

	for (int i = 0; i < argc; i += 2) {
		int state;

		if (i + 1 == argc)
			return complain("missing value for this timeout");
		state = protocol ? cttimeout_state(protocol, argv[i]) : -1;
		if (state < 0)
			return complain("Wrong state name: `%s' for protocol `%s'", argv[i],
					l4_word);
		t->seconds[state] = parse_seconds(protocol->states[state], argv[i + 1]);
		t->set |= 1u << state;
	}
	return 0;
}

static void take_name(const char *word, struct cttimeout *t)
{
	if (strlen(word) >= sizeof(t->name))
		complain("warning: the name is cut to %zu characters", sizeof(t->name) - 1);
	snprintf(t->name, sizeof(t->name), "%s", word);
}

/* All that can be refused without asking the kernel. */
static int check_arguments(const struct call *call, struct cttimeout *ret)
{
	int argc = call->argc;
	char **argv = call->argv;

	switch (call->command) {
	case COMMAND_LIST:
	case COMMAND_FLUSH:
		return argc > 0 ? complain("too many arguments") : 0;
	case COMMAND_GET:
	case COMMAND_DELETE:
		if (argc < 1)
			return complain("missing timeout policy name");
		if (argc > 1)
			return complain("too many arguments");
		take_name(argv[0], ret);
		return 0;
	case COMMAND_ADD:
		if (argc < 3)
			return complain_syntax("add timeout name family protocol state1 timeout1 "
					       "...");
		take_name(argv[0], ret);
		argc--;
		argv++;
		break;
	case COMMAND_DEFAULT_SET:
		if (argc < 3)
			return complain_syntax("default-set timeout family protocol state1 "
					       "timeout1...");
		break;
	case COMMAND_DEFAULT_GET:
		if (argc < 2)
			return complain_syntax("default-get timeout family protocol");
		argc = 2;
		break;
	case COMMAND_DISABLE:
	case COMMAND_ENABLE:
		complain("Missing command");
		fprintf(stderr,
			"%s <list|add|delete|get|default-set|default-get|flush> timeout "
			"[<parameters>, ...]\n",
			call->argv0);
		return EXIT_REFUSED;
	}
	if (parse_l3(argv[0], &ret->l3) || parse_l4(argv[1], &ret->l4))
		return EXIT_REFUSED;
	return parse_states(argc - 2, argv + 2, argv[1], ret);
}

static void print_block(const struct cttimeout *t)
{
	const struct cttimeout_protocol *protocol = cttimeout_protocol(t->l4);

	printf("\t.l3proto = %u,\n"
	       "\t.l4proto = %u,\n"
	       "\t.policy = {\n",
	       t->l3, t->l4);
	for (unsigned i = 0; protocol && i < protocol->n_states; i++)
		if (t->set & 1u << i)
			printf("\t\t.%s = %u,\n", protocol->states[i], t->seconds[i]);
	printf("\t},\n};\n");
}

static void print_json(struct json *j, const struct cttimeout *t)
{
	const struct cttimeout_protocol *protocol = cttimeout_protocol(t->l4);

	json_put_object_begin(j, NULL);
	if (t->name[0])
		json_put_string(j, "name", t->name);
	json_put_string(j, "family", cthelper_l3_word(t->l3));
	if (protocol)
		json_put_string(j, "protocol", protocol->name);
	json_put_number(j, "l3protonum", t->l3);
	json_put_number(j, "l4protonum", t->l4);
	json_put_object_begin(j, "policy");
	for (unsigned i = 0; protocol && i < protocol->n_states; i++)
		if (t->set & 1u << i)
			json_put_number(j, protocol->states[i], t->seconds[i]);
	json_put_object_end(j);
	json_put_object_end(j);
}

struct list {
	size_t n;
	struct cttimeout *all;
};

static int take(const struct cttimeout *t, void *data)
{
	struct list *list = data;
	struct cttimeout *more = reallocarray(list->all, list->n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	list->all = more;
	list->all[list->n++] = *t;
	return 0;
}

/* named: as a block with its name in front; else the bare block of default-get, which closes a
 * brace that was never opened: scripts know it so. */
static void print(const struct cttimeout *all, size_t n, bool named, bool json)
{
	struct json j = json_over(stdout);

	if (json)
		json_put_array_begin(&j, NULL);
	for (size_t i = 0; i < n; i++) {
		if (json) {
			print_json(&j, &all[i]);
			continue;
		}
		if (named)
			printf(".%s = {\n", all[i].name);
		print_block(&all[i]);
	}
	if (json) {
		json_put_array_end(&j);
		json_finish(&j);
	}
}

static int list(struct nl *nl, bool json)
{
	struct list list = { 0 };
	int r = -EINTR;

	for (int i = 0; i < TRIES && r == -EINTR; i++) {
		list.n = 0;
		r = cttimeout_dump(nl, take, &list);
	}
	if (r == 0)
		print(list.all, list.n, true, json);
	free(list.all);
	return r;
}

/* 0 or -errno. */
static int perform(struct nl *nl, const struct call *call, struct cttimeout *t)
{
	struct cttimeout found;
	int r = -EINVAL;

	switch (call->command) {
	case COMMAND_LIST:
		return list(nl, call->json);
	case COMMAND_FLUSH:
		return cttimeout_delete(nl, NULL);
	case COMMAND_DELETE:
		return cttimeout_delete(nl, t->name);
	case COMMAND_ADD:
		return cttimeout_add(nl, t);
	case COMMAND_DEFAULT_SET:
		return cttimeout_default_set(nl, t);
	case COMMAND_GET:
		r = cttimeout_get(nl, t->name, &found);
		break;
	case COMMAND_DEFAULT_GET:
		r = cttimeout_default_get(nl, t->l3, t->l4, &found);
		break;
	case COMMAND_DISABLE:
	case COMMAND_ENABLE:
		break;
	}
	if (r == 0)
		print(&found, 1, call->command == COMMAND_GET, call->json);
	return r;
}

static int no_data(const struct cttimeout *t, void *data)
{
	(void)t;
	(void)data;
	return 0;
}

static int refused(struct nl *nl, const struct call *call, const struct cttimeout *t, int error)
{
	complain_netlink(error);
	switch (-error) {
	case EPERM:
		return complain("needs CAP_NET_ADMIN in the network namespace's user namespace");
	case ENOENT:
		return complain("no such timeout policy: %s", t->name);
	case EOPNOTSUPP:
		return complain("the kernel does not track that protocol");
	case EBUSY:
		if (call->command == COMMAND_ADD)
			return complain("a timeout policy %s exists already: delete it first",
					t->name);
		return complain("a rule still refers to it (iptables -j CT --timeout, nft ct "
				"timeout): remove the rule first");
	case EINVAL:
		if (cttimeout_dump(nl, no_data, NULL) == -EINVAL)
			return complain("no kernel support for timeout policies: load "
					"nfnetlink_cttimeout");
		if (call->command == COMMAND_ADD && !t->set)
			return complain("say at least one state and its seconds");
	}
	return EXIT_REFUSED;
}

int timeout_run(const struct call *call)
{
	struct cttimeout t = { 0 };
	struct nl nl;
	int r;

	r = check_arguments(call, &t);
	if (r)
		return r;
	r = open_netlink(&nl);
	if (r)
		return r;
	r = perform(&nl, call, &t);
	r = r < 0 ? refused(&nl, call, &t, r) : EXIT_OK;
	nl_close(&nl);
	return r;
}
