/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What may follow `nfct add helper NAME FAMILY PROTOCOL`.
 */
#ifndef PINHOLE_CLI_NFCT_OPTIONS_H
#define PINHOLE_CLI_NFCT_OPTIONS_H

#include "helpers/helper.h"
#include "netfilter/cthelper.h"

/* Longest timeout: the kernel counts in ticks, up to 1000 in a second, with 31 bits. */
#define OPTION_TIMEOUT_MAX 2147483

/* Fills what an object of this helper has by default: name, tuple, private bytes, policies. */
void options_default(const struct manifest *m, uint16_t l3, uint8_t l4, struct cthelper *ret);

/* Reads words into *h, which options_default() made. 0, or complains and returns EXIT_REFUSED. */
int options_parse(int argc, char **argv, struct cthelper *h);

#endif
