/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * SipHash-2-4 (Aumasson, Bernstein 2012): a keyed hash for tables whose keys an attacker chooses.
 */
#ifndef PINHOLE_BASE_SIPHASH_H
#define PINHOLE_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_SIZE 16

/* The same value on every machine, whatever its byte order. */
uint64_t siphash(const void *data, size_t len, const uint8_t key[SIPHASH_KEY_SIZE]);

#endif
