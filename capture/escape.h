/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Bytes of the network as printable text.
 */
#ifndef PINHOLE_CAPTURE_ESCAPE_H
#define PINHOLE_CAPTURE_ESCAPE_H

#include <stddef.h>

#define ESCAPE_SIZE(len) (4 * (len) + 1)

/* C escapes, \xHH for the rest; `buf` holds ESCAPE_SIZE(len) bytes. Returns buf. */
const char *escape(char *buf, const void *data, size_t len);

#endif
