/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One flow through one parser.
 */
#include "tests/cases/replay.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/contract.h"

void *grab(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		abort();
	return p;
}

/* A copy of exactly len bytes; of none, a pointer behind an allocation. */
static uint8_t *exact_copy(const void *data, size_t len, void **ret_free)
{
	uint8_t *p = grab(len);

	*ret_free = p;
	if (len)
		memcpy(p, data, len);
	return len ? p : p + 1;
}

static struct result *add_result(struct results *rs)
{
	if (rs->n == rs->size) {
		struct result *list;

		rs->size = rs->size ? rs->size * 2 : 16;
		list = grab(rs->size * sizeof(*list));
		if (rs->n)
			memcpy(list, rs->list, rs->n * sizeof(*list));
		free(rs->list);
		rs->list = list;
	}
	memset(&rs->list[rs->n], 0, sizeof(rs->list[0]));
	return &rs->list[rs->n++];
}

void results_free(struct results *results)
{
	free(results->list);
	*results = (struct results){ 0 };
}

static const struct result *next_definite(const struct results *rs, size_t *i)
{
	while (*i < rs->n) {
		const struct result *r = &rs->list[(*i)++];

		if (r->outcome != OUTCOME_MORE && !r->ignored)
			return r;
	}
	return NULL;
}

bool results_agree(const struct results *a, const struct results *b)
{
	size_t i = 0, j = 0;

	for (;;) {
		const struct result *x = next_definite(a, &i), *y = next_definite(b, &j);

		if (!x || !y)
			return x == y;
		if (x->outcome != y->outcome || x->direction != y->direction ||
		    x->full != y->full || memcmp(&x->out, &y->out, sizeof(x->out)))
			return false;
	}
}

void replay_init(struct replay *r, const struct helper *helper, const struct tuple tuples[2],
		 struct results *results)
{
	*r = (struct replay){
		.helper = helper,
		.orig = tuples[0],
		.reply = tuples[1],
		.results = results,
	};
}

void replay_free(struct replay *r)
{
	free(r->streams[0].data);
	free(r->streams[1].data);
}

/* Calls the parser twice: it must say the same both times. */
static struct result *call_parser(struct replay *r, unsigned message, enum direction direction,
				  const uint8_t *data, size_t len)
{
	const struct manifest *m = r->helper->manifest;
	struct input in = { .len = len,
			    .direction = direction,
			    .orig = r->orig,
			    .reply = r->reply,
			    .query = r->helper->manifest->query };
	struct result *result = add_result(r->results);
	struct output again = { 0 };
	void *data_copy, *state_copy, *state_again;
	const char *broken;
	uint8_t *state, *state2;
	enum outcome outcome;

	in.data = exact_copy(data, len, &data_copy);
	state = exact_copy(r->state, m->state_len, &state_copy);
	state2 = exact_copy(r->state, m->state_len, &state_again);
	result->message = message;
	result->direction = direction;
	result->outcome = r->helper->parse(&in, state, &result->out);
	outcome = r->helper->parse(&in, state2, &again);
	broken = contract_broken(m, &in, r->state, state, result->outcome, &result->out);
	if (!broken && (outcome != result->outcome || memcmp(state, state2, m->state_len) ||
			memcmp(&again, &result->out, sizeof(again))))
		broken = "the same input gives two answers";
	if (!broken && len && memcmp(in.data, data, len))
		broken = "the parser wrote to its input";
	if (broken && !r->broken)
		r->broken = broken;
	if (result->outcome != OUTCOME_MORE && m->state_len)
		memcpy(r->state, state, m->state_len);
	if (result->outcome == OUTCOME_DONE)
		r->done = true;
	free(data_copy);
	free(state_copy);
	free(state_again);
	return result;
}

/* Takes len bytes off the front of a stream's pending data. */
static void drop_front(struct replay *r, enum direction direction, size_t len)
{
	size_t left = r->streams[direction].len - len;

	memmove(r->streams[direction].data, r->streams[direction].data + len, left);
	r->streams[direction].len = left;
}

/* After MALFORMED: the direction is dead, or goes on behind the next line feed. False: no byte is
 * left to go on with. */
static bool resync(struct replay *r, enum direction direction)
{
	const uint8_t *data = r->streams[direction].data;
	const uint8_t *lf = memchr(data, '\n', r->streams[direction].len);

	r->streams[direction].resync = !lf;
	drop_front(r, direction, lf ? (size_t)(lf - data) + 1 : r->streams[direction].len);
	return lf;
}

static void give_up(struct replay *r, enum direction direction)
{
	if (r->helper->manifest->resync_line) {
		resync(r, direction);
		return;
	}
	r->streams[direction].dead = true;
	r->streams[direction].len = 0;
}

static void parse_pending(struct replay *r, unsigned message, enum direction direction)
{
	const struct manifest *m = r->helper->manifest;

	while (r->streams[direction].len && !r->done && !r->broken) {
		size_t len = r->streams[direction].len;
		struct result *result;

		if (len > m->tail)
			len = m->tail;
		result = call_parser(r, message, direction, r->streams[direction].data, len);
		if (result->outcome == OUTCOME_MORE && len < m->tail)
			return;
		if (result->outcome == OUTCOME_MORE) {
			result->outcome = OUTCOME_MALFORMED;
			result->full = true;
		}
		if (result->outcome == OUTCOME_MALFORMED) {
			give_up(r, direction);
			continue;
		}
		len = result->out.consumed;
		if (len > r->streams[direction].len) {
			r->streams[direction].skip = len - r->streams[direction].len;
			len = r->streams[direction].len;
		}
		drop_front(r, direction, len);
	}
}

static void feed_stream(struct replay *r, unsigned message, enum direction direction,
			const uint8_t *data, size_t len)
{
	size_t n = r->streams[direction].skip < len ? r->streams[direction].skip : len;
	uint8_t *all;

	r->streams[direction].skip -= n;
	data += n;
	len -= n;
	if (!len)
		return;
	all = grab(r->streams[direction].len + len);
	if (r->streams[direction].len)
		memcpy(all, r->streams[direction].data, r->streams[direction].len);
	memcpy(all + r->streams[direction].len, data, len);
	free(r->streams[direction].data);
	r->streams[direction].data = all;
	r->streams[direction].len += len;
	if (r->streams[direction].resync && !resync(r, direction))
		return;
	parse_pending(r, message, direction);
}

void replay_feed(struct replay *r, unsigned message, enum direction direction, const uint8_t *data,
		 size_t len)
{
	if (r->broken)
		return;
	if (r->done || r->streams[direction].dead) {
		struct result *result = add_result(r->results);

		result->message = message;
		result->direction = direction;
		result->ignored = true;
		return;
	}
	if (r->orig.l4 == IPPROTO_TCP)
		feed_stream(r, message, direction, data, len);
	else
		call_parser(r, message, direction, data, len);
}
