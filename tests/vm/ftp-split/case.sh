# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Each command and reply that announces a data connection, in two TCP segments that meet at every
# byte. The reference reads packets instead of streams and opens none of them.

# shellcheck disable=SC1091 # checked for itself
. ../ftp.sh
topology
# Each send is a segment. Nothing stays behind a connection: what one step left in TIME_WAIT would meet
# the same ports in another, where NAT gives it other time stamps, and not let it in.
for host in client server; do
	on $host sh -c 'cd /proc/sys/net/ipv4 && echo 0 >tcp_autocorking && echo 0 >tcp_max_tw_buckets'
done
start_ftp_helper

# The kernel's helper gets them whole, which shows that the script is right.
steps="plain apart,snat hasty,dnat hasty"
[ "$FTP_HELPER" != kernel ] || steps="plain whole,snat whole,dnat whole"

while read -rd , variant mode; do
	firewall_rules "$variant" helper
	note "$variant, $mode"
	timeout 300 python3 split.py "$variant" "$mode" 6 &
	status=0
	timeout 300 python3 split.py "$variant" "$mode" 4 || status=$?
	is "$variant, $mode: every announcement opens" $status 0
	status=0
	wait $! || status=$?
	is "$variant, $mode: every announcement opens, IPv6" $status 0
	is "$variant, $mode: expectations that remain" "$(expectations)" ""
done <<<"$steps,"
stop_ftp_helper
