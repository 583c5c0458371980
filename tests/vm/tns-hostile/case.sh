# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The hostile messages of helpers/tns/hostile over real sockets, in both directions: every byte
# arrives, nothing crashes, nothing is opened, a normal redirect works afterwards, and they were
# counted.

# shellcheck source=tests/vm/tns.sh
. ../tns.sh
topology
other_server # for the scripted port 1521
start_daemon ../tns.conf
tns_rules plain helper

good() { # how often
	for address in "$OTHER4" "$OTHER6"; do
		passes 60 "good redirect $1, $address" python3 hostile.py good "$address"
	done
	is "pinholes of the good redirects $1" "$(expectations | grep -cE 'dport=3000 mask')" 2
	flush_flows
}

good "before, or the rest would prove nothing"

processes() { # names and pids
	local name
	for name in conntrackd pinhole-broker pinhole-worker; do
		echo "$name: $(pids_of $name | tr "\n" " ")"
	done
}

before=$(processes)
command on firewall "$LOOK" -E expect >/vm/events 2>/dev/null &
sent=0
for step in "straight $OTHER4 1" "swapped $OTHER4 4" "straight $OTHER6 4"; do
	count=0
	# shellcheck disable=SC2086 # three words
	count=$(timeout 200 python3 hostile.py $step 2>/vm/error) || not_ok "$step: $(tail -1 /vm/error)"
	note "$step: ${count:=0} messages"
	sent=$((sent + count))
done
if [ $sent -ge 1000 ]; then ok "$sent hostile messages passed"; else not_ok "only $sent messages"; fi

is "expectation events of the hostile messages" "$(cat /vm/events)" ""
is "expectations of the hostile messages" "$(expectations)" ""
is "processes" "$(processes)" "$before"
if grep -qE 'conntrackd: [0-9]' <<<"$before"; then ok "the daemon runs"; else not_ok "no daemon"; fi
queues_are_clean
good "afterwards"

statistics=$(on firewall conntrackd -C "$CONF" -s helper 2>&1)
echo "$statistics"
matches "malformed messages were counted" "$statistics" '.*malformed.*[1-9][0-9]*.*'
stop_daemon
