/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Why the kernel refused a helper object: the kernel says -EBUSY for several reasons and never
 * which. Looks, and never changes anything.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netfilter/cthelper.h"

/* In-kernel helpers whose module is not nf_conntrack_NAME. */
static const struct {
	const char *name, *module;
} odd_modules[] = {
	{ "Q.931", "nf_conntrack_h323" },
	{ "RAS", "nf_conntrack_h323" },
	{ "H.245", "nf_conntrack_h323" },
	{ "snmp_trap", "nf_nat_snmp_basic" },
};

const char *cthelper_module(const char *name, char *buf)
{
	size_t len = strcspn(name, "-");

	for (size_t i = 0; i < sizeof(odd_modules) / sizeof(odd_modules[0]); i++)
		if (strcmp(name, odd_modules[i].name) == 0) {
			snprintf(buf, CTHELPER_MODULE_SIZE, "%s", odd_modules[i].module);
			return buf;
		}
	/* A module that watches several ports names its other helpers NAME-PORT. */
	if (name[len] && name[len + 1 + strspn(name + len + 1, "0123456789")])
		len = strlen(name);
	snprintf(buf, CTHELPER_MODULE_SIZE, "nf_conntrack_%.*s", (int)len, name);
	for (char *c = buf; *c; c++)
		if (*c == '-')
			*c = '_';
	return buf;
}

/* Built-in modules with parameters stand there too. */
static bool module_loaded(const char *sys_module, const char *module)
{
	char path[256];

	if (strchr(module, '/') || module[0] == '\0')
		return false;
	snprintf(path, sizeof(path), "%s/%s", sys_module ? sys_module : "/sys/module", module);
	return access(path, F_OK) == 0;
}

static bool same_policies(const struct cthelper *a, const struct cthelper *b)
{
	if (a->n_policies != b->n_policies)
		return false;
	for (unsigned i = 0; i < a->n_policies; i++)
		if (strcmp(a->policies[i].name, b->policies[i].name) != 0)
			return false;
	return true;
}

void cthelper_clash(struct nl *nl, const struct cthelper *wanted, const char *sys_module,
		    struct cthelper_clash *ret)
{
	char module[CTHELPER_MODULE_SIZE];

	*ret = (struct cthelper_clash){ .kind = CTHELPER_CLASH_UNKNOWN };
	if (cthelper_get(nl, wanted, &ret->existing) == 0) {
		if (wanted->has & CTHELPER_STATE_LEN &&
		    wanted->state_len != ret->existing.state_len)
			ret->kind = CTHELPER_CLASH_STATE_LEN;
		else if (wanted->has & CTHELPER_POLICIES && !same_policies(wanted, &ret->existing))
			ret->kind = CTHELPER_CLASH_POLICIES;
		else
			ret->kind = CTHELPER_CLASH_EXISTS;
		return;
	}
	if (!module_loaded(sys_module, cthelper_module(wanted->name, module)))
		return;
	ret->kind = CTHELPER_CLASH_MODULE;
	snprintf(ret->module, sizeof(ret->module), "%s", module);
}

/* "rpc, ftp"; hostile names cannot get here: only root makes objects. */
static const char *policy_names(const struct cthelper *h, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < h->n_policies && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? ", " : "",
					h->policies[i].name);
	return buf;
}

const char *cthelper_clash_text(const struct cthelper_clash *clash, const struct cthelper *wanted,
				char *buf, size_t size)
{
	char key[64], theirs[80], ours[80], module[CTHELPER_MODULE_SIZE];

	snprintf(key, sizeof(key), "%s %s %s", wanted->name, cthelper_l3_word(wanted->l3),
		 cthelper_l4_word(wanted->l4));
	switch (clash->kind) {
	case CTHELPER_CLASH_UNKNOWN:
		snprintf(buf, size, "Maybe unload %s.ko first?",
			 cthelper_module(wanted->name, module));
		break;
	case CTHELPER_CLASH_MODULE:
		snprintf(buf, size,
			 "the kernel's own helper in module %s owns %s: unload it first "
			 "(modprobe -r %s; rules that use it must go before)",
			 clash->module, key, clash->module);
		break;
	case CTHELPER_CLASH_STATE_LEN:
		snprintf(buf, size,
			 "%s is registered already, with %u private bytes per flow instead of %u: "
			 "another program made it; delete it first (nfct delete helper %s)",
			 key, clash->existing.state_len, wanted->state_len, key);
		break;
	case CTHELPER_CLASH_POLICIES:
		snprintf(
			buf, size,
			"%s is registered already, with other policies (%s instead of %s): another "
			"program made it; delete it first (nfct delete helper %s)",
			key, policy_names(&clash->existing, theirs, sizeof(theirs)),
			policy_names(wanted, ours, sizeof(ours)), key);
		break;
	case CTHELPER_CLASH_EXISTS:
		snprintf(buf, size, "%s is registered already", key);
		break;
	}
	return buf;
}
