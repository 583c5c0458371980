/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A record as one line, for the log and for `conntrackd -s audit`. Its bytes come from a process
 * that may have been taken over, and some of them from the network: every enumerator is checked,
 * every string escaped.
 */
#include "link/audit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "helpers/words.h"

struct text {
	char *buf;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *fmt, ...)
{
	size_t room = AUDIT_TEXT_SIZE - t->len;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(t->buf + t->len, room, fmt, args);
	va_end(args);
	if (n > 0)
		t->len += (size_t)n < room ? (size_t)n : room - 1;
}

static const char *addr_text(char *buf, const struct addr *a)
{
	addr_to_text(a, buf);
	return buf;
}

const char *audit_tuple_text(char *buf, const struct tuple *tuple)
{
	char src[ADDR_TEXT_SIZE], dst[ADDR_TEXT_SIZE];

	snprintf(buf, AUDIT_TUPLE_SIZE, "proto=%u src=%s dst=%s sport=%u dport=%u", tuple->l4,
		 addr_text(src, &tuple->src), addr_text(dst, &tuple->dst), tuple->sport,
		 tuple->dport);
	return buf;
}

static void put_tuple(struct text *t, const struct tuple *tuple)
{
	char text[AUDIT_TUPLE_SIZE];

	put(t, "%s", audit_tuple_text(text, tuple));
}

static void put_string(struct text *t, const char *key, const char *s, size_t size)
{
	char escaped[LOG_BYTES_SIZE];

	put(t, " %s=\"%s\"", key, log_bytes(escaped, s, strnlen(s, size)));
}

const char *fate_name(uint8_t fate)
{
	static const char *const names[] = {
#define FATE(name, prose) [FATE_##name] = #name,
		FATES
#undef FATE
	};

	return fate < N_FATES ? names[fate] : "unknown";
}

const char *audit_verdict_word(uint8_t why)
{
	static const char *const names[] = { [REFUSED_NOT] = "opened",
#define REFUSAL(name, prose) [REFUSED_##name] = #name,
					     REFUSALS
#undef REFUSAL
	};

	return why < N_REFUSALS ? names[why] : "unknown";
}

/* Those that the kernel answers with. */
const char *audit_error_word(char buf[AUDIT_ERROR_SIZE], const struct audit_record *r)
{
	static const struct {
		int error;
		const char *word;
	} words[] = {
		{ 0, "ok" },		{ -ENOENT, "ENOENT" }, { -EEXIST, "EEXIST" },
		{ -EBUSY, "EBUSY" },	{ -EINVAL, "EINVAL" }, { -EOPNOTSUPP, "EOPNOTSUPP" },
		{ -EMFILE, "EMFILE" },	{ -EPERM, "EPERM" },   { -ENOMEM, "ENOMEM" },
		{ -ENOBUFS, "ENOBUFS" }, { -ETIMEDOUT, "ETIMEDOUT" },
	};

	if (r->why != REFUSED_NOT && !r->error)
		return "unasked";
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].error == r->error)
			return words[i].word;
	snprintf(buf, AUDIT_ERROR_SIZE, "%d", r->error);
	return buf;
}

static void put_granted(struct text *t, const struct audit_record *r)
{
	char addr[ADDR_TEXT_SIZE];

	if (r->why != REFUSED_NOT) {
		put(t, "proto=%u dport=%u", r->claim.l4, r->claim.port);
		return;
	}
	put_tuple(t, &r->granted);
	if (r->wild)
		put(t, " src-prefix=%u", (unsigned)(8 * addr_len(&r->granted.src) - r->wild));
	if (r->has_nat)
		put(t, " nat=%s:%u", addr_text(addr, &r->nat_addr), r->nat_port);
}

static void put_claim(struct text *t, const struct claim *c)
{
	char addr[ADDR_TEXT_SIZE];

	put(t, " asked-from=%s asked-to=%s", party_word(c->from),
	    party_word(c->to));
	if (c->back)
		put(t, " asked-port=back");
	else
		put(t, " asked-port=%u", c->port);
	if (c->from == PARTY_OTHER || c->to == PARTY_OTHER)
		put(t, " other=%s", addr_text(addr, &c->other));
}

const char *audit_text(char *buf, const struct audit_record *r)
{
	size_t len = r->len < sizeof(r->message) ? r->len : sizeof(r->message);
	char escaped[LOG_BYTES_SIZE], error[AUDIT_ERROR_SIZE];
	struct text t = { .buf = buf };

	buf[0] = '\0';
	put(&t, "helper=%s ",
	    log_bytes(escaped, r->helper, strnlen(r->helper, sizeof(r->helper))));
	put_granted(&t, r);
	put(&t, " permanent=%u class=%u master=\"", r->claim.permanent != 0, r->claim.class);
	put_tuple(&t, &r->orig);
	put(&t, "\" reply=\"");
	put_tuple(&t, &r->reply);
	put(&t, "\" zone=%u flow=%u queue=%u direction=%s seq=%u offset=%d", r->zone, r->flow_id,
	    r->queue, r->direction == DIRECTION_REPLY ? "reply" : "original", r->tcp_seq, r->off);
	put_claim(&t, &r->claim);
	if (r->claim.to == PARTY_NAMED)
		put_string(&t, "host", r->host, sizeof(r->host));
	put(&t, " kernel=%s renewals=%u audit=%llu message=\"%s\"",
	    audit_error_word(error, r), r->renewals, (unsigned long long)r->number,
	    log_bytes(escaped, r->message, len));
	return buf;
}

const char *audit_time_text(char buf[AUDIT_TIME_SIZE], int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char date[40];
	struct tm tm;

	if (ms <= 0 || !gmtime_r(&seconds, &tm) ||
	    !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm))
		snprintf(buf, AUDIT_TIME_SIZE, "-");
	else
		snprintf(buf, AUDIT_TIME_SIZE, "%s.%03dZ", date, (int)(ms % 1000));
	return buf;
}

const char *audit_line(char *buf, const struct audit_record *r)
{
	char when[AUDIT_TIME_SIZE], fate_when[AUDIT_TIME_SIZE], text[AUDIT_TEXT_SIZE];
	struct text t = { .buf = buf };

	buf[0] = '\0';
	put(&t, "time=%s verdict=%s", audit_time_text(when, r->when),
	    audit_verdict_word(r->why));
	put(&t, " fate=%s fate-time=%s %s", fate_name(r->fate),
	    audit_time_text(fate_when, r->fate_when), audit_text(text, r));
	return buf;
}
