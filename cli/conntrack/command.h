/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One parsed command line: what options.c makes and every other file reads.
 */
#ifndef PINHOLE_CONNTRACK_COMMAND_H
#define PINHOLE_CONNTRACK_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include <libnetfilter_conntrack/libnetfilter_conntrack.h>

#include "cli/conntrack/l4.h"

/* Rows of the option matrix, in its order. */
enum verb {
	VERB_NONE,
	VERB_LIST,
	VERB_CREATE,
	VERB_ADD,
	VERB_UPDATE,
	VERB_DELETE,
	VERB_GET,
	VERB_FLUSH,
	VERB_EVENT,
	VERB_COUNT,
	VERB_STATS,
	VERB_HELP,
	VERB_VERSION,
};

#define VERB_MAX (VERB_VERSION + 1)

enum table { TABLE_CONNTRACK, TABLE_EXPECT, TABLE_DYING, TABLE_UNCONFIRMED };

/* Columns of the option matrix: options are checked in this order. */
enum opt {
	OPT_SRC,
	OPT_DST,
	OPT_REPLY_SRC,
	OPT_REPLY_DST,
	OPT_PROTO,
	OPT_TIMEOUT,
	OPT_STATUS,
	OPT_ZERO,
	OPT_EVENT_MASK,
	OPT_TUPLE_SRC,
	OPT_TUPLE_DST,
	OPT_MASK_SRC,
	OPT_MASK_DST,
	OPT_MARK,
	OPT_ID,
	OPT_FAMILY,
	OPT_SRC_NAT,
	OPT_DST_NAT,
	OPT_OUTPUT,
	OPT_SECMARK,
	OPT_BUFFER,
	OPT_ANY_NAT,
	OPT_ZONE,
	OPT_LABEL,
	OPT_LABEL_ADD,
	OPT_LABEL_DEL,
	OPT_ORIG_ZONE,
	OPT_REPLY_ZONE,
	OPT_LABELMAP,
	/* ours; conntrack-tools has none of these */
	OPT_HELPER,
	OPT_CLASS,
	OPT_EXPECT_FLAGS,
	OPT_MASTER_SRC,
	OPT_MASTER_DST,
};

#define OPT_MAX (OPT_MASTER_DST + 1)

/* An address with a mask of the same family; all ones where none was given. */
struct net {
	uint8_t family; /* AF_UNSPEC: not given */
	uint32_t addr[4], mask[4];
};

/* What -n, -g and -j ask for. */
struct nat {
	struct net addr; /* AF_UNSPEC: any address */
	uint16_t port;	 /* network order; 0: any port */
};

enum output {
	OUTPUT_XML = 1 << 0,
	OUTPUT_EXTENDED = 1 << 1,
	OUTPUT_TIMESTAMP = 1 << 2,
	OUTPUT_ID = 1 << 3,
	OUTPUT_KTIMESTAMP = 1 << 4,
	OUTPUT_LABELS = 1 << 5,
	OUTPUT_USERSPACE = 1 << 6,
	OUTPUT_SAVE = 1 << 7,
	OUTPUT_JSON = 1 << 8,
};

struct command {
	enum verb verb;
	enum table table;
	uint64_t given; /* 1 << enum opt */
	uint8_t family; /* AF_UNSPEC: any */

	struct net src, dst, reply_src, reply_dst;
	struct net tuple_src, tuple_dst, mask_src, mask_dst, master_src, master_dst;
	struct nat snat, dnat, anynat;
	const struct l4 *l4; /* NULL: the tool knows nothing of this protocol, or none was given */
	uint8_t protonum;
	struct l4_values l4_values;

	uint32_t timeout, mark, mark_mask, id, secmark;
	uint32_t status, status_mask;
	uint16_t zone, orig_zone, reply_zone;
	uint32_t events; /* NFCT_T_* */
	uint32_t output; /* enum output */
	unsigned buffer;
	struct nfct_bitmask *labels, *label_add, *label_del;
	struct nfct_labelmap *labelmap;
	char helper[NFCT_HELPER_NAME_MAX];
	uint32_t class, expect_flags;

	bool from_file; /* a line of --load-file: no summary, zero rows is success */
};

static inline bool given(const struct command *cmd, enum opt option)
{
	return cmd->given >> option & 1;
}

#endif
