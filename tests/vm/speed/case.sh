# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The same work through each contender, one after the other, round after round: one line of JSON for
# each measurement, of which bench/speed makes doc/performance.md. Words that --set may give:
# SPEED_ROUNDS, SPEED_SECONDS of each measurement, SPEED_WHO; SPEED_WORK, SPEED_FLOWS, SPEED_HELPERS, SPEED_START:
# what is measured, none of it where a word is empty; SPEED_PROFILE: perf looks on, and tells
# where the time went (`shares'), or what was done one after the other (`trace').

# shellcheck disable=SC1091 # checked for itself
. ./contenders.sh
ROUNDS=${SPEED_ROUNDS:-1} TIME=${SPEED_SECONDS:-1}
WHO=${SPEED_WHO:-none,kernel,reference,loop,told,pinhole,rule}
WORK=${SPEED_WORK-idle,ftp-1,ftp-16,ftp-deep,rpc-1,rpc-16,rpc-flood,connect,expect,bulk,sql,idle-after}
# How many open flows, and with whom; helpers; and with whom it is looked how long a start takes.
FLOWS=${SPEED_FLOWS-10,1000,50000} FLOWS_WHO=pinhole
HELPERS=${SPEED_HELPERS-1,2,4,10,16} HELPERS_WHO=reference,pinhole
START=${SPEED_START-reference,pinhole}

topology
on client sh -c 'echo 1024 65001 >/proc/sys/net/ipv4/ip_local_port_range'
echo 262144 >/proc/sys/net/netfilter/nf_conntrack_max
echo 8192 >/proc/sys/net/netfilter/nf_conntrack_expect_max
command on firewall sleep infinity &
FIREWALL=$!
command on server "$BUILD/bench-load" serve &
SERVING=$!

# A flood comes from elsewhere, and asks nobody here for time.
load() { # WORK ARGUMENT...
	local work=$1 nice=0
	shift
	[ "$work" != flood ] || nice=-20
	on client nice -n $nice "$BUILD/bench-load" "$work" "$SERVER4" -f "$FIREWALL" -t "$TIME" \
		-p "$SERVING,$(processes_of_contender)" "$@"
}

# work WORD: prints what bench-load says.
work() {
	case $1 in
	ftp-1) load ftp ;;
	ftp-16) load ftp -c 16 ;;
	ftp-deep) load ftp -c 4 -d 8 ;;
	rpc-1) load rpc ;;
	rpc-16) load rpc -c 16 ;;
	rpc-flood) load flood -c 16 -r "$FLOOD_RATE" -t 2 ;;
	connect) load connect -c 16 ;;
	expect) load expect -c 16 ;;
	bulk) load bulk ;;
	sql) load sql ;;
	idle | idle-after) load idle ;;
	*) fail "unknown work $1" ;;
	esac
}

# Work without its helper says nothing of it.
suits() { # CONTENDER WORK
	case $1-$2 in
	kernel-rpc-* | kernel-sql | none-idle* | kernel-idle*) return 1 ;;
	esac
}

# tell CONTENDER WORK [MEMBERS] <JSON: the same with what it is of in front
tell() {
	local json
	json=$(cat)
	case $json in
	'{"connections"'* | '{"start_us"'*) ;;
	*) fail "$1 $2: '$json'" ;;
	esac
	echo "speed: {\"contender\":\"$1\",\"round\":$ROUND,\"work\":\"$2\",${3:-}\"errors\":$(grep -cE 'ENOBUFS|No buffer space' "$LOG" || true),${json#\{}"
	MEASURED=$((MEASURED + 1))
}

# field NAME <JSON
field() { grep -oE "\"$1\":[0-9]+" | head -1 | cut -d: -f2; }

# Twice what the loop can do.
flood_rate() {
	start loop
	work rpc-16 >/vm/rate
	stop
	FLOOD_RATE=$((2 * $(field "done" </vm/rate) * 1000000 / $(field us </vm/rate)))
	note "flood: $FLOOD_RATE look-ups a second"
}

# profiled WORD: the same, and lines "profile: ..." of what perf saw.
profiled() {
	local recorder events=(-e cpu-clock -F 2000 -g)
	[ "$SPEED_PROFILE" != trace ] ||
		events=(-m 16M -e 'raw_syscalls:*' -e sched:sched_switch -e sched:sched_waking)
	rm -f /vm/perf /vm/perf-said && mkfifo /vm/perf /vm/perf-said
	perf record -q -a "${events[@]}" -o /vm/perf.data --delay=-1 --control fifo:/vm/perf,/vm/perf-said sleep infinity &
	recorder=$!
	exec 4<>/vm/perf 5<>/vm/perf-said
	echo enable >&4
	read -rt 60 -u 5 || fail "perf does not begin"
	work "$1"
	kill -INT $recorder
	wait $recorder || true
	"tell_$SPEED_PROFILE" | sed 's/^/profile: /' >&2
}

# Whose instructions they were: of all processes, and of the contender's functions.
tell_shares() {
	local name
	report --sort comm
	for name in "${PROCESSES[@]}"; do
		[ -z "$(pids_of "$name")" ] || report --comm "$name" --percent-limit 0.25 --sort sym
	done
}

# System calls and switches between processes, to the microsecond, of a moment in the middle.
tell_trace() {
	perf script -i /vm/perf.data -F comm,time,event,trace | grep -vE '^ *(perf|pgrep|bash) ' >/vm/trace
	tail -n 4000 /vm/trace | sed -n '1,100{s/raw_syscalls://; s/sched://; p}'
}

report() {
	perf report -i /vm/perf.data --stdio --no-children -g none "$@" |
		sed -n '/^# Overhead/p; /^ .*%/p'
}

all_work() { # CONTENDER
	local word how=${SPEED_PROFILE:+profiled}
	start "$1"
	for word in "${works[@]}"; do
		if suits "$1" "$word"; then
			"${how:-work}" "$word" >/vm/said
			tell "$1" "$word" </vm/said
			flush_flows
		fi
	done
	stop
}

opened() { grep -q open /vm/held || gone "$1"; }

# With other flows open: what a packet costs then.
with_flows() { # CONTENDER FLOWS
	local holder
	start "$1"
	rm -f /vm/hold && mkfifo /vm/hold
	command on client "$BUILD/bench-load" hold "$SERVER4" -c "$2" </vm/hold >/vm/held &
	holder=$!
	exec 3>/vm/hold
	soon 600 "open flows" opened $holder || true
	grep -q open /vm/held || fail "$1: not all of $2 flows were opened"
	note "$1: $2 flows are open"
	load ftp -c 8 >/vm/said
	tell "$1" "flows-$2" </vm/said
	stop
	exec 3>&-
	wait $holder
}

with_helpers() { # CONTENDER HELPERS
	"start_$1" "${SIXTEEN[@]:0:3 * $2}"
	rules ftp
	load ftp >/vm/said
	tell "$1" "helpers-$2" </vm/said
	stop
}

# The rules are there, and look-ups come, before the daemon does.
from_exec() { # CONTENDER
	local look_ups command=conntrackd
	[ "$1" = pinhole ] || command=/usr/sbin/conntrackd
	start "$1" "${TEN[@]}"
	stop_processes
	command on client "$BUILD/bench-load" flood "$SERVER4" -c 4 -r 200 -t 3000 >/vm/ignored &
	look_ups=$!
	on firewall "$BUILD/bench-load" start 2 "$command" -C "$CONF" >/vm/said 2>>"$LOG"
	kill $look_ups
	wait $look_ups || true
	tell "$1" start-10 </vm/said
	stop
}

# words A,B,C: one a line.
words() { tr , '\n' <<<"$1" | sed '/^$/d'; }

# The next round begins with the next word.
turned() { # A,B,C
	local list by
	mapfile -t list < <(words "$1")
	by=$((ROUND % ${#list[@]}))
	echo "${list[@]:by}" "${list[@]:0:by}"
}

ROUND=0 MEASURED=0
: >"$LOG"
mapfile -t works < <(words "$WORK")
case ,$WORK, in *,rpc-flood,*) flood_rate ;; esac

for ((ROUND = 1; ROUND <= ROUNDS; ROUND++)); do
	note "round $ROUND"
	for contender in $([ -z "$WORK" ] || turned "$WHO"); do all_work "$contender"; done
	for flows in $(words "$FLOWS"); do
		for contender in $(turned "$FLOWS_WHO"); do with_flows "$contender" "$flows"; done
	done
	for helpers in $(words "$HELPERS"); do
		for contender in $(turned "$HELPERS_WHO"); do with_helpers "$contender" "$helpers"; done
	done
	for contender in $([ -z "$START" ] || turned "$START"); do from_exec "$contender"; done
done
ok "$MEASURED measurements"
