# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# ISC's client, relay and server. First the client has a firewall of its own: the server is on its
# link and answers a multicast. Then the relay has one, and asks a server by another multicast.

servers=/pinhole/.cache/servers # see tests/vm/unpack
PATH=$PATH:$servers/sbin:$servers/usr/sbin

topology

# guard HOST PORT INTERFACE helper|bare: the host lets nobody in but whom it has asked itself, which
# it does through the interface, and answers come to the port. What comes in elsewhere is not our concern.
guard() {
	local attach='' related=''
	if [ "$4" = helper ]; then
		attach="chain attach { type filter hook output priority mangle; oifname \"$3\" udp dport 547 ct helper set \"dhcpv6\"; }"
		attach="ct helper dhcpv6 { type \"dhcpv6\" protocol udp; l3proto ip6; }
			$attach"
		related="ct state related ct helper \"dhcpv6\" udp dport $2 accept"
	fi
	on "$1" "$LOOK" -F >/dev/null 2>&1
	on "$1" nft -f - <<-RULES
		flush ruleset
		table inet fw {
			$attach
			set dropped {
				type inet_proto . inet_service . inet_service
				size 4096
				flags dynamic
			}
			chain input {
				type filter hook input priority filter; policy drop
				iifname != "$3" accept
				ct state established accept
				meta l4proto icmpv6 accept
				$related
				meta l4proto { tcp, udp } update @dropped { meta l4proto . th sport . th dport }
			}
		}
	RULES
	GUARDED=$1
}

dropped_flows() { # instead of lib.sh's
	on "$GUARDED" nft -n list set inet fw dropped | { grep -oE '[0-9]+ \. [0-9]+ \. [0-9]+' || true; } | wc -l
}

link_local() { on "$1" ip -6 -o address show dev "$2" scope link | grep -oE 'fe80:[0-9a-f:]+'; }

has_link_local() { [ -n "$(link_local "$1" "$2")" ]; }

# What the client's program is told: a line for each event.
cat >/vm/client-script <<-'SCRIPT'
	#!/bin/sh
	echo "$reason $new_ip6_address $new_dhcp6_name_servers" >>/vm/events
SCRIPT
chmod +x /vm/client-script
cat >/vm/dhcpd.conf <<-CONF
	default-lease-time 3600;
	option dhcp6.name-servers fd01::53;
	subnet6 fd01::/64 { range6 fd01::100 fd01::1ff; }
	subnet6 fd02::/64 { }
CONF

start_dhcpd() { # HOST INTERFACE
	: >"/vm/$1.leases"
	command on "$1" dhcpd -6 -f -d --no-pid -cf /vm/dhcpd.conf -lf "/vm/$1.leases" "$2" >"/vm/$1-dhcpd.log" 2>&1 &
	DHCPD=$!
	wait_for 60 "dhcpd on $1" listens "$1" 547
}

listens() { [ -n "$(on "$1" ss -Huln "sport = $2")" ]; }

dhclient6() { # NAME [OPTION...]: until killed
	local name=$1
	shift
	on client dhclient -6 -d -v -cf /dev/null -lf "/vm/$name.leases" -pf "/vm/$name.pid" -sf /vm/client-script "$@" c0 \
		>>/vm/dhclient.log 2>&1
}

# once NAME REGEX [OPTION...]: the client runs until its script has heard of that.
once() {
	local name=$1 regex=$2 client status=0
	shift 2
	: >/vm/events
	dhclient6 "$name" "$@" &
	client=$!
	soon 90 "$regex" grep -qxE "$regex" /vm/events || status=1
	kill_client
	wait $client || true
	[ $status = 0 ] || tail -20 /vm/dhclient.log
	return $status
}

# never NAME WHAT: the client asks, the answer is dropped, and the client gets nothing.
never() {
	: >/vm/events
	dhclient6 "$1" &
	soon 60 "drops" enough_dropped 1 || not_ok "$2: nothing was dropped"
	sleep 2
	kill_client
	wait $! || true
	is "$2" "$(grep BOUND6 /vm/events || true)" ""
}

kill_client() { pkill -KILL -x dhclient || true; }

judge() { # WHAT COMMAND...
	if "${@:2}"; then ok "$1"; else not_ok "$1: $(cat /vm/events)"; fi
}

wait_for 30 "addresses" has_link_local client c0
wait_for 30 "addresses" has_link_local firewall f0
start_dhcpd firewall f0

note "the client has a firewall"
guard client 546 c0 bare
never bare "no address without helper"

DAEMON_HOST=client
start_daemon dhcpv6.conf
guard client 546 c0 helper
command on client "$LOOK" -E expect >/vm/expectations 2>/dev/null &
judge "an address" once lease 'BOUND6 fd01::1[0-9a-f]{2} fd01::53'
judge "information alone" once information '[A-Z0-9]+ +fd01::53' -S
here=$(link_local client c0)
full=ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
matches "the expectation" "$(cat /vm/expectations)" \
	" *\[NEW\] (300|29[0-9]) proto=17 src=fe80:: dst=$here sport=0 dport=546 mask-src=ffff:ffff:ffff:ffff:: mask-dst=$full sport=0 dport=65535 master-src=$here master-dst=ff02::1:2 sport=546 dport=547 PERMANENT *class=0 helper=dhcpv6"
passes 60 "who is not of the link stays out" python3 strangers.py "$here" "$(link_local firewall f0)"
is "flows of strangers that were dropped" "$(dropped_flows)" 2
queues_are_clean
stop_daemon
kill $DHCPD
on client nft flush ruleset

note "the relay has a firewall"
start_dhcpd server s0
command on firewall dhcrelay -6 -d --no-pid -l f0 -u f1 >/vm/dhcrelay.log 2>&1 &
wait_for 60 "dhcrelay" listens firewall 547
guard firewall 547 f1 bare
never bare-relay "no address by relay without helper"

DAEMON_HOST=firewall
start_daemon dhcpv6.conf
guard firewall 547 f1 helper
: >/vm/expectations
command on firewall "$LOOK" -E expect >/vm/expectations 2>/dev/null &
judge "an address by relay" once relayed 'BOUND6 fd01::1[0-9a-f]{2} fd01::53'
matches "the relay's expectation" "$(cat /vm/expectations)" \
	" *\[NEW\] (300|29[0-9]) proto=17 src=fd02:: dst=$FW6_OUT sport=0 dport=547 mask-src=ffff:ffff:ffff:ffff:: mask-dst=$full sport=0 dport=65535 master-src=$FW6_OUT master-dst=ff05::1:3 sport=547 dport=547 PERMANENT *class=0 helper=dhcpv6"
is "flows that were dropped" "$(dropped_flows)" 0
queues_are_clean
stop_daemon
