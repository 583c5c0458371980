/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * case-runner [--bless | --seeds DIR] HELPER PATH...
 *
 * Replays case files (or the *.case of folders) through a parser and compares its answers with the
 * `=` lines. Then it cuts the same bytes otherwise and holds the answers against those of the
 * whole: every prefix may claim what the whole claims or less, never anything else; of a stream,
 * any cut in two, single bytes, and messages joined give the very same answers.
 */
#include <dirent.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/programs.h"
#include "tests/cases/case.h"
#include "tests/cases/print.h"
#include "tests/cases/replay.h"
#include "tests/unit/tap.h"

#define NO_MESSAGE UINT32_MAX

static const struct helper *helper;

/* How a case is sent. Zero bytes of `cut` are a cut too. */
struct plan {
	unsigned message; /* that is cut, or NO_MESSAGE */
	size_t cut;	  /* after how many bytes */
	bool lose;	  /* the rest of that message, and all behind it */
	bool bytewise;
	bool joined; /* messages of one direction that follow each other are sent as one */
};

/* What a run does not agree with, for the diagnostic. */
struct doubt {
	char text[160];
};

static bool is_stream(const struct case_one *one)
{
	return one->tuples[0].l4 == IPPROTO_TCP;
}

static void feed_message(struct replay *r, const struct case_one *one, unsigned i,
			 const struct plan *plan)
{
	const struct case_message *m = &one->messages[i];

	if (plan->bytewise) {
		for (size_t j = 0; j < m->len; j++)
			replay_feed(r, i, m->direction, m->data + j, 1);
		return;
	}
	if (plan->message != i) {
		replay_feed(r, i, m->direction, m->data, m->len);
		return;
	}
	replay_feed(r, i, m->direction, m->data, plan->cut);
	if (!plan->lose)
		replay_feed(r, i, m->direction, m->data + plan->cut, m->len - plan->cut);
}

/* Sends message i with those that follow it in its direction. Returns the last of them. */
static unsigned feed_joined(struct replay *r, const struct case_one *one, unsigned i)
{
	enum direction direction = one->messages[i].direction;
	uint8_t *all = NULL;
	size_t len = 0;

	for (; i < one->n_messages && one->messages[i].direction == direction; i++) {
		const struct case_message *m = &one->messages[i];

		all = realloc(all, len + m->len + 1);
		if (!all)
			abort();
		memcpy(all + len, m->data, m->len);
		len += m->len;
	}
	replay_feed(r, i - 1, direction, all, len);
	free(all);
	return i - 1;
}

/* Returns the contract's breach, or NULL. */
static const char *run_plan(const struct case_one *one, const struct plan *plan,
			    struct results *results)
{
	struct replay r;

	replay_init(&r, helper, one->tuples, results);
	memcpy(r.state, one->state, sizeof(r.state));
	for (unsigned i = 0; i < one->n_messages; i++) {
		if (plan->joined)
			i = feed_joined(&r, one, i);
		else
			feed_message(&r, one, i, plan);
		if (plan->lose && plan->message == i)
			break;
	}
	replay_free(&r);
	return r.broken;
}

static bool has_claim(const struct results *rs, unsigned message, const struct claim *c)
{
	for (size_t i = 0; i < rs->n; i++)
		for (unsigned j = 0; j < rs->list[i].out.n_claims; j++)
			if (rs->list[i].message == message &&
			    !memcmp(&rs->list[i].out.claims[j], c, sizeof(*c)))
				return true;
	return false;
}

/* Each claim of `part` is in `whole` too, for the same message. */
static bool claims_within(const struct results *part, const struct results *whole)
{
	for (size_t i = 0; i < part->n; i++)
		for (unsigned j = 0; j < part->list[i].out.n_claims; j++)
			if (!has_claim(whole, part->list[i].message, &part->list[i].out.claims[j]))
				return false;
	return true;
}

static bool check_plan(const struct case_one *one, const struct plan *plan,
		       const struct results *whole, struct doubt *doubt)
{
	struct results results = { 0 };
	const char *broken = run_plan(one, plan, &results);

	if (!broken && plan->lose && !claims_within(&results, whole))
		broken = "other claims than of the whole";
	if (!broken && !plan->lose && !results_agree(&results, whole))
		broken = "other answers than of the whole";
	results_free(&results);
	if (broken)
		snprintf(doubt->text, sizeof(doubt->text), "message %u cut at %zu: %s",
			 plan->message + 1, plan->cut, broken);
	return !broken;
}

/* Each cut of each message. */
static void check_cuts(const struct case_one *one, const struct results *whole, bool lose)
{
	struct doubt doubt = { "" };
	unsigned n = 0;

	for (unsigned i = 0; i < one->n_messages; i++)
		for (size_t cut = 0; cut < one->messages[i].len && !doubt.text[0]; cut++, n++)
			check_plan(one, &(struct plan){ .message = i, .cut = cut, .lose = lose },
				   whole, &doubt);
	is_str(doubt.text, "", "%s: %u %s", one->title, n, lose ? "prefixes" : "cuts");
}

static void check_whole(const struct case_file *file, const struct case_one *one,
			const struct results *whole)
{
	for (unsigned i = 0; i < one->n_messages; i++) {
		const char *expected = one->messages[i].expected;
		char *got = NULL;

		append(&got, "%s", "");
		print_results(helper->manifest, whole, i, &got);
		is_str(got, expected ? expected : "", "%s: message %u (%s:%u)", one->title, i + 1,
		       file->path, one->messages[i].n_lines);
		free(got);
	}
}

static void run_case(const struct case_file *file, const struct case_one *one)
{
	static const struct plan as_given = { .message = NO_MESSAGE };
	static const struct plan bytewise = { .message = NO_MESSAGE, .bytewise = true };
	static const struct plan joined = { .message = NO_MESSAGE, .joined = true };
	struct results whole = { 0 };
	struct doubt doubt = { "" };
	const char *broken = run_plan(one, &as_given, &whole);

	if (is_str(broken ? broken : "", "", "%s: contract", one->title)) {
		check_whole(file, one, &whole);
		check_cuts(one, &whole, true);
		if (is_stream(one)) {
			check_cuts(one, &whole, false);
			check_plan(one, &bytewise, &whole, &doubt);
			is_str(doubt.text, "", "%s: bytewise", one->title);
			doubt.text[0] = '\0';
			check_plan(one, &joined, &whole, &doubt);
			is_str(doubt.text, "", "%s: joined", one->title);
		}
	}
	results_free(&whole);
}

/* The file's text with the answers that the parser gives now. */
static char *blessed_text(const struct case_file *file)
{
	char *text = NULL;
	unsigned n = 0;

	append(&text, "%s", "");
	for (unsigned i = 0; i < file->n_cases; i++) {
		static const struct plan as_given = { .message = NO_MESSAGE };
		const struct case_one *one = &file->cases[i];
		struct results whole = { 0 };
		const char *broken = run_plan(one, &as_given, &whole);

		if (broken)
			fprintf(stderr, "%s: %s: %s\n", file->path, one->title, broken);
		for (unsigned j = 0; j < one->n_messages; j++) {
			for (; n < one->messages[j].n_lines; n++)
				if (file->lines[n][0] != '=')
					append(&text, "%s\n", file->lines[n]);
			print_results(helper->manifest, &whole, j, &text);
		}
		results_free(&whole);
	}
	for (; n < file->n_lines; n++)
		if (file->lines[n][0] != '=')
			append(&text, "%s\n", file->lines[n]);
	return text;
}

static bool bless(const struct case_file *file)
{
	char *text = blessed_text(file);
	FILE *f = fopen(file->path, "w");
	bool written = f && fputs(text, f) >= 0;

	if (!f || fclose(f) || !written)
		perror(file->path);
	free(text);
	return written;
}

static void put_chunk(FILE *f, const struct case_message *m)
{
	size_t len = m->len < 0x7fff ? m->len : 0x7fff;

	fputc((m->direction == DIRECTION_REPLY ? 0x80 : 0) | (int)(len >> 8), f);
	fputc((int)(len & 0xff), f);
	fwrite(m->data, 1, len, f);
}

/* The flag of helper_fuzz.c: sent to a group, by broadcast (the last address of a network too). */
static int group_flag(const struct addr *a)
{
	if (addr_len(a) == 16)
		return a->bytes[0] == 0xff ? 8 : 0;
	if ((a->bytes[0] & 0xf0) == 224)
		return 8;
	return a->bytes[3] == 255 ? 16 : 0;
}

/* One input of helper_fuzz.c for each case. */
static bool write_seeds(const struct case_file *file, const char *dir)
{
	const char *name = strrchr(file->path, '/');

	name = name ? name + 1 : file->path;
	for (unsigned i = 0; i < file->n_cases; i++) {
		const struct case_one *one = &file->cases[i];
		const struct tuple *t = one->tuples;
		bool nat = !addr_equal(&t[0].src, &t[1].dst) || !addr_equal(&t[0].dst, &t[1].src);
		char path[4096];
		FILE *f;

		snprintf(path, sizeof(path), "%s/%.*s-%02u", dir, (int)strcspn(name, "."), name,
			 i + 1);
		f = fopen(path, "wb");
		if (!f) {
			perror(path);
			return false;
		}
		fputc(is_stream(one) | (addr_len(&t[0].src) == 16) << 1 | nat << 2 |
			      group_flag(&t[0].dst),
		      f);
		for (unsigned j = 0; j < one->n_messages; j++)
			put_chunk(f, &one->messages[j]);
		fclose(f);
	}
	return true;
}

static bool run_file(const char *path, bool do_bless, const char *seeds)
{
	struct case_file file;
	bool good = true;

	if (!case_read(path, &file))
		return false;
	if (do_bless)
		good = bless(&file);
	else if (seeds)
		good = write_seeds(&file, seeds);
	else
		for (unsigned i = 0; i < file.n_cases; i++)
			run_case(&file, &file.cases[i]);
	case_free(&file);
	return good;
}

static int is_case(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && !strcmp(entry->d_name + len - 5, ".case");
}

static bool run_path(const char *path, bool do_bless, const char *seeds)
{
	struct dirent **names;
	int n = scandir(path, &names, is_case, alphasort);
	bool good = true;

	if (n < 0)
		return run_file(path, do_bless, seeds);
	for (int i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		good &= run_file(file, do_bless, seeds);
		free(names[i]);
	}
	free(names);
	return good && n;
}

int cases_program(int argc, char **argv)
{
	bool do_bless = argc > 1 && !strcmp(argv[1], "--bless"), good = true;
	const char *seeds = argc > 2 && !strcmp(argv[1], "--seeds") ? argv[2] : NULL;
	int i = 1 + do_bless + 2 * (seeds != NULL);

	if (i + 2 > argc) {
		fprintf(stderr, "usage: case-runner [--bless | --seeds DIR] HELPER PATH...\n");
		return 2;
	}
	helper = helper_find(argv[i++]);
	if (!helper) {
		fprintf(stderr, "%s: no such helper\n", argv[i - 1]);
		return 2;
	}
	for (; i < argc; i++)
		good &= run_path(argv[i], do_bless, seeds);
	if (do_bless || seeds)
		return !good;
	ok(good, "case files can be read");
	return done_testing();
}
