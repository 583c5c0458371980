# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Words for the cases that send hostile flows, sourced by them after lib.sh.

# hostile_every STEP: how many flows of a folder stand for one that is played, as real sockets are slow:
# all of them from the right side over IPv4, else every fourth. (The case runner's hostile tests play
# all of them, bytewise too.)
hostile_every() {
	case $1 in
	"straight "*.*) echo 1 ;;
	*) echo 4 ;;
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
	local script=$1 least=$2 sent=0 count before step statistics
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
