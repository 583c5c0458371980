# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A worker that belongs to the enemy (tests/sandbox) in the place of ours: every attempt that it knows
# ends in its death or a refusal, is counted, and nobody else notices. A line for each says what
# became of it.

WORKER=/usr/local/libexec/pinhole/pinhole-worker
HOSTILE=/pinhole/build/tests/sandbox/hostile-worker

topology
other_server # for scripts on ports 111 and 21
# A segment that waits for a new worker is not sent again meanwhile: it would kill that one, too.
configure client <<-COMMANDS
	route replace default via $FW4 rto_min 10s
	route replace ::/0 via $FW6 rto_min 10s
COMMANDS
on client sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_early_retrans'
command on firewall "$LOOK" -E expect >>/vm/events 2>/dev/null &
cp "$WORKER" /vm/good-worker
install -m 755 $HOSTILE "$WORKER"
$HOSTILE --list >/vm/list
is "names in the list are unique" "$(cut -d' ' -f2 /vm/list | sort | uniq -d)" ""

# try LIST: attempts, and what became of them. What needs another daemon stays in the list.
try() {
	local status rest
	timeout 200 python3 attempts.py "$1" "$DAEMON" >/vm/results ||
		not_ok "the script ended early: $(tail -1 /vm/results)"
	while read -r status rest; do
		if [ "$status" = ok ]; then ok "$rest"; else not_ok "$rest"; fi
		tried=$((tried + 1))
	done </vm/results
}

tried=0
start_daemon policy.conf
firewall_rules snat helper
grep '^nat ' /vm/list >/vm/todo
try /vm/todo
PROTOCOL=ftp PORT=21 TRANSPORTS=tcp firewall_rules plain helper
grep '^ftp ' /vm/list >/vm/todo
try /vm/todo
firewall_rules plain helper
grep -vE '^(nat|ftp) ' /vm/list >/vm/todo
for _ in $(seq 10); do
	try /vm/todo
	queues_are_clean
	stop_daemon
	[ -s /vm/todo ] || break
	start_daemon policy.conf
done
is "attempts" $tried "$(wc -l </vm/list)"

note "a good worker again"
cp /vm/good-worker "$WORKER"
start_daemon ../rpc.conf
firewall_rules plain helper
passes 30 "good look-ups" python3 ../rpc-hostile/hostile_rpc.py good "$OTHER4"
good_seen() { [ "$(grep -cE 'NEW.*dport=(3000|3001) mask' /vm/events)" = 2 ]; }
soon 20 "their pinholes" good_seen || not_ok "a good worker opens no pinhole"
# Events come in order: all of before are there.
grep -vE 'DESTROY|dport=(3000|3001) mask' /vm/events >/vm/pinholes || true
is "pinholes outside policy" "$(grep -vE \
	" src=$CLIENT4 dst=$OTHER4 sport=0 dport=(2049|205[0-6]) mask" /vm/pinholes || true)" ""
if grep -q 'dport=2056 mask' /vm/pinholes; then ok "pinholes within policy are seen"; else
	not_ok "no pinhole was seen: $(cat /vm/events)"
fi
stop_daemon
