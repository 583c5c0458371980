/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * See words.h. Case files, the trail and `pinhole replay` print them: they do not change.
 */
#include "helpers/words.h"

static const char *const outcomes[] = {
	[OUTCOME_NOTHING] = "nothing",	   [OUTCOME_FOUND] = "found", [OUTCOME_MORE] = "more",
	[OUTCOME_MALFORMED] = "malformed", [OUTCOME_DONE] = "done",
};

static const char *const parties[] = {
	[PARTY_CLIENT] = "client", [PARTY_SERVER] = "server", [PARTY_ANY] = "any",
	[PARTY_OTHER] = "other",   [PARTY_NAMED] = "named",   [PARTY_ASKED] = "asked",
};

static const char *const forms[] = {
	[EDIT_BE16_PORT] = "be16-port",
	[EDIT_BE32_PORT] = "be32-port",
	[EDIT_DECIMAL_PORT] = "decimal-port",
	[EDIT_COMMA_V4] = "comma-v4",
	[EDIT_EPRT] = "eprt",
	[EDIT_EPSV] = "epsv",
	[EDIT_LPRT] = "lprt",
	[EDIT_XDR_UADDR] = "xdr-uaddr",
	[EDIT_ADDRESS] = "address",
	[EDIT_BE16_LENGTH] = "be16-length",
	[EDIT_BE32_LENGTH] = "be32-length",
	[EDIT_RECORD_MARK] = "record-mark",
	[EDIT_DECIMAL_LENGTH] = "decimal-length",
};

_Static_assert(sizeof(outcomes) / sizeof(outcomes[0]) == OUTCOME_LAST + 1, "all named");
_Static_assert(sizeof(parties) / sizeof(parties[0]) == PARTY_LAST + 1, "all named");
_Static_assert(sizeof(forms) / sizeof(forms[0]) == EDIT_LAST + 1, "all named");

const char *outcome_word(unsigned outcome)
{
	return outcome <= OUTCOME_LAST ? outcomes[outcome] : "unknown";
}

const char *party_word(unsigned party)
{
	return party <= PARTY_LAST ? parties[party] : "unknown";
}

const char *edit_form_word(unsigned form)
{
	return form <= EDIT_LAST ? forms[form] : "unknown";
}
