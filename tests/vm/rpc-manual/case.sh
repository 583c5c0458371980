# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The published manual's walk-through, word for word: helpers registered by nfct, the daemon with
# the manual's file, iptables rules on a host with its own default-drop firewall, a mount, and the
# lines that the manual shows.

topology
DAEMON_HOST=client
start_nfs_server server
start_rpcbind client # rpc.statd wants it: the manual mounts with locking

# shellcheck disable=SC2016 # expanded on the client
on client sh -ec '
	iptables -P INPUT DROP
	iptables -P OUTPUT DROP
	for chain in INPUT OUTPUT; do
		iptables -A $chain -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
	done
	iptables -A INPUT -i lo -j ACCEPT
	iptables -A OUTPUT -o lo -j ACCEPT
	iptables -A OUTPUT -p udp --dport 111 -j ACCEPT
	iptables -A OUTPUT -p tcp --dport 111 -j ACCEPT
	iptables -A OUTPUT -m comment --comment blocked'
# The server's side and the router in between are open here.
on firewall sh -c 'iptables -P FORWARD ACCEPT'

packet_was_blocked() {
	[ "$(on client iptables -nvxL OUTPUT | awk '/blocked/ { print $1 }')" -gt 0 ]
}

note "before: only port 111 is open"
on client mount -t nfs -onfsvers=3,retry=0 server:/srv/export /mnt/ >/vm/mount.out 2>&1 &
attempt=$!
soon 60 "a blocked packet" packet_was_blocked || not_ok "no packet was blocked"
sleep 3
refused 10 "blocked without the helper" on client test -e /mnt/message
kill $attempt 2>/dev/null || true
wait $attempt || true

note "the manual's steps"
cp conntrackd.conf "$CONF"
passes 10 "nfct helper add udp" on client nfct helper add rpc inet udp
passes 10 "nfct helper add tcp" on client nfct helper add rpc inet tcp
on client iptables -I OUTPUT -t raw -p udp --dport 111 -j CT --helper rpc
on client iptables -I OUTPUT -t raw -p tcp --dport 111 -j CT --helper rpc
passes 20 "conntrackd -d" on client conntrackd -d -C "$CONF"
daemon_is_ready
command on client conntrack -E expect >/vm/events 2>/vm/events.err &
events=$!
sleep 2
passes 90 "mount -t nfs -onfsvers=3" on client mount -t nfs -onfsvers=3 server:/srv/export /mnt/
is "the file" "$(on client cat /mnt/message)" "through the pinhole"
list=$(on client conntrack -L expect 2>&1)
on client umount /mnt || not_ok "umount"
passes 60 "again with mountproto=udp" on client nfs-read server proto=tcp,mountproto=udp
kill -INT $events
wait $events || not_ok "conntrack -E expect ended with status $?"

note "what conntrack -E expect printed"
cat /vm/events /vm/events.err
address="src=$CLIENT4 dst=$SERVER4"
rest="sport=0 dport=[0-9]+ mask-src=255.255.255.255 mask-dst=255.255.255.255 sport=0 dport=65535"
rest="$rest master-$address sport=[0-9]+ dport=111 PERMANENT class=0 helper=rpc"
rest="${rest/ dst/ master-dst}"
new='    \[NEW\] (300|29[5-9])'
events=$(cat /vm/events)
matches "an event for UDP" "$events" "$new proto=17 $address $rest"
matches "an event for TCP" "$events" "$new proto=6 $address $rest"
matches "an event for nfs" "$events" "$new proto=6 $address ${rest/\[0-9\]+/2049}"
# statd's look-ups on the client itself have the same shape.
loopback=${rest//$CLIENT4/127.0.0.1}
loopback=${loopback//$SERVER4/127.0.0.1}
is "lines of another shape" "$(grep -F '[NEW]' /vm/events |
	grep -vxE -e "$new proto=(17|6) $address $rest" \
		-e "$new proto=(17|6) src=127.0.0.1 dst=127.0.0.1 $loopback")" ""
matches "-E's last words" "$(cat /vm/events.err)" \
	'conntrack v[0-9.]+ \(.*\): [0-9]+ expectation events have been shown\.'

note "what conntrack -L expect printed"
echo "$list"
matches "a line of -L expect" "$list" "(300|2[0-9][0-9]) proto=6 $address $rest"
matches "-L's last words" "$list" \
	'conntrack v[0-9.]+ \(.*\): [0-9]+ expectations have been shown\.'
queues_are_clean
