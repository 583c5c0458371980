# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Nice, CPUAffinity and Scheduler, with the capabilities that the unit gives; then without the one that it
# takes.

UNIT=/pinhole/packaging/systemd/conntrackd.service
DAEMON_PATH=$(command -v conntrackd)

# bound CAPABILITY...: the daemon starts with these, `+net_admin`, or without, `-sys_nice`.
bound() {
	mkdir -p /vm/bound
	printf '#!/bin/sh\nexec setpriv --no-new-privs --bounding-set "%s" %s "$@"\n' \
		"$(tr ' ' , <<<"-all $*")" "$DAEMON_PATH" >/vm/bound/conntrackd
	chmod +x /vm/bound/conntrackd
}

# shares PROGRAM: a line for each process of it.
shares() {
	local pid
	for pid in $(pids_of "$1"); do
		awk '{ printf "nice %s, priority %s, policy %s, ", $19, $40, $41 }' "/proc/$pid/stat"
		awk '$1 == "Cpus_allowed_list:" { print "CPUs", $2 }' "/proc/$pid/status"
	done | sort
}

# have PROGRAM SHARES
have() { [ "$(shares "$1")" = "$2" ]; }

# all_have WHAT SUPERVISOR_AND_BROKER WORKERS KEEPER: soon, since a child begins as a copy of its parent.
all_have() {
	local program wanted
	for program in conntrackd pinhole-broker pinhole-worker pinhole-keeper; do
		case $program in *worker) wanted=$3 ;; *keeper) wanted=$4 ;; *) wanted=$2 ;; esac
		soon 30 "$program" have $program "$wanted" || true
		is "$1: $program" "$(shares $program)" "$wanted"
	done
}

# workers SHARES CPUS...: lines, one for each
workers() { local cpus; for cpus in "${@:2}"; do echo "$1, CPUs $cpus"; done; }

RR=2 OTHER=0
ORDINARY="nice 0, priority 0, policy $OTHER, CPUs 0-1"
URGENT="nice -5, priority 7, policy $RR, CPUs 0"
WORKER="nice -5, priority 0, policy $OTHER"

topology
read -ra GIVEN <<<"$(sed -n 's/^CapabilityBoundingSet=//p' $UNIT | tr '[:upper:]' '[:lower:]' | sed 's/cap_/+/g')"
PATH=/vm/bound:$PATH
sed -e 's/^General {/&\n\tNice -5\n\tCPUAffinity 0\n\tScheduler { Type RR Priority 7 }/' \
	-e 's/QueueNum 1$/&\n\t\tCPUAffinity 1/' ../rpc.conf >"$CONF"
bound "${GIVEN[@]}"
start_daemon "$CONF"
all_have "start" "$URGENT" "$(workers "$WORKER" 0 0 0 1)" "$ORDINARY"

note "successors"
old=$(pids_of pinhole-broker; pids_of pinhole-worker)
# shellcheck disable=SC2086 # several
kill -KILL $old 2>/dev/null || true # workers end with their broker
for pid in $old; do soon 30 "its end" gone "$pid" || not_ok "$pid stays"; done
all_have "successors" "$URGENT" "$(workers "$WORKER" 0 0 0 1)" "$ORDINARY"

note "a reload moves a worker"
old=$(pids_of pinhole-worker)
sed -i 's/CPUAffinity 1$/CPUAffinity 0-1/' "$CONF"
kill -HUP "$DAEMON"
all_have "reload" "$URGENT" "$(workers "$WORKER" 0 0 0 0-1)" "$ORDINARY"
is "workers after it" "$(pids_of pinhole-worker)" "$old"
stop_daemon
soon 5 "the keeper's end" none_runs pinhole-keeper || not_ok "the keeper stays"

note "what cannot be had is told, and the daemon serves"
sed -i 's/CPUAffinity 0$/CPUAffinity 7/' "$CONF"
bound "${GIVEN[@]}" -sys_nice
start_daemon "$CONF"
all_have "refused" "$ORDINARY" "$(workers "${ORDINARY%, CPUs*}" 0-1 0-1 0-1 0-1)" "$ORDINARY"
for word in Nice CPUAffinity Scheduler; do
	is "warnings of $word" "$(grep -c "warning\] .$word.* is not honoured" "$LOG")" 1
done
stop_daemon
