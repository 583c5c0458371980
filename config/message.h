/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Inside of config_complain(): the word is a span of the text.
 */
#ifndef PINHOLE_CONFIG_MESSAGE_H
#define PINHOLE_CONFIG_MESSAGE_H

#include <stdarg.h>
#include <stddef.h>

#include "config/config.h"

/* `word` NULL: none. */
void message_add(struct config_messages *msgs, enum config_severity severity, const char *file,
		 unsigned line, const char *word, size_t len, const char *format, va_list args)
	__attribute__((format(printf, 7, 0)));

#endif
