/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What a worker keeps of its powers: the link and three system calls. The worker that tests/sandbox
 * gives to the enemy is confined by the same code.
 */
#ifndef PINHOLE_WORKER_SANDBOX_H
#define PINHOLE_WORKER_SANDBOX_H

/* Leaves for nowhere (base/confine.h), closes the standard streams and keeps three system calls.
 * -errno: the caller must not go on. */
int worker_confine(void);

/* The last step of it alone. */
int worker_confine_syscalls(void);

#endif
