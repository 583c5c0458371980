/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Checks of the daemon, the helpers in the kernel, and their queues.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/pinhole/doctor.h"
#include "cli/pinhole/target.h"
#include "daemon/request.h"
#include "netfilter/cthelper.h"
#include "netfilter/listener.h"

static const char *start_command(const struct doctor *d, char *buf, size_t size)
{
	if (!strcmp(d->common.config, CONFIG_FILE_DEFAULT) && access("/run/systemd/system", F_OK) == 0)
		return "systemctl start conntrackd";
	snprintf(buf, size, "conntrackd -d -C %s", d->common.config);
	return buf;
}

void check_daemon(struct doctor *d)
{
	char command[CONFIG_PATH_SIZE + 32], *answer = NULL;
	size_t len;
	FILE *f = open_memstream(&answer, &len);

	d->running = f && request_send(d->config.general.unix_path, REQUEST_STATS_PROCESS, f) == 0;
	if (f)
		fclose(f);
	if (d->running && strstr(answer, "paused"))
		doctor_add(d, LEVEL_BAD, "paused",
			   "a worker or the broker failed too often; until somebody says otherwise packets "
			   "of its helper pass unread. The log and the quarantine folder say what it died of",
			   doctor_text("a helper is paused, see conntrackd -s process"),
			   doctor_text("pkill -HUP -o -x conntrackd"));
	free(answer);
	if (d->running || !d->config.n_types)
		return;
	doctor_add(d, LEVEL_BAD, "daemon",
		   "nobody reads what helpers are to read: no pinhole is opened",
		   doctor_text("conntrackd does not run, and %s configures helpers",
			       config_file(&d->config, d->config.types[0].file)),
		   doctor_text("%s", start_command(d, command, sizeof(command))));
}

static int check_object(const struct cthelper *h, void *data)
{
	struct doctor *d = data;

	if (!h->enabled || listener_find(LISTENER_TABLE, h->queue_num) != 0)
		return 0;
	doctor_add(d, LEVEL_BAD, "unserved",
		   "the kernel lets the first packet of each new connection pass but does not remember "
		   "the connection, and your firewall drops the answers",
		   doctor_text("helper %s %s %s is enabled, and nobody listens on its queue %u", h->name,
			       cthelper_l3_word(h->l3), cthelper_l4_word(h->l4), h->queue_num),
		   doctor_text("nfct disable helper unserved"));
	return 0;
}

void check_unserved(struct doctor *d)
{
	if (d->supported)
		(void)cthelper_dump(&d->nl, check_object, d);
}

/* Lines of the kernel's table: queue portid pending copy_mode range dropped user_dropped ... */
void check_queues(struct doctor *d)
{
	FILE *f = fopen(LISTENER_TABLE, "re");
	unsigned queue, portid, pending, mode, range, dropped, lost;

	while (f && fscanf(f, "%u %u %u %u %u %u %u %*u %*u", &queue, &portid, &pending, &mode, &range,
			   &dropped, &lost) == 7)
		for (size_t i = 0; i < d->config.n_types; i++) {
			const struct helper_type *t = &d->config.types[i];

			if (!config_owns_queue(t, queue) || !target_first_of_name(&d->config, i) || !(dropped + lost))
				continue;
			doctor_add(d, LEVEL_WARNING, "drops",
				   "packets came faster than they were read, and were lost; a longer queue "
				   "takes a burst. The counter begins anew with the daemon",
				   doctor_text("queue %u of %s has dropped %u packets", queue, t->name,
					       dropped + lost),
				   doctor_text("give Type %s in %s a QueueLen above %u, then restart "
					       "conntrackd", t->name, config_file(&d->config, t->file),
					       t->queue_len ? t->queue_len : 1024));
		}
	if (f)
		fclose(f);
}
