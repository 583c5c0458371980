/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every length in a frame is hostile: all is read through a cursor.
 */
#include "capture/frame.h"

#include <netinet/in.h>
#include <pcap/dlt.h>

#include "wire/cursor.h"

#define TYPE_IPV4     0x0800
#define TYPE_IPV6     0x86dd
#define TYPE_VLAN     0x8100 /* IEEE 802.1Q */
#define TYPE_VLAN_OF  0x88a8 /* 802.1ad: a tag around tags */
#define TYPE_VLAN_OLD 0x9100
#define VLAN_TAGS_MAX 4

bool frame_type_known(int type)
{
	switch (type) {
	case DLT_EN10MB:
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
	case DLT_LINUX_SLL:
	case DLT_LINUX_SLL2:
	case DLT_NULL:
	case DLT_LOOP:
		return true;
	}
	return false;
}

static bool is_vlan(unsigned type)
{
	return type == TYPE_VLAN || type == TYPE_VLAN_OF || type == TYPE_VLAN_OLD;
}

/* The cursor stands behind a protocol's number. */
static enum frame skip_tags(struct cursor *c, unsigned type)
{
	for (unsigned n = 0; n < VLAN_TAGS_MAX && is_vlan(type); n++) {
		cursor_skip(c, 2);
		type = cursor_be16(c);
	}
	if (c->bad)
		return FRAME_SHORT;
	return type == TYPE_IPV4 || type == TYPE_IPV6 ? FRAME_IP : FRAME_OTHER;
}

/* tcpdump.org/linktypes has these headers. */
static enum frame skip_link(int type, struct cursor *c)
{
	unsigned protocol;

	switch (type) {
	case DLT_EN10MB:
		cursor_skip(c, 12);
		return skip_tags(c, cursor_be16(c));
	case DLT_LINUX_SLL:
		cursor_skip(c, 14);
		return skip_tags(c, cursor_be16(c));
	case DLT_LINUX_SLL2:
		protocol = cursor_be16(c);
		cursor_skip(c, 18);
		return skip_tags(c, protocol);
	case DLT_NULL:
	case DLT_LOOP:
		cursor_skip(c, 4); /* a family, as some system numbers it, in some byte order */
		break;
	}
	return FRAME_IP;
}

enum frame frame_find_ip(int type, const uint8_t *data, size_t len, size_t *ret_off)
{
	struct cursor c = cursor_over(data, len);
	enum frame frame = skip_link(type, &c);
	unsigned version;

	if (frame != FRAME_IP)
		return frame;
	*ret_off = cursor_off(&c);
	version = cursor_u8(&c) >> 4;
	if (c.bad)
		return FRAME_SHORT;
	return version == 4 || version == 6 ? FRAME_IP : FRAME_OTHER;
}

static enum frame why_unread_v4(struct cursor *c)
{
	unsigned fragment, l4;

	cursor_skip(c, 6);
	fragment = cursor_be16(c) & 0x3fff; /* more of them, or an offset */
	cursor_skip(c, 1);
	l4 = cursor_u8(c);
	if (c->bad)
		return FRAME_SHORT;
	if (fragment)
		return FRAME_FRAGMENT;
	return l4 == IPPROTO_TCP || l4 == IPPROTO_UDP ? FRAME_SHORT : FRAME_OTHER;
}

static enum frame why_unread_v6(struct cursor *c)
{
	unsigned next, len;

	cursor_skip(c, 6);
	next = cursor_u8(c);
	cursor_skip(c, 33);
	while (!c->bad && (next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS ||
			   next == IPPROTO_ROUTING)) {
		next = cursor_u8(c);
		len = cursor_u8(c);
		cursor_skip(c, len * 8 + 6);
	}
	if (c->bad)
		return FRAME_SHORT;
	if (next == IPPROTO_FRAGMENT)
		return FRAME_FRAGMENT;
	return next == IPPROTO_TCP || next == IPPROTO_UDP ? FRAME_SHORT : FRAME_OTHER;
}

enum frame frame_why_unread(const uint8_t *ip, size_t len)
{
	struct cursor c = cursor_over(ip, len);

	if (len && ip[0] >> 4 == 6)
		return why_unread_v6(&c);
	return why_unread_v4(&c);
}
