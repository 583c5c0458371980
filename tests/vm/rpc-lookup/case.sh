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

# What the client learnt there was opened, and `pinhole why` knows by which answer.
explained() { # ADDRESS
	local line port
	while read -r line; do
		port=$(grep -oE ' dport=[0-9]+' <<<"$line" | head -1 | tr -dc 0-9)
		matches "why port $port is open" "$(on firewall pinhole why -C "$CONF" "dst=$1 dport=$port")" \
			" +became: +open: it waits for its connection"
	done < <(expectations | grep " dst=$1 ")
}
firewall_rules plain helper
on client rpcinfo -T tcp "$SERVER4" mountd >/vm/out 2>&1 || true
on client rpcinfo -T tcp6 "$SERVER6" mountd >/vm/out 2>&1 || true
is "pinholes are there" "$(expectations | grep -cE " dst=($SERVER4|$SERVER6) " | sed "s/^[1-9][0-9]*\$/some/")" some
explained "$SERVER4"
explained "$SERVER6"
is "all that was opened is in the metrics" \
	"$(on firewall pinhole metrics -C "$CONF" | awk '/^pinhole_opened_total/ { n += $2 } END { print n }')" \
	"$(on firewall pinhole log -C "$CONF" --opened | wc -l)"
queues_are_clean
stop_daemon
