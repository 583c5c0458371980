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

LONG="ExpectTimeout 200" # whatever the machine's load
helper_of wsd 3702 4 6 <<<"$LONG"
helper_of snmp 161 4 6 <<<"$LONG"
helper_of coap 5683 4 6 <<<"$LONG"
helper_of slp 427 4 6 <<<"$LONG"
helper_of bjnp 8612 4 6 <<<"$LONG"
helper_of steam 27036 4 <<<"$LONG"
discovery_conf >"$CONF"
start_daemon "$CONF"
start_stranger

WSD=(wsdd -v -D -o -i c0 -l 5000)
ask wsd4 3702 "$PEER4:3702.*ProbeMatches" "${WSD[@]}"
ask wsd6 3702 'fe80:.*:3702.*ProbeMatches' "${WSD[@]}"
ask snmp4 161 'STRING: "printer"' snmpget -r 9 -v 2c -c public 224.0.0.1 1.3.6.1.2.1.1.5.0
ask snmp6 161 'STRING: "printer"' snmpget -r 9 -v 2c -c public 'udp6:[ff02::1%c0]' 1.3.6.1.2.1.1.5.0
ask coap4 5683 '</time>' coap-client-notls -N -B 20 coap://224.0.1.187/.well-known/core
ask coap6 5683 '</time>' coap-client-notls -N -B 20 'coap://[ff02::fd%c0]/.well-known/core'
DEVICES=(python3 /pinhole/tests/vm/devices.py ask c0
	snmp-broadcast slp4 slp6 slp-broadcast bjnp4 bjnp6 steam)
ask snmp-broadcast 161 '^snmp-broadcast: printer$' "${DEVICES[@]}"
for name in slp4 slp6 slp-broadcast; do
	ask $name 427 "^$name: service:printer:lpr://printer\$" "${DEVICES[@]}"
done
for name in bjnp4 bjnp6; do
	ask $name 8612 "^$name: 020000000003\$" "${DEVICES[@]}"
done
ask steam 27036 '^steam: printer$' "${DEVICES[@]}"

wait_for 60 "snmpd" on client snmpget -r 0 -v 2c -c public "$PEER4" 1.3.6.1.2.1.1.5.0
wait_for 60 "devices.py" grep -q ready /vm/devices.log
wait_for 60 "wsdd2" on peer sh -c 'ss -nul | grep -q :3702'

note "without helpers"
ask_bare 60
note "with helpers"
ask_helped 60
stop_stranger

long='200|19[0-9]'
note "what was opened: one for each network of the interface that was asked on"
while read -r helper port group client network from; do
	pinholes_exist "$helper, $group, answers from $network" \
		"$(shape "$helper" "$long" "$port" "$group" "$client" "$network" "$from")"
done <<-PINHOLES
	wsd 3702 239.255.255.250 $CLIENT4 10.1.0.0 0
	wsd 3702 ff02::c $CLIENT_LOCAL fe80:: 0
	wsd 3702 ff02::c $CLIENT_LOCAL fd01:: 0
	snmp 161 224.0.0.1 $CLIENT4 10.1.0.0 161
	snmp 161 255.255.255.255 $CLIENT4 10.1.0.0 161
	snmp 161 ff02::1 $CLIENT_LOCAL fe80:: 161
	snmp 161 ff02::1 $CLIENT_LOCAL fd01:: 161
	coap 5683 224.0.1.187 $CLIENT4 10.1.0.0 0
	coap 5683 ff02::fd $CLIENT_LOCAL fe80:: 0
	coap 5683 ff02::fd $CLIENT_LOCAL fd01:: 0
	slp 427 239.255.255.253 $CLIENT4 10.1.0.0 427
	slp 427 10.1.0.255 $CLIENT4 10.1.0.0 427
	slp 427 ff02::116 $CLIENT_LOCAL fe80:: 427
	slp 427 ff02::116 $CLIENT_LOCAL fd01:: 427
	bjnp 8612 10.1.0.255 $CLIENT4 10.1.0.0 8612
	bjnp 8612 ff02::1 $CLIENT_LOCAL fe80:: 8612
	bjnp 8612 ff02::1 $CLIENT_LOCAL fd01:: 8612
	steam 27036 255.255.255.255 $CLIENT4 10.1.0.0 27036
PINHOLES
no_other_pinholes
scopes_are_right
queues_are_clean
stop_daemon
