# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2086 # TRANSFER is a list of words
#
# Several queues for one helper: a flow has one of them for both directions, whatever NAT does; flows are spread over
# them; the death of a worker costs nothing and concerns no other; a budget holds for all of them together.
# shellcheck source=tests/vm/ftp.sh
. ../ftp.sh

TRANSFER="on client curl -gsS --max-time 20"
FRAGMENT=/etc/conntrackd/helpers.d/ftp.conf
N=4 FIRST=20000 LAST=20003

# "QUEUE PACKETS", what each has got since it was bound.
got() { queues | awk -v first=$FIRST -v last=$LAST '$1 >= first && $1 <= last { print $1, $8 }' | sort -n; }

# changed BEFORE: the queues that have got something since.
changed() { join <(echo "$1") <(got) | awk '$2 != $3 { print $1 }'; }

# spread WHAT BEFORE: more than one has.
spread() {
	local n
	n=$(changed "$2" | wc -l)
	if [ "$n" -gt 1 ]; then ok "$1: $n queues"; else not_ok "$1: $n queues"; fi
}

# one_queue WHAT COMMAND...: the command is one session, whose packets all went to one queue.
one_queue() {
	local before
	before=$(got)
	passes 30 "$@"
	is "queues of: $1" "$(changed "$before" | wc -l)" 1
}

all_modes() { # VARIANT
	local url=ftp://$TARGET4:$TARGET_PORT url6=ftp://[$TARGET6]:$TARGET_PORT
	one_queue "$1: EPSV" $TRANSFER $url/message
	one_queue "$1: PASV" $TRANSFER --disable-epsv $url/message
	one_queue "$1: PORT" $TRANSFER -o /dev/null --ftp-port - --disable-eprt $url/file
	one_queue "$1: EPSV, IPv6" $TRANSFER $url6/message
	one_queue "$1: EPRT, IPv6" $TRANSFER -o /dev/null --ftp-port - $url6/file
}

# "QUEUE PID" of each worker.
workers() {
	on firewall conntrackd -s process | sed -nE 's/^PID=([0-9]+) type=worker helper=ftp queue=([0-9]+)$/\2 \1/p' |
		sort -n
}

all_work() { [ "$(workers | wc -l)" = $N ]; }

is_reloaded() { [ "$(queues | wc -l)" = $N ] && all_work; }

# ---- control connections that stay open, half of them IPv6

start_sessions() { # NUMBER
	local hosts=() i
	for ((i = 0; i < $1; i += 2)); do hosts+=("$SERVER4" "$SERVER6"); done
	rm -f /vm/orders /vm/answers
	mkfifo /vm/orders /vm/answers
	command on client python3 /pinhole/tests/vm/transport-queues/sessions.py 21 "${hosts[@]}" \
		</vm/orders >/vm/answers 2>/vm/sessions.log &
	exec 7>/vm/orders 8</vm/answers
	answered "$1 sessions"
}

answered() { # WHAT
	local answer=silence
	read -r -t 120 answer <&8 || true
	is "$1" "$answer" ok
}

end_sessions() { exec 7>&- 8<&-; }

topology
# shellcheck disable=SC2119 # nothing of its own to configure
start_vsftpd
on firewall mount -t tmpfs tmpfs /etc/conntrackd
install -d -o pinhole -g pinhole /var/lib/pinhole
install -d -o pinhole -g pinhole -m 700 /var/lib/pinhole/quarantine

firewall_rules plain bare
passes 60 "pinhole enable ftp" on firewall pinhole enable ftp --anywhere --transport rule --queues $N
matches "show knows of them" "$(on firewall pinhole show ftp)" " *type +inet tcp, queues $FIRST to $LAST by rule, served; .*"
is "queues that have a worker" "$(workers | cut -d ' ' -f 1)" "$(seq $FIRST $LAST)"

note "a flow has one queue"
before=$(got)
for variant in $(variants plain snat dnat both); do
	firewall_rules $variant bare
	passes 30 "pinhole apply" on firewall pinhole apply
	all_modes $variant
done
spread "all of them" "$before"

note "a rule that takes queues in turn would be noticed"
firewall_rules plain bare
on firewall pinhole enable ftp --anywhere --transport rule --queues $N --print-rules nft |
	sed "s/jhash ct id mod $N seed 0x1/numgen inc mod $N/" >/vm/turns.nft
on firewall nft -f /vm/turns.nft
before=$(got)
$TRANSFER ftp://$SERVER4/message >/dev/null 2>&1 || true
spread "one session" "$before"
passes 30 "pinhole apply" on firewall pinhole apply

note "a worker is killed"
before=$(got)
start_sessions 12
spread "12 sessions" "$before"
echo "files 1" >&7
answered "each fetches a file"
read -r queue _ < <(changed "$before")
victim=$(workers | awk -v queue="$queue" '$1 == queue { print $2 }')
workers | awk -v queue="$queue" '$1 != queue' >/vm/others
echo "files 4" >&7
kill -KILL "$victim"
answered "each fetches four more, while the worker of queue $queue dies"
wait_for 30 "its successor" all_work
is "the others" "$(workers | awk -v queue="$queue" '$1 != queue')" "$(cat /vm/others)"
is "the dead one" "$(workers | grep -c " $victim$")" 0
echo "files 1" >&7
answered "each fetches another one"
end_sessions
queues_are_clean

note "fewer queues, and a budget that they share"
on firewall sed -i "s/Queues $N/Queues 2 Budget { Client 3 }/" $FRAGMENT
pkill -HUP -x conntrackd
N=2 LAST=20001
wait_for 30 "the reload" is_reloaded
finding="rules of ours queue to queue $((LAST + 1)), which no Type has"
doctor_says() { on firewall pinhole doctor | grep -cF "$1" || true; }
is "doctor finds the old rules" "$(doctor_says "$finding")" 1
passes 30 "pinhole apply" on firewall pinhole apply
is "and not the new ones" "$(doctor_says "$finding")" 0
flush_flows
before=$(got)
start_sessions 24
spread "24 sessions" "$before"
echo ask >&7
answered "each announces a port"
is "pinholes of two clients with three each" "$(expectations | wc -l)" 6
end_sessions
passes 60 "pinhole disable ftp" on firewall pinhole disable ftp
is "queues" "$(queues | wc -l)" 0

note "datagrams: a question's flow is not confirmed yet, its answer's is"
PORT=111 N=4
start_rpc_server server
firewall_rules plain bare
passes 60 "pinhole enable rpc" on firewall pinhole enable rpc --anywhere --transport rule --queues $N
FIRST=$((20000 + N)) LAST=$((20000 + 2 * N - 1)) # those before are TCP's
start=$(got)
for variant in $(variants plain snat dnat both); do
	firewall_rules $variant bare
	passes 30 "pinhole apply" on firewall pinhole apply
	for _ in 1 2 3; do
		one_queue "$variant: rpcinfo -u" on client rpcinfo -u $TARGET4 mountd 3
		one_queue "$variant: rpcinfo -T udp6" on client rpcinfo -T udp6 $TARGET6 mountd 3
	done
done
spread "all of them" "$start"
queues_are_clean
