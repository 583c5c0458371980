/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The URLs by which devices and control points say where they listen.
 * Refuses to know: whose address it is.
 */
#ifndef PINHOLE_HELPERS_SSDP_URL_H
#define PINHOLE_HELPERS_SSDP_URL_H

#include "helpers/ssdp/notes.h"
#include "wire/addr.h"
#include "wire/cursor.h"

/* http://ADDRESS[:PORT][/...] */
struct ssdp_url {
	struct addr addr;
	uint16_t port;			  /* 80 where none is named */
	struct span addr_text, port_text; /* without brackets and zone; empty where none is named */
};

/* Reads exactly this text. Returns why it is no such URL. */
enum ssdp_note ssdp_url_read(struct span text, struct ssdp_url *ret);

#endif
