/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Two programs for a helper that is built outside of pinhole's tree, as libpinhole-helper has them. What
 * calls one from its main() also has the tables `helpers` and `manifests` (helper.h).
 */
#ifndef PINHOLE_HELPERS_PROGRAMS_H
#define PINHOLE_HELPERS_PROGRAMS_H

/* cases [--bless | --seeds DIR] HELPER FILE-OR-FOLDER...: plays case files, and every prefix and cut of
 * them, against the parser. Exit code. */
int cases_program(int argc, char **argv);

/* replay FILE [-p PORT] [-v] [-o json]: `pinhole replay` with the first of `helpers`. Needs libpcap. */
int replay_program(int argc, char **argv);

#endif
