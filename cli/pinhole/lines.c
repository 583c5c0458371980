/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/pinhole/lines.h"

#include <stdio.h>
#include <string.h>

void lines_print(const char *word, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");

		printf("%-11s %.*s\n", word, (int)len, text);
		word = "";
		text += len + (text[len] == '\n');
	}
}

void lines_put(struct json *j, const char *key, const char *text)
{
	json_put_array_begin(j, key);
	while (text && *text) {
		size_t len = strcspn(text, "\n");

		json_put_bytes(j, NULL, text, len);
		text += len + (text[len] == '\n');
	}
	json_put_array_end(j);
}
