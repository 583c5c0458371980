# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A host whose own avahi-daemon has joined the group asks it. What it sends comes back to it, as a clone
# that shares the unconfirmed flow: with IPv4 the kernel drops the clone where it would be queued, with
# IPv6 the helper sees the query three times. One pinhole must come of that, and stay open.

# shellcheck disable=SC1091 # checked for itself
. ../discovery.sh
discovery_hosts
# Who answers a question from port 5353 answers to the group: that needs a rule, no helper.
GROUP_RULES="udp dport 5353 ip daddr 224.0.0.251 accept; udp dport 5353 ip6 daddr ff02::fb accept"

start_bus client
start_avahi peer printer p0 no
wait_for 30 "the bus" on client test -S /run/dbus/system_bus_socket
start_avahi client near c0 yes
helper_of mdns 5353 4 6 <<<"ExpectTimeout 200"
discovery_conf >"$CONF"
start_daemon "$CONF"
start_stranger
wait_for 60 "avahi-daemon" avahi_is_up peer
wait_for 60 "avahi-daemon on the client" avahi_is_up client
passes 10 "the client has joined the group" on client grep -q FB0000E0 /proc/net/igmp
passes 10 "the client has joined the group, IPv6" on client grep -q ff0200000000000000000000000000fb /proc/net/igmp6

ask mdns4 5353 "^printer\.local\..*IN[[:space:]]A[[:space:]]+$PEER4\$" \
	drill -p 5353 printer.local @224.0.0.251
ask mdns6 5353 "^printer\.local\..*IN[[:space:]]AAAA[[:space:]]+$PEER6\$" \
	drill -6 -p 5353 printer.local @ff02::fb AAAA

note "without helper"
ask_bare 60 "$GROUP_RULES"
note "with helper"
: >/vm/events # what avahi-daemon asked when it started is not looked at
ask_helped 60 "$GROUP_RULES"
for network in "224.0.0.251 $CLIENT4 10.1.0.0" "ff02::fb $CLIENT_LOCAL fe80::" "ff02::fb $CLIENT_LOCAL fd01::"; do
	# shellcheck disable=SC2086 # three words
	pinholes_exist "answers to $network" "$(shape mdns '200|19[0-9]' 5353 $network 5353)"
	is "${network##* }: it is still there" "$(expectations | grep -c "src=${network##* } .*helper=mdns")" \
		"$(grep -F '[NEW]' /vm/events | grep -oE "src=${network##* } .*" | sort -u | wc -l)"
done
scopes_are_right

note "the client's own avahi-daemon asks, from port 5353, and is answered by multicast"
passes 60 "avahi-resolve" on client sh -c "avahi-resolve -4 -n printer.local | grep -q $PEER4"
pinholes_exist "unicast answers to port 5353" \
	"$(shape mdns '200|19[0-9]' 5353 224.0.0.251 "$CLIENT4" 10.1.0.0 5353 | sed 's/dport=(\[0-9]+)/dport=(5353)/')"
queues_are_clean
stop_stranger
stop_daemon
