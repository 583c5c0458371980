# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Announcements that change their length: the client dials an address whose text is longer, or
# shorter, than the server's own, and goes on talking on the same TCP connection afterwards.

topology
start_rpc_server server
start_daemon /pinhole/tests/vm/rpc.conf

LONG4=10.1.0.222 LONG6=fd01::1234:5678:9abc
on firewall ip address add $LONG4/24 dev f0
on firewall ip address add $LONG6/64 dev f0 nodad
firewall_rules dnat helper
on firewall nft -f - <<-RULES
	add rule inet fw target_nat iifname f0 ip daddr $LONG4 meta l4proto { tcp, udp } th dport 111 dnat ip to $SERVER4
	add rule inet fw target_nat iifname f0 ip6 daddr $LONG6 meta l4proto { tcp, udp } th dport 111 dnat ip6 to $SERVER6
RULES

for target in $LONG4 $LONG6; do
	for transport in tcp udp; do
		passes 60 "three look-ups on one socket, $transport, $target" on client \
			python3 /pinhole/tests/vm/rpc-resize/lookups.py $transport "$target"
	done
done
queues_are_clean
show_log
