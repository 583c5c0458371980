# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The hostile messages of helpers/sane/hostile over real sockets, in both directions: every byte
# arrives, nothing crashes, nothing is opened, a normal scan's START works afterwards, and they were
# counted. And what a good one opens is for nobody but the client.

# shellcheck disable=SC1091 # checked for themselves
. ../sane.sh
# shellcheck disable=SC1091
. ../hostile.sh
topology
other_server # for the scripted port 6566
start_daemon ../sane.conf
firewall_rules plain helper

good() { # when
	local address
	for address in "$OTHER4" "$OTHER6"; do
		passes 60 "a good flow $1, $address" python3 hostile_sane.py good "$address"
	done
	is "pinholes of the good flows $1" "$(expectations | grep -cE 'dport=3000 mask')" 2
	flush_flows
}

good "before, or the rest would prove nothing"
hostile_flows hostile_sane.py 600 "straight $OTHER4" "swapped $OTHER4" "straight $OTHER6"
good "afterwards"
only_for_the_client hostile_sane.py "$OTHER4" "$CLIENT4" 255.255.255.255
only_for_the_client hostile_sane.py "$OTHER6" "$CLIENT6" ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
stop_daemon
