/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole enable: from nothing to a helper that works.
 *
 * How it works: the wish becomes a file of helpers.d, so that it outlives us; the daemon reads that,
 * registers the helper and serves its queue; then, in one transaction, rules give flows the helper. Last
 * the kernel is asked whether all of it is there. What fails is taken back. Rules come last because a
 * helper that a rule names must exist, and first when it goes.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/pinhole/lines.h"
#include "cli/pinhole/plan.h"
#include "cli/pinhole/service.h"
#include "cli/pinhole/target.h"
#include "cli/pinhole/wish.h"
#include "netfilter/cthelper.h"

#define QUEUE_FIRST 20000 /* far from what people pick by hand */

struct job {
	struct wish wish;
	struct config config; /* as it is */
	bool missing;	      /* it is not there yet */
	struct manifest buf;
	const struct manifest *manifest;
	struct nl nl;
	json_t *ruleset;
	char path[SERVICE_PATH_SIZE];
	char *text; /* of that file */
	struct config wanted; /* of that text alone */
	struct target target;
	struct plan plan;
	char *nat_notes;
	bool started;
};

static int find_manifest(struct job *job)
{
	job->manifest = target_manifest(&job->config, job->wish.name, &job->buf);
	if (!job->manifest)
		return misused("there is no helper `%s': `pinhole list' names them; doc/own-helper.md "
			       "says how to define one", job->wish.name);
	return EXIT_DONE;
}

/* A helper that the operator's own file configures is his. */
static int check_configured(const struct job *job)
{
	for (size_t i = 0; i < job->config.n_types; i++) {
		const struct helper_type *type = &job->config.types[i];
		const char *file = config_file(&job->config, type->file);

		if (!strcmp(type->name, job->manifest->name) && strcmp(file, job->path) != 0)
			return fail("%s:%u has a Type %s of its own. Take it out there, or put an "
				    "Attach { } into it (conntrackd.conf(5)) and run `pinhole apply'",
				    file, type->line, type->name);
	}
	return EXIT_DONE;
}

/* What an earlier file of ours says of that protocol over `l4`; NULL: nothing. */
static const struct helper_type *earlier(const struct job *job, uint8_t l4)
{
	for (size_t i = 0; i < job->config.n_types; i++) {
		const struct helper_type *type = &job->config.types[i];

		if (!strcmp(type->name, job->manifest->name) && type->l4 == l4)
			return type;
	}
	return NULL;
}

/* Rules leave out what of a stream carries nothing. Of datagrams they queue all, too; and whether they are right for
 * connections that another one announced, nobody has tried (doc/transports.md). */
static bool is_by_rule(const struct job *job, uint8_t l4)
{
	const struct wish *w = &job->wish;
	const struct helper_type type = { .l4 = l4 };
	const struct helper_type *before = earlier(job, l4);

	if (w->transport)
		return !strcmp(w->transport, "rule");
	if (w->n_queues > 1)
		return true;
	if (w->print == WISH_IPTABLES)
		return false;
	if (before)
		return before->by_rule;
	return l4 == IPPROTO_TCP && !rules_announced(job->manifest, &type);
}

static uint8_t l4_of(unsigned i)
{
	return i ? IPPROTO_UDP : IPPROTO_TCP;
}

static void pick_transport(const struct job *job, struct wish_type types[2])
{
	for (unsigned i = 0; i < 2; i++) {
		types[i].by_rule = is_by_rule(job, l4_of(i));
		types[i].n_queues = job->wish.n_queues;
	}
}

/* Those that a file of ours has already, else new ones: others for each transport. */
static void pick_queues(struct job *job, struct wish_type types[2])
{
	uint16_t next = QUEUE_FIRST;

	for (unsigned i = 0; i < 2; i++) {
		const struct helper_type *before = earlier(job, l4_of(i));

		if (!(job->manifest->l4s & 1U << i))
			continue;
		if (before && before->by_rule == types[i].by_rule && before->n_queues == types[i].n_queues) {
			types[i].queue_num = before->queue_num;
			types[i].keep_helper = before->attach.keep_helper;
			continue;
		}
		types[i].queue_num = plan_queues(&job->nl, &job->config, job->ruleset, next, types[i].n_queues);
		next = (uint16_t)(types[i].queue_num + types[i].n_queues);
	}
}

static int compose(struct job *job, const struct wish_type types[2])
{
	struct config_messages msgs = { 0 };
	size_t len = 0;
	FILE *f;
	int r;

	config_free(&job->wanted);
	free(job->text);
	job->text = NULL;
	f = open_memstream(&job->text, &len);
	if (!f)
		return fail("%s", strerror(ENOMEM));
	wish_write(f, &job->wish, job->manifest, types);
	fclose(f);
	r = config_parse(&job->wanted, job->path, job->text, len, &msgs);
	for (size_t i = 0; i < msgs.num; i++)
		fprintf(stderr, "%s\n", msgs.list[i].text);
	config_messages_free(&msgs);
	if (r < 0)
		return fail("cannot write that into a configuration");
	job->target.manifest = job->manifest;
	job->target.n_types = 0;
	for (size_t i = 0; i < job->wanted.n_types; i++)
		job->target.types[job->target.n_types++] = &job->wanted.types[i];
	return EXIT_DONE;
}

/* Objects that are there although no file of ours asked for them are somebody's. */
static int check_names(struct job *job, struct wish_type types[2])
{
	const bool again = access(job->path, F_OK) == 0;
	int r = EXIT_DONE;

	for (unsigned i = 0; r == EXIT_DONE && i < job->target.n_types; i++) {
		const struct helper_type *type = job->target.types[i];
		bool exists;

		r = plan_check_name(&job->nl, type, &exists);
		if (r == EXIT_DONE && exists && !again)
			types[type->l4 == IPPROTO_UDP].keep_helper = true;
	}
	return r;
}

static int prepare(struct job *job)
{
	struct wish_type types[2] = { { .queue_num = QUEUE_FIRST },
				      { .queue_num = (uint16_t)(QUEUE_FIRST + job->wish.n_queues) } };
	bool prints = job->wish.print == WISH_NFT || job->wish.print == WISH_IPTABLES;
	int r = service_read(&job->wish.common, &job->config, &job->missing);

	if (r == EXIT_DONE)
		r = find_manifest(job);
	if (r == EXIT_DONE)
		r = wish_check(&job->wish, job->manifest);
	if (r != EXIT_DONE)
		return r;
	service_fragment(&job->wish.common, job->manifest->name, job->path);
	if (prints) {
		pick_transport(job, types);
		return compose(job, types);
	}
	memset(types, 0, sizeof(types));
	if (geteuid() != 0)
		return fail("only root may do that; --print-rules nft shows the rules to anybody");
	r = check_configured(job);
	if (r == EXIT_DONE && nl_open(&job->nl) < 0)
		r = fail("cannot open a netlink socket: %s", strerror(errno));
	if (r == EXIT_DONE)
		r = nft_read(&job->ruleset);
	if (r != EXIT_DONE)
		return r;
	pick_transport(job, types);
	pick_queues(job, types);
	r = compose(job, types);
	if (r == EXIT_DONE)
		r = check_names(job, types);
	if (r == EXIT_DONE)
		r = compose(job, types);
	if (r == EXIT_DONE)
		r = plan_rules(&job->plan, &job->target, job->ruleset, !job->wish.no_accept);
	if (r != EXIT_DONE)
		return r;
	job->nat_notes = plan_nat_notes(job->ruleset);
	if (job->wish.nat_safe && job->nat_notes && *job->nat_notes)
		return fail("NAT would break flows of %s:\n%s", job->manifest->name, job->nat_notes);
	return EXIT_DONE;
}

static void take_back(struct job *job, const char *old)
{
	if (old)
		(void)service_write(job->path, old);
	else
		(void)unlink(job->path);
	(void)service_shrink(&job->wish.common);
	if (!old)
		(void)plan_remove_objects(&job->wanted, NULL);
	service_tidy(&job->wish.common);
}

static char *read_old(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = fopen(path, "re");

	if (!f)
		return NULL;
	if (getdelim(&text, &size, '\0', f) < 0) {
		free(text);
		text = NULL;
	}
	fclose(f);
	return text;
}

static int perform(struct job *job)
{
	char *old = read_old(job->path);
	int r = job->missing ? service_write_config(&job->wish.common) : EXIT_DONE;

	if (job->manifest->classes[0].back)
		service_load_modules();
	if (r == EXIT_DONE)
		r = service_write(job->path, job->text);
	if (r == EXIT_DONE)
		r = service_apply(&job->wish.common, &job->started);
	if (r == EXIT_DONE)
		r = nft_run(job->plan.commands);
	if (r != EXIT_DONE)
		take_back(job, old);
	free(old);
	if (r != EXIT_DONE)
		return r;
	json_decref(job->ruleset);
	job->ruleset = NULL;
	r = nft_read(&job->ruleset);
	return r == EXIT_DONE ? plan_verify(&job->nl, &job->target, job->ruleset) : r;
}

static void print_text(const struct job *job)
{
	const char *done = job->wish.print == WISH_DRY_RUN ? "would " : "";
	char queues[TARGET_QUEUES_SIZE];

	for (unsigned i = 0; i < job->target.n_types; i++)
		printf("%-11s helper %s %s %s, %s\n", i ? "" : "registers", job->manifest->name,
		       cthelper_l3_word(job->target.types[i]->l3), target_l4(job->target.types[i]),
		       target_queues(job->target.types[i], queues));
	printf("%-11s %s%s\n", "writes", job->missing ? "a first conntrackd.conf, and " : "", job->path);
	if (!*done)
		printf("%-11s conntrackd %s\n", "serves", job->started ? "was started" : "was told");
	lines_print("nftables", job->plan.commands);
	lines_print("note", job->plan.notes);
	lines_print("iptables", job->plan.iptables);
	lines_print("note", job->nat_notes);
	lines_print("note", "connections that exist already go on without the helper");
	puts(*done ? "nothing of it was done (--dry-run)" : "all of it is in place");
}

static void print_json(const struct job *job)
{
	struct json j = json_over(stdout);

	json_put_object_begin(&j, NULL);
	json_put_string(&j, "helper", job->manifest->name);
	json_put_bool(&j, "done", job->wish.print == WISH_DO);
	json_put_string(&j, "file", job->path);
	json_put_array_begin(&j, "types");
	for (unsigned i = 0; i < job->target.n_types; i++) {
		json_put_object_begin(&j, NULL);
		json_put_string(&j, "family", cthelper_l3_word(job->target.types[i]->l3));
		json_put_string(&j, "protocol", target_l4(job->target.types[i]));
		json_put_number(&j, "queue", job->target.types[i]->queue_num);
		json_put_number(&j, "queues", job->target.types[i]->n_queues);
		json_put_object_end(&j);
	}
	json_put_array_end(&j);
	lines_put(&j, "nftables", job->plan.commands);
	lines_put(&j, "iptables", job->plan.iptables);
	lines_put(&j, "notes", job->plan.notes);
	lines_put(&j, "nat_notes", job->nat_notes);
	json_put_object_end(&j);
	json_finish(&j);
}

static int run(int argc, char **argv)
{
	struct job job = { .nl = NL_CLOSED };
	int r = wish_parse(argc, argv, &job.wish);

	if (r == EXIT_DONE)
		r = prepare(&job);
	if (r == EXIT_DONE && job.wish.print == WISH_DO)
		r = perform(&job);
	if (r == EXIT_DONE && job.wish.print == WISH_NFT)
		rules_attach(stdout, &job.target);
	else if (r == EXIT_DONE && job.wish.print == WISH_IPTABLES) {
		rules_iptables_attach(stdout, &job.target);
		rules_iptables_accept(stdout, &job.target);
	} else if (r == EXIT_DONE && job.wish.common.json)
		print_json(&job);
	else if (r == EXIT_DONE)
		print_text(&job);
	plan_free(&job.plan);
	free(job.nat_notes);
	free(job.text);
	json_decref(job.ruleset);
	config_free(&job.wanted);
	config_free(&job.config);
	nl_close(&job.nl);
	return r;
}

const struct verb verb_enable = {
	.word = "enable",
	.prose = "set a helper up, for good",
	.help = "usage: pinhole enable HELPER [--server ADDRESS[/N][,...]] [--client ADDRESS[/N][,...]]\n"
		"\n"
		"Registers the helper, has conntrackd serve it, gives it the connections that it is to\n"
		"read, and accepts what those announce, in your firewall's chains that would drop it.\n"
		"It stays so over a restart; `pinhole disable HELPER' takes all of it back.\n"
		"\n"
		"  --server A[,B]   what clients connect to, before any translation\n"
		"  --client A[,B]   who connects. One of both is needed, unless the protocol asks groups\n"
		"  --anywhere       neither: every host may have every other open ports (think twice)\n"
		"  --port N[,M]     control ports, if not the usual one\n"
		"  --on IF[,IF]     only clients behind these interfaces, or asked through them\n"
		"  --transport helper|rule   who queues packets. If it is not said: who does already,\n"
		"                   else rules for TCP, the helper for UDP (doc/transports.md)\n"
		"  --queues N       by rules: so many queues, a worker for each\n"
		"  --nat-safe       refuse if another rule would break translated connections\n"
		"  --no-accept      leave the chains of others alone\n"
		"  --dry-run        say what would be done\n"
		"  --print-rules nft|iptables   the rules alone, for your own scripts\n"
		"  -C FILE          conntrackd's configuration; we write to helpers.d beside it\n"
		"  -o json          see doc/json.md\n"
		"\n"
		"Example: pinhole enable ftp --server 192.0.2.10 --client 10.0.0.0/8\n",
	.run = run,
};
