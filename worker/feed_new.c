/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where a feed's memory and key come from.
 */
#include <sys/mman.h>
#include <sys/random.h>

#include "worker/feed.h"

struct feed *feed_new(const struct helper *helper, uint8_t l4)
{
	uint8_t key[16];
	void *memory;

	if (getrandom(key, sizeof(key), 0) != sizeof(key))
		return NULL;
	memory = mmap(NULL, feed_size(helper->manifest, l4, NULL), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return memory == MAP_FAILED ? NULL : feed_init(memory, helper, l4, key, NULL);
}
