/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The words of helper.h, for people: one for each enumerator, "unknown" for what is none.
 */
#ifndef PINHOLE_HELPERS_WORDS_H
#define PINHOLE_HELPERS_WORDS_H

#include "helpers/helper.h"

const char *outcome_word(unsigned outcome);
const char *party_word(unsigned party);
const char *edit_form_word(unsigned form);

#endif
