/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pinhole why: why something is open, or is not, in sentences.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pinhole/asked.h"
#include "cli/pinhole/record.h"
#include "config/config.h"
#include "daemon/request.h"

static const char never[] = "nothing: the gate never allows that, whatever the configuration says";

static const char *next_step(const struct record *r)
{
	const char *remedy = refusal_remedy(r->reason);

	return remedy ? remedy : never;
}

/* ---- which rule */

/* The Type that a record is about: helper, queue and family. NULL: it has gone from the configuration. */
static const struct value *find_type(const struct value *status, const struct record *r)
{
	const char *l3 = addr_len(&r->original.src) == 16 ? "inet6" : "inet";
	const struct value *list = value_at(status, "helpers");

	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *h = value_item(list, i), *types = value_at(h, "types");

		if (strcmp(value_text(h, "helper"), r->helper) != 0 ||
		    value_number(h, "queue") != r->queue)
			continue;
		for (size_t t = 0; t < value_count(types); t++)
			if (!strcmp(value_text(value_item(types, t), "l3"), l3))
				return value_item(types, t);
	}
	return NULL;
}

static void print_class(const struct value *class)
{
	const struct value *networks = value_at(class, "third_party");

	printf("at most %lld of one flow, each for %lld s; ports from %lld",
	       (long long)value_number(class, "expect_max"),
	       (long long)value_number(class, "expect_timeout"),
	       (long long)value_number(class, "min_port"));
	if (value_is(class, "loose"))
		printf("; third parties anywhere");
	else if (value_count(networks))
		printf("; third parties in");
	for (size_t i = 0; !value_is(class, "loose") && i < value_count(networks); i++)
		printf("%s %s", i ? "," : "", value_as_text(value_item(networks, i)));
	putchar('\n');
}

static void print_rule(const struct value *status, const struct record *r)
{
	const struct value *type = find_type(status, r);
	const struct value *class = value_item(value_at(type, "classes"), r->class);

	if (!class) {
		printf("  rule:     the configuration does not serve %s on queue %u any more\n",
		       r->helper, r->queue);
		return;
	}
	printf("  rule:     Policy %s of Type %s %s %s: ", value_text(class, "name"), r->helper,
	       value_text(type, "l3"), value_text(type, "l4"));
	print_class(class);
}

/* ---- one record */

static void print_asked(const struct record *r)
{
	char master[PHRASE_SIZE], l4[16];

	printf("  asked by: the %s, on the control connection %s (%s, flow %lld, zone %lld, queue %u)\n",
	       r->reply ? "server" : "client", record_master(master, r),
	       l4_word(l4, r->original.l4), (long long)r->flow, (long long)r->zone, r->queue);
	if (r->message[0])
		printf("  message:  \"%s\"\n", r->message);
	else
		printf("  message:  empty, or not kept\n");
	if (r->offset < 0)
		printf("            announced %lld bytes before the packet that ended it",
		       (long long)-r->offset);
	else
		printf("            announced at byte %lld of the packet's payload",
		       (long long)r->offset);
	if (r->original.l4 == 6)
		printf(", TCP sequence %lld", (long long)r->seq);
	putchar('\n');
}

static void print_opened(const struct record *r)
{
	char what[PHRASE_SIZE], span[32];

	printf("  opened:   %s, for %s\n", record_what(what, r),
	       r->permanent ? "any number of connections" : "one connection");
	if (r->renewals)
		printf("            asked for again %u time%s; all of this is of the last time\n",
		       r->renewals, r->renewals == 1 ? "" : "s");
	printf("  became:   %s: %s", r->fate, fate_prose(r->fate));
	if (strcmp(r->fate, "open") != 0)
		printf(" (%s later)", span_text(span, time_of(r->fate_time) - time_of(r->time)));
	putchar('\n');
}

static void print_refused(const struct record *r)
{
	char what[PHRASE_SIZE];

	printf("  asked:    %s\n", record_what(what, r));
	printf("  refused:  %s: %s", r->reason, refusal_prose(r->reason));
	if (strcmp(r->kernel, "unasked") != 0)
		printf(" (the kernel said %s)", r->kernel);
	printf("\n  to allow: %s\n", next_step(r));
}

static void explain(const struct value *status, const struct record *r, int64_t now)
{
	const char *code = r->refused ? "\033[1;33m" : "\033[1;32m";
	char span[32], l4[16];

	printf("%s%s port %u, %s by helper %s%s %s ago (%s)\n", with_colour() ? code : "",
	       l4_word(l4, r->refused ? r->l4 : r->granted.l4),
	       r->refused ? r->port : r->granted.dport, r->refused ? "refused" : "opened",
	       r->helper, with_colour() ? "\033[0m" : "", span_text(span, now - time_of(r->time)),
	       r->time);
	print_asked(r);
	print_rule(status, r);
	if (r->refused)
		print_refused(r);
	else
		print_opened(r);
}

static void print_record(const struct record *r)
{
	value_add(r->json, "explanation",
		  r->refused ? refusal_prose(r->reason) : fate_prose(r->fate));
	value_add(r->json, "to_allow", r->refused ? refusal_remedy(r->reason) : NULL);
	value_print(r->json, stdout);
}

/* ---- all of them */

static unsigned explain_all(const struct asked *a, bool json, const struct value *status,
			    const struct value *trail)
{
	const struct value *records = value_at(trail, "records");
	int64_t now = time_of(value_text(trail, "time"));
	unsigned n = 0;

	if (json)
		putchar('[');
	for (size_t i = value_count(records); i-- > 0;) {
		struct record r;

		record_read(value_item(records, i), &r);
		if (!asked_matches(a, &r))
			continue;
		if (n++)
			putchar(json ? ',' : '\n');
		if (json)
			print_record(&r);
		else
			explain(status, &r, now);
	}
	if (json)
		puts("]");
	return n;
}

/* The time of the oldest record of one kind; NULL: there is none. */
static const char *oldest(const struct value *trail, bool refused)
{
	const struct value *records = value_at(trail, "records");

	for (size_t i = 0; i < value_count(records); i++) {
		struct record r;

		record_read(value_item(records, i), &r);
		if (r.refused == refused)
			return r.time;
	}
	return NULL;
}

static void hint(const struct value *trail)
{
	const char *opened = oldest(trail, false), *refused = oldest(trail, true);

	fprintf(stderr,
		"pinhole why: nothing is known of that. The trail goes back to %s for what was "
		"opened, to %s for\nwhat was refused, and begins with the daemon. No helper may have "
		"been asked: `pinhole top' shows whether they\nsee packets, `pinhole log' everything "
		"that is remembered.\n",
		opened ? opened : "its beginning", refused ? refused : "its beginning");
}

static int answer(const struct common *c, const struct asked *a)
{
	struct value *status = NULL, *trail = NULL;
	int r = answer_ask(c, REQUEST_STATUS_JSON, "helpers", &status);

	if (r == EXIT_DONE)
		r = answer_ask(c, REQUEST_AUDIT_JSON, "records", &trail);
	if (r == EXIT_DONE && !explain_all(a, c->json, status, trail)) {
		hint(trail);
		r = EXIT_FOUND;
	}
	answer_free(status);
	answer_free(trail);
	return r;
}

/* Words in one argument or several. */
static int take_words(const char *text, struct asked *ret)
{
	static const char blanks[] = " \t,";
	const char *wrong = "says nothing";
	char word[128];

	while (*(text += strspn(text, blanks))) {
		size_t len = strcspn(text, blanks);

		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		wrong = asked_word(word, ret);
		if (wrong)
			return misused("`%s' %s", word, wrong);
		text += len;
	}
	return wrong ? misused("an empty word says nothing") : EXIT_DONE;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };
	struct common common = COMMON_DEFAULT;
	struct asked asked = { 0 };
	int letter, r;

	while ((letter = getopt_long(argc, argv, COMMON_LETTERS, options, NULL)) >= 0) {
		r = common_option(letter, &common);
		if (r)
			return r;
	}
	if (optind == argc)
		return misused(
			"why what? A port, ADDRESS:PORT, or words like dst=ADDRESS dport=PORT");
	for (int i = optind; i < argc; i++) {
		r = take_words(argv[i], &asked);
		if (r)
			return r;
	}
	return answer(&common, &asked);
}

const struct verb verb_why = {
	.word = "why",
	.prose = "why a port is open, or is not",
	.help = "usage: pinhole why PORT | ADDRESS:PORT | \"src=A dst=A sport=N dport=N proto=tcp\" [-o json]\n"
		"\n"
		"Explains every pinhole and every refusal that has to do with a port or address, newest\n"
		"first: who asked with which message, which policy was applied, what was opened, what\n"
		"became of it; or why not, and what would allow it. Port and address are those of the\n"
		"pinhole, as announced or as granted, before or behind NAT. An IPv6 address with a port\n"
		"stands in brackets.\n"
		"\n"
		"  -o json  an array of records; the schema is in doc/json.md\n"
		"\n"
		"Exit code 3: nothing is known of it.\n",
	.run = run,
};
