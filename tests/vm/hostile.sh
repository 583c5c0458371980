# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Words for the cases that send hostile flows, sourced by them after lib.sh.

# hostile_every STEP: how many flows of a folder stand for one that is played, as real sockets are slow:
# all of them from the right side over IPv4, else every fourth. (The case runner's hostile tests play
# all of them, bytewise too.) The suite has only each eighth of those played: run --set VM_THIN=8.
VM_THIN=${VM_THIN:-1}
hostile_every() {
	case $1 in
	"straight "*.*) echo "$VM_THIN" ;;
	*) echo $((4 * VM_THIN)) ;;
	esac
}

processes() { # names and pids
	local name
	for name in conntrackd pinhole-broker pinhole-worker; do
		echo "$name: $(pids_of $name | tr "\n" " ")"
	done
}

# hostile_flows SCRIPT LEAST STEP...: the script plays every step's flows, LEAST messages or more in
# all. Nothing is opened, no process dies, and they are counted.
hostile_flows() {
	local script=$1 least=$(($2 / VM_THIN)) sent=0 count before step statistics
	shift 2
	before=$(processes)
	command on firewall "$LOOK" -E expect >/vm/events 2>/dev/null &
	for step; do
		count=0
		# shellcheck disable=SC2086 # several words
		count=$(HOSTILE_EVERY=$(hostile_every "$step") timeout 200 python3 "$script" $step 2>/vm/error) || not_ok "$step: $(tail -1 /vm/error)"
		note "$step: ${count:=0} messages"
		sent=$((sent + count))
	done
	if [ $sent -ge "$least" ]; then ok "$sent hostile messages passed"; else
		not_ok "only $sent messages"
	fi
	is "expectation events of the hostile messages" "$(cat /vm/events)" ""
	is "expectations of the hostile messages" "$(expectations)" ""
	is "processes" "$(processes)" "$before"
	if grep -qE 'conntrackd: [0-9]' <<<"$before"; then ok "the daemon runs"; else not_ok "no daemon"; fi
	queues_are_clean
	statistics=$(on firewall conntrackd -C "$CONF" -s helper 2>&1)
	echo "$statistics"
	matches "malformed messages were counted" "$statistics" '.*malformed.*[1-9][0-9]*.*'
}

# only_for_the_client SCRIPT ADDRESS CLIENT ALL-ONES: the pinhole of the script's good flow has just this tuple,
# lets the client in and nobody else.
only_for_the_client() {
	local script=$1 held
	shift
	firewall_rules plain helper
	command python3 ../hold.py "$PWD/$script" "$1" "$PORT" 3000 >/vm/held 2>&1 &
	held=$!
	wait_for 60 "a flow that stays" grep -q ready /vm/held
	matches "the tuple to $1" "$(expectations)" \
		"[0-9]+ proto=6 src=$2 dst=$1 sport=0 dport=3000 mask-src=$3 mask-dst=$3 sport=0 dport=65535 master-src=$2 master-dst=$1 .*helper=$PROTOCOL"
	blocked "another host, to $1" on server python3 "$PWD/../hold.py" "$1" 3000
	all_blocked
	passes 60 "the client, to $1" on client python3 "$PWD/../hold.py" "$1" 3000
	kill $held
	wait $held || true
	flush_flows
}
