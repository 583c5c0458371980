/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * SipHash-2-4 after the paper: "SipHash: a fast short-input PRF", sections 2.1 to 2.4.
 */
#include "base/siphash.h"

#include <string.h>

#define COMPRESS_ROUNDS 2
#define FINAL_ROUNDS	4

struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t v, unsigned bits)
{
	return v << bits | v >> (64 - bits);
}

static void sip_rounds(struct sip *s, unsigned n)
{
	while (n--) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = rotate(s->v1, 13) ^ s->v0;
		s->v3 = rotate(s->v3, 16) ^ s->v2;
		s->v0 = rotate(s->v0, 32);
		s->v2 += s->v1;
		s->v0 += s->v3;
		s->v1 = rotate(s->v1, 17) ^ s->v2;
		s->v3 = rotate(s->v3, 21) ^ s->v0;
		s->v2 = rotate(s->v2, 32);
	}
}

static void sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_rounds(s, COMPRESS_ROUNDS);
	s->v0 ^= word;
}

/* Little endian, 0 to 8 bytes. */
static uint64_t load(const uint8_t *p, size_t len)
{
	uint64_t v = 0;

	if (len == sizeof(v)) {
		memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		v = __builtin_bswap64(v);
#endif
		return v;
	}
	while (len--)
		v = v << 8 | p[len];
	return v;
}

uint64_t siphash(const void *data, size_t len, const uint8_t key[SIPHASH_KEY_SIZE])
{
	const uint8_t *p = data;
	uint64_t k0 = load(key, 8), k1 = load(key + 8, 8);
	struct sip s = { .v0 = k0 ^ 0x736f6d6570736575,
			 .v1 = k1 ^ 0x646f72616e646f6d,
			 .v2 = k0 ^ 0x6c7967656e657261,
			 .v3 = k1 ^ 0x7465646279746573 };
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8)
		sip_word(&s, load(p, 8));
	sip_word(&s, (uint64_t)(len & 0xff) << 56 | load(p, left));
	s.v2 ^= 0xff;
	sip_rounds(&s, FINAL_ROUNDS);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
