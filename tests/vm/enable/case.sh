# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2086 # TRANSFER is a list of words
#
# Two commands from nothing: `pinhole enable ftp --server S`, and a transfer through a firewall that drops
# by default; `pinhole disable ftp` leaves rules, helpers and files as they were.
# shellcheck source=tests/vm/ftp.sh
. ../ftp.sh

# A firewall as people have it, which accepts no related packet. NAT if $1 is snat.
default_drop() {
	local nat=''
	[ "${1:-}" != snat ] || nat='chain post { type nat hook postrouting priority srcnat; oifname "f1" masquerade; }'
	flush_flows
	on firewall nft -f - <<-RULES
		flush ruleset
		table inet filter {
			chain forward {
				type filter hook forward priority filter; policy drop
				ct state established accept
				tcp dport { 21, 111 } accept
				udp dport 111 accept
			}
			chain input {
				type filter hook input priority filter
				ct state established accept
				meta l4proto { icmp, icmpv6 } accept
				drop
			}
			$nat
		}
		table ip other {
			chain forward {
				type filter hook forward priority filter + 10; policy accept
			}
		}
	RULES
}

# All that enable may change, and what it may not.
state() {
	on firewall nft list ruleset
	on firewall nfct helper list
	on firewall find /etc /run /var/lib/pinhole /var/lock /usr/local ! -path /run/hosts\* \( -type d -printf '%p %m\n' -o -printf '%p %m %y %s\n' \) | sort
	on firewall sh -c "cat /proc/net/netfilter/nfnetlink_queue 2>/dev/null || true"
	pgrep -a conntrackd || true
}

# same WHAT OLD NEW: two files hold the same.
same() {
	local diff
	if diff=$(diff "$2" "$3"); then ok "$1"; else not_ok "$1: $diff"; fi
}

URL=ftp://$SERVER4/message
TRANSFER="on client curl -sS --max-time 20"

no_module() { ! grep -q "^nf_conntrack_ftp " /proc/modules; }

topology
# shellcheck disable=SC2119 # nothing of its own to configure
start_vsftpd
other_server
default_drop
on firewall mount -t tmpfs tmpfs /etc/conntrackd
install -d -o pinhole -g pinhole /var/lib/pinhole
install -d -o pinhole -g pinhole -m 700 /var/lib/pinhole/quarantine
wait_for 10 "a quiet file system" no_module
state >/vm/before

note "refusals"
status=0; on firewall pinhole enable ftp >/vm/out 2>&1 || status=$?
is "any to any is refused" $status 2
matches "and says what is missing" "$(cat /vm/out)" '.*--server ADDRESS.*'
status=0; on firewall pinhole enable ftp --server "$SERVER4" --dry-run >/vm/out 2>&1 || status=$?
is "a dry run ends well" $status 0
matches "a dry run says so" "$(cat /vm/out)" 'nothing of it was done.*'
state >/vm/now
same "refusals and a dry run change nothing" /vm/before /vm/now

passes 60 "pinhole selftest ftp" on firewall pinhole selftest ftp
state >/vm/now
same "and that changes nothing either" /vm/before /vm/now

note "from nothing"
refused 30 "without the helper EPSV is dropped" $TRANSFER $URL
passes 60 "pinhole enable ftp --server" on firewall pinhole enable ftp --server "$SERVER4"
passes 30 "EPSV" $TRANSFER $URL
passes 30 "PASV" $TRANSFER --disable-epsv $URL
passes 30 "PORT" $TRANSFER -o /dev/null --ftp-port - --disable-eprt ${URL%message}file
passes 30 "EPRT" $TRANSFER -o /dev/null --ftp-port - ${URL%message}file
on firewall pinhole show ftp >/vm/out
matches "show knows that it is served" "$(cat /vm/out)" ' *type +inet tcp, queue 20000 by rule, served; .*/helpers.d/ftp.conf:4'
on firewall pinhole show ftp -o json >/vm/out
is "show speaks JSON" "$(python3 -c 'import json; d = json.load(open("/vm/out")); print(d["types"][0]["state"], d["types"][0]["servers"][0])')" "served $SERVER4"
on firewall nft list ruleset >/vm/ruleset
is "the chain that accepts by policy is left alone" "$(grep -c 'chain forward' /vm/ruleset),$(sed -n '/table ip other/,/^}/p' /vm/ruleset | grep -c pinhole || true)" "2,0"
is "both chains that drop accept what ftp announces" "$(grep -c 'ct helper "ftp".*accept comment "pinhole ftp"' /vm/ruleset)" 4
on other sh -c 'while :; do nc -l -p 40000 </dev/null >/dev/null 2>&1 || sleep 1; done' &
refused 8 "nothing else is open" on client nc -z -w 5 10.3.0.2 40000

passes 60 "selftest beside a daemon that serves the helper" on firewall pinhole selftest ftp
passes 30 "EPSV after it" $TRANSFER $URL

note "again, and again"
on firewall nft list ruleset >/vm/one
passes 60 "a second enable" on firewall pinhole enable ftp --server "$SERVER4"
on firewall nft list ruleset >/vm/two
same "is as one" /vm/one /vm/two
passes 30 "EPSV after it" $TRANSFER $URL
passes 60 "another helper beside it" on firewall pinhole enable rpc --server "$SERVER4"
passes 60 "which goes again" on firewall pinhole disable rpc
on firewall nft list ruleset >/vm/two
same "and takes nothing of the first along" /vm/one /vm/two

note "the firewall is loaded anew"
default_drop snat
refused 30 "rules are gone with it" $TRANSFER $URL
passes 30 "pinhole apply" on firewall pinhole apply
passes 30 "EPSV, source translated" $TRANSFER $URL
passes 30 "EPRT, source translated" $TRANSFER -o /dev/null --ftp-port - ${URL%message}file

note "a firewall reload and a mistake"
default_drop
passes 30 "apply" on firewall pinhole apply
on firewall sh -c 'echo "Helper { Type nonsense inet tcp { QueueNum 7 } }" >/etc/conntrackd/helpers.d/zz.conf'
status=0; on firewall pinhole enable rpc --server "$SERVER4" >/vm/out 2>&1 || status=$?
is "with a mistake in helpers.d the daemon refuses" $status 1
passes 30 "and ftp goes on" $TRANSFER $URL
is "and nothing of rpc is left" "$(on firewall sh -c 'ls /etc/conntrackd/helpers.d'; on firewall nft list ruleset | grep -c rpc || true; on firewall nfct helper list | grep -c rpc || true)" "ftp.conf
zz.conf
0
0"
on firewall rm /etc/conntrackd/helpers.d/zz.conf

note "and nothing is left"
passes 60 "pinhole disable ftp" on firewall pinhole disable ftp
soon 20 "the end of the daemon" none_runs conntrackd pinhole-broker pinhole-worker pinhole-keeper || not_ok "the daemon stays"
state >/vm/after
same "rules, helpers, files and queues are as before" /vm/before /vm/after
refused 30 "EPSV is dropped again" $TRANSFER $URL
status=0; on firewall pinhole disable ftp >/vm/out 2>&1 || status=$?
is "a second disable finds nothing" $status 3

note "a firewall of the iptables commands: its rules are printed, and not touched"
on firewall nft flush ruleset
flush_flows
on firewall iptables -P FORWARD DROP
on firewall iptables -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
on firewall iptables -A FORWARD -p tcp --dport 21 -j ACCEPT
on firewall iptables -S >/vm/one
passes 60 "pinhole enable ftp" on firewall sh -c "pinhole enable ftp --server $SERVER4 -o json >/vm/enabled.json"
on firewall iptables -S >/vm/two
same "iptables has the rules that it had" /vm/one /vm/two
refused 30 "EPSV is dropped" $TRANSFER $URL
python3 -c 'import json; print("\n".join(json.load(open("/vm/enabled.json"))["iptables"]))' >/vm/commands
passes 30 "the printed commands work" on firewall sh -ex /vm/commands
passes 30 "EPSV" $TRANSFER $URL
passes 30 "EPRT" $TRANSFER -o /dev/null --ftp-port - ${URL%message}file
passes 60 "pinhole disable ftp" on firewall pinhole disable ftp
on firewall nft flush ruleset
on firewall pinhole enable ftp --server "$SERVER4" --print-rules iptables | grep -v -e '-t raw' >/vm/commands
passes 30 "what --print-rules iptables says is taken" on firewall sh -ex /vm/commands
