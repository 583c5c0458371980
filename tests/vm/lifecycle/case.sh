# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Start, stop, crash, reload: traffic to port 111 is never black-holed, a lock never blocks a
# restart, a broken file never harms a running daemon.

topology
start_rpc_server server

one_type() { # [expectation timeout]
	cat <<-FILE
		General {
			LockFile $LOCK
			UNIX {
				Path $SOCKET
			}
		}
		Helper {
			Setup yes
			Type rpc inet udp {
				QueueNum 1
				QueueLen 10240
				Policy rpc {
					ExpectMax 1
					ExpectTimeout ${1:-300}
				}
			}
	FILE
}

lookup() { on client rpcinfo -T udp "$SERVER4" mountd 3; }

# A fresh TCP flow to port 111 that nobody needs to inspect.
new_flows_pass() {
	passes 15 "$1: new TCP flows to port 111 pass" on client rpcinfo -p "$SERVER4"
	passes 15 "$1: new UDP flows to port 111 pass" on client rpcinfo -T udp "$SERVER4" portmapper
}

nothing_left() {
	is "$1: processes" \
		"$(for name in conntrackd pinhole-broker pinhole-worker; do pids_of $name; done)" ""
	soon 3 "the lock's end" absent "$LOCK" || not_ok "$1: the lock file stays"
	soon 3 "the socket's end" absent "$SOCKET" || not_ok "$1: the socket stays"
}

absent() { ! [ -e "$1" ]; }

disabled_are() { [ "$(disabled_helpers)" = "$1" ]; }

# starts_not WHAT REGEX [OPTION...]: a start that must fail with status 1 and a line like that.
starts_not() {
	local what=$1 regex=$2 status=0 out
	shift 2
	out=$(on firewall timeout -k 2 15 conntrackd "$@" 2>&1) || status=$?
	is "$what: exit status" $status 1
	matches "$what: message" "$out" "$regex"
}

note "SIGTERM"
start_daemon ../rpc.conf
firewall_rules plain helper
passes 20 "a look-up" on client rpcinfo -T udp "$SERVER4" mountd 3
passes 20 "-s runtime" on firewall conntrackd -C "$CONF" -s runtime
matches "-s runtime answers" "$(on firewall conntrackd -C "$CONF" -s runtime 2>&1)" '.*daemon uptime.*'
matches "-s process answers" "$(on firewall conntrackd -C "$CONF" -s process 2>&1)" '.+'
starts_not "a second daemon" ".*lockfile .$LOCK. exists, perhaps conntrackd already running\?.*" \
	-C "$CONF"
is "helpers enabled after the second start" "$(enabled_helpers)" 4
passes 20 "the first daemon still works" on client rpcinfo -T tcp "$SERVER4" mountd 3
stop_daemon
is "SIGTERM: helpers disabled" "$(disabled_helpers)" 4
new_flows_pass SIGTERM
nothing_left SIGTERM

note "conntrackd -k"
start_daemon ../rpc.conf
passes 20 "conntrackd -k" on firewall conntrackd -C "$CONF" -k
soon 15 "the end" gone "$DAEMON" || not_ok "-k did not end the daemon"
is "-k: helpers disabled" "$(disabled_helpers)" 4
new_flows_pass "-k"
nothing_left "-k"
refused 10 "a request without a daemon" on firewall conntrackd -C "$CONF" -s runtime

note "kill -9 of the supervisor"
start_daemon ../rpc.conf
# The promise is one second; what a look costs in this slow machine comes on top, and a pause.
start=${EPOCHREALTIME/./}
disabled_are 0
look=$(((${EPOCHREALTIME/./} - start) / 1000))
start=${EPOCHREALTIME/./}
kill -KILL "$DAEMON"
soon 5 "disabled helpers" disabled_are 4 ||
	not_ok "kill -9: $(enabled_helpers) helpers are still enabled"
spent=$(((${EPOCHREALTIME/./} - start) / 1000))
if [ $spent -lt $((1000 + 2 * look + 200)) ]; then ok "disabled after $spent ms"; else
	not_ok "disabled after $spent ms (a look takes $look ms)"
fi
new_flows_pass "kill -9"
soon 5 "the children's end" none_runs pinhole-worker pinhole-broker ||
	not_ok "children outlive the supervisor"

note "a start after it, with whatever lock file is left"
: >>"$LOCK"
start_daemon ../rpc.conf
flush_flows
passes 20 "a look-up after the crash" on client rpcinfo -T udp "$SERVER4" mountd 3
stop_daemon

note "everything is killed at once, and nobody starts it again"
start_daemon ../rpc.conf
pkill -STOP -x 'conntrackd|pinhole-.*' # so that none has time for anything
pkill -KILL -x 'conntrackd|pinhole-.*'
soon 5 "their end" none_runs conntrackd pinhole-keeper pinhole-broker pinhole-worker ||
	not_ok "something outlives SIGKILL"
is "the helpers stay enabled" "$(enabled_helpers)" 4
passes 20 "nfct disable helper unserved" on firewall nfct disable helper unserved
is "then they are not" "$(enabled_helpers)" 0
new_flows_pass "unserved"
start_daemon ../rpc.conf
passes 20 "with a daemon" on firewall nfct disable helper unserved
is "they are served: nothing is disabled" "$(enabled_helpers)" 4
stop_daemon

note "SIGHUP"
{ one_type 300; echo "}"; } >"$CONF"
start_daemon "$CONF"
is "queues before" "$(queues | wc -l)" 1
port=$(queue_field 1 2)
(
	for _ in $(seq 15); do lookup >>/vm/loop 2>&1 || true; done
) &
loop=$!
sleep 1
{
	one_type 100
	cat <<-FILE
			Type rpc inet tcp {
				QueueNum 2
				Policy rpc {
					ExpectMax 3
					ExpectTimeout 77
				}
			}
		}
	FILE
} >"$CONF"
kill -HUP "$DAEMON"
soon 15 "the new Type" ready 2 || not_ok "SIGHUP: the new Type does not run: $(queues)"
is "SIGHUP: the queue's owner" "$(queue_field 1 2)" "$port"
wait $loop
is "SIGHUP: look-ups that worked" "$(grep -c 'ready and waiting' /vm/loop)" 15
flush_flows
passes 20 "SIGHUP: a look-up by the new Type" on client rpcinfo -T tcp "$SERVER4" mountd 3
matches "SIGHUP: the new Type's policy" "$(expectations)" '(7[0-7]|6[0-9]) proto=6 .*'
passes 20 "SIGHUP: a look-up by the old Type" on client rpcinfo -T udp "$SERVER4" mountd 3
matches "SIGHUP: the changed policy" "$(expectations)" '(100|9[0-9]) proto=17 .*'

note "SIGHUP with a broken file"
before=$(queues | awk '{ print $1, $2 }')
printf 'General {\n\tLockFile %s\n\tNonsense 5\n}\n' "$LOCK" >"$CONF"
: >"$LOG"
kill -HUP "$DAEMON"
soon 10 "a complaint" grep -q "$CONF:3" "$LOG" || not_ok "no file:line in: $(cat "$LOG")"
is "the queues stay" "$(queues | awk '{ print $1, $2 }')" "$before"
is "the helpers stay" "$(enabled_helpers)" 2
flush_flows
passes 20 "a look-up by the old configuration" on client rpcinfo -T udp "$SERVER4" mountd 3
stop_daemon

note "-d"
cp ../rpc.conf "$CONF"
passes 20 "-d returns" on firewall conntrackd -d -C "$CONF"
daemon_is_ready
passes 20 "-d: -s runtime" on firewall conntrackd -C "$CONF" -s runtime
passes 20 "-d: -k" on firewall conntrackd -C "$CONF" -k
soon 15 "the end" none_runs conntrackd || not_ok "-k did not end the daemon"
is "-d, -k: helpers disabled" "$(disabled_helpers)" 4

note "mistakes: status 1, file:line, nothing applied"
bad() { printf '%s\n' "$@" >/vm/bad.conf; }
starts_not "a missing file" ".*/vm/missing\.conf.*" -C /vm/missing.conf
bad 'Helper {' '	Type rpc inet udp {' '		QueueNumber 1' '	}' '}'
starts_not "an unknown word" '.*/vm/bad\.conf:3.*QueueNumber.*' -C /vm/bad.conf
bad 'Helper {' '	Type rpc inet udp {' '		QueueNum 70000' '	}' '}'
starts_not "a number too large" '.*/vm/bad\.conf:3.*' -C /vm/bad.conf
bad 'Helper {' '	Type rpc inet udp {' '		QueueNum 5' '	}' \
	'	Type rpc inet udp {' '		QueueNum 6' '	}' '}'
starts_not "the same Type twice" '.*/vm/bad\.conf:5.*' -C /vm/bad.conf
bad 'Helper {' '	Type nosuch inet udp {' '		QueueNum 1' '	}' '}'
starts_not "an unknown helper" '.*/vm/bad\.conf:2.*nosuch.*' -C /vm/bad.conf
bad 'Helper {' '	Type rpc inet udp {' '		QueueNum 1'
starts_not "an open brace" '.*/vm/bad\.conf:.*' -C /vm/bad.conf
is "nothing was enabled by them" "$(enabled_helpers)" 0
