# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Packets larger than 4096 bytes on flows of the helper pass in both directions, reassembled UDP
# and jumbo frames alike, and the queue works afterwards. (The reference cannot receive them: each
# stays pending for ever.)

topology 9000
other_server 9000 # for the plain echo service
start_rpc_server server
start_daemon ../rpc.conf
firewall_rules plain helper

for address in $OTHER4 $OTHER6; do
	passes 60 "jumbo UDP, $address" python3 echo.py "$address" udp 4097 8900
	passes 60 "jumbo TCP, $address" python3 echo.py "$address" tcp 200000
	passes 60 "UDP in jumbo fragments, $address" python3 echo.py "$address" udp 20000 60000
done

set_mtu 1500
for address in $OTHER4 $OTHER6; do
	passes 60 "UDP in fragments, $address" python3 echo.py "$address" udp 4097 9000 60000
	passes 60 "TCP, $address" python3 echo.py "$address" tcp 100000
done

for queue in 1 2 3 4; do
	if [ "$(queue_field $queue 8)" -gt 4 ]; then ok "queue $queue was used"; else
		not_ok "queue $queue saw no packets: $(queues)"
	fi
done
queues_are_clean
passes 30 "a look-up afterwards, UDP" on client rpcinfo -T udp "$SERVER4" mountd
passes 30 "a look-up afterwards, TCP" on client rpcinfo -T tcp "$SERVER4" mountd
queues_are_clean
stop_daemon
