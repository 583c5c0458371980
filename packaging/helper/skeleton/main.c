/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Both tools of this folder: the same tables, another program of libpinhole-helper (meson.build).
 */
#include "helpers/helper.h"
#include "helpers/programs.h"

extern const struct manifest manifest_template;
extern const struct helper helper_template;

const struct manifest *const manifests[] = { &manifest_template, NULL };
const struct helper *const helpers[] = { &helper_template, NULL };

int main(int argc, char **argv)
{
	return PROGRAM(argc, argv);
}
