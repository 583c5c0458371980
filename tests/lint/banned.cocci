// SPDX-License-Identifier: GPL-2.0-or-later
// Nowhere: functions that cannot know how much room there is, keep a hidden state, or take any
// text for a number. Use snprintf(), memcpy(), strtol() with a check of its end.
@@
identifier f = {strtok, strtok_r, sprintf, vsprintf, strcpy, stpcpy, strncpy, stpncpy, strcat,
	strncat, atoi, atol, atoll, atof, alloca, gets, mktemp, tmpnam};
expression list es;
@@
* f(es)
