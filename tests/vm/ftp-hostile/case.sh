# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# NAT slipstreaming and what else may be tried on port 21, over real sockets: every byte arrives,
# nothing crashes and nothing is opened. Good sessions on the same sockets do open, and transfers
# between servers do where policy allows them.

# shellcheck disable=SC1091 # checked for itself
. ../ftp.sh
# shellcheck disable=SC1091
. ../hostile.sh
topology
other_server # for the scripted port 21
start_ftp_helper
firewall_rules plain helper
command on firewall "$LOOK" -E expect >>/vm/events 2>/dev/null &

pinholes() { grep -cE "NEW.* dst=$1 .*dport=20560 mask" /vm/events || true; }

pinholes_are() { [ "$(pinholes "$1")" = "$2" ]; }

# flows MODE ADDRESS: plays them; says how many messages there were.
flows() {
	local count=0
	: >/vm/events
	count=$(HOSTILE_EVERY=$(hostile_every "$1 $2") timeout 120 python3 hostile_ftp.py "$1" "$2" 2>/vm/error) ||
		not_ok "$1, $2: $(tail -1 /vm/error)"
	note "$1, $2: ${count:=0} messages"
	sent=$((sent + count))
}

# open MODE ADDRESS WHERE COUNT: the flows open so many pinholes at WHERE.
open() {
	flows "$1" "$2"
	soon 5 "pinholes" pinholes_are "$3" "$4" || true
	is "$1 flows of $2 open pinholes at $3" "$(pinholes "$3")" "$4"
	flush_flows
}

good_flows_open() {
	open good "$OTHER4" "$OTHER4" 2
	is "pinholes at the client" "$(pinholes "$CLIENT4")" 2
	open good "$OTHER6" "$OTHER6" 2
	is "pinholes at the client, IPv6" "$(pinholes "$CLIENT6")" 2
}

# Flows that opened something.
culprits() {
	grep -oE 'NEW.*' /vm/events | grep -oE 'sport=[0-9]+ dport=21 ' | cut -d' ' -f1 | sort -u |
		grep -wFf - /vm/played | cut -d' ' -f2- || true
}

has_opened() { culprits | grep -qxF "$1"; }

sent=0
good_flows_open
is "flows that open are found by name" "$(culprits | wc -l)" 4

before=$(processes)
sent=0
for mode in scripted straight swapped; do
	for address in "$OTHER4" "$OTHER6"; do
		flows "$mode" "$address"
		soon 10 "the sentinel" has_opened sentinel || true
		is "flows that open, $mode, $address" "$(culprits)" sentinel
		flush_flows
	done
done
if [ $sent -ge $((400 / VM_THIN)) ]; then ok "$sent hostile messages passed"; else not_ok "only $sent messages"; fi
is "processes" "$(processes)" "$before"
good_flows_open
if [ "$FTP_HELPER" != kernel ]; then
	statistics=$(on firewall conntrackd -C "$CONF" -s helper 2>&1)
	echo "$statistics"
	matches "malformed messages were counted" "$statistics" '.*malformed.*[1-9][0-9]*.*'
fi
stop_ftp_helper
[ "$FTP_HELPER" != kernel ] || exit 0

policy() { # LINE4 LINE6: ftp.conf with another line in the policies
	awk -v four="$1" -v six="$2" '/Type/ { line = /inet6/ ? six : four } { print }
		/ExpectTimeout/ { print "\t\t\t" line }' ../ftp.conf >"$CONF"
	start_ftp_helper "$CONF"
}

note "policy names the third party"
policy "ThirdParty { 10.2.0.0/24 }" "ThirdParty { fd02::/64 }"
open third "$OTHER4" "$SERVER4" 3
open third "$OTHER6" "$SERVER6" 2
stop_ftp_helper

note "policy names another third party"
policy "ThirdParty { 10.4.0.0/24 }" "ThirdParty { fd04::/64 }"
open third "$OTHER4" "$SERVER4" 0
open third "$OTHER6" "$SERVER6" 0
stop_ftp_helper

note "policy is loose"
policy "Loose on" "Loose on"
open third "$OTHER4" "$SERVER4" 3
open third "$OTHER6" "$SERVER6" 2
stop_ftp_helper
