# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Each command and reply that announces a data connection, in two TCP segments that meet at every
# byte. The reference reads packets instead of streams and opens none of them.

. ../ftp.sh
topology
for host in client server; do # each send is a segment
	on $host sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_autocorking'
done
start_ftp_helper

for step in "plain whole" "snat whole" "dnat whole" "plain apart" "snat hasty" "dnat hasty"; do
	read -r variant mode <<<"$step"
	[ "$FTP_HELPER $mode" != "kernel apart" ] || break
	firewall_rules "$variant" helper
	note "$step"
	status=0
	# shellcheck disable=SC2086 # two words, and a list
	timeout 200 python3 split.py $step ${FTP_KINDS:-} || status=$?
	is "$step: every announcement opens" $status 0
	is "$step: expectations that remain" "$(expectations)" ""
done
stop_ftp_helper
