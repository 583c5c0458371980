/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What `pinhole doctor` looks at, and how its checks speak.
 */
#ifndef PINHOLE_CLI_PINHOLE_DOCTOR_H
#define PINHOLE_CLI_PINHOLE_DOCTOR_H

#include "cli/pinhole/nft.h"
#include "cli/pinhole/verb.h"
#include "config/config.h"
#include "helpers/helper.h"
#include "netfilter/nl.h"

enum level {
	LEVEL_WARNING, /* it works, and could be better or safer */
	LEVEL_BAD,     /* something does not work, or is open that should not be */
};

struct finding {
	const char *check; /* a word that stays the same: doc/doctor.md */
	enum level level;
	char *what, *mend; /* owned; mend: a shell command */
	const char *why;
};

#define FINDINGS_MAX 128

struct doctor {
	struct common common;
	struct config config;
	json_t *ruleset;
	struct nl nl;
	bool supported; /* the kernel knows user-space helpers */
	bool running;	/* the daemon answers */
	struct finding findings[FINDINGS_MAX];
	unsigned n_findings; /* may exceed FINDINGS_MAX: the rest is counted */
};

/* Adds a finding; `why` lives on. `what` and `mend` are taken, NULL when memory ran out. */
void doctor_add(struct doctor *d, enum level level, const char *check, const char *why, char *what,
		char *mend);

/* As asprintf(), NULL when memory ran out. */
char *doctor_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* doctor_kernel.c */
void check_support(struct doctor *d);
void check_modules(struct doctor *d);
void check_sysctls(struct doctor *d);
void check_rp_filter(struct doctor *d);

/* doctor_service.c */
void check_daemon(struct doctor *d);
void check_unserved(struct doctor *d);
void check_queues(struct doctor *d);

/* doctor_rules.c */
void check_attached(struct doctor *d);
void check_after_nat(struct doctor *d);
void check_anywhere(struct doctor *d);
void check_other_queues(struct doctor *d);
void check_accepted(struct doctor *d);
void check_related(struct doctor *d);

#endif
