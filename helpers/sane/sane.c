/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * SANE, Scanner Access Now Easy: its network protocol, chapter 5 of the SANE Standard.
 *
 * How it works. The client asks, the server answers, and nobody speaks out of turn. The answer to
 * START names a port of the server, at which the client fetches the image. Nothing in an answer says
 * what it answers to or where it ends, and options that a client has set come back in it: so every
 * request and every answer is walked, or one that holds something like an answer to START would be
 * taken for it. Where the walk stands is all that is kept with the flow: whose turn it is, which
 * item of an answer comes next, and how much of a list is left.
 *
 *   client                        server
 *   INIT version, user            status, version
 *   OPEN device                   status, handle, resource
 *   START handle                  status, port, byte order, resource
 *                                 +----------+----------+----------+----------+----------
 *                                 | status   | port     | 1234 hex | length 0 |
 *                                 +----------+----------+----------+----------+----------
 *
 * Everything is made of words, 32 bits each, big endian. A string is its length, its NUL included,
 * and as many bytes; length 0 is none. A list is its length and as many items; a pointer is a word, 1
 * if it leads nowhere, else 0 and what it points to.
 *
 * A resource in an answer means that the client must say who it is: AUTHORIZE follows, one word answers
 * that, and then the very same answer comes again.
 *
 * The equivalent nft rule:
 *
 *   ip saddr CLIENT ip daddr SERVER tcp dport PORT accept
 */
#include <netinet/in.h>
#include <string.h>

#include "helpers/helper.h"
#include "helpers/sane/notes.h"
#include "wire/cursor.h"

#define WORD	      4u
#define VERSION_MAJOR 1
#define VERSION_BUILD 3		    /* of the network protocol; 2 is older than the year 2000 */
#define LENGTH_MAX    (1024 * 1024) /* bytes of a string or list; peers allow no more either */
#define NAME_MAX      1024	    /* bytes of a string of AUTHORIZE */
#define LIST_MAX      4095	    /* devices, options, choices of an option */
#define ORDER_LITTLE  0x1234
#define ORDER_BIG     0x4321

/* Requests, by their number on the wire. */
enum request {
	REQUEST_INIT,
	REQUEST_GET_DEVICES,
	REQUEST_OPEN,
	REQUEST_CLOSE,
	REQUEST_GET_OPTION_DESCRIPTORS,
	REQUEST_CONTROL_OPTION,
	REQUEST_GET_PARAMETERS,
	REQUEST_START,
	REQUEST_CANCEL,
	REQUEST_AUTHORIZE,
	REQUEST_EXIT,
};

#define ACTION_SET_AUTO 2 /* of CONTROL_OPTION: no value follows */

enum value {
	VALUE_BOOL,
	VALUE_INT,
	VALUE_FIXED,
	VALUE_STRING,
	VALUE_BUTTON,
	VALUE_GROUP,
};

enum constraint {
	CONSTRAINT_NONE,
	CONSTRAINT_RANGE,
	CONSTRAINT_WORDS,
	CONSTRAINT_CHOICES,
};

/* Where the walk stands: what comes next. */
enum step {
	STEP_NEW = 0,	  /* INIT */
	STEP_OVER = 0xa0, /* nothing */
	/* The client's turn. */
	STEP_REQUEST,
	STEP_AUTHORIZE_OPEN, /* AUTHORIZE, and then the answer to ... again */
	STEP_AUTHORIZE_CONTROL,
	STEP_AUTHORIZE_START,
	/* The server's. */
	STEP_INIT,
	STEP_DEVICES, /* status, length of the list */
	STEP_DEVICE,  /* pointer */
	STEP_DEVICE_NAME,
	STEP_DEVICE_VENDOR,
	STEP_DEVICE_MODEL,
	STEP_DEVICE_TYPE,
	STEP_OPEN,
	STEP_WORD,    /* CLOSE, CANCEL */
	STEP_OPTIONS, /* length of the list */
	STEP_OPTION,  /* pointer */
	STEP_OPTION_NAME,
	STEP_OPTION_TITLE,
	STEP_OPTION_TEXT,
	STEP_OPTION_DETAILS, /* type, unit, size, capabilities, kind of constraint */
	STEP_RANGE,	     /* pointer, minimum, maximum, step */
	STEP_WORDS,	     /* list of words */
	STEP_CHOICES,	     /* length of the list */
	STEP_CHOICE,	     /* string */
	STEP_CONTROL,	     /* all but the resource */
	STEP_CONTROL_RESOURCE,
	STEP_PARAMETERS,
	STEP_START,
	STEP_ADMITTED_OPEN, /* word that answers AUTHORIZE */
	STEP_ADMITTED_CONTROL,
	STEP_ADMITTED_START,
};

#define STEP_LAST STEP_ADMITTED_START

/* Kept with the flow: 4 bytes, the step and two counts of 12 bits. The predecessor keeps an int there, 0
 * or 1: neither is a step of ours. */
struct state {
	uint8_t step;
	uint16_t listed; /* devices or options of which nothing was read yet, or one of them half */
	uint16_t choices; /* the same of an option's list of strings */
};

/* One item of the stream: the bytes that are read, then some that are not. */
struct item {
	struct cursor c;
	uint32_t skip;
};

_Static_assert(STEP_LAST <= UINT8_MAX, "a step fits its byte");
_Static_assert(LIST_MAX < 1 << 12, "a count fits its 12 bits");

/* In the middle of a list of devices or options? */
static bool is_listed(uint8_t step)
{
	return (step >= STEP_DEVICE && step <= STEP_DEVICE_TYPE) ||
	       (step >= STEP_OPTION && step <= STEP_CHOICE);
}

static struct state state_load(const void *from)
{
	struct state s;
	uint8_t b[4];

	memcpy(b, from, sizeof(b));
	s.step = b[0];
	s.listed = (uint16_t)(b[1] << 4 | b[2] >> 4);
	s.choices = (uint16_t)((b[2] & 15) << 8 | b[3]);
	if (s.step < STEP_OVER || s.step > STEP_LAST || is_listed(s.step) != !!s.listed ||
	    (s.step == STEP_CHOICE) != !!s.choices)
		return (struct state){ .step = STEP_NEW };
	return s;
}

static void state_store(const struct state *s, void *to)
{
	uint8_t b[4] = { s->step, (uint8_t)(s->listed >> 4),
			 (uint8_t)(s->listed << 4 | s->choices >> 8), (uint8_t)s->choices };

	memcpy(to, b, sizeof(b));
}

/* ---- items ---- */

/* Length of a string or list, whose bytes are then skipped: always the last of an item. False: none.
 */
static bool skip_list(struct item *item, uint32_t size)
{
	uint32_t n = cursor_be32_max(&item->c, LENGTH_MAX / size);

	item->skip = n * size;
	return n;
}

/* The same, but its items are walked, each for itself. */
static uint16_t read_count(struct item *item)
{
	return (uint16_t)cursor_be32_max(&item->c, LIST_MAX);
}

/* True when the pointer leads somewhere. */
static bool read_pointer(struct item *item)
{
	return !cursor_be32_max(&item->c, 1) && !item->c.bad;
}

/* Type, size, and the list that the value is. The size says what the list's length says, too, which alone
 * counts. */
static void skip_value(struct item *item)
{
	uint32_t type = cursor_be32_max(&item->c, VALUE_GROUP);

	cursor_skip(&item->c, WORD);
	switch ((enum value)type) {
	case VALUE_BOOL:
	case VALUE_INT:
	case VALUE_FIXED:
		skip_list(item, WORD);
		break;
	case VALUE_STRING:
		skip_list(item, 1);
		break;
	case VALUE_BUTTON:
	case VALUE_GROUP:
		cursor_skip(&item->c, WORD); /* items without a byte */
		break;
	}
}

/* ---- what the client says ---- */

static uint8_t step_of_request(uint32_t request)
{
	switch ((enum request)request) {
	case REQUEST_GET_DEVICES:
		return STEP_DEVICES;
	case REQUEST_OPEN:
		return STEP_OPEN;
	case REQUEST_GET_OPTION_DESCRIPTORS:
		return STEP_OPTIONS;
	case REQUEST_CONTROL_OPTION:
		return STEP_CONTROL;
	case REQUEST_GET_PARAMETERS:
		return STEP_PARAMETERS;
	case REQUEST_START:
		return STEP_START;
	case REQUEST_CLOSE:
	case REQUEST_CANCEL:
		return STEP_WORD;
	case REQUEST_INIT:
	case REQUEST_AUTHORIZE:
	case REQUEST_EXIT:
		break;
	}
	return STEP_OVER;
}

static enum sane_note read_init(struct item *item, struct state *s)
{
	uint32_t version;

	if (cursor_be32(&item->c) != REQUEST_INIT)
		cursor_refuse(&item->c);
	if (item->c.bad)
		return NOTE_INIT;
	version = cursor_be32(&item->c);
	if (version >> 24 != VERSION_MAJOR)
		cursor_refuse(&item->c);
	if (item->c.bad)
		return NOTE_VERSION;
	skip_list(item, 1);
	s->step = STEP_INIT;
	return NOTE_LENGTH;
}

/* Resource, user, password. */
static enum sane_note read_authorize(struct item *item, struct state *s)
{
	if (cursor_be32(&item->c) != REQUEST_AUTHORIZE)
		cursor_refuse(&item->c);
	if (item->c.bad)
		return NOTE_AUTHORIZE;
	cursor_skip(&item->c, cursor_be32_max(&item->c, NAME_MAX));
	cursor_skip(&item->c, cursor_be32_max(&item->c, NAME_MAX));
	cursor_skip(&item->c, cursor_be32_max(&item->c, NAME_MAX));
	s->step = (uint8_t)(s->step - STEP_AUTHORIZE_OPEN + STEP_ADMITTED_OPEN);
	return NOTE_LENGTH;
}

static enum sane_note read_control(struct item *item)
{
	cursor_skip(&item->c, 2 * WORD); /* handle, option */
	if (cursor_be32_max(&item->c, ACTION_SET_AUTO) != ACTION_SET_AUTO)
		skip_value(item);
	return NOTE_VALUE;
}

/* Returns what to say if the item is not what it should be. */
static enum sane_note read_request(struct item *item, struct state *s)
{
	uint32_t request = cursor_be32_max(&item->c, REQUEST_EXIT);

	if (item->c.bad)
		return NOTE_REQUEST;
	s->step = step_of_request(request);
	switch ((enum request)request) {
	case REQUEST_INIT:
		cursor_refuse(&item->c);
		return NOTE_INIT;
	case REQUEST_AUTHORIZE:
		cursor_refuse(&item->c);
		return NOTE_AUTHORIZE;
	case REQUEST_GET_DEVICES:
	case REQUEST_EXIT:
		break;
	case REQUEST_OPEN:
		skip_list(item, 1);
		break;
	case REQUEST_CONTROL_OPTION:
		return read_control(item);
	case REQUEST_CLOSE:
	case REQUEST_GET_OPTION_DESCRIPTORS:
	case REQUEST_GET_PARAMETERS:
	case REQUEST_START:
	case REQUEST_CANCEL:
		cursor_skip(&item->c, WORD); /* handle */
		break;
	}
	return NOTE_LENGTH;
}

static enum outcome over(struct state *s, enum sane_note note, struct output *out)
{
	*s = (struct state){ .step = STEP_OVER };
	out->note = (uint8_t)note;
	return OUTCOME_DONE;
}

/* What to say, and how to go on, with an item that was read. */
static enum outcome finish(const struct item *item, enum sane_note note, struct output *out)
{
	if (item->c.wrong)
		return malformed(out, note);
	if (item->c.bad)
		return OUTCOME_MORE;
	out->consumed = cursor_off(&item->c) + item->skip;
	return OUTCOME_NOTHING;
}

static enum outcome from_client(struct item *item, struct state *s, struct output *out)
{
	enum outcome outcome;
	enum sane_note note;

	if (s->step >= STEP_INIT)
		return malformed(out, NOTE_CROWDED);
	if (s->step == STEP_NEW)
		note = read_init(item, s);
	else if (s->step == STEP_REQUEST)
		note = read_request(item, s);
	else
		note = read_authorize(item, s);
	outcome = finish(item, note, out);
	if (outcome != OUTCOME_NOTHING || s->step != STEP_OVER)
		return outcome;
	return over(s, NOTE_ENDED, out);
}

/* ---- what the server says ---- */

static enum outcome read_version(struct item *item, struct state *s, struct output *out)
{
	uint32_t status = cursor_be32(&item->c), version = cursor_be32(&item->c);
	enum outcome outcome = finish(item, NOTE_LENGTH, out);

	if (outcome != OUTCOME_NOTHING)
		return outcome;
	if (status)
		return over(s, NOTE_REFUSED, out);
	if (version >> 24 != VERSION_MAJOR || (version & 0xffff) != VERSION_BUILD)
		return over(s, NOTE_VERSION, out);
	s->step = STEP_REQUEST;
	return OUTCOME_NOTHING;
}

static enum outcome read_start(struct item *item, struct state *s, struct output *out)
{
	uint32_t status = cursor_be32(&item->c), port = cursor_be32(&item->c);
	uint32_t order = cursor_be32(&item->c);
	bool resource = skip_list(item, 1);
	enum outcome outcome = finish(item, NOTE_LENGTH, out);

	out->hold = outcome == OUTCOME_MORE;
	if (outcome != OUTCOME_NOTHING)
		return outcome;
	s->step = resource ? STEP_AUTHORIZE_START : STEP_REQUEST;
	if (resource)
		return nothing(out, NOTE_AUTHORIZE);
	if (status)
		return nothing(out, NOTE_REFUSED);
	if (order != ORDER_LITTLE && order != ORDER_BIG)
		return nothing(out, NOTE_SHAPE);
	if (!port || port > UINT16_MAX)
		return nothing(out, NOTE_PORT);
	out->claims[out->n_claims++] = (struct claim){
		.from = PARTY_CLIENT, .to = PARTY_SERVER, .l4 = IPPROTO_TCP, .port = (uint16_t)port
	};
	out->edits[out->n_edits++] =
		(struct edit){ .off = WORD, .len = WORD, .form = EDIT_BE32_PORT };
	return OUTCOME_FOUND;
}

/* The resource that ends an answer: none, or the client must say who it is. */
static enum sane_note read_resource(struct item *item, struct state *s, uint8_t authorize)
{
	s->step = skip_list(item, 1) ? authorize : STEP_REQUEST;
	return NOTE_LENGTH;
}

static enum sane_note read_list(struct item *item, struct state *s, uint8_t step)
{
	s->listed = read_count(item);
	s->step = s->listed ? step : STEP_REQUEST;
	return NOTE_LENGTH;
}

/* A device or option is done with. */
static void end_listed(struct state *s, uint8_t step)
{
	s->listed--;
	s->step = s->listed ? step : STEP_REQUEST;
}

/* A pointer to one. */
static enum sane_note read_listed(struct item *item, struct state *s)
{
	if (read_pointer(item))
		s->step++;
	else
		end_listed(s, s->step);
	return NOTE_SHAPE;
}

/* Type, unit, size, capabilities; then which values the option may have. */
static enum sane_note read_details(struct item *item, struct state *s)
{
	uint32_t constraint;

	cursor_skip(&item->c, 4 * WORD);
	constraint = cursor_be32_max(&item->c, CONSTRAINT_CHOICES);
	switch ((enum constraint)constraint) {
	case CONSTRAINT_NONE:
		end_listed(s, STEP_OPTION);
		break;
	case CONSTRAINT_RANGE:
		s->step = STEP_RANGE;
		break;
	case CONSTRAINT_WORDS:
		s->step = STEP_WORDS;
		break;
	case CONSTRAINT_CHOICES:
		s->step = STEP_CHOICES;
		break;
	}
	return NOTE_SHAPE;
}

static enum sane_note read_choices(struct item *item, struct state *s)
{
	s->choices = read_count(item);
	s->step = STEP_CHOICE;
	if (!s->choices)
		end_listed(s, STEP_OPTION);
	return NOTE_LENGTH;
}

static enum sane_note read_choice(struct item *item, struct state *s)
{
	skip_list(item, 1);
	s->choices--;
	if (!s->choices)
		end_listed(s, STEP_OPTION);
	return NOTE_LENGTH;
}

static enum sane_note read_constraint(struct item *item, struct state *s)
{
	enum sane_note note = s->step == STEP_WORDS ? NOTE_LENGTH : NOTE_SHAPE;

	if (s->step == STEP_WORDS)
		skip_list(item, WORD);
	else if (read_pointer(item))
		item->skip = 3 * WORD;
	end_listed(s, STEP_OPTION);
	return note;
}

/* Reads one item of an answer. Returns what to say if it is not what it should be. */
static enum sane_note read_answer(struct item *item, struct state *s)
{
	switch ((enum step)s->step) {
	case STEP_DEVICES:
		cursor_skip(&item->c, WORD); /* status */
		return read_list(item, s, STEP_DEVICE);
	case STEP_OPTIONS:
		return read_list(item, s, STEP_OPTION);
	case STEP_DEVICE:
	case STEP_OPTION:
		return read_listed(item, s);
	case STEP_DEVICE_NAME:
	case STEP_DEVICE_VENDOR:
	case STEP_DEVICE_MODEL:
	case STEP_OPTION_NAME:
	case STEP_OPTION_TITLE:
	case STEP_OPTION_TEXT:
		skip_list(item, 1);
		s->step++;
		break;
	case STEP_DEVICE_TYPE:
		skip_list(item, 1);
		end_listed(s, STEP_DEVICE);
		break;
	case STEP_OPEN:
		cursor_skip(&item->c, 2 * WORD); /* status, handle */
		return read_resource(item, s, STEP_AUTHORIZE_OPEN);
	case STEP_OPTION_DETAILS:
		return read_details(item, s);
	case STEP_RANGE:
	case STEP_WORDS:
		return read_constraint(item, s);
	case STEP_CHOICES:
		return read_choices(item, s);
	case STEP_CHOICE:
		return read_choice(item, s);
	case STEP_CONTROL:
		cursor_skip(&item->c, 2 * WORD); /* status, what has changed */
		skip_value(item);
		s->step++;
		return NOTE_VALUE;
	case STEP_CONTROL_RESOURCE:
		return read_resource(item, s, STEP_AUTHORIZE_CONTROL);
	case STEP_PARAMETERS:
		cursor_skip(&item->c, 7 * WORD);
		s->step = STEP_REQUEST;
		break;
	case STEP_WORD:
		cursor_skip(&item->c, WORD);
		s->step = STEP_REQUEST;
		break;
	case STEP_ADMITTED_OPEN:
		cursor_skip(&item->c, WORD);
		s->step = STEP_OPEN;
		break;
	case STEP_ADMITTED_CONTROL:
		cursor_skip(&item->c, WORD);
		s->step = STEP_CONTROL;
		break;
	case STEP_ADMITTED_START:
		cursor_skip(&item->c, WORD);
		s->step = STEP_START;
		break;
	case STEP_NEW:
	case STEP_OVER:
	case STEP_REQUEST:
	case STEP_AUTHORIZE_OPEN:
	case STEP_AUTHORIZE_CONTROL:
	case STEP_AUTHORIZE_START:
	case STEP_INIT:
	case STEP_START:
		break; /* not here */
	}
	return NOTE_LENGTH;
}

static enum outcome from_server(struct item *item, struct state *s, struct output *out)
{
	enum sane_note note;

	if (s->step < STEP_INIT)
		return malformed(out, NOTE_UNASKED);
	if (s->step == STEP_INIT)
		return read_version(item, s, out);
	if (s->step == STEP_START)
		return read_start(item, s, out);
	note = read_answer(item, s);
	return finish(item, note, out);
}

static enum outcome parse(const struct input *in, void *state, struct output *out)
{
	struct item item = { .c = cursor_over(in->data, in->len) };
	struct state s = state_load(state);
	enum outcome outcome;

	if (s.step == STEP_OVER)
		return OUTCOME_DONE;
	if (in->gap)
		outcome = over(&s, NOTE_GAP, out);
	else if (in->direction == DIRECTION_ORIG)
		outcome = from_client(&item, &s, out);
	else
		outcome = from_server(&item, &s, out);
	if (outcome != OUTCOME_MORE && outcome != OUTCOME_MALFORMED)
		state_store(&s, state);
	return outcome;
}

extern const struct manifest manifest_sane;
extern const struct helper helper_sane;
const struct helper helper_sane = { .manifest = &manifest_sane, .parse = parse };
