# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Kinds of NAT x clients' modes x servers: in each of these sessions an upload, a download and a
# listing pass a firewall that opens port 21 only, through pinholes for exactly this connection.

# shellcheck disable=SC1091 # checked for itself
. ../ftp.sh
topology

# What the expectations of one session must be, tuple and mask, as the kernel sees the first packet:
# before it changes a destination, and from the sender's own address and any port.
expectation_of() { # MODE
	local client=$CLIENT4 server=$SERVER4 facing=$CLIENT4 target=$TARGET4 mask=255.255.255.255 from to
	if [[ $1 = *6-* ]]; then
		client=$CLIENT6 server=$SERVER6 facing=$CLIENT6 target=$TARGET6
		mask=ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
		case $variant in snat | both) facing=$FW6_OUT ;; esac
	else
		case $variant in snat | both) facing=$FW4_OUT ;; esac
	fi
	case $1 in
	*-pasv | *-epsv) from=$client to=$target ;;
	*) from=$server to=$facing ;;
	esac
	echo " *\[NEW\] (300|29[0-9]) proto=6 src=$from dst=$to sport=0 dport=[0-9]+ mask-src=$mask mask-dst=$mask" \
		"sport=0 dport=65535 master-src=$client master-dst=$target sport=[0-9]+ dport=$TARGET_PORT" \
		"class=0 helper=ftp"
}

# Three expectations a session, each of its own kind, and none remains.
judge_expectations() {
	local mode wanted regex
	while read -r wanted mode; do
		regex=$(expectation_of "$mode")
		is "$variant, $server: expectations like those of $mode" \
			"$(grep -cxE -e "$regex" /vm/events)" $((wanted * 3))
	done <<-KINDS
		3 curl4-pasv
		3 curl4-port
		2 curl6-epsv
		2 curl6-eprt
	KINDS
	is "$variant, $server: control connections with three expectations" \
		"$(grep NEW /vm/events | grep -oE 'master-src=.*dport=' | sort | uniq -c | awk '$1 == 3' | wc -l)" 10
	is "$variant, $server: all expectations" "$(grep -c NEW /vm/events)" 30
	is "$variant, $server: expectations that remain" "$(expectations)" ""
}

# What the daemon knows of sessions that failed.
explain() {
	[ "$FTP_HELPER" != kernel ] || return 0
	on firewall conntrackd -C "$CONF" -s helper
	on firewall conntrackd -C "$CONF" -s audit | tail -40
	tail -40 "$LOG"
}

one_variant() {
	local events bad
	firewall_rules "$variant" helper
	: >/vm/events
	command on firewall "$LOOK" -E expect >/vm/events 2>/dev/null &
	events=$!
	# shellcheck disable=SC2086 # a list
	bad=$(ftp_sessions "$server-$variant" $FTP_MODES 2>/vm/sessions.log) || { cat /vm/sessions.log && bad=${bad:-$FTP_MODES}; }
	passed=$((passed + 10 - $(wc -w <<<"$bad")))
	is "$variant, $server: sessions that failed" "$bad" ""
	[ -z "$bad" ] || explain
	soon 5 "events" enough_events 30 || true
	kill $events
	wait $events || true
	judge_expectations
}

enough_events() { [ "$(grep -c NEW /vm/events)" -ge "$1" ]; }

start_vsftpd
note "without helper"
firewall_rules plain bare
for mode in curl4-pasv curl4-epsv curl4-port curl6-epsv lftp4-port lftp6-eprt; do
	blocked "$mode" on client ftp-sessions "$TARGET4" "$TARGET6" "$TARGET_PORT" bare "$mode"
done
all_blocked

start_ftp_helper
for server in vsftpd pure_ftpd; do
	[ $server = vsftpd ] || { stop_ftp_server; start_pure_ftpd; }
	passed=0 played=0
	for variant in $(variants plain snat dnat portdnat both); do
		note "$variant, $server"
		one_variant
		played=$((played + 10))
	done
	echo "matrix: $passed of $played combinations, server $server"
done
stop_ftp_helper
