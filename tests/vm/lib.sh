#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Words that the cases are written in. Runs in the guest only, sourced before the case.
#
#     client 10.1.0.2 ---- 10.1.0.1 firewall 10.2.0.1 ---- 10.2.0.2 server
#            fd01::2       fd01::1 | 10.3.0.1 fd02::1       fd02::2
#                                  |  fd03::1
#                                  ------------------------ 10.3.0.2 other (if the case asks)
#                                                            fd03::2
#
# A host is a network namespace and a mount namespace with its own /run (rpcbind is found by a
# path there); all share /vm. `on HOST command` runs something on it. The daemons run on the
# firewall.
#
# A check prints `ok` or `NOT OK` and the case goes on, so that one run shows all that is wrong;
# `fail` ends the case at once. Everything that waits has a limit.

CLIENT4=10.1.0.2 FW4=10.1.0.1 FW4_OUT=10.2.0.1 SERVER4=10.2.0.2 OTHER4=10.3.0.2
CLIENT6=fd01::2 FW6=fd01::1 FW6_OUT=fd02::1 SERVER6=fd02::2 OTHER6=fd03::2

PATH=/pinhole/tests/vm/bin:$PATH

CONF=/vm/conntrackd.conf # start_daemon's working copy
LOG=/vm/conntrackd.log   # what the daemon printed
LOCK=/vm/conntrackd.lock SOCKET=/vm/conntrackd.ctl
DAEMON_HOST=firewall
# Who queues packets: `rule` (run --set) puts `Transport rule' into each Type, and firewall_rules has pinhole
# make the rules.
TRANSPORT=${TRANSPORT:-helper}
# The harness itself looks with the packaged tool, whatever is on PATH.
LOOK=/usr/sbin/conntrack

# variants WORD...: the kinds of NAT that a case plays. With VM_THIN, as ./dev test has it, of those that come in several
# sizes: the source's, and the last one, which has the target's.
variants() {
	if [ "${VM_THIN:-1}" = 1 ]; then echo "$@"; else echo snat "${!#}"; fi
}

trap 'echo "failed at ${BASH_SOURCE[0]}:$LINENO: $BASH_COMMAND" >&2' ERR

# ---- checks

# The number in front is seconds since the case began.
note() { echo "# $SECONDS: $*"; }

ok() { echo "ok $SECONDS - $*"; echo "$*" >>/vm/passed; }

not_ok() { echo "NOT OK - $*"; head -1 <<<"NOT OK - $*" >>/vm/failed; }

fail() { not_ok "$*"; exit 1; }

# passes SECONDS WHAT COMMAND...: the command succeeds in time.
passes() {
	local limit=$1 what=$2 status=0 out
	shift 2
	out=$(timeout -k 2 "$limit" "$@" 2>&1) || status=$?
	if [ $status = 0 ]; then ok "$what"; else not_ok "$what (status $status: $* -> $(tail -3 <<<"$out"))"; fi
}

# refused SECONDS WHAT COMMAND...: the command fails, or is still waiting at the end of its time.
refused() {
	local limit=$1 what=$2 status=0 out
	shift 2
	out=$(timeout -k 2 "$limit" "$@" 2>&1) || status=$?
	if [ $status != 0 ]; then ok "$what"; else not_ok "$what (it passed: $* -> $out)"; fi
}

# blocked WHAT COMMAND...: starts a command that the firewall must stop; all_blocked judges.
blocked() {
	local what=$1
	shift
	BLOCKED_WHAT+=("$what")
	timeout -k 2 90 "$@" >/dev/null 2>&1 &
	BLOCKED_PID+=($!)
}
BLOCKED_WHAT=() BLOCKED_PID=()

# Waits until the firewall has dropped as many flows as commands were started, so that a slow
# machine cannot pass for a blocking one, gives them two seconds more, and none may succeed.
all_blocked() {
	local i status
	soon 60 "drops" enough_dropped ${#BLOCKED_PID[@]} ||
		not_ok "only $(dropped_flows) flows of ${#BLOCKED_PID[@]} commands were dropped"
	sleep 2
	kill "${BLOCKED_PID[@]}" 2>/dev/null || true
	for i in "${!BLOCKED_PID[@]}"; do
		status=0
		wait "${BLOCKED_PID[i]}" 2>/dev/null || status=$?
		if [ $status != 0 ]; then ok "blocked: ${BLOCKED_WHAT[i]}"; else
			not_ok "it passed: ${BLOCKED_WHAT[i]}"
		fi
	done
	BLOCKED_WHAT=() BLOCKED_PID=()
}

enough_dropped() { [ "$(dropped_flows)" -ge "$1" ]; }

# is WHAT GOT WANTED
is() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: got '$2', wanted '$3'"; fi
}

# matches WHAT TEXT REGEX: some line of the text matches the extended expression as a whole.
matches() {
	if grep -qxE -e "$3" <<<"$2"; then ok "$1"; else
		not_ok "$1: no line matches '$3' in:"
		printf '%s\n' "$2"
	fi
}

# wait_for SECONDS WHAT COMMAND...: polls until the command succeeds; the case ends if it never does.
wait_for() { soon "$@" || fail "waited $1 s in vain for: $2"; }

# soon SECONDS WHAT COMMAND...: the same, but the answer is the caller's to judge.
soon() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt $end ] || return 1
		sleep 0.2
	done
}

# ---- hosts and links

on() {
	local host=$1
	shift
	nsenter --net="/run/hosts/$host.net" --mount="/run/hosts/$host.mnt" --wdns=/ -- "$@"
}

on() { # as bin/on, but without another process
	local host=$1
	shift
	nsenter --net="/run/hosts/$host.net" --mount="/run/hosts/$host.mnt" --wdns=/ -- "$@"
}

hosts() { # name...
	local host
	if [ ! -d /run/hosts ]; then
		mkdir /run/hosts
		mount --bind --make-private /run/hosts /run/hosts
	fi
	for host; do
		touch "/run/hosts/$host.net" "/run/hosts/$host.mnt"
		unshare --net="/run/hosts/$host.net" --mount="/run/hosts/$host.mnt" sh -ec '
			mount -t tmpfs -o mode=0755 tmpfs /run
			mkdir /run/lock
			mount -t sysfs sysfs /sys
			echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
			ip link set lo up'
	done
}

# cable HOST INTERFACE HOST INTERFACE
cable() {
	ip -batch - <<-COMMANDS
		link add $2 type veth peer name $4
		link set $2 netns /run/hosts/$1.net
		link set $4 netns /run/hosts/$3.net
	COMMANDS
}

# configure HOST: runs the `ip` commands of standard input on the host.
configure() { on "$1" ip -batch -; }

# The three hosts of the picture above. MTU, if given, is that of all cables.
topology() {
	hosts client firewall server
	cable client c0 firewall f0
	cable server s0 firewall f1
	configure client <<-COMMANDS
		address add $CLIENT4/24 dev c0
		address add $CLIENT6/64 dev c0 nodad
		link set c0 up mtu ${1:-1500}
		route add default via $FW4
		route add ::/0 via $FW6
	COMMANDS
	configure firewall <<-COMMANDS
		address add $FW4/24 dev f0
		address add $FW6/64 dev f0 nodad
		address add $FW4_OUT/24 dev f1
		address add $FW6_OUT/64 dev f1 nodad
		link set f0 up mtu ${1:-1500}
		link set f1 up mtu ${1:-1500}
	COMMANDS
	configure server <<-COMMANDS
		address add $SERVER4/24 dev s0
		address add $SERVER6/64 dev s0 nodad
		link set s0 up mtu ${1:-1500}
		route add default via $FW4_OUT
		route add ::/0 via $FW6_OUT
	COMMANDS
	on firewall sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
}

# A second server, for scripts that play one on port 111 where rpcbind cannot be.
other_server() {
	hosts other
	cable other o0 firewall f2
	configure firewall <<-COMMANDS
		address add 10.3.0.1/24 dev f2
		address add fd03::1/64 dev f2 nodad
		link set f2 up mtu ${1:-1500}
	COMMANDS
	configure other <<-COMMANDS
		address add $OTHER4/24 dev o0
		address add $OTHER6/64 dev o0 nodad
		link set o0 up mtu ${1:-1500}
		route add default via 10.3.0.1
		route add ::/0 via fd03::1
	COMMANDS
}

set_mtu() {
	on client ip link set c0 mtu "$1"
	on firewall ip link set f0 mtu "$1"
	on firewall ip link set f1 mtu "$1"
	on server ip link set s0 mtu "$1"
	[ ! -e /run/hosts/other.net ] || on firewall ip link set f2 mtu "$1"
	[ ! -e /run/hosts/other.net ] || on other ip link set o0 mtu "$1"
}

# What firewall_rules is about: a helper, its control port, its transports.
PROTOCOL=rpc PORT=111 TRANSPORTS="udp tcp"
# What the client dials under destination NAT.
DIALED4=$FW4 DIALED6=$FW6

# firewall_rules plain|snat|dnat|portdnat|both helper|bare: default drop, PORT open, nothing else.
# `helper` gives PORT the helper PROTOCOL (which must be registered: start the daemon first). Sets
# TARGET4, TARGET6 and TARGET_PORT: what the client calls the server by. portdnat is dnat from
# another port than the server's own, both is snat and dnat.
firewall_rules() {
	local nat='' helper='' objects='' transport version name
	TARGET4=$SERVER4 TARGET6=$SERVER6 TARGET_PORT=$PORT
	case $1 in
	plain | snat) ;;
	portdnat) TARGET4=$DIALED4 TARGET6=$DIALED6 TARGET_PORT=$((PORT + 2100)) ;;
	dnat | both) TARGET4=$DIALED4 TARGET6=$DIALED6 ;;
	*) fail "unknown variant $1" ;;
	esac
	case $1 in snat | both)
		nat='chain source_nat { type nat hook postrouting priority srcnat; oifname { "f1", "f2" } masquerade; }'
		;;
	esac
	case $1 in dnat | portdnat | both)
		nat+="
		chain target_nat { type nat hook prerouting priority dstnat
			iifname f0 ip daddr $DIALED4 meta l4proto { tcp, udp } th dport $TARGET_PORT dnat ip to $SERVER4:$PORT
			iifname f0 ip6 daddr $DIALED6 meta l4proto { tcp, udp } th dport $TARGET_PORT dnat ip6 to [$SERVER6]:$PORT
		}"
		;;
	esac
	if [ "$2,$TRANSPORT" = helper,helper ]; then
		for transport in $TRANSPORTS; do
			for version in 4 6; do
				name=$PROTOCOL-$transport$version
				objects+="
				ct helper $name { type \"$PROTOCOL\" protocol $transport; l3proto ip${version#4}; }"
				helper+="
				meta nfproto ipv$version $transport dport $TARGET_PORT ct helper set \"$name\""
			done
		done
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
				type filter hook forward priority filter; policy drop
				ct state established,related accept
				meta l4proto { tcp, udp } th dport $PORT accept
				meta l4proto { tcp, udp } update @dropped { meta l4proto . th sport . th dport }
			}
			chain input {
				type filter hook input priority filter; policy drop
				ct state established,related accept
				meta l4proto { icmp, icmpv6 } accept
				meta l4proto { tcp, udp } update @dropped { meta l4proto . th sport . th dport }
			}
			$nat
		}
	RULES
	[ "$2,$TRANSPORT" != helper,rule ] || rules_of_pinhole
}

rules_of_pinhole() {
	sed "s/^[[:space:]]*Type [^{]*{/& Attach { Anywhere Port $TARGET_PORT }/" $CONF >/vm/attach.conf
	on firewall pinhole apply --no-accept -C /vm/attach.conf >/vm/apply.log 2>&1 ||
		fail "pinhole apply: $(cat /vm/apply.log)"
}

# Flows that the rules have dropped since they were loaded.
dropped_flows() {
	on firewall nft -n list set inet fw dropped | grep -oE '[0-9]+ \. [0-9]+ \. [0-9]+' | wc -l
}

flush_flows() {
	on "$DAEMON_HOST" $LOOK -F expect >/dev/null 2>&1 || true
	on "$DAEMON_HOST" $LOOK -F >/dev/null 2>&1 || true
}

# Expectations of both families, one a line.
expectations() {
	on "$DAEMON_HOST" $LOOK -L expect 2>/dev/null
	on "$DAEMON_HOST" $LOOK -L expect -f ipv6 2>/dev/null
}

# ---- the daemon under test

# start_daemon CONFIGURATION: runs it in the foreground on the firewall and waits until every Type
# of the file is enabled and its queue is bound.
start_daemon() {
	[ "$1" = $CONF ] || cp "$1" $CONF
	[ "$TRANSPORT" = helper ] || sed -i "/Transport/! s/^[[:space:]]*Type [^{]*{/& Transport rule/" $CONF
	command on "$DAEMON_HOST" conntrackd -C $CONF >>$LOG 2>&1 &
	DAEMON=$!
	daemon_is_ready
	note "daemon: $(command -v conntrackd), $(conntrackd -v 2>&1 | head -1)"
}

daemon_is_ready() {
	soon 30 "the daemon" ready "$(grep -cE '^[[:space:]]*Type ' $CONF)" ||
		{ show_log; fail "the daemon is not ready: $(enabled_helpers) helpers, $(queues)"; }
}

ready() {
	case $TRANSPORT in
	helper) [ "$(enabled_helpers)" = "$1" ] ;;
	rule) [ "$(disabled_helpers)" = "$1" ] ;;
	esac && [ "$(queues | wc -l)" = "$1" ]
}

# SIGTERM, and the daemon must end by itself with status 0.
stop_daemon() {
	local status=0
	kill -TERM "$DAEMON"
	soon 15 "the end" gone "$DAEMON" || { kill -KILL "$DAEMON"; not_ok "SIGTERM did not end the daemon"; }
	wait "$DAEMON" || status=$?
	is "status of the daemon" $status 0
}

gone() { ! [ -e "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status"; }

show_log() { sed 's/^/log: /' $LOG; }

enabled_helpers() { on "$DAEMON_HOST" nfct helper list | grep -c 'status = enabled' || true; }

disabled_helpers() { on "$DAEMON_HOST" nfct helper list | grep -c 'status = disabled' || true; }

# Lines of the kernel's table: queue portid pending copy_mode range dropped user_dropped sequence 1.
queues() { on "$DAEMON_HOST" cat /proc/net/netfilter/nfnetlink_queue; }

queue_field() { queues | awk -v q="$1" -v f="$2" '$1 == q { print $f }'; }

# Nothing waits in a queue and nothing was lost there.
queues_are_clean() {
	is "no packet is pending in a queue" "$(queues | awk '{ n += $3 } END { print n + 0 }')" 0
	is "no packet was dropped by a queue" "$(queues | awk '{ n += $6 + $7 } END { print n + 0 }')" 0
}

# Processes with this command name.
pids_of() { pgrep -x "$1" || true; }

none_runs() { # name...
	local name
	for name; do [ -z "$(pids_of "$name")" ] || return 1; done
}

# ---- servers

start_rpcbind() { # host [rpcbind options]
	local host=$1
	shift
	on "$host" mkdir -p /run/rpcbind
	command on "$host" rpcbind -f "$@" &
	wait_for 60 "rpcbind on $host" on "$host" test -S /run/rpcbind.sock
	wait_for 60 "rpcbind on $host" on "$host" rpcinfo -p 127.0.0.1
}

# rpcbind and mountd on random ports: enough for look-ups. The export is a tmpfs with the file
# `message`.
start_rpc_server() { # host
	start_rpcbind "$1"
	on "$1" sh -ec '
		mkdir -p /srv/export
		mount -t tmpfs tmpfs /srv/export
		echo "through the pinhole" >/srv/export/message
		mount -t tmpfs tmpfs /var/lib/nfs
		mkdir -p /var/lib/nfs/rpc_pipefs /var/lib/nfs/sm /var/lib/nfs/v4recovery
		touch /var/lib/nfs/etab /var/lib/nfs/rmtab
		echo "/srv/export *(ro,insecure,no_subtree_check,fsid=0)" >/run/exports
		mount --bind /run/exports /etc/exports
		exportfs -r'
	command on "$1" rpc.mountd --foreground --no-nfs-version 4 >/vm/mountd.log 2>&1 &
	wait_for 30 "mountd" on "$1" rpcinfo -T tcp 127.0.0.1 mountd 3
	wait_for 30 "mountd, IPv6" on "$1" rpcinfo -T udp6 ::1 mountd 3
}

# The kernel's NFS server on top, version 3 only (no grace period).
start_nfs_server() { # host
	modprobe nfsd
	on "$1" mount -t nfsd nfsd /proc/fs/nfsd
	start_rpc_server "$1"
	on "$1" rpc.nfsd --no-nfs-version 4 2
	on "$1" rpcinfo -p 127.0.0.1
}
