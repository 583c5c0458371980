/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * nfct's helper subsystem: register, show, switch and remove user-space helpers.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "cli/nfct/defined.h"
#include "cli/nfct/helper_print.h"
#include "netfilter/listener.h"
#include "cli/nfct/nfct.h"
#include "cli/nfct/options.h"

static int parse_l4(const char *word, uint8_t *ret)
{
	if (strcmp(word, "tcp") == 0)
		*ret = IPPROTO_TCP;
	else if (strcmp(word, "udp") == 0)
		*ret = IPPROTO_UDP;
	else
		return complain("unsupported layer 4 protocol");
	return 0;
}

/* NAME FAMILY PROTOCOL of a helper that we have, or that the configuration defines. */
static int parse_known(const struct call *call, const char *syntax, struct cthelper *ret)
{
	const struct manifest *m;
	struct defined defined;
	uint16_t l3 = 0;
	uint8_t l4 = 0;
	int r = 0;

	if (call->argc < 3)
		return complain_syntax(syntax);
	if (parse_l3(call->argv[1], &l3) || parse_l4(call->argv[2], &l4))
		return EXIT_REFUSED;
	m = manifest_find(call->argv[0]);
	if (!m) {
		r = defined_find(call->config, call->argv[0], &defined);
		m = &defined.manifest;
	}
	if (r == 0 && !(m->l4s & (l4 == IPPROTO_TCP ? MANIFEST_TCP : MANIFEST_UDP)))
		r = complain("that helper is not supported");
	if (r == 0)
		options_default(m, l3, l4, ret);
	return r;
}

/* NAME [FAMILY [PROTOCOL]] of any object. *ret_keys keys: a family alone stands for both
 * protocols, since the kernel wants all of a tuple or nothing of it. */
static int parse_keys(const struct call *call, struct cthelper ret[2], int *ret_keys)
{
	struct cthelper key = { .has = CTHELPER_NAME };

	if (call->argc < 1)
		return complain("missing helper policy name");
	if (call->argc > 3)
		return complain("too many arguments");
	if (strlen(call->argv[0]) >= sizeof(key.name))
		return complain("helper name `%s' is too long: %zu characters at most",
				call->argv[0], sizeof(key.name) - 1);
	snprintf(key.name, sizeof(key.name), "%s", call->argv[0]);
	if (call->argc > 1) {
		key.has |= CTHELPER_TUPLE;
		key.l4 = IPPROTO_TCP;
		if (parse_l3(call->argv[1], &key.l3))
			return EXIT_REFUSED;
	}
	if (call->argc > 2 && parse_l4(call->argv[2], &key.l4))
		return EXIT_REFUSED;
	ret[0] = ret[1] = key;
	ret[1].l4 = IPPROTO_UDP;
	*ret_keys = call->argc == 2 ? 2 : 1;
	return 0;
}

/* "ftp inet tcp" as far as it is known. */
static void say_no_such(const struct cthelper *key)
{
	char tuple[32] = "";

	if (!key || !(key->has & CTHELPER_NAME))
		return;
	if (key->has & CTHELPER_TUPLE)
		snprintf(tuple, sizeof(tuple), " %s%s%s", cthelper_l3_word(key->l3),
			 key->l4 ? " " : "", key->l4 ? cthelper_l4_word(key->l4) : "");
	complain("no such helper: %s%s", key->name, tuple);
}

/* Complains of the kernel's refusal: its own word, then what it means here. */
static int refused(struct nl *nl, const struct call *call, const struct cthelper *h, int error)
{
	struct cthelper_clash clash;
	struct cthelper existing;
	char text[400];

	complain_netlink(error);
	switch (-error) {
	case EPERM:
		return complain("only root of the initial user namespace may do that "
				"(CAP_NET_ADMIN)");
	case ENOENT:
		say_no_such(h);
		return EXIT_REFUSED;
	case EINVAL:
		if (cthelper_supported(nl) == -EOPNOTSUPP)
			return complain("no kernel support for user-space helpers: load "
					"nfnetlink_cthelper");
		if (call->command == COMMAND_DISABLE && cthelper_get(nl, h, &existing) == -ENOENT)
			say_no_such(h);
		return EXIT_REFUSED;
	case EBUSY:
	case EEXIST:
		if (call->command == COMMAND_DELETE || call->command == COMMAND_FLUSH)
			return complain("a rule still refers to it (iptables -j CT --helper, nft "
					"ct helper): remove the rule first, or disable the helper");
		cthelper_clash(nl, h, NULL, &clash);
		return complain("%s", cthelper_clash_text(&clash, h, text, sizeof(text)));
	}
	return EXIT_REFUSED;
}

/* An enabled helper without listener leaves new flows unconfirmed: their answers are dropped. */
static int check_listener(const struct call *call, const struct cthelper *h)
{
	int r = listener_find(LISTENER_TABLE, h->queue_num);

	if (r == 1)
		return 0;
	if (r < 0)
		complain("cannot read " LISTENER_TABLE ": %s", strerror(-r));
	if (call->force) {
		complain("warning: nobody seems to listen on queue %u: new %s flows will break",
			 h->queue_num, h->name);
		return 0;
	}
	return complain("nobody listens on queue %u: enabled now, the helper would break new %s "
			"flows. Start conntrackd (it enables its helpers itself), or say --force",
			h->queue_num, h->name);
}

static int list(struct nl *nl, const struct call *call)
{
	struct helper_list all = { 0 };
	int r = helper_list_read(nl, &all);

	if (r < 0)
		refused(nl, call, NULL, r);
	else
		helper_print(all.helpers, all.n, call->json);
	helper_list_free(&all);
	return r < 0 ? EXIT_REFUSED : EXIT_OK;
}

/* The refusal of the last of n keys: where a family stood for both protocols, neither is there. */
static int none_of(struct nl *nl, const struct call *call, struct cthelper key, int n, int error)
{
	if (n > 1 && error == -ENOENT)
		key.l4 = 0;
	return refused(nl, call, &key, error);
}

static int get(struct nl *nl, const struct call *call, const struct cthelper *keys, int n)
{
	struct cthelper found[2];
	size_t n_found = 0;

	for (int i = 0; i < n; i++) {
		int r = cthelper_get(nl, &keys[i], &found[n_found]);

		if (r == 0)
			n_found++;
		else if (r != -ENOENT || (i == n - 1 && n_found == 0))
			return none_of(nl, call, keys[i], n, r);
	}
	helper_print(found, n_found, call->json);
	return EXIT_OK;
}

static int remove_all(struct nl *nl, const struct call *call, const struct cthelper *keys, int n)
{
	bool removed = false;

	for (int i = 0; i < n; i++) {
		int r = cthelper_delete(nl, &keys[i]);

		if (r == 0)
			removed = true;
		else if (r != -ENOENT || (i == n - 1 && !removed))
			return none_of(nl, call, keys[i], n, r);
	}
	return EXIT_OK;
}

static int add(struct nl *nl, const struct call *call, struct cthelper *h)
{
	struct cthelper existing;
	int r;

	if (h->has & CTHELPER_STATUS && h->enabled) {
		/* Without queue-num an object keeps its own. */
		if (!(h->has & CTHELPER_QUEUE) && cthelper_get(nl, h, &existing) == 0)
			h->queue_num = existing.queue_num;
		if (check_listener(call, h))
			return EXIT_REFUSED;
	}
	r = cthelper_set(nl, h, NLM_F_CREATE);
	return r < 0 ? refused(nl, call, h, r) : EXIT_OK;
}

static int set_status(struct nl *nl, const struct call *call, struct cthelper *h)
{
	struct cthelper existing;
	int r;

	h->has = CTHELPER_NAME | CTHELPER_TUPLE | CTHELPER_STATUS;
	h->enabled = call->command == COMMAND_ENABLE;
	if (h->enabled) {
		r = cthelper_get(nl, h, &existing);
		if (r < 0)
			return refused(nl, call, h, r);
		if (check_listener(call, &existing))
			return EXIT_REFUSED;
	}
	r = cthelper_set(nl, h, NLM_F_CREATE);
	return r < 0 ? refused(nl, call, h, r) : EXIT_OK;
}

/* `nfct disable helper unserved`: the word stands where a name would, with nothing behind it. */
static bool means_unserved(const struct call *call)
{
	return call->command == COMMAND_DISABLE && call->argc == 1 &&
	       !strcmp(call->argv[0], "unserved");
}

/* Disables what is enabled while nobody listens on its queue: for after a crash of everything. */
static int disable_unserved(struct nl *nl, const struct call *call)
{
	struct helper_list all = { 0 };
	int r = helper_list_read(nl, &all), status = EXIT_OK;

	if (r < 0)
		status = refused(nl, call, NULL, r);
	for (size_t i = 0; r == 0 && i < all.n; i++) {
		struct cthelper *h = &all.helpers[i];

		if (!h->enabled || listener_find(LISTENER_TABLE, h->queue_num) != 0)
			continue;
		h->has = CTHELPER_NAME | CTHELPER_TUPLE | CTHELPER_STATUS;
		h->enabled = false;
		r = cthelper_set(nl, h, 0);
		if (r < 0)
			status = refused(nl, call, h, r);
	}
	helper_list_free(&all);
	return status;
}

static int no_such_command(const struct call *call)
{
	complain("Unknown command: %s", call->command_word);
	complain("Missing command");
	fprintf(stderr, "%s helper list|add|delete|disable|enable|get|flush [parameters...]\n",
		call->argv0);
	return EXIT_REFUSED;
}

/* All that can be refused without asking the kernel. */
static int check_arguments(const struct call *call, struct cthelper keys[2], int *ret_keys)
{
	int r;

	switch (call->command) {
	case COMMAND_LIST:
	case COMMAND_FLUSH:
		return call->argc > 0 ? complain("too many arguments") : 0;
	case COMMAND_GET:
	case COMMAND_DELETE:
		return parse_keys(call, keys, ret_keys);
	case COMMAND_ADD:
		r = parse_known(call, "add helper name family protocol", &keys[0]);
		return r ? r : options_parse(call->argc - 3, call->argv + 3, &keys[0]);
	case COMMAND_DISABLE:
		if (means_unserved(call))
			return 0;
		return parse_known(call, "disable helper name family protocol", &keys[0]);
	case COMMAND_ENABLE:
		return parse_known(call, "enable helper name family protocol", &keys[0]);
	case COMMAND_DEFAULT_SET:
	case COMMAND_DEFAULT_GET:
		break;
	}
	return no_such_command(call);
}

static int perform(struct nl *nl, const struct call *call, struct cthelper keys[2], int n_keys)
{
	int r;

	switch (call->command) {
	case COMMAND_LIST:
		return list(nl, call);
	case COMMAND_FLUSH:
		r = cthelper_delete(nl, NULL);
		return r < 0 ? refused(nl, call, NULL, r) : EXIT_OK;
	case COMMAND_GET:
		return get(nl, call, keys, n_keys);
	case COMMAND_DELETE:
		return remove_all(nl, call, keys, n_keys);
	case COMMAND_ADD:
		return add(nl, call, &keys[0]);
	case COMMAND_DISABLE:
		if (means_unserved(call))
			return disable_unserved(nl, call);
		return set_status(nl, call, &keys[0]);
	case COMMAND_ENABLE:
		return set_status(nl, call, &keys[0]);
	case COMMAND_DEFAULT_SET:
	case COMMAND_DEFAULT_GET:
		break;
	}
	return EXIT_REFUSED;
}

int helper_run(const struct call *call)
{
	struct cthelper keys[2] = { 0 };
	struct nl nl;
	int n_keys = 0, r;

	r = check_arguments(call, keys, &n_keys);
	if (r)
		return r;
	r = open_netlink(&nl);
	if (r)
		return r;
	r = perform(&nl, call, keys, n_keys);
	nl_close(&nl);
	return r;
}
