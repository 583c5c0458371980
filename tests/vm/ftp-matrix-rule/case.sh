# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # read by lib.sh
#
# ftp-matrix with `Transport rule`.
TRANSPORT=rule
cd ../ftp-matrix || exit
# shellcheck disable=SC1091 # checked for itself
. ./case.sh
