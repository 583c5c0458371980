# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The hostile messages of helpers/rpc/hostile over real sockets, in both directions: every byte
# arrives, nothing crashes, nothing is opened, a normal look-up works afterwards, and they were
# counted.

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

processes() { # names and pids
	local name
	for name in conntrackd pinhole-broker pinhole-worker; do
		echo "$name: $(pids_of $name | tr "\n" " ")"
	done
}

before=$(processes)
command on firewall "$LOOK" -E expect >/vm/events 2>/dev/null &
sent=0
for step in "straight $OTHER4" "swapped $OTHER4" "straight $OTHER6"; do
	count=0
	# shellcheck disable=SC2086 # two words
	count=$(timeout 120 python3 hostile_rpc.py $step 2>/vm/error) || not_ok "$step: $(tail -1 /vm/error)"
	note "$step: ${count:=0} messages"
	sent=$((sent + count))
done
if [ $sent -ge 200 ]; then ok "$sent hostile messages passed"; else not_ok "only $sent messages"; fi

is "expectation events of the hostile messages" "$(cat /vm/events)" ""
is "expectations of the hostile messages" "$(expectations)" ""
is "processes" "$(processes)" "$before"
if grep -qE 'conntrackd: [0-9]' <<<"$before"; then ok "the daemon runs"; else not_ok "no daemon"; fi
queues_are_clean
for transport in tcp udp; do
	passes 30 "a look-up afterwards, $transport" on client rpcinfo -T $transport "$SERVER4" mountd
	passes 30 "a look-up afterwards, ${transport}6" \
		on client rpcinfo -T ${transport}6 "$SERVER6" mountd
done

statistics=$(on firewall conntrackd -C "$CONF" -s helper 2>&1)
echo "$statistics"
matches "malformed messages were counted" "$statistics" '.*malformed.*[1-9][0-9]*.*'
stop_daemon
