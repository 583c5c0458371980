/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * FTP's announcements: where a data connection will go, as commands and replies spell it.
 * Refuses to know: who said it, whether it was asked for, whose address it is.
 */
#ifndef PINHOLE_HELPERS_FTP_ANNOUNCE_H
#define PINHOLE_HELPERS_FTP_ANNOUNCE_H

#include "helpers/ftp/notes.h"
#include "helpers/helper.h"
#include "wire/cursor.h"

#define FTP_SPOTS_MAX 4 /* places of a line that say the same */

/* Where data will flow to, and where in the line that is said. */
struct ftp_announcement {
	struct addr addr; /* no family: none is named */
	uint16_t port;
	uint8_t form; /* enum edit_form */
	unsigned n_spots;
	struct span spots[FTP_SPOTS_MAX];
};

/* Reads a command's argument, which is this and nothing else. `form`: COMMA_V4, EPRT or LPRT.
 * Returns why it is none; *ret then is of no use. */
enum ftp_note ftp_announcement_read(struct span s, enum edit_form form,
				    struct ftp_announcement *ret);

/* Finds it in a reply's text. `form`: COMMA_V4, EPSV or LPRT. */
enum ftp_note ftp_announcement_find(struct span s, enum edit_form form,
				    struct ftp_announcement *ret);

#endif
