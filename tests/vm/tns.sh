# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the cases of Oracle Net have in common. Sourced by them, after lib.sh.

# Addresses of the firewall whose text is longer than the server's: dialed under DNAT.
LONG4=10.1.0.222 LONG6=fd01::1234:5678:9abc

# shellcheck disable=SC2034 # read by firewall_rules
PROTOCOL=tns PORT=1521 TRANSPORTS=tcp DIALED4=$LONG4 DIALED6=$LONG6
