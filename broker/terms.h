/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the kernel's helper objects allow a lane's flows: how many pinholes of a class at a time, and for how
 * long each. That is policy which `nfct` or a reload may change; so it is asked for, but not each time.
 */
#ifndef PINHOLE_BROKER_TERMS_H
#define PINHOLE_BROKER_TERMS_H

#include "helpers/helper.h"
#include "netfilter/ct.h"
#include "netfilter/nl.h"

#define TERMS_MS 10000 /* so long an answer holds */

struct terms {
	int64_t until; /* loop_now() when it is to be asked for again */
	struct class_terms {
		uint32_t timeout; /* seconds */
		uint32_t max;	  /* of one flow; one more takes the oldest's place. 0: not known */
	} classes[HELPER_CLASSES_MAX];
};

/* Of a flow's class. `terms` has one entry for each helper object that a manifest can have: [IPv6][UDP]. */
const struct class_terms *terms_get(struct terms terms[2][2], struct nl *nl, const struct manifest *m,
				    const struct ct_flow *flow, uint32_t class, int64_t now);

#endif
