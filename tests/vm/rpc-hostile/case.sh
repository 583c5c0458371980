# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The hostile messages of helpers/rpc/hostile over real sockets, in both directions: every byte
# arrives, nothing crashes, nothing is opened, a normal look-up works afterwards, and they were
# counted.

# shellcheck disable=SC1091 # checked for itself
. ../hostile.sh
topology
other_server # for the scripted port 111
start_rpc_server server
start_daemon ../rpc.conf
firewall_rules plain helper

note "the script's own good look-ups open pinholes, or the rest would prove nothing"
for address in "$OTHER4" "$OTHER6"; do
	passes 30 "good look-ups, $address" python3 hostile_rpc.py good "$address"
done
is "pinholes of the good look-ups" "$(expectations | grep -cE 'dport=(3000|3001) mask')" 4
flush_flows

hostile_flows hostile_rpc.py 200 "straight $OTHER4" "swapped $OTHER4" "straight $OTHER6"
for transport in tcp udp; do
	passes 30 "a look-up afterwards, $transport" on client rpcinfo -T $transport "$SERVER4" mountd
	passes 30 "a look-up afterwards, ${transport}6" \
		on client rpcinfo -T ${transport}6 "$SERVER6" mountd
done
stop_daemon
