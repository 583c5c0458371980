# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The hostile messages of helpers/tns/hostile over real sockets, in both directions: every byte
# arrives, nothing crashes, nothing is opened, a normal redirect works afterwards, and they were
# counted.

# shellcheck disable=SC1091 # checked for themselves
. ../tns.sh
# shellcheck disable=SC1091
. ../hostile.sh
topology
other_server # for the scripted port 1521
start_daemon ../tns.conf
firewall_rules plain helper

good() { # how often
	for address in "$OTHER4" "$OTHER6"; do
		passes 60 "good redirect $1, $address" python3 hostile_tns.py good "$address"
	done
	is "pinholes of the good redirects $1" "$(expectations | grep -cE 'dport=3000 mask')" 2
	flush_flows
}

good "before, or the rest would prove nothing"

hostile_flows hostile_tns.py 600 "straight $OTHER4" "swapped $OTHER4" "straight $OTHER6"
good "afterwards"
stop_daemon
