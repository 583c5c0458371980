# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Ways to queue a helped flow's packets by a rule, and which of them are right: who holds the helper, where the
# rule stands, how packets are let go; with kinds of NAT, edits, and the first packet of a flow.
# doc/transports.md has the table.

topology

# shellcheck disable=SC2034 # read by firewall_rules
TRANSPORT=helper
QUEUE=7

# The registered object (off or on), or the kernel's own helper that does not know what we send.
hold() { # off|on|module L4
	HOLDER=$1 TRANSPORTS=$2
	case $1,$2 in
	module,tcp) PROTOCOL=sane PORT=6566 ;;
	module,udp) PROTOCOL=tftp PORT=69 ;;
	*,tcp) PROTOCOL=ftp PORT=21 ;;
	*,udp) PROTOCOL=rpc PORT=111 ;;
	esac
	[ "$1" != module ] || modprobe "nf_conntrack_$PROTOCOL"
}

# TCP without payload: any length of header, and nothing behind it.
empty() { # 4|6
	local n list=''
	for n in {5..15}; do list+="$((n * 16)) . $((n * 4 + ($1 == 4 ? 20 : 0))), "; done
	echo "@th,96,8 . ip${1#4} length != { ${list%, } }"
}

# Where both streams begin is said by the SYN/ACK.
wanted_packets() {
	local flow="meta l4proto $TRANSPORTS ct original proto-dst $PORT"
	case $TRANSPORTS in
	tcp)
		echo "$flow tcp flags & (syn | ack) == syn | ack"
		echo "meta nfproto ipv4 $flow $(empty 4)"
		echo "meta nfproto ipv6 $flow $(empty 6)"
		;;
	udp) echo "$flow udp length > 8" ;;
	esac
}

chain() { # HOOK PRIORITY
	echo "chain $1 { type filter hook $1 priority $2; policy accept;"
	wanted_packets | sed "s/\$/ queue num $QUEUE bypass/"
	echo "}"
}

# rules before|after|none plain|snat|dnat: where the queue's rule stands, seen from NAT.
rules() {
	PLACE=$1 NAT=$2
	firewall_rules "$2" helper
	{
		echo "table inet transports {"
		case $1 in
		before) chain prerouting -145 ;;
		after)
			chain postrouting 300
			chain input 300
			;;
		esac
		echo "}"
	} >/vm/queue.nft
	on firewall nft -f /vm/queue.nft
}

# flow VERDICT EDIT 4|6: what became of it, in $flow, and in $packets how many were queued.
flow() {
	local target=$TARGET4 seen=$CLIENT4
	[ "$NAT" != snat ] || seen=$FW4_OUT
	if [ "$3" = 6 ]; then
		target=$TARGET6 seen=$CLIENT6
		[ "$NAT" != snat ] || seen=$FW6_OUT
	fi
	read -r flow packets why < <(timeout 60 python3 transports.py $QUEUE "$TRANSPORTS" "$PORT" "$seen" "$1" "$2" "$target") ||
		flow=broken
	note "$HOLDER $TRANSPORTS $PLACE $NAT $1 $2 IPv$3: $flow, $packets packets $why"
}

# What the kernel is known to make of that: it confirms a flow, and adjusts its sequence numbers, when one of
# its packets is let go that has a user-space helper, wherever it was queued. Before NAT that is too early; twice is
# once too often.
known() { # VERDICT EDIT
	if [ "$HOLDER" = off ] && [ "$1" = accept ] && [ "$NAT" != plain ]; then
		case $TRANSPORTS,$PLACE,$2 in
		tcp,*,longer | udp,before,*) echo wrong && return ;;
		esac
	fi
	echo right
}

cells() { # VERDICT...
	local verdict edit version
	for verdict; do
		for edit in none same longer; do
			[ "$NAT,$TRANSPORTS,$edit" != plain,tcp,longer ] || continue # no flow without NAT can change its length
			[ "$TRANSPORTS,$edit" != udp,same ] || continue
			for version in 4 6; do
				flow "$verdict" $edit $version
				is "$HOLDER $TRANSPORTS $PLACE $NAT $verdict $edit IPv$version" "$flow" "$(known "$verdict" $edit)"
			done
		done
	done
}

for l4 in tcp udp; do
	hold off $l4
	for version in inet inet6; do nfct add helper "$PROTOCOL" $version $l4; done
	for place in before after; do
		for nat in plain snat dnat; do
			rules $place $nat
			cells accept past
		done
	done
	note "nobody listens"
	for nat in plain snat dnat; do
		rules after $nat
		flow nobody none 4
		is "$l4 $nat, nobody listens" "$flow" right
		flow batch none 4
		is "$l4 $nat, let go in batches" "$flow" right
	done
	hold module $l4
	for nat in plain snat dnat; do
		rules after $nat
		cells accept
	done
done

note "how many packets"
hold off tcp
rules after plain
flow past none 4
is "a flow by rule" "$flow" right
by_rule=$packets
on firewall nft flush ruleset
for version in inet inet6; do
	nfct delete helper ftp $version tcp
	nfct add helper ftp $version tcp queue-num $QUEUE status enabled --force
done
hold on tcp
rules none plain
flow accept none 4
is "a flow by helper" "$flow" right
if [ "$by_rule" -lt "$packets" ]; then ok "$by_rule packets by rule, $packets by helper"; else
	not_ok "$by_rule packets by rule, $packets by helper"
fi
flow nobody none 4
is "by helper, nobody listens" "$flow" wrong
