# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Names asked of a group or by broadcast, from a host with its own firewall: multicast DNS (drill,
# avahi-daemon), LLMNR (llmnr-query, llmnrd), NetBIOS (nmblookup, Samba's nmbd).

# shellcheck disable=SC1091 # checked for itself
. ../discovery.sh
discovery_hosts

start_avahi peer printer p0 no
command on peer llmnrd -6 -H printer >/vm/llmnrd.log 2>&1 &
mkdir -p /vm/samba
on peer mkdir -p /run/samba
samba_conf printer p0 >/vm/peer.smb
samba_conf client c0 >/vm/client.smb
command on peer nmbd -F --debug-stdout --no-process-group -s /vm/peer.smb >/vm/nmbd.log 2>&1 &

LONG="ExpectTimeout 200" # whatever the machine's load
helper_of mdns 5353 4 6 <<<"$LONG"
helper_of llmnr 5355 4 6 <<<"$LONG"
helper_of netbios-ns 137 4 <<<"$LONG"
discovery_conf >"$CONF"
start_daemon "$CONF"
start_stranger

ask mdns4 5353 "^printer\.local\..*IN[[:space:]]A[[:space:]]+$PEER4\$" \
	drill -p 5353 printer.local @224.0.0.251
# Sent from the link-local address; avahi-daemon answers from its global one.
ask mdns6 5353 "^printer\.local\..*IN[[:space:]]AAAA[[:space:]]+$PEER6\$" \
	drill -6 -p 5353 printer.local @ff02::fb AAAA
ask mdns6-global 5353 "^printer\.local\..*IN[[:space:]]AAAA[[:space:]]+$PEER6\$" \
	drill -6 -p 5353 -I "$CLIENT6" printer.local @ff02::fb AAAA
ask llmnr4 5355 "^LLMNR response: printer IN A $PEER4 " llmnr-query -I c0 -c 1 -t 50000 -T A printer
ask llmnr6 5355 "^LLMNR response: printer IN AAAA $PEER6 " \
	llmnr-query -6 -I c0 -c 1 -t 50000 -T AAAA printer
# It gives up after half a second.
ask netbios-ns 137 "^$PEER4 printer<00>" \
	sh -c 'for _ in 1 2 3 4 5 6; do nmblookup -s /vm/client.smb printer && break; done'

wait_for 60 "avahi-daemon" avahi_is_up peer
wait_for 60 "llmnrd" on client llmnr-query -I c0 -c 1 printer
wait_for 60 "nmbd" on client nmblookup -s /vm/client.smb printer

note "without helpers"
ask_bare 60
note "with helpers"
ask_helped 60
stop_stranger


long='200|19[0-9]'
note "what was opened: one for each network of the interface that was asked on"
while read -r helper port group client network; do
	pinholes_exist "$helper, $group, from $client, answers from $network" \
		"$(shape "$helper" "$long" "$port" "$group" "$client" "$network" "$port")"
done <<-PINHOLES
	mdns 5353 224.0.0.251 $CLIENT4 10.1.0.0
	mdns 5353 ff02::fb $CLIENT_LOCAL fe80::
	mdns 5353 ff02::fb $CLIENT_LOCAL fd01::
	mdns 5353 ff02::fb $CLIENT6 fe80::
	mdns 5353 ff02::fb $CLIENT6 fd01::
	llmnr 5355 224.0.0.252 $CLIENT4 10.1.0.0
	llmnr 5355 ff02::1:3 $CLIENT_LOCAL fe80::
	llmnr 5355 ff02::1:3 $CLIENT_LOCAL fd01::
	netbios-ns 137 10.1.0.255 $CLIENT4 10.1.0.0
PINHOLES
no_other_pinholes
scopes_are_right
queues_are_clean
stop_daemon
