/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the broker says: log lines, complaints about workers, packets that ended one. The broker
 * reads no byte of a packet's payload, but it is not trusted with more than it needs either.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "build.h"
#include "daemon/supervisor.h"

/* Often it is dead already and the successor on its way. */
static void hear_complaint(struct supervisor *s, const struct report *r)
{
	struct lane_record *l = &s->lanes[r->lane];

	if (r->worker <= 0)
		return;
	if (r->broken && r->worker == l->buried)
		children_fault(s, r->lane, r->worker);
	if (r->worker != l->worker)
		return;
	warn("helper=%s queue=%u worker does not answer as it should, replacing it", l->helper,
	     l->queue_num);
	if (r->broken)
		l->condemned = r->worker;
	kill(r->worker, SIGKILL);
}

static void keep_packet(struct supervisor *s)
{
	const struct lane_record *l = &s->lanes[s->packet.lane];
	char name[QUARANTINE_NAME_SIZE];
	int r;

	if (s->quarantine < 0)
		return;
	r = quarantine_keep(s->quarantine, l->helper, s->packet.data, s->packet.len, name);
	if (r < 0)
		warn_errno(r, "helper=%s queue=%u cannot keep the packet that ended the worker",
			   l->helper, l->queue_num);
	else
		warn("helper=%s queue=%u the packet that ended the worker is in %s/quarantine/%s",
		     l->helper, l->queue_num, PINHOLE_STATEDIR, name);
}

/* Pieces come in order; a packet of which one is missing is not kept. */
static void collect_packet(struct supervisor *s, const struct report *r)
{
	struct quarantine_packet *p = &s->packet;
	uint32_t len;

	if (r->off == 0) {
		p->lane = r->lane;
		p->len = 0;
	}
	if (r->total > sizeof(p->data) || r->lane != p->lane || r->off != p->len ||
	    r->off >= r->total)
		return;
	len = r->total - r->off < sizeof(r->text) ? r->total - r->off : sizeof(r->text);
	memcpy(p->data + p->len, r->text, len);
	p->len += len;
	if (p->len == r->total)
		keep_packet(s);
}

static void hear(struct supervisor *s, struct report *r)
{
	if (r->lane >= LANES_MAX)
		return;
	switch ((enum report_kind)r->kind) {
	case REPORT_LOG:
		r->text[sizeof(r->text) - 1] = 0;
		if (r->level <= LOG_LEVEL_DEBUG)
			log_line(r->level, r->text);
		break;
	case REPORT_WORKER:
		hear_complaint(s, r);
		break;
	case REPORT_PACKET:
		collect_packet(s, r);
		break;
	case REPORT_ALIVE:
		s->pings = 0;
		s->broker_answers = true;
		break;
	}
}

bool reports_read(struct supervisor *s)
{
	struct report r;
	int fd, n;

	while ((n = order_receive(s->on_broker.fd, &r, sizeof(r), &fd)) > 0) {
		if (fd >= 0)
			close(fd);
		hear(s, &r);
	}
	return n == -EAGAIN;
}
