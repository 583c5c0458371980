/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Texts of options to values. Whatever cannot be a value dies with the contract's message.
 */
#ifndef PINHOLE_CONNTRACK_VALUES_H
#define PINHOLE_CONNTRACK_VALUES_H

#include "cli/conntrack/command.h"

/* ADDRESS or ADDRESS/BITS; ret_cidr tells which. `family` is the command's: AF_UNSPEC is set, any
 * other must agree. Bits are refused in the name of `option` unless cidr is true. */
struct net value_net(const char *text, const char *option, bool cidr, uint8_t *family,
		     bool *ret_cidr);

/* IP, IP:PORT or [IP6]:PORT; text NULL: any. */
struct nat value_nat(const char *text, uint8_t *family);

/* ipv4 or ipv6 (trailing text is tolerated), or `any` where allowed. */
uint8_t value_family(const char *text, uint8_t current);

/* A number of any base up to max; dies in the name of `option` ("-w", "--class"). */
uint32_t value_number(const char *text, uint32_t max, const char *option);

/* VALUE[/MASK] */
void value_mark(const char *text, uint32_t *ret_value, uint32_t *ret_mask);

/* Comma lists. */
void value_status(const char *text, uint32_t *bits, uint32_t *mask);
uint32_t value_events(const char *text);
uint32_t value_output(const char *text);
uint32_t value_expect_flags(const char *text);

/* Names of labels, set in *mask, which is made when NULL. */
void value_labels(const char *text, struct nfct_labelmap *map, struct nfct_bitmask **mask);

#endif
