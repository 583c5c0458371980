/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The first bytes of the web's protocols.
 */
#include "worker/guard.h"

#include <string.h>

/* NAT slipstreaming: a web page makes a browser speak to our port, with the page's text where the
 * protocol's message would be. Such a flow begins as no flow of a helper's protocol does, but of
 * those that are HTTP themselves: theirs may begin with all but the first of these.
 * "OPTIONS /" is HTTP, "OPTIONS sip:" and "OPTIONS rtsp:" are not; 22 3 is a TLS record. */
static const char *const web_words[] = { "\x16\x03", "GET ",	"POST ",  "HEAD ",
					 "PUT ",     "DELETE ", "PATCH ", "OPTIONS /" };

static enum guard judge(const struct flow *f, bool http)
{
	size_t n = http ? 1 : sizeof(web_words) / sizeof(web_words[0]);
	enum guard guard = GUARD_CLEAR;

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(web_words[i]);

		if (memcmp(f->first, web_words[i], f->n_first < len ? f->n_first : len))
			continue;
		if (f->n_first >= len)
			return GUARD_HIT;
		guard = GUARD_OPEN;
	}
	return guard;
}

enum guard guard_look(struct flow *f, bool http, const uint8_t *data, size_t len, uint32_t seq)
{
	uint32_t known = f->streams[DIRECTION_ORIG].start + f->n_first - seq;
	enum guard guard;

	/* `known` bytes of data are old; far more than there are when bytes are missing */
	while (known < len && f->n_first < FLOW_FIRST_SIZE)
		f->first[f->n_first++] = data[known++];
	guard = known > len ? GUARD_CLEAR : judge(f, http);
	if (guard == GUARD_CLEAR)
		f->flags &= (uint8_t)~FLOW_GUARD;
	return guard;
}
