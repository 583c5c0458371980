# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Clients x IP versions x kinds of NAT x servers: in each of these sessions a file goes either way
# through a firewall that opens port 69 only, through a pinhole for exactly this request.

# shellcheck disable=SC2034 # read by firewall_rules
PROTOCOL=tftp PORT=69 TRANSPORTS=udp
# TFTP_HELPER=kernel (run --set) puts nf_conntrack_tftp into our place.
TFTP_HELPER=${TFTP_HELPER:-pinhole}
servers=/pinhole/.cache/servers # see tests/vm/unpack
PATH=$PATH:$servers/usr/sbin:$servers/usr/bin:/pinhole/tests/vm/tftp-matrix

topology
other_server
mkdir -p /vm/tftp/in
head -c 6000 /dev/urandom >/vm/tftp/file
head -c 3000 /dev/urandom >/vm/upload
chown -R nobody /vm/tftp

start_server() { # NAME
	local address
	case $1 in
	tftpd-hpa) command on server in.tftpd -L -s -c -u nobody /vm/tftp & SERVER_PIDS=($!) ;;
	atftpd) # as a daemon it binds no IPv6 address here
		SERVER_PIDS=()
		for address in "$SERVER4" "$SERVER6"; do
			command on server udp-inetd "$address" 69 atftpd --user nobody --group nogroup /vm/tftp &
			SERVER_PIDS+=($!)
		done
		;;
	esac
	for address in "$SERVER4" "[$SERVER6]"; do
		wait_for 60 "$1 on $address" on server curl -sS -o /dev/null --max-time 5 "tftp://$address/file"
	done
}

stop_server() {
	pkill -KILL -x 'in.tftpd|atftpd' # in.tftpd leaves processes behind that hold its port and end late
	wait "${SERVER_PIDS[@]}" || true
	wait_for 60 "the end of $server" port_is_free
}

port_is_free() { [ -z "$(on server ss -Huln 'sport = 69')" ]; }

# Starts a session of every client and IP version; their names in SESSIONS, their processes in PIDS.
start_sessions() {
	local client version target
	SESSIONS=() PIDS=()
	for client in tftp atftp curl; do
		for version in 4 6; do
			target=TARGET$version
			SESSIONS+=("$server-$variant-$client-$version")
			command on client timeout 60 session $client "${!target}" "$TARGET_PORT" "${SESSIONS[-1]}" \
				>"/vm/session-${SESSIONS[-1]}" 2>&1 &
			PIDS+=($!)
		done
	done
}

judge_sessions() {
	local i
	for i in "${!PIDS[@]}"; do
		if wait "${PIDS[i]}"; then
			ok "${SESSIONS[i]}" && passed=$((passed + 1))
		else
			not_ok "${SESSIONS[i]}: $(tail -3 "/vm/session-${SESSIONS[i]}")"
		fi
	done
}

# What the expectations must be, tuple and mask, as the kernel sees the server's first packet: from any
# port of the server to the port that the request came from, as the server knows it.
expectation_of() { # IP version
	local client=$CLIENT4 server=$SERVER4 facing=$CLIENT4 target=$TARGET4 mask=255.255.255.255
	if [ "$1" = 6 ]; then
		client=$CLIENT6 server=$SERVER6 facing=$CLIENT6 target=$TARGET6
		mask=ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
		case $variant in snat | both) facing=$FW6_OUT ;; esac
	else
		case $variant in snat | both) facing=$FW4_OUT ;; esac
	fi
	printf '%s %s %s\n' " *\[NEW\] (300|29[0-9]) proto=17 src=$server dst=$facing sport=0 dport=([0-9]+)" \
		"mask-src=$mask mask-dst=$mask sport=0 dport=65535" \
		"master-src=$client master-dst=$target sport=\2 dport=$TARGET_PORT class=0 helper=tftp"
}

one_variant() {
	local events
	firewall_rules "$variant" helper
	: >/vm/events
	command on firewall "$LOOK" -E expect >/vm/events 2>/dev/null &
	events=$!
	wait_for 30 "a listener" somebody_hears
	start_sessions
	judge_sessions
	soon 5 "events" enough_events 12 || true
	kill $events
	wait $events || true
	is "$server, $variant: requests with an expectation, IPv4" "$(requests 4)" 6
	is "$server, $variant: requests with an expectation, IPv6" "$(requests 6)" 6
	is "$server, $variant: other expectations" \
		"$(grep NEW /vm/events | grep -vxE -e "$(expectation_of 4)" -e "$(expectation_of 6)" || true)" ""
	is "$server, $variant: expectations that remain" "$(expectations)" ""
}

# On a slow machine clients ask twice: their ports are counted, not the expectations.
requests() { # IP version
	grep -xE -e "$(expectation_of "$1")" /vm/events | grep -oE 'sport=[0-9]+ dport=[0-9]+ class' | sort -u | wc -l
}

# Somebody listens to new expectations: nfnetlink is 12, the group's bit is 3 in the fourth column.
somebody_hears() { on firewall grep -qE '^[0-9a-f]+ +12 +[0-9]+ +[0-9a-f]+[89a-f] ' /proc/net/netlink; }

enough_events() { [ "$(grep -c NEW /vm/events)" -ge "$1" ]; }

server=tftpd-hpa
start_server $server
note "without helper"
variant=plain
firewall_rules $variant bare
for client in tftp atftp curl; do
	blocked "$client, IPv4" on client session $client "$TARGET4" "$TARGET_PORT" bare-$client-4
	blocked "$client, IPv6" on client session $client "$TARGET6" "$TARGET_PORT" bare-$client-6
done
all_blocked

if [ "$TFTP_HELPER" = kernel ]; then modprobe -a nf_conntrack_tftp nf_nat_tftp; else start_daemon ../tftp.conf; fi
for server in tftpd-hpa atftpd; do
	[ $server = tftpd-hpa ] || start_server $server
	passed=0 played=0
	for variant in $(variants plain snat dnat); do
		one_variant
		played=$((played + 6))
	done
	echo "matrix: $passed of $played combinations, server $server"
	stop_server
done

note "who else sends to the client's port while it waits"
for variant in plain portdnat both; do
	firewall_rules $variant helper
	passes 90 "$variant: strangers stay out" python3 strangers.py "$TARGET_PORT" "$variant" "$TARGET4" "$TARGET6"
	is "$variant: flows of strangers that were dropped" "$(dropped_flows)" 6
done
[ "$TFTP_HELPER" = kernel ] || { queues_are_clean && stop_daemon; }
