# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Amanda backs up a directory of the host server to a tape (a folder) on the host client, through a
# firewall that opens UDP port 10080 only. Mind the words: the host with the tapes, Amanda's server, is
# our client, it sends the requests; amandad runs on the host that is backed up.

# shellcheck disable=SC2034 # read by firewall_rules
PROTOCOL=amanda PORT=10080 TRANSPORTS=udp
topology

# Amanda from .cache/servers (see tests/vm/unpack) at its place, with the user and the folders that
# its packages make.
install_amanda() {
	local servers=/pinhole/.cache/servers
	cp -a $servers/usr/lib/amanda /usr/lib/
	cp -a $servers/usr/lib/x86_64-linux-gnu/amanda /usr/lib/x86_64-linux-gnu/
	cp -a $servers/usr/sbin/am* /usr/sbin/
	cp -a $servers/etc/amanda-security.conf /etc/
	mkdir -p /var/lib/amanda/gnutar-lists /var/log/amanda /var/backups /etc/amanda/vm /vm/data /vm/amanda/log /vm/amanda/tapes/slot{1,2,3,4}
	touch /var/lib/amanda/amandates
	echo "10.2.0.1 outside" >>/etc/hosts
	printf '%s backup amdump\n' client outside >/var/backups/.amandahosts
	chmod 600 /var/backups/.amandahosts
	cp amanda.conf /etc/amanda/vm/
	: >/etc/amanda/vm/tapelist
	chown -R backup:backup /var/lib/amanda /var/log/amanda /var/backups /etc/amanda /vm/amanda
	head -c 20000 /dev/urandom | base64 >/vm/data/file
}

as_backup() { # HOST COMMAND...
	local host=$1
	shift
	command on "$host" setpriv --reuid=backup --regid=backup --init-groups env HOME=/var/backups "$@"
}

install_amanda
as_backup server python3 "$PWD/inetd.py" $PORT /usr/lib/amanda/amandad -auth=bsdudp amdump >/vm/inetd.log 2>&1 &

start_daemon ../amanda.conf
firewall_rules plain helper
echo "server /vm/data small" >/etc/amanda/vm/disklist
chown backup:backup /etc/amanda/vm/disklist
command on firewall "$LOOK" -E expect >/vm/events 2>/dev/null &
note check
as_backup client amcheck -c vm || true
note dump
as_backup client timeout 140 amdump vm || true
on server ss -lun
on firewall nft list set inet fw dropped; on firewall $LOOK -L
note done
cat /vm/events
cat /vm/amanda/log/* || true
on firewall conntrackd -C "$CONF" -s audit || true
on firewall conntrackd -C "$CONF" -s helper || true
for f in /var/log/amanda/*/*/* /var/log/amanda/*/*; do [ ! -f $f ] || { echo "== $f"; grep -vE '^ |ru_|Not value' $f | tail -n 45 | cut -c1-200; }; done
cat /vm/inetd.log
ok yes
