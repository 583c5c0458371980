/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Fuzz target: any bytes as a frame of any link type, and as an IP packet. Contract: the IP packet
 * begins within the frame; what packet_parse() reads is asked about no more than once.
 */
#include <assert.h>
#include <pcap/dlt.h>

#include "capture/frame.h"
#include "wire/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const int types[] = { DLT_EN10MB,    DLT_RAW,	    DLT_IPV4, DLT_IPV6,
				     DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_NULL, DLT_LOOP };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct packet at;
		size_t off = len;
		enum frame frame = frame_find_ip(types[i], data, len, &off);

		assert(frame_type_known(types[i]) && frame != FRAME_FRAGMENT);
		if (frame != FRAME_IP)
			continue;
		assert(off < len);
		if (!packet_parse(data + off, len - off, &at))
			assert(frame_why_unread(data + off, len - off) != FRAME_IP);
	}
	return 0;
}
