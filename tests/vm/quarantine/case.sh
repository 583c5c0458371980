# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A parser with planted mistakes (tests/sandbox/planted.c): the packet that it dies of costs itself, is
# kept, and does no harm again; who fails too often is paused, and forgiven on SIGHUP.

# shellcheck disable=SC1091 # checked for itself
. ../ftp.sh
KEPT=/var/lib/pinhole/quarantine

topology
install -m 755 /pinhole/build/tests/sandbox/planted-worker /usr/local/libexec/pinhole/pinhole-worker
start_daemon ../ftp.conf
firewall_rules plain helper
start_vsftpd

counter() { # name: of both queues
	on firewall conntrackd -C "$CONF" -s helper | awk -v n="$1:" '$1 == n { s += $2 } END { print s + 0 }'
}
processes() { on firewall conntrackd -C "$CONF" -s process; }
kept() { find "$KEPT" -name '*.pcap' | wc -l; }
# Says each line that follows, gets an answer to each, and then makes a transfer.
SESSION=(on client python3 "$PWD/session.py")

passes 60 "a session" "${SESSION[@]}" "NOOP"
before=$(processes | grep broker)

note "a packet that kills"
passes 60 "the session that says it goes on" "${SESSION[@]}" "SITE CRASH one"
is "crashes" "$(counter crashes)" 1
is "files" "$(kept)" 1
matches "its owner reads it, nobody else" "$(stat -c '%a %U' "$KEPT/ftp-0.pcap")" "600 pinhole"
is "it is that packet" "$(grep -ac 'SITE CRASH one' "$KEPT/ftp-0.pcap")" 1
is "as libpcap has them" "$(head -c 4 "$KEPT/ftp-0.pcap" | od -An -tx4 | tr -d ' ')" a1b2c3d4
matches "the log says where" "$(cat "$LOG")" ".*ended the worker is in $KEPT/ftp-0.pcap"
matches "and of what it died" "$(cat "$LOG")" ".*worker ftp .* was killed by signal 11 .*"
starts=$(counter worker_starts)
passes 60 "the same again passes" "${SESSION[@]}" "SITE CRASH one" "SITE CRASH one"
is "without another death" "$(counter worker_starts)" "$starts"
passes 9 "counted" test "$(counter barred)" -ge 2 # a slow answer makes TCP send it again
is "no other file" "$(kept)" 1

note "a packet that hangs"
sleep 6 # a worker that is silent within five seconds may not have been running yet
passes 90 "a session in which the parser hangs goes on" "${SESSION[@]}" "SITE HANG"
is "kept too" "$(kept)" 2
sleep 6
passes 90 "once more" "${SESSION[@]}" "SITE HANG"
barred=$(counter barred)
passes 60 "the third time it is not shown" "${SESSION[@]}" "SITE HANG"
passes 9 "counted again" test "$(counter barred)" -gt "$barred"

note "too often"
paused() { processes | grep -q paused; }
# With one, and two that hung, two more are five; but not in one minute on a slow machine.
for word in two three four five six seven; do
	! paused || break
	passes 90 "SITE CRASH $word" "${SESSION[@]}" --no-transfer "SITE CRASH $word"
done
matches "paused, and it says why" "$(processes)" \
	"type=worker helper=ftp queue=1 paused: .* was killed by signal 11 .*"
matches "the log says what to do" "$(cat "$LOG")" ".*helper=ftp queue=1 paused: .*SIGHUP.*"
passes 60 "control connections pass" "${SESSION[@]}" --no-transfer "NOOP"
is "nothing waits" "$(queues | awk '{ n += $3 } END { print n + 0 }')" 0
is "the broker is who it was" "$(processes | grep broker)" "$before"
kill -HUP "$DAEMON"
running() { processes | grep -qE '^PID=.*type=worker helper=ftp queue=1$'; }
soon 20 "a worker" running || not_ok "SIGHUP starts none: $(processes)"
passes 60 "SIGHUP: transfers again" "${SESSION[@]}" "NOOP"

note "OnCrash drop"
sed 's/QueueNum 1$/&\n\t\tOnCrash drop/' ../ftp.conf >"$CONF"
kill -HUP "$DAEMON"
soon 20 "the new configuration" grep -q "$CONF applied" "$LOG" || not_ok "not applied"
status=0
command "${SESSION[@]}" "SITE CRASH seven" || status=$?
is "what kills does not pass: no answer" $status 3
passes 60 "others do" "${SESSION[@]}" "NOOP"

note "a broker that stops is replaced"
broker=$(pids_of pinhole-broker)
kill -STOP "$broker"
another() { [ -n "$(pids_of pinhole-broker)" ] && [ "$(pids_of pinhole-broker)" != "$broker" ]; }
soon 30 "another broker" another || not_ok "the broker stays stopped"
passes 60 "sessions with the new one" "${SESSION[@]}" "NOOP"
stop_daemon
