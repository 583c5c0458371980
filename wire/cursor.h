/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A bounded reader over hostile bytes with a sticky `bad` flag: a failed read yields zero,
 * consumes nothing and poisons every later read, so that a parser tests once, at the end. `wrong`
 * tells a value that was refused from a byte that is not there: of a stream, more bytes may mend
 * the second, never the first.
 */
#ifndef PINHOLE_WIRE_CURSOR_H
#define PINHOLE_WIRE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that somebody else owns. */
struct span {
	const uint8_t *data;
	size_t len;
};

struct cursor {
	const uint8_t *start; /* for cursor_off() */
	const uint8_t *at;
	size_t left;
	bool bad;
	bool wrong; /* bad, and because of a value that was there */
};

static inline struct cursor cursor_over(const uint8_t *data, size_t len)
{
	return (struct cursor){ .start = data, .at = data, .left = len };
}

/* Bytes read so far. */
static inline size_t cursor_off(const struct cursor *c)
{
	return (size_t)(c->at - c->start);
}

/* The next len bytes, or NULL. The pointer lives as long as the data under the cursor. */
static inline const uint8_t *cursor_bytes(struct cursor *c, size_t len)
{
	const uint8_t *at = c->at;

	if (c->bad || len > c->left) {
		c->bad = true;
		return NULL;
	}
	c->at += len;
	c->left -= len;
	return at;
}

static inline void cursor_skip(struct cursor *c, size_t len)
{
	(void)cursor_bytes(c, len);
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 1);

	return p ? p[0] : 0;
}

/* Refuses what was just read. Nothing happens to a cursor that is already poisoned. */
static inline void cursor_refuse(struct cursor *c)
{
	if (c->bad)
		return;
	c->bad = true;
	c->wrong = true;
}

/* Big endian on the wire, host order in the result. */
static inline uint16_t cursor_be16(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t cursor_be32(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

/* As above, but a value above max poisons the cursor. */
static inline uint32_t cursor_be32_max(struct cursor *c, uint32_t max)
{
	uint32_t v = cursor_be32(c);

	if (v <= max)
		return v;
	cursor_refuse(c);
	return 0;
}

#endif
