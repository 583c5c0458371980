/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The runner of cases, with all helpers of the tree.
 */
#include "helpers/programs.h"

int main(int argc, char **argv)
{
	return cases_program(argc, argv);
}
