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
helper_of mdns 5353 4 6 <<<"ExpectTimeout 60"
discovery_conf >"$CONF"
start_daemon "$CONF"
start_stranger
wait_for 60 "avahi-daemon" avahi_is_up peer
wait_for 60 "avahi-daemon on the client" avahi_is_up client
passes 10 "the client has joined the group" on client grep -q FB0000E0 /proc/net/igmp
passes 10 "the client has joined the group, IPv6" on client grep -q ff0200000000000000000000000000fb /proc/net/igmp6

# What avahi-daemon asks about itself when it starts opens pinholes, too.
ask_mdns
note "without helper"
ask_bare 60 "$GROUP_RULES"
note "with helper"
ask_helped 60 "$GROUP_RULES"
mdns_pinholes
scopes_are_right

note "avahi-resolve"
passes 30 "avahi-resolve" on client sh -c "avahi-resolve -4 -n printer.local | grep -q $PEER4"
queues_are_clean
stop_stranger
stop_daemon
