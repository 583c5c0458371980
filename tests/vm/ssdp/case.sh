# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# UPnP with MiniDLNA and miniupnpd as devices, and gssdp-discover, gupnp-event-dumper and upnpc as
# control points: on the firewall itself, which lets nothing in or out but searches; through it, with
# multicast routing; and the same behind source NAT.

PATH=$PATH:/pinhole/.cache/servers/usr/bin:/pinhole/.cache/servers/usr/sbin
GROUP4=239.255.255.250 GROUP6=ff05::c
DESCRIPTION4=http://$SERVER4:8200/rootDesc.xml
IGD4=http://$SERVER4:5555/rootDesc.xml IGD6="http://[$SERVER6]:5555/rootDesc.xml"

IGD6_REGEX="http://\\[$SERVER6\\]:5555/rootDesc.xml"

# ---- devices

start_minidlna() {
	mkdir -p /vm/minidlna/media
	printf '%s\n' network_interface=s0 media_dir=/vm/minidlna/media db_dir=/vm/minidlna \
		log_dir=/vm/minidlna port=8200 friendly_name=vm >/vm/minidlna.conf
	command on server minidlnad -d -f /vm/minidlna.conf -P /vm/minidlna.pid >/vm/minidlna.log 2>&1 &
	wait_for 60 "MiniDLNA" on server curl -sSf -o /dev/null "$DESCRIPTION4"
}

# It wants its control points in the network of its interface, an outer side, with an address that is not private, and chains.
start_miniupnpd() {
	configure server <<-COMMANDS
		address del $SERVER4/24 dev s0
		address add $SERVER4/8 dev s0
		route replace default via $FW4_OUT
		link add w0 type veth peer name w1
		address add 11.0.0.9/24 dev w0
		link set w0 up
		link set w1 up
	COMMANDS
	on firewall sh -c 'echo 1 >/proc/sys/net/ipv4/conf/f1/proxy_arp'
	on server nft -f - <<-RULES
		table inet filter {
			chain forward { type filter hook forward priority 0; }
			chain miniupnpd { }
			chain prerouting_miniupnpd { }
			chain postrouting_miniupnpd { }
		}
	RULES
	printf '%s\n' ext_ifname=w0 ext_ifname6=w0 listening_ip=s0 http_port=5555 enable_upnp=yes \
		enable_natpmp=no uuid=73a9cb68-a00b-4d1f-8412-75cc989f0c6 notify_interval=900 >/vm/miniupnpd.conf
	on server mount --bind /dev/null /dev/console # where it logs to
	command on server miniupnpd -d -f /vm/miniupnpd.conf -P /vm/miniupnpd.pid >>/vm/miniupnpd.log 2>&1 &
	wait_for 60 "miniupnpd" on server curl -sSf -o /dev/null "$IGD4"
}

# Searches of the client go to the server's network, too: 239.255.255.250 and ff05::c.
start_multicast_routing() {
	printf '%s\n' "phyint f0 enable" "phyint f1 enable" "mroute from f0 group $GROUP4 to f1" \
		"mroute from f0 group $GROUP6 to f1" >/vm/smcroute.conf
	command on firewall smcrouted -n -N -f /vm/smcroute.conf -P /run/smcroute.pid >/vm/smcroute.log 2>&1 &
	wait_for 30 "multicast routing" on firewall grep -q f1 /proc/net/ip_mr_vif
	wait_for 30 "multicast routing, IPv6" on firewall grep -q f1 /proc/net/ip6_mr_vif
}

# ---- rules

# rules host|gateway|snat helper|bare: default drop; searches may pass, and what the helper says.
rules() {
	local objects='' attach='' related='' nat=''
	if [ "$2" = helper ]; then
		objects='ct helper ssdp-udp { type "ssdp" protocol udp; }
			ct helper ssdp-tcp { type "ssdp" protocol tcp; }
			ct timeout ssdp-tcp { protocol tcp; policy = { time_wait: 86400, close: 86400 }; }'
		attach='udp dport 1900 ct helper set "ssdp-udp"
				ct state related ct helper "ssdp" meta l4proto tcp ct helper set "ssdp-tcp" ct timeout set "ssdp-tcp"'
		related='ct state related ct helper "ssdp" accept'
	fi
	[ "$1" != snat ] || nat='chain source_nat { type nat hook postrouting priority srcnat; oifname "f1" masquerade; }'
	flush_flows
	on firewall nft -f - <<-RULES
		flush ruleset
		table inet fw {
			$objects
			set dropped {
				type inet_proto . inet_service . inet_service
				size 4096
				flags dynamic
			}
			chain attach_input {
				type filter hook prerouting priority mangle
				iifname { "f0", "f1" } jump attach
			}
			chain attach_output {
				type filter hook output priority mangle
				oifname "f1" jump attach
			}
			chain attach {
				$attach
			}
			chain forward {
				type filter hook forward priority filter; policy drop
				jump decide
				iifname f0 oifname f1 udp dport 1900 accept
				jump note
			}
			chain input {
				type filter hook input priority filter; policy drop
				meta l4proto { icmp, icmpv6, igmp } accept
				jump decide
				jump note
			}
			chain output {
				type filter hook output priority filter; policy drop
				meta l4proto { icmp, icmpv6, igmp } accept
				jump decide
				oifname f1 udp dport 1900 accept
				jump note
			}
			chain decide {
				ct state established accept
				$related
			}
			chain note {
				udp dport != { 1900, 5351, 5353 } update @dropped { meta l4proto . th sport . th dport }
				meta l4proto tcp update @dropped { meta l4proto . th sport . th dport }
			}
			$nat
		}
	RULES
}

was_dropped() { on firewall nft -n list set inet fw dropped | grep -qE "$1"; }

# ---- control points

start_events() {
	: >/vm/expect
	command on firewall "$LOOK" -E expect >/vm/expect 2>/dev/null &
	EVENTS=$!
}

stop_events() {
	kill $EVENTS
	wait $EVENTS || true
}

# appears SECONDS WHAT PATTERN FILE
appears() {
	if soon "$1" "$2" grep -q -e "$3" "$4"; then ok "$2"; else
		not_ok "$2"
		tail -20 "$4"
	fi
}

# What the daemon knows, when something has failed.
explain() {
	[ -s /vm/failed ] || return 0
	on firewall conntrackd -C "$CONF" -s helper
	on firewall conntrackd -C "$CONF" -s audit | tail -30
	tail -30 "$LOG" | cut -c1-300
	tail -30 /vm/expect
	on firewall "$LOOK" -L
	on firewall nft list set inet fw dropped
	grep -vE '^[A-Z.0-9]+: ' /vm/miniupnpd.log | tail -40
}

# The discovery tools show nothing, and the answers were dropped.
without_helper() { # HOST INTERFACE
	rules "$variant" bare
	timeout 5 on "$1" gssdp-discover -i "$2" --timeout=3 >/vm/discovered 2>&1 || true
	soon 20 "a drop" was_dropped '17 \. 1900 \. ' || not_ok "$variant: no answer was dropped"
	is "$variant, without helper: gssdp-discover" "$(grep -c Location /vm/discovered || true)" 0
	refused 15 "$variant, without helper: upnpc" on "$1" upnpc -m "$2" -s
	refused 5 "$variant, without helper: the description" \
		on "$1" curl -sS --max-time 2 -o /dev/null "$DESCRIPTION4"
}

# What the three kinds of pinholes are, tuple and mask, in the kernel's words.
judge_expectations() { # ADDRESS-AS-SEEN
	local seen=$1 own=$CLIENT4 all
	[ "$variant" != host ] || own=$FW4_OUT
	all=$(grep NEW /vm/expect)
	expectation "the way back" "$all" 17 10.2.0.0 255.255.255.0 "$seen" '[0-9]+' "$own" $GROUP4 1900
	expectation "the way to LOCATION" "$all" 6 "$own" 255.255.255.255 "$SERVER4" 8200 "$SERVER4" "$seen" '[0-9]+'
	expectation "the way to CALLBACK" "$all" 6 "$SERVER4" 255.255.255.255 "$seen" '[0-9]+' "$own" "$SERVER4" 5555
}

expectation() { # WHAT TEXT PROTOCOL SOURCE MASK DESTINATION PORT MASTER-SOURCE MASTER-DESTINATION MASTER-PORT
	matches "$variant: $1" "$2" ".*proto=$3 src=$4 dst=$6 sport=0 dport=$7 mask-src=$5 mask-dst=255.255.255.255 sport=0 dport=65535 master-src=$8 master-dst=$9 sport=[0-9]+ dport=${10} PERMANENT class=0 helper=ssdp"
}

with_helper() { # HOST INTERFACE ADDRESS-AS-SEEN
	local dumper discover
	rules "$variant" helper
	start_events
	refused 5 "$variant: a description that nothing has announced" \
		on "$1" curl -sS --max-time 2 -o /dev/null "$DESCRIPTION4"
	command on "$1" timeout 60 gssdp-discover -i "$2" --timeout=50 >/vm/discovered 2>&1 &
	discover=$!
	appears 40 "$variant: gssdp-discover finds MiniDLNA" "Location: $DESCRIPTION4" /vm/discovered
	appears 40 "$variant: gssdp-discover finds miniupnpd" "Location: $IGD4" /vm/discovered
	kill $discover
	passes 30 "$variant: MiniDLNA's description" on "$1" curl -sSf --max-time 20 -o /dev/null "$DESCRIPTION4"
	passes 60 "$variant: upnpc" on "$1" upnpc -m "$2" -s
	refused 5 "$variant: another port of the device" \
		on "$1" curl -sS --max-time 2 -o /dev/null "http://$SERVER4:8201/"
	: >/vm/miniupnpd.log
	command on "$1" timeout 100 gupnp-event-dumper >/vm/dumped 2>&1 &
	dumper=$!
	# It prints only what comes after it has read all about the service. The device tells sooner.
	appears 60 "$variant: a call-back is sent to $3" "sending event notify message to $3:" /vm/miniupnpd.log
	appears 30 "$variant: the event arrives and is answered" 'upnp_event_recv: .*HTTP/1.1 200 OK' /vm/miniupnpd.log
	kill $dumper 2>/dev/null || true
	explain
	stop_events
	judge_expectations "$3"
	matches "$variant: a subscription's connection is remembered for long" "$(on firewall "$LOOK" -L -p tcp 2>/dev/null)" \
		'tcp +6 8[0-9]{4} (TIME_WAIT|CLOSE) .* dport=5555 .*'
	refused 10 "$variant: what nobody has asked for" on server curl -sS --max-time 2 -o /dev/null "http://$3:8080/"
}

# what an answer to a search from the port was, and that nobody else got in
search() { # WHAT WANTED PORT argument...
	local what=$1 wanted=$2 port=$3
	shift 3
	python3 search.py "$@" >/vm/found 2>&1 || true
	matches "$variant: $what" "$(cat /vm/found)" "$wanted"
	matches "$variant: $what, the way back" "$(expectations)" \
		".*proto=17 src=[^ ]+ dst=[^ ]+ sport=0 dport=$port mask-src=(255.255.255.0|255.255.255.255|ffff:ffff:ffff:ffff::) mask-dst=[^ ]+ sport=0 dport=65535 .* PERMANENT class=0 helper=ssdp.*"
	is "$variant: $what, strays" "$(grep -c stray /vm/found || true)" 0
	soon 20 "a drop" was_dropped "17 \. [0-9]+ \. $port" || not_ok "$variant: $what: the strays were not dropped"
}

topology
other_server
on server python3 -m http.server 8201 >/dev/null 2>&1 &
start_minidlna
start_miniupnpd
start_multicast_routing
start_daemon ssdp.conf

note "the control point's own firewall"
variant=host
without_helper firewall f1
with_helper firewall f1 "$FW4_OUT"
search "a search of ff05::c" "answer $SERVER6 $IGD6_REGEX" 50006 firewall f1 $GROUP6 fd03::1 50006
passes 30 "$variant: the description, IPv6" on firewall curl -sSfg --max-time 20 -o /dev/null "$IGD6"
search "a search of ff02::c" "answer fe80:.*" 50007 firewall f1 ff02::c fd03::1 50007

note "through a gateway"
variant=gateway
without_helper client c0
with_helper client c0 "$CLIENT4"
passes 60 "$variant: upnpc, IPv6" on client upnpc -6 -m c0 -s
search "a search" "answer $SERVER4 .*" 50014 client c0 $GROUP4 "$CLIENT4" 50014
search "a search of one device" "answer $SERVER4 .*" 50015 client c0 $GROUP4 "$CLIENT4" 50015 "$SERVER4"
search "a search of ff05::c" "answer $SERVER6 $IGD6_REGEX" 50016 client c0 $GROUP6 "$CLIENT6" 50016

note "behind source NAT"
variant=snat
without_helper client c0
with_helper client c0 "$FW4_OUT"
passes 60 "$variant: upnpc, IPv6" on client upnpc -6 -m c0 -s
search "a search" "answer $SERVER4 .*" 50024 client c0 $GROUP4 "$FW4_OUT" 50024

is "pinholes to low ports, or of nobody" "$(grep -cE 'dport=([0-9]{1,3}|10[01][0-9]|102[0-3]) mask|src=(0.0.0.0|::) ' /vm/expect || true)" 0
queues_are_clean
stop_daemon
