# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Amanda backs up a folder of the host server to a tape (a folder, too) of the host client, through a
# firewall that opens UDP port 10080 only: with one connection for all streams (bsdudp) and with one for
# each (bsd), without NAT and with both kinds of it. Mind the words: the host with the tapes, Amanda's
# server, is our client, for it sends the requests; amandad runs on the host that is backed up.
# IPv4 only: Debian builds Amanda so.

# shellcheck disable=SC2034 # read by firewall_rules
PROTOCOL=amanda PORT=10080 TRANSPORTS=udp
topology

# Amanda from .cache/servers (see tests/vm/unpack) at its place, with the folders that its packages make.
# Every program of it asks lsb_release what machine this is, in Python.
install_amanda() {
	local servers=/pinhole/.cache/servers
	cp -a $servers/usr/lib/amanda /usr/lib/
	cp -a $servers/usr/lib/x86_64-linux-gnu/amanda /usr/lib/x86_64-linux-gnu/
	cp -a $servers/usr/sbin/am* /usr/sbin/
	cp -a $servers/etc/amanda-security.conf /etc/
	mkdir -p /var/lib/amanda/gnutar-lists /var/log/amanda /var/backups /etc/amanda /vm/data
	touch /var/lib/amanda/amandates
	printf '#!/bin/sh\necho Debian\n' >/usr/bin/lsb_release
	echo "$FW4_OUT outside" >>/etc/hosts
	printf '%s backup amdump\n' client outside >/var/backups/.amandahosts
	chmod 600 /var/backups/.amandahosts
	head -c 20000 /dev/urandom | base64 >/vm/data/file
}

AS_BACKUP=(setpriv --reuid=backup --regid=backup --init-groups env HOME=/var/backups)

# new_dump AUTH HOST: nothing was ever backed up, and then all of it shall be.
new_dump() {
	rm -rf /vm/amanda /etc/amanda/vm
	mkdir -p /vm/amanda/log /vm/amanda/tapes/slot{1,2,3,4} /etc/amanda/vm
	sed "s/AUTH/$1/" amanda.conf >/etc/amanda/vm/amanda.conf
	echo "$2 /vm/data small" >/etc/amanda/vm/disklist
	: >/etc/amanda/vm/tapelist
	chown -R backup:backup /var/lib/amanda /var/log/amanda /var/backups /etc/amanda /vm/amanda
}

start_amandad() { # AUTH
	command on server "${AS_BACKUP[@]}" python3 "$PWD/inetd.py" $PORT /usr/lib/amanda/amandad "-auth=$1" amdump >/vm/inetd.log 2>&1 &
	INETD=$!
}

stop_amandad() {
	pkill -P "$INETD" || true
	kill "$INETD"
	wait "$INETD" || true
}

# The file, as it lies on the tape: behind 32 KiB that say what it is.
on_tape() {
	local tape
	for tape in /vm/amanda/tapes/slot*/*._vm_data.0; do
		tail -c +32769 "$tape" | tar -xO ./file | cmp -s - /vm/data/file && return
	done
	return 1
}

expectation() { # as the kernel sees the first packet
	echo " *\[NEW\] (180|17[0-9]) proto=6 src=$CLIENT4 dst=$TARGET4 sport=0 dport=50[01][0-9][0-9]" \
		"mask-src=255.255.255.255 mask-dst=255.255.255.255 sport=0 dport=65535" \
		"master-src=$CLIENT4 master-dst=$TARGET4 sport=8[0-9][0-9] dport=$PORT class=0 helper=amanda"
}

explain() {
	cat /vm/events
	cat /vm/amdump.log
	grep -hE 'FAIL|ERROR|STRANGE' /vm/amanda/log/* || true
	on firewall conntrackd -C "$CONF" -s audit | tail -20
	grep -hE 'CONNECT|accept|error|timeout' /var/log/amanda/amandad/*.debug | tail -20 || true
}

dumps_through() { # AUTH HOST STREAMS
	local events
	firewall_rules "$variant" helper
	new_dump "$1" "$2"
	: >/vm/events
	command on firewall "$LOOK" -E expect >/vm/events 2>/dev/null &
	events=$!
	timeout 200 on client "${AS_BACKUP[@]}" amdump vm >/vm/amdump.log 2>&1 || true
	kill $events
	wait $events || true
	if on_tape; then ok "$variant, $1: the file is on the tape"; else
		not_ok "$variant, $1: nothing on the tape"
		explain
	fi
	is "$variant, $1: expectations" "$(grep -c NEW /vm/events)" "$3"
	is "$variant, $1: expectations like they should be" "$(grep -cxE -e "$(expectation)" /vm/events)" "$3"
	is "$variant, $1: expectations that remain" "$(expectations)" ""
}

install_amanda
start_daemon ../amanda.conf

variant=plain
start_amandad bsdudp
firewall_rules plain helper
new_dump bsdudp server
passes 100 "amcheck" on client "${AS_BACKUP[@]}" amcheck -c vm
for variant in $(variants plain snat dnat); do
	note "$variant"
	if [ "$variant" = dnat ]; then dumps_through bsdudp firewall 1; else dumps_through bsdudp server 1; fi
done
stop_amandad
note "a connection for each stream"
variant=plain
start_amandad bsd
dumps_through bsd server 4
on firewall conntrackd -C "$CONF" -s helper || true
queues_are_clean

note "without helper"
firewall_rules plain bare
new_dump bsd server
timeout 240 on client "${AS_BACKUP[@]}" amdump vm >/vm/amdump.log 2>&1 &
if soon 200 "drops" enough_dropped 1; then ok "the firewall dropped a stream"; else
	not_ok "no stream was dropped"
	explain
fi
pkill -u backup amdump || true
if on_tape 2>/dev/null; then not_ok "the file is on the tape without a helper"; else ok "nothing on the tape"; fi
stop_daemon
