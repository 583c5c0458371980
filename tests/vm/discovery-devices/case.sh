# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Devices looked for by multicast and broadcast, from a host with its own firewall: WS-Discovery (wsdd
# asks wsdd2), SNMP (snmpd), CoAP (libcoap), and SLP, Steam and BJNP, which ../devices.py speaks because
# Debian has no peer for them.

# shellcheck disable=SC1091 # checked for itself
. ../discovery.sh
discovery_hosts

printf '%s\n' 'rocommunity public' 'rocommunity6 public' 'sysName printer' >/vm/snmpd.conf
on peer sysctl -q net.ipv4.icmp_echo_ignore_broadcasts=0
command on peer snmpd -f -Lf /vm/snmpd.log -C -c /vm/snmpd.conf -I -smux -p /vm/snmpd.pid \
	udp:161 udp6:161 >/vm/snmpd.err 2>&1 &
# One server for each group: it takes one.
for group in 224.0.1.187 "ff02::fd%p0"; do
	command on peer coap-server-notls -G p0 -g "$group" >>/vm/coap.log 2>&1 &
done
command on peer wsdd2 -w -u -i p0 -N printer >/vm/wsdd2.log 2>&1 &
command on peer python3 "$PWD/../devices.py" answer p0 >/vm/devices.log 2>&1 &

for name in snmp slp steam bjnp coap; do
	port=$(sed -n 's/^\tPort \([0-9]*\).*/\1/p' "../../../helpers/$name/$name.conf")
	helper_of $name "$port" 4 $([ $name = steam ] || echo 6) <<<"ExpectTimeout 60"
done
helper_of wsd 3702 4 6 <<<"ExpectTimeout 60"
discovery_conf >"$CONF"
start_daemon "$CONF"
start_stranger

DEVICES="python3 $PWD/../devices.py ask c0"
ask slp4 427 '^slp4: service:printer:lpr://printer$' $DEVICES slp4
