/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The helper interface: what a protocol parser is given and what it may ask for.
 *
 * A helper is a folder: manifest.c says what the protocol may ever open (the gate and every tool
 * read that, without linking the parser), NAME.c holds the parser. A parser is a pure function of
 * its input and a few bytes of state. It allocates nothing, logs nothing, knows no time, no errno
 * and no global. It never writes a byte for the wire: it asks, in the terms below, and the broker
 * checks each request against what the kernel says of the flow, chooses ports under NAT and
 * renders every changed byte itself.
 *
 * A helper includes this file and wire/, nothing else.
 */
#ifndef PINHOLE_HELPERS_HELPER_H
#define PINHOLE_HELPERS_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

#define HELPER_NAME_SIZE 16   /* kernel: NF_CT_HELPER_NAME_LEN, with the NUL */
#define HELPER_STATE_MAX 32   /* bytes that the kernel keeps with a flow */
#define HELPER_CLASSES_MAX 4  /* policy classes of one helper, kernel limit */
#define HELPER_NOTES_MAX 32   /* note codes of one helper, 0 = none */
#define HELPER_HOST_SIZE 128  /* host name that claims refer to, with the NUL */
#define OUTPUT_CLAIMS_MAX 8
#define OUTPUT_EDITS_MAX 16

/* What the parser made of the bytes. */
enum outcome {
	OUTCOME_NOTHING,   /* understood, nothing to open */
	OUTCOME_FOUND,     /* out->claims asks for at least one expectation */
	OUTCOME_MORE,      /* stream only: the message is not complete, consumed stays 0 */
	OUTCOME_MALFORMED, /* not this protocol, or hostile. Datagram: no claim from it.
			    * Stream: this direction is given up, unless the manifest can resync */
	OUTCOME_DONE,      /* this flow needs no further look (claims may still be given). What it
			    * had opened before and nobody used may be closed */
};
#define OUTCOME_LAST OUTCOME_DONE

/* ORIG: sent by the host that opened the flow. REPLY: the other way. */
enum direction {
	DIRECTION_ORIG,
	DIRECTION_REPLY,
};

/* Endpoints are named, not spelled: the broker takes the address from the kernel's tuples. */
enum party {
	PARTY_CLIENT, /* opened the master flow */
	PARTY_SERVER, /* the other end of it */
	PARTY_ANY,    /* `from` only: any source address; policy must allow it */
	PARTY_OTHER,  /* `claim.other`: a third party; policy must name its network */
	PARTY_NAMED,  /* `to` only: the host called `output.host`: where policy says that it is, else
		       * the server */
	PARTY_ASKED,  /* `from` only: whoever may answer the client. The server; or, if what the client
		       * sent went to a group or a broadcast address, any host of the network that it
		       * went out to (or that policy names) */
};
#define PARTY_LAST PARTY_ASKED

/* A wanted expectation: "a connection from `from` to `to`:port is about to be opened". */
struct claim {
	uint8_t from;        /* enum party */
	uint8_t to;          /* enum party, never ANY */
	uint8_t l4;          /* IPPROTO_TCP or IPPROTO_UDP, as the manifest's class allows */
	uint8_t class;       /* index into manifest.classes */
	uint16_t port;       /* destination port as announced, host byte order; 0 with `back` alone.
			      * Whether it is too low is the gate's business: policy can lower it */
	uint16_t from_port;  /* source port if the protocol fixes it, else 0 */
	uint8_t permanent;   /* 1: survives its first match (the class must allow it) */
	uint8_t back;	     /* 1: to the port that the flow's client sends from; `to` is the client,
			      * nothing was announced, no edit speaks of it (UDP) */
	uint8_t follow;	     /* 1: the new flow is read by this helper too; its l4 is the master's */
	struct addr other;   /* for PARTY_OTHER; else all zero */
};

/* How the broker writes the granted address and port of a claim over announced bytes. It does so
 * only on a NATed flow, and only where the result differs from what stands there. */
enum edit_form {
	EDIT_BE16_PORT,    /* 2 bytes */
	EDIT_BE32_PORT,    /* 4 bytes, XDR unsigned int (RFC 4506 4.2) */
	EDIT_DECIMAL_PORT, /* "54834" */
	EDIT_COMMA_V4,     /* "192,0,2,1,214,50" (RFC 959) */
	EDIT_EPRT,         /* "|1|192.0.2.1|54834|", delimiter kept from the first byte (RFC 2428) */
	EDIT_EPSV,         /* "|||54834|" (RFC 2428) */
	EDIT_LPRT,         /* "4,4,192,0,2,1,2,214,50", "6,16,..." (RFC 1639) */
	EDIT_XDR_UADDR,    /* XDR string with its length word and padding, a universal address
			    * "192.0.2.1.214.50" (RFC 5665) */
	EDIT_ADDRESS,      /* address text alone */
	EDIT_BE16_LENGTH,  /* length field: plus what the other edits in `cover` add */
	EDIT_BE32_LENGTH,
	EDIT_RECORD_MARK,  /* the same in the low 31 bits of 4 bytes (RFC 5531 11) */
	EDIT_DECIMAL_LENGTH,
};
#define EDIT_LAST EDIT_DECIMAL_LENGTH

/* Lengths belong to no claim. */
static inline bool edit_is_length(uint8_t form)
{
	return form == EDIT_BE16_LENGTH || form == EDIT_BE32_LENGTH || form == EDIT_RECORD_MARK ||
	       form == EDIT_DECIMAL_LENGTH;
}

/* `off` of an edit that cannot be made: the value lies in pieces. Where the broker would have to
 * change it, it refuses the claim; where it stands right already, the claim is as good as any. */
#define EDIT_ELSEWHERE UINT32_MAX

/* Edits are sorted by `off` and disjoint; those ELSEWHERE may stand anywhere. `len` is never 0. */
struct edit {
	uint32_t off;   /* from in->data */
	uint32_t len;   /* bytes that stand there now */
	uint32_t cover; /* *_LENGTH, RECORD_MARK: bytes after the field that it counts, as far as the
			 * last edit among them, so inside in->data; else 0 */
	uint8_t form;   /* enum edit_form */
	uint8_t claim;  /* index into output.claims; unused by length forms */
};

struct query;

struct input {
	const uint8_t *data; /* a datagram's payload; or the stream from its first unfinished byte */
	size_t len;
	enum direction direction; /* who sent it */
	bool gap; /* stream: messages, of either direction, were lost since the last one of this
		   * direction, or have not come yet that were sent before this one */
	struct tuple orig, reply; /* the flow, as the kernel has it. The server's own address is
				   * reply.src, the client's own is orig.src */
	const struct query *query; /* the manifest's */
};

struct output {
	unsigned n_claims, n_edits;
	struct claim claims[OUTPUT_CLAIMS_MAX];
	struct edit edits[OUTPUT_EDITS_MAX];
	char host[HELPER_HOST_SIZE]; /* with PARTY_NAMED: letters, digits, '.', '-' and '_', filled
				      * up with NULs, at least one; else all zero */
	/* Stream only: bytes of `data` that are finished with; may exceed in->len, the rest is then
	 * skipped unseen as it arrives. Not 0 unless the outcome is MORE or MALFORMED. The parser
	 * is called again while bytes are left. */
	size_t consumed;
	uint8_t note; /* index into manifest.notes: why nothing was opened; 0 = none */
	/* With MORE only: what is there of the message looks like an announcement. Where such a one
	 * would have to change (NAT), the bytes do not go on before the rest has come, for a short
	 * time: see LANE_HOLD_MS. */
	uint8_t hold;
	/* 1: what this message changed in the state is not worth telling the kernel by itself; it goes with
	 * the next change that is. A parser that begins in the middle may not know of it. */
	uint8_t minor;
};

/* How most calls end: nothing is opened, and the note says why. */
static inline enum outcome nothing(struct output *out, unsigned note)
{
	out->note = (uint8_t)note;
	return OUTCOME_NOTHING;
}

static inline enum outcome malformed(struct output *out, unsigned note)
{
	out->note = (uint8_t)note;
	return OUTCOME_MALFORMED;
}

#define MANIFEST_TCP 1
#define MANIFEST_UDP 2
#define MANIFEST_INET 1
#define MANIFEST_INET6 2

/* One policy class: the most that the helper may ask for. Configuration can lower and raise max
 * and timeout, nothing else. */
struct manifest_class {
	const char *name; /* "rpc" in `Policy rpc { }`, at most 15 characters */
	uint8_t max;      /* expectations alive per master flow, 1..255; the oldest gives way */
	uint32_t timeout; /* seconds */
	uint8_t l4s;      /* MANIFEST_TCP | MANIFEST_UDP: protocols it may open */
	uint16_t min_port;
	bool permanent;   /* claims may be permanent */
	bool from_any;    /* claims may leave the source open */
	bool back;	  /* claims may lead back to the sender's port, and come from PARTY_ASKED */
	bool follow;	  /* claims may have their flow read */
};

/* What a helper declares about itself. Tools print it, the gate enforces it. */
struct manifest {
	const char *name;  /* the protocol's one word */
	const char *title; /* what the protocol is, a few words */
	uint8_t l4s;       /* control channel runs over MANIFEST_TCP | MANIFEST_UDP */
	uint8_t l3s;	   /* MANIFEST_INET | MANIFEST_INET6: where the protocol exists; 0: both */
	uint16_t port;     /* usual control port, host byte order */
	bool groups;	   /* what clients send their datagrams to is usually a group or a broadcast
			    * address */
	uint8_t state_len; /* bytes kept by the kernel per flow, <= HELPER_STATE_MAX. Part of the
			    * contract with objects registered by other tools: never changes */
	unsigned n_classes;
	struct manifest_class classes[HELPER_CLASSES_MAX];
	uint32_t flow_timeout; /* datagrams: a flow whose datagrams the parser understands lives for so
				* many seconds, because the answer may take long. 0: as others */
	uint32_t tail;     /* stream: longest message the parser needs to see whole, bytes */
	bool bulk;         /* stream: the control connection may carry masses of data. Segments that
			    * the kernel has joined are then queued as one, and never rewritten */
	bool http;	   /* stream: the protocol is HTTP, so a client's first bytes may be one of
			    * its methods. The parser must tell by itself what web pages make
			    * browsers send */
	bool resync_line;  /* after a gap or MALFORMED go on behind the next LF; else give up */
	const char *opens, *refuses, *source; /* prose for tools and manual; source: RFC */
	const struct query *query; /* helpers/query.h: it has no parser of its own; or NULL */
	const char *const *notes; /* [0] unused, NULL-terminated, < HELPER_NOTES_MAX: one word each */
};

struct helper {
	const struct manifest *manifest;
	/* `state` points to manifest->state_len bytes that persist with the flow, all zero for a new
	 * one. `out` arrives zeroed. */
	enum outcome (*parse)(const struct input *in, void *state, struct output *out);
};

/* Both tables are generated from the words in helpers/meson.build; NULL-terminated.
 * `manifests` links into every tool, `helpers` into what reads packets: the worker, `pinhole replay`, the tests. */
extern const struct manifest *const manifests[];
extern const struct helper *const helpers[];

/* NULL when there is no helper of that name. */
const struct manifest *manifest_find(const char *name);
const struct helper *helper_find(const char *name);

/* Policy class by name: its index, or -1. */
int manifest_class_find(const struct manifest *m, const char *name);

#endif
