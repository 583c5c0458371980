# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Every kind of look-up that Debian's tools make (portmap version 2, rpcbind versions 3 and 4, UDP
# and TCP), each followed by a call to the port that was learnt.

topology
start_rpc_server server

each_lookup() { # WORD...: says WORD... WHAT COMMAND... for every kind
	"$@" "$variant IPv4 showmount -e" on client showmount -e "$TARGET4"
	"$@" "$variant IPv6 showmount -e" on client showmount -e "$TARGET6"
	"$@" "$variant IPv4 rpcinfo -T tcp" on client rpcinfo -T tcp "$TARGET4" mountd
	"$@" "$variant IPv4 rpcinfo -T udp" on client rpcinfo -T udp "$TARGET4" mountd
	"$@" "$variant IPv6 rpcinfo -T tcp" on client rpcinfo -T tcp6 "$TARGET6" mountd
	"$@" "$variant IPv6 rpcinfo -T udp" on client rpcinfo -T udp6 "$TARGET6" mountd
	"$@" "$variant IPv4 rpcinfo -t" on client rpcinfo -t "$TARGET4" mountd 3
	"$@" "$variant IPv4 rpcinfo -u" on client rpcinfo -u "$TARGET4" mountd 3
}

note "without helper"
for variant in plain snat dnat; do
	firewall_rules $variant bare
	each_lookup blocked
	all_blocked
	passes 30 "$variant rpcinfo -p needs port 111 only" on client rpcinfo -p "$TARGET4"
	passes 30 "$variant IPv6 rpcinfo -s needs port 111 only" on client rpcinfo -s "$TARGET6"
done

start_daemon ../rpc.conf
for variant in plain snat dnat; do
	note "with helper, $variant"
	firewall_rules $variant helper
	each_lookup passes 30
	passes 30 "$variant rpcinfo -p" on client rpcinfo -p "$TARGET4"
	passes 30 "$variant IPv6 rpcinfo -s" on client rpcinfo -s "$TARGET6"
done
queues_are_clean
stop_daemon
