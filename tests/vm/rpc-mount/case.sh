# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A real NFSv3 mount crosses a firewall that drops everything but port 111, and does not without
# the helper. nfs, mountd: every port but 111 is learnt from the portmapper.

topology
start_nfs_server server

# Both kernels' clients are built without NFS over UDP, so proto= is always TCP.
each_mount() { # WORD...: says WORD... WHAT COMMAND... for every kind of mount
	local transport
	for transport in udp tcp; do
		"$@" "$variant IPv4 mountproto=$transport" \
			on client nfs-read "$TARGET4" "proto=tcp,mountproto=$transport"
		"$@" "$variant IPv6 mountproto=$transport" \
			on client nfs-read "[$TARGET6]" "proto=tcp6,mountproto=${transport}6"
	done
}

note "without helper"
for variant in plain snat dnat; do
	firewall_rules $variant bare
	each_mount blocked
	all_blocked
done

start_daemon ../rpc.conf
for variant in plain snat dnat; do
	note "with helper, $variant"
	firewall_rules $variant helper
	each_mount passes 60
	expectations
done
queues_are_clean
stop_daemon
