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
command on server with-sane saned scanimage -d test "${SCAN[@]}" -o /vm/wanted
note "the image has $(wc -c </vm/wanted) bytes"

# As the kernel sees the first packet: before it changes a destination, from the client's own address
# and any port.
expectation_to() { # ADDRESS
	local client=$CLIENT4 mask=255.255.255.255
	[[ $1 != *:* ]] || { client=$CLIENT6 mask=ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff; }
	echo " *\[NEW\] (300|29[0-9]) proto=6 src=$client dst=$1 sport=0 dport=[0-9]+ mask-src=$mask mask-dst=$mask" \
		"sport=0 dport=65535 master-src=$client master-dst=$1 sport=[0-9]+ dport=$PORT class=0 helper=sane"
}

passed=0
scans_through() { # SCANNER ADDRESS
	local status=0 events
	: >/vm/events
	rm -f /vm/image
	command on firewall "$LOOK" -E expect >/vm/events 2>/dev/null &
	events=$!
	timeout 120 on client with-sane scanimage scanimage -d "$1" "${SCAN[@]}" -o /vm/image >/vm/scan.log 2>&1 || status=$?
	if [ $status = 0 ] && cmp -s /vm/image /vm/wanted; then
		ok "$variant: the image of $1 arrived"
		passed=$((passed + 1))
	else
		not_ok "$variant: status $status of a scan with $1"
		tail -5 /vm/scan.log
		on firewall conntrackd -C "$CONF" -s audit | tail -10
	fi
	soon 5 "events" grep -q NEW /vm/events || true
	kill $events
	wait $events || true
	matches "$variant: the expectation to $2" "$(cat /vm/events)" "$(expectation_to "$2")"
	is "$variant: expectations of the scan with $1" "$(grep -c NEW /vm/events)" 1
}

note "without helper"
firewall_rules plain bare
name_scanners
for scanner in "$SCANNER4" "$SCANNER6"; do
	blocked "a scan with $scanner" \
		on client with-sane scanimage scanimage -d "$scanner" "${SCAN[@]}" -o /vm/image
done
all_blocked

start_daemon ../sane.conf
for variant in $(variants plain snat dnat); do
	note "$variant"
	firewall_rules "$variant" helper
	name_scanners
	scans_through "$SCANNER4" "$TARGET4"
	scans_through "$SCANNER6" "$TARGET6"
	is "$variant: expectations that remain" "$(expectations)" ""
done
echo "matrix: $passed of $((2 * $(variants plain snat dnat | wc -w))) combinations"

note "a user who must say who he is, two pages over one connection"
mkdir -p "$HOME/.sane"
echo tester:secret:test >/vm/saned/saned.users
echo "tester:secret:net:$SERVER4:test" >"$HOME/.sane/pass"
chmod 600 "$HOME/.sane/pass"
firewall_rules plain helper
name_scanners
passes 120 "two pages" on client with-sane scanimage scanimage -d "$SCANNER4" "${SCAN[@]}" \
	--batch=/vm/page%d --batch-count=2
for page in 1 2; do
	passes 5 "page $page is the image" cmp /vm/page$page /vm/wanted
done
echo "tester:other:net:$SERVER4:test" >"$HOME/.sane/pass"
refused 60 "another password" on client with-sane scanimage scanimage -d "$SCANNER4" "${SCAN[@]}" -o /vm/image
on firewall conntrackd -C "$CONF" -s helper || true
queues_are_clean
stop_daemon
