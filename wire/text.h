/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Numbers as text, over bytes that need no NUL behind them.
 * Refuses to know: sign, blanks, bases other than ten, locale.
 */
#ifndef PINHOLE_WIRE_TEXT_H
#define PINHOLE_WIRE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_DECIMAL_SIZE 10 /* digits of UINT32_MAX */

/* Reads the digits that text starts with. Returns how many there are; 0, *ret untouched, when
 * there is none, the value is above max, or there are more than TEXT_DECIMAL_SIZE. */
size_t text_get_decimal(const char *text, size_t len, uint32_t max, uint32_t *ret);

/* Is it a host name in a field of `size` bytes: one or more letters, digits, '.', '-' and '_', then
 * NULs, at least one, to the field's end? */
bool text_is_host(const char *field, size_t size);

/* Writes v without a NUL; buf holds TEXT_DECIMAL_SIZE bytes. Returns the length. */
size_t text_put_decimal(char *buf, uint32_t v);

#endif
