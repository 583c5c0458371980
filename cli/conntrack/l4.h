/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What each layer 4 protocol adds to the command line: options, which command may or must have
 * them, and the names of states. Knows nothing of netlink.
 */
#ifndef PINHOLE_CONNTRACK_L4_H
#define PINHOLE_CONNTRACK_L4_H

#include <stdbool.h>
#include <stdint.h>

/* One value an option of a protocol may set. GRE keys travel as ports. */
enum l4_field {
	L4_SPORT,
	L4_DPORT,
	L4_REPLY_SPORT,
	L4_REPLY_DPORT,
	L4_MASK_SPORT,
	L4_MASK_DPORT,
	L4_TUPLE_SPORT,
	L4_TUPLE_DPORT,
	L4_STATE,
	L4_ORIG_VTAG,
	L4_REPLY_VTAG,
	L4_ROLE,
	L4_TYPE,
	L4_CODE,
	L4_ICMP_ID,
};

#define L4_FIELD_MAX (L4_ICMP_ID + 1)

struct l4_values {
	uint32_t given;		      /* 1 << enum l4_field */
	uint32_t value[L4_FIELD_MAX]; /* host order */
};

static inline bool l4_given(const struct l4_values *v, enum l4_field field)
{
	return v->given >> field & 1;
}

struct l4_option {
	const char *name;  /* the name that messages use */
	const char *alias; /* NULL: none */
	enum l4_field field;
	const char *rows; /* one character per enum l4_row, see matrix.c for the letters */
};

/* Columns of l4_option.rows. */
enum l4_row {
	L4_ROW_LIST,
	L4_ROW_CREATE, /* and add */
	L4_ROW_UPDATE,
	L4_ROW_DELETE,
	L4_ROW_GET,
	L4_ROW_EVENT,
	L4_ROW_EXPECT_LIST, /* and count, event */
	L4_ROW_EXPECT_CREATE,
	L4_ROW_EXPECT_GET, /* and delete */
};

#define L4_ROW_MAX (L4_ROW_EXPECT_GET + 1)

struct l4 {
	const char *name;
	uint8_t protonum;
	const struct l4_option *options; /* ends with a NULL name */
	const char *const *states;	 /* NULL: none. Ends with NULL */
	const char *state_label;	 /* "unknown TCP": a message begins so */
	const char *help;
	/* creating needs sport+dport or both reply ports (their names in messages), or NULL */
	const char *pair[2], *reply_pair[2];
};

/* NULL: the tool knows nothing of it. */
const struct l4 *l4_by_number(uint8_t protonum);

/* A protocol by our names, by number 0..255, or by the protocol database; false if unknown. */
bool l4_resolve(const char *text, uint8_t *ret_protonum);

/* Name for -o save (upper case for none): NULL if the tool knows nothing of it. */
const char *l4_name(uint8_t protonum);

/* The ICMP type that answers this one; the same type where none does. */
uint8_t l4_icmp_answer(uint8_t protonum, uint8_t type);

/* Takes the text of one option; dies with a usage message if it cannot be. */
void l4_take(const struct l4 *l4, const struct l4_option *option, const char *text,
	     struct l4_values *values);

#endif
