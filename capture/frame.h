/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From a captured frame to the IP packet in it.
 * Refuses to know: addresses of the link, tunnels, how a capture is stored.
 */
#ifndef PINHOLE_CAPTURE_FRAME_H
#define PINHOLE_CAPTURE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum frame {
	FRAME_IP,
	FRAME_FRAGMENT, /* of an IP packet, the first one included: conntrack would put it together */
	FRAME_OTHER,	/* not IP, or neither TCP nor UDP */
	FRAME_SHORT,	/* ends, or was cut, before its TCP or UDP header does */
};

/* Is a link type (DLT_*) one of those that are read? */
bool frame_type_known(int type);

/* Where the IP packet begins, behind VLAN tags too; `len` bytes of the frame are there. */
enum frame frame_find_ip(int type, const uint8_t *data, size_t len, size_t *ret_off);

/* Why packet_parse() sees no TCP or UDP header in an IP packet. */
enum frame frame_why_unread(const uint8_t *ip, size_t len);

#endif
