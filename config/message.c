// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of messages, and the one form that all of them have. */
#include "config/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE    512
#define WARNINGS_MAX (CONFIG_MESSAGES_MAX / 2) /* the rest is kept free for errors */
#define WORD_SHOWN   40			       /* bytes of a word before it is cut */

/* Escaped so that the message is one printable line whatever the file holds. */
static void escape(char *ret, size_t size, const char *word, size_t len)
{
	size_t shown = len > WORD_SHOWN ? WORD_SHOWN : len;
	size_t used = 0, i;

	for (i = 0; i < shown && used + 8 < size; i++) {
		unsigned char c = (unsigned char)word[i];

		if (c >= 0x20 && c < 0x7f && c != '\\' && c != '\'')
			ret[used++] = (char)c;
		else
			used += (size_t)snprintf(ret + used, size - used, "\\x%02x", c);
	}
	snprintf(ret + used, size - used, "%s", shown < len ? "..." : "");
}

/* `rest` comes from our own formats, but its arguments may be a file name. */
static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
			*text = '?';
}

static void keep(struct config_messages *msgs, enum config_severity severity, unsigned line,
		 const char *text)
{
	struct config_message *list;
	char *own;

	if (severity == CONFIG_ERROR)
		msgs->n_errors++;
	else
		msgs->n_warnings++;
	if (msgs->num >= (severity == CONFIG_ERROR ? CONFIG_MESSAGES_MAX : WARNINGS_MAX))
		return;
	own = strdup(text);
	if (!own)
		return;
	list = realloc(msgs->list, (msgs->num + 1) * sizeof(*list));
	if (!list) {
		free(own);
		return;
	}
	msgs->list = list;
	list[msgs->num++] =
		(struct config_message){ .severity = severity, .line = line, .text = own };
}

void message_add(struct config_messages *msgs, enum config_severity severity, const char *file,
		 unsigned line, const char *word, size_t len, const char *format, va_list args)
{
	char shown[WORD_SHOWN * 4 + 8];
	char text[TEXT_SIZE];
	size_t used = 0;

	text[0] = '\0';
	if (file)
		used = (size_t)snprintf(text, sizeof(text) / 2, "%s:", file);
	if (used >= sizeof(text) / 2)
		used = sizeof(text) / 2 - 1;
	if (line)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%u:", line);
	if (word) {
		escape(shown, sizeof(shown), word, len);
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s'%s':", used ? " " : "", shown);
	}
	if (used)
		text[used++] = ' ';
	vsnprintf(text + used, sizeof(text) - used, format, args);
	clean(text);
	keep(msgs, severity, line, text);
}

void config_complain(struct config_messages *msgs, enum config_severity severity, const char *file,
		     unsigned line, const char *word, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message_add(msgs, severity, file, line, word, word ? strlen(word) : 0, format, args);
	va_end(args);
}

void config_messages_free(struct config_messages *msgs)
{
	size_t i;

	if (!msgs)
		return;
	for (i = 0; i < msgs->num; i++)
		free(msgs->list[i].text);
	free(msgs->list);
	*msgs = (struct config_messages){ 0 };
}
