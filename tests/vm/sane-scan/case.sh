# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# scanimage fetches an image from saned through a firewall that opens port 6566 only, IPv4 and IPv6,
# without NAT and with both kinds of it. The image is the one that the scanner shows to its own host,
# and it came through a pinhole for exactly this connection.

# shellcheck disable=SC1091 # checked for itself
. ../sane.sh
topology
start_saned
with_sane server saned scanimage -d test "${SCAN[@]}" -o /vm/wanted
note "the image has $(wc -c </vm/wanted) bytes"
for address in "$SERVER4" "$SERVER6"; do
	wait_for 60 "saned on $address" on server python3 -c \
		"import socket; socket.create_connection(('$address', $PORT)).close()"
done

# As the kernel sees the first packet: before it changes a destination, from the client's own address
# and any port.
expectation_to() { # ADDRESS
	local client=$CLIENT4 mask=255.255.255.255
	[[ $1 != *:* ]] || { client=$CLIENT6 mask=ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff; }
	echo " *\[NEW\] (300|29[0-9]) proto=6 src=$client dst=$1 sport=0 dport=[0-9]+ mask-src=$mask mask-dst=$mask" \
		"sport=0 dport=65535 master-src=$client master-dst=$1 sport=[0-9]+ dport=$PORT class=0 helper=sane"
}

bracketed() { if [[ $1 = *:* ]]; then echo "[$1]"; else echo "$1"; fi; }

passed=0
scans_through() { # ADDRESS
	local status=0 events
	: >/vm/events
	rm -f /vm/image
	command on firewall "$LOOK" -E expect >/vm/events 2>/dev/null &
	events=$!
	timeout 120 bash -c "$(declare -f scan with_sane); $(declare -p SCAN SERVERS)
		scan '$(bracketed "$1")' /vm/image" >/vm/scan.log 2>&1 || status=$?
	if [ $status = 0 ] && cmp -s /vm/image /vm/wanted; then
		ok "$variant: the image arrived from $1"
		passed=$((passed + 1))
	else
		not_ok "$variant: status $status of a scan from $1"
		tail -5 /vm/scan.log
		on firewall conntrackd -C "$CONF" -s audit | tail -10
	fi
	soon 5 "events" grep -q NEW /vm/events || true
	kill $events
	wait $events || true
	matches "$variant: the expectation to $1" "$(cat /vm/events)" "$(expectation_to "$1")"
	is "$variant: expectations of the scan from $1" "$(grep -c NEW /vm/events)" 1
}

note "without helper"
variant=plain
firewall_rules plain bare
for address in "$TARGET4" "$TARGET6"; do
	blocked "a scan from $address" bash -c "$(declare -f scan with_sane); $(declare -p SCAN SERVERS)
		scan '$(bracketed "$address")' /vm/image"
done
all_blocked

start_daemon ../sane.conf
for variant in plain snat dnat; do
	note "$variant"
	firewall_rules "$variant" helper
	scans_through "$TARGET4"
	scans_through "$TARGET6"
	is "$variant: expectations that remain" "$(expectations)" ""
done
echo "matrix: $passed of 6 combinations"

note "two scans over one connection"
variant=plain
firewall_rules plain helper
passes 120 "two pages" bash -c "$(declare -f with_sane); $(declare -p SCAN SERVERS)
	with_sane client scanimage scanimage -d 'net:$SERVER4:test' ${SCAN[*]@Q} --batch=/vm/page%d --batch-count=2"
for page in 1 2; do
	passes 5 "page $page is the image" cmp /vm/page$page /vm/wanted
done
on firewall conntrackd -C "$CONF" -s helper || true
queues_are_clean
stop_daemon
