/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Rows on stdout: text, XML, JSON, save. Knows nothing of sockets.
 */
#ifndef PINHOLE_CONNTRACK_PRINT_H
#define PINHOLE_CONNTRACK_PRINT_H

#include <libmnl/libmnl.h>

#include "cli/conntrack/command.h"
#include "base/json.h"

struct printer {
	const struct command *cmd;
	struct json json;
	unsigned rows;
};

void print_begin(struct printer *ret, const struct command *cmd);

/* One row. event: NFCT_T_NEW, _UPDATE, _DESTROY, or NFCT_T_UNKNOWN for no event. message: what
 * the object was parsed from. */
void print_flow(struct printer *p, enum nf_conntrack_msg_type event, const struct nf_conntrack *ct,
		const struct nlmsghdr *message);
void print_expect(struct printer *p, enum nf_conntrack_msg_type event, const struct nf_expect *exp,
		  const struct nlmsghdr *message);

/* Closes what the document needs closed. */
void print_end(struct printer *p);

/* json_out.c: one object. time_us 0: without a timestamp. */
void print_flow_json(struct json *json, const struct nf_conntrack *ct, const char *event,
		     uint64_t time_us, struct nfct_labelmap *map);
void print_expect_json(struct json *json, const struct nf_expect *exp, const char *event,
		       uint64_t time_us, uint32_t id);

/* save.c: the command line that makes this flow again, without line break. */
void print_flow_save(FILE *out, char letter, const struct nf_conntrack *ct);

/* process.c: ` [USERSPACE] portid=N progname=X`. */
void print_origin(FILE *out, uint32_t portid);

#endif
