# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Devices looked for by multicast and broadcast, from a host with its own firewall: WS-Discovery (wsdd
# asks wsdd2), SNMP (snmpget, snmpd), CoAP (libcoap), and SLP, Steam and BJNP, which devices.py speaks
# because Debian has no peer for them. It asks snmpd by broadcast, too, which snmpget cannot.

# shellcheck disable=SC1091 # checked for itself
. ../discovery.sh
discovery_hosts

printf '%s\n' 'rocommunity public' 'rocommunity6 public' 'sysName printer' >/vm/snmpd.conf
command on peer snmpd -f -Lf /vm/snmpd.log -C -c /vm/snmpd.conf -I -smux -p /vm/snmpd.pid \
	udp:161 udp6:161 >/vm/snmpd.err 2>&1 &
for group in 224.0.1.187 ff02::fd; do # a server takes one
	command on peer coap-server-notls -G p0 -g $group >/vm/coap-$group.log 2>&1 &
done
command on peer wsdd2 -w -u -i p0 -N printer >/vm/wsdd2.log 2>&1 &
command on peer python3 /pinhole/tests/vm/devices.py answer p0 >/vm/devices.log 2>&1 &

helper_of wsd 3702 4 6 <<<"ExpectTimeout 60"
helper_of snmp 161 4 6 <<<"ExpectTimeout 60"
helper_of coap 5683 4 6 <<<"ExpectTimeout 60"
helper_of slp 427 4 6 <<<"ExpectTimeout 60"
helper_of bjnp 8612 4 6 <<<"ExpectTimeout 60"
helper_of steam 27036 4 <<<"ExpectTimeout 60"
discovery_conf >"$CONF"
start_daemon "$CONF"
start_stranger

WSD="wsdd -v -D -o -i c0 -l 5000"
ask wsd4 3702 "$PEER4:3702.*ProbeMatches" $WSD
ask wsd6 3702 'fe80:.*:3702.*ProbeMatches' $WSD
ask snmp4 161 'STRING: "printer"' snmpget -r 9 -v 2c -c public 224.0.0.1 1.3.6.1.2.1.1.5.0
ask snmp6 161 'STRING: "printer"' snmpget -r 9 -v 2c -c public 'udp6:[ff02::1%c0]' 1.3.6.1.2.1.1.5.0
ask coap4 5683 '</time>' coap-client-notls -N -B 20 coap://224.0.1.187/.well-known/core
ask coap6 5683 '</time>' coap-client-notls -N -B 20 'coap://[ff02::fd%c0]/.well-known/core'
DEVICES="python3 /pinhole/tests/vm/devices.py ask c0 snmp-broadcast slp4 slp6 slp-broadcast bjnp4 bjnp6 steam"
ask snmp-broadcast 161 '^snmp-broadcast: printer$' $DEVICES
for name in slp4 slp6 slp-broadcast; do
	ask $name 427 "^$name: service:printer:lpr://printer\$" $DEVICES
done
for name in bjnp4 bjnp6; do
	ask $name 8612 "^$name: 020000000003\$" $DEVICES
done
ask steam 27036 '^steam: printer$' $DEVICES

wait_for 60 "snmpd" on client snmpget -r 0 -v 2c -c public "$PEER4" 1.3.6.1.2.1.1.5.0
wait_for 60 "devices.py" grep -q ready /vm/devices.log
wait_for 60 "wsdd2" on peer sh -c 'ss -nul | grep -q :3702'

note "without helpers"
ask_bare 60
note "with helpers"
ask_helped 60
stop_stranger
cat /vm/events
