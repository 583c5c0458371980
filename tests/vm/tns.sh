#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the cases of Oracle Net have in common. Sourced by them, after lib.sh.

# Addresses of the firewall whose text is longer than the server's: dialed under DNAT.
LONG4=10.1.0.222 LONG6=fd01::1234:5678:9abc

# tns_rules plain|snat|dnat helper|bare: as firewall_rules of lib.sh, for port 1521.
tns_rules() {
	local nat='' objects='' helper=''
	TARGET4=$SERVER4 TARGET6=$SERVER6
	case $1 in
	plain) ;;
	snat) nat='chain source_nat { type nat hook postrouting priority srcnat; oifname { "f1", "f2" } masquerade; }' ;;
	dnat)
		TARGET4=$LONG4 TARGET6=$LONG6
		nat="chain target_nat { type nat hook prerouting priority dstnat
			iifname f0 ip daddr $LONG4 tcp dport 1521 dnat ip to $SERVER4
			iifname f0 ip6 daddr $LONG6 tcp dport 1521 dnat ip6 to $SERVER6
		}"
		;;
	esac
	if [ "$2" = helper ]; then
		objects='
		ct helper tns4 { type "tns" protocol tcp; l3proto ip; }
		ct helper tns6 { type "tns" protocol tcp; l3proto ip6; }'
		helper='
		meta nfproto ipv4 tcp dport 1521 ct helper set "tns4"
		meta nfproto ipv6 tcp dport 1521 ct helper set "tns6"'
	fi
	flush_flows
	on firewall nft -f - <<-RULES
		flush ruleset
		table inet fw {
			$objects
			set dropped {
				type inet_proto . inet_service . inet_service
				size 4096
				flags dynamic
			}
			chain raw {
				type filter hook prerouting priority mangle
				$helper
			}
			chain forward {
				type filter hook forward priority filter; policy drop;
				ct state established,related accept
				ip daddr { $SERVER4, $OTHER4 } tcp dport 1521 accept
				ip6 daddr { $SERVER6, $OTHER6 } tcp dport 1521 accept
				meta l4proto { tcp, udp } update @dropped { meta l4proto . th sport . th dport }
			}
			chain input {
				type filter hook input priority filter; policy drop;
				ct state established,related accept
				meta l4proto { icmp, icmpv6 } accept
				meta l4proto { tcp, udp } update @dropped { meta l4proto . th sport . th dport }
			}
			$nat
		}
	RULES
}
