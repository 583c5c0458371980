# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Words for the cases about queries to a group or a broadcast address, sourced by them after lib.sh.
#
#     peer 10.1.0.3 ------ 10.1.0.2 client 10.3.0.1 ------ 10.3.0.2 stranger
#           fd01::3        fd01::2         fd03::1         fd03::2
#
# The client asks, behind a firewall of its own: everything goes out, nothing comes in that is neither
# established nor related. The peer's link is the network that is asked. Later the peer plays a neighbour
# (.9, ::9) and a foreigner, whose address is in no network of the link (10.9.0.9, fd09::9), too.
#
# Sets of the rules remember who sent what from which port to which: `accepted` as related, `dropped`.

# shellcheck disable=SC2034 # read by lib.sh
DAEMON_HOST=client
PEER4=10.1.0.3 PEER6=fd01::3 STRANGER4=10.3.0.2 STRANGER6=fd03::2
NEIGHBOUR4=10.1.0.9 NEIGHBOUR6=fd01::9
FOREIGN4=10.9.0.9 FOREIGN6=fd09::9

# What tests/vm/unpack has fetched, as if it were installed; what is installed comes first.
use_servers() {
	local name
	for name in avahi messagebus; do
		grep -q "^$name:" /etc/passwd && continue
		echo "$name:x:987:987::/nonexistent:/usr/sbin/nologin" >>/etc/passwd
		echo "$name:x:987:" >>/etc/group
	done
}

discovery_hosts() {
	use_servers
	hosts client peer stranger
	cable client c0 peer p0
	cable client c1 stranger t0
	configure client <<-COMMANDS
		address add $CLIENT4/24 broadcast + dev c0
		address add $CLIENT6/64 dev c0 nodad
		address add 10.3.0.1/24 broadcast + dev c1
		address add fd03::1/64 dev c1 nodad
		link set c0 up
		link set c1 up
		route add default via $PEER4
		route add ::/0 via $PEER6
	COMMANDS
	configure peer <<-COMMANDS
		address add $PEER4/24 broadcast + dev p0
		address add $PEER6/64 dev p0 nodad
		link set p0 up
		route add default via $CLIENT4
		route add ::/0 via $CLIENT6
	COMMANDS
	configure stranger <<-COMMANDS
		address add $STRANGER4/24 broadcast + dev t0
		address add $STRANGER6/64 dev t0 nodad
		link set t0 up
		route add default via 10.3.0.1
		route add ::/0 via fd03::1
	COMMANDS
	CLIENT_LOCAL=$(on client ip -6 -brief address show dev c0 scope link | grep -oE 'fe80::[0-9a-f:]+')
	export PEER_LOCAL # for datagrams.py
	PEER_LOCAL=$(on peer ip -6 -brief address show dev p0 scope link | grep -oE 'fe80::[0-9a-f:]+')
}

# helper_of NAME PORT FAMILY...: queries to the port are given the helper, by client_rules helper; and
# its Type goes to the configuration, with a Policy of the lines of standard input, if any.
helper_of() {
	local name=$1 port=$2 family l3
	shift 2
	local policy
	policy=$(cat)
	for family; do
		l3=inet${family#4}
		N_TYPES=$((N_TYPES + 1))
		{
			printf '\tType %s %s udp {\n\t\tQueueNum %d\n' "$name" "$l3" $N_TYPES
			[ -z "$policy" ] || printf '\t\tPolicy %s {\n\t\t\t%s\n\t\t}\n' "$name" "$policy"
			printf '\t}\n'
		} >>/vm/types
		echo "$name $port $family" >>/vm/helpers
	done
}
N_TYPES=0

# The configuration file; DEFINES go in front of the Types.
discovery_conf() { # [DEFINES]
	printf 'General {\n\tLockFile %s\n\tUNIX {\n\t\tPath %s\n\t}\n}\nHelper {\n\tSetup yes\n' \
		"$LOCK" "$SOCKET"
	[ -z "${1:-}" ] || printf '%s\n' "$1"
	cat /vm/types
	echo "}"
}

# client_rules helper|bare
client_rules() {
	local name port family objects='' attach=''
	if [ "$1" = helper ]; then
		while read -r name port family; do
			objects+="
			ct helper $name-$family { type \"$name\" protocol udp; l3proto ip${family#4}; }"
			attach+="
				meta nfproto ipv$family udp dport $port ct helper set \"$name-$family\""
		done </vm/helpers
	fi
	flush_flows
	on client nft -f - <<-RULES
		flush ruleset
		table inet fw {
			$objects
			set accepted4 {
				type ipv4_addr . inet_service . inet_service
				flags dynamic
			}
			set accepted6 {
				type ipv6_addr . inet_service . inet_service
				flags dynamic
			}
			set dropped4 {
				type ipv4_addr . inet_service . inet_service
				flags dynamic
			}
			set dropped6 {
				type ipv6_addr . inet_service . inet_service
				flags dynamic
			}
			chain output {
				type filter hook output priority mangle
				$attach
			}
			chain input {
				type filter hook input priority filter; policy drop
				iifname lo accept
				ct state established accept
				ct state related jump remember_accepted
				meta l4proto { icmp, icmpv6 } accept
				${2:-}
				meta nfproto ipv4 update @dropped4 { ip saddr . udp sport . udp dport }
				meta nfproto ipv6 update @dropped6 { ip6 saddr . udp sport . udp dport }
			}
			chain remember_accepted {
				meta nfproto ipv4 update @accepted4 { ip saddr . udp sport . udp dport }
				meta nfproto ipv6 update @accepted6 { ip6 saddr . udp sport . udp dport }
				accept
			}
		}
	RULES
}

# remembered accepted|dropped: lines "SOURCE . SOURCE PORT . DESTINATION PORT" of both families.
remembered() {
	local version
	for version in 4 6; do
		on client nft -n list set inet fw "$1$version"
	done | grep -oE '[0-9a-f.:]+ \. [0-9]+ \. [0-9]+' || true
}

# ---- questions

# ask NAME PORT REGEX COMMAND...: a question for ask_bare and ask_helped. The answer is known by a line
# that matches the regex in what the command prints; it comes from the port. A name with a 6 in it is
# IPv6. One command may be that of several questions: it runs once.
ask() {
	ASK_PORT[$1]=$2 ASK_REGEX[$1]=$3
	ASK_COMMAND[$1]=$(printf '%q ' "${@:4}")
}
declare -A ASK_PORT ASK_REGEX ASK_COMMAND

# Every question, each ends after so many seconds at the latest. With `turns` each has a second or two to
# itself before the next one begins: answers that come at once need no more, and the daemon under test is not
# measured by how many programs start at a time.
ask_all() { # SECONDS together|turns
	local name command
	local -A started=()
	ASKING=()
	for name in "${!ASK_PORT[@]}"; do
		command=${ASK_COMMAND[$name]}
		if [ -n "${started[$command]:-}" ]; then
			ASK_OUT[$name]=${started[$command]}
			continue
		fi
		started[$command]=/vm/ask-$name.out
		ASK_OUT[$name]=${started[$command]}
		command on client sh -c "exec timeout -k 1 $1 $command" >"/vm/ask-$name.out" 2>&1 &
		ASKING+=($!)
		[ "$2" = together ] || soon 2 "an answer" is_answered "$name" || true
	done
}
declare -A ASK_OUT

# Without another process: starting them is what takes time in an emulated machine.
is_answered() { # NAME
	local line
	while IFS= read -r line; do
		[[ $line =~ ${ASK_REGEX[$1]} ]] && return 0
	done <"${ASK_OUT[$1]}"
	return 1
}

all_answered() {
	local name
	for name in "${!ASK_PORT[@]}"; do is_answered "$name" || return 1; done
}

end_asking() {
	kill "${ASKING[@]}" 2>/dev/null || true
	wait "${ASKING[@]}" 2>/dev/null || true
}

# Something of the peer's, from this port, was dropped for each question.
all_dropped() {
	local name from dropped
	dropped=$(remembered dropped)
	for name in "${!ASK_PORT[@]}"; do
		from="$PEER4 . ${ASK_PORT[$name]} . "
		[[ $name != *6* ]] || from="($PEER6|$PEER_LOCAL) . ${ASK_PORT[$name]} . "
		[[ $dropped =~ $from ]] || return 1
	done
}

# The same rules without helpers: the answers come, and are dropped.
ask_bare() { # SECONDS [more rules]
	local name
	client_rules bare "${2:-}"
	ask_all "$1" together
	soon "$1" "dropped answers" all_dropped ||
		not_ok "not every question's answer was dropped: $(remembered dropped)"
	sleep 0.5
	end_asking
	for name in "${!ASK_PORT[@]}"; do
		if is_answered "$name"; then not_ok "$name: answered without a helper"; else
			ok "$name: the answer is dropped without a helper"
		fi
	done
}

# With helpers: everybody is answered, while the stranger sends to every pinhole as soon as it is
# there. Then the neighbour may, and the foreigner may not.
ask_helped() { # SECONDS
	local name
	client_rules helper "${2:-}"
	ask_all "$1" turns
	soon "$1" "answers" all_answered || true
	end_asking
	for name in "${!ASK_PORT[@]}"; do
		if is_answered "$name"; then ok "$name: answered"; else
			not_ok "$name: no answer: $(tail -5 "${ASK_OUT[$name]}")"
			remembered dropped | grep -F " . ${ASK_PORT[$name]} . " | sed 's/^/dropped: /' || true
		fi
	done
	all_answered || { show_log; on client conntrackd -C "$CONF" -s helper; }
	other_addresses add
	python3 ../datagrams.py scope </vm/events
	other_addresses delete
}

# Not before all is asked: avahi-daemon would answer from any of them.
other_addresses() { # add|delete
	configure peer <<-COMMANDS
		address $1 $NEIGHBOUR4/24 dev p0
		address $1 $NEIGHBOUR6/64 dev p0 nodad
		address $1 $FOREIGN4/24 dev p0
		address $1 $FOREIGN6/64 dev p0 nodad
	COMMANDS
}

# ---- pinholes

# Watches expectations from now on, and sends from the stranger to each new one.
start_stranger() {
	: >/vm/events
	python3 ../datagrams.py stranger >>/vm/events 2>/vm/stranger.log &
	STRANGER=$!
	wait_for 30 "the stranger" grep -q ready /vm/stranger.log
}

stop_stranger() {
	kill "$STRANGER"
	wait "$STRANGER" 2>/dev/null || true
	[ "$(wc -l </vm/stranger.log)" = 1 ] || not_ok "the stranger: $(tail -3 /vm/stranger.log)"
}

# pinholes_exist WHAT SHAPE: some expectation was of that shape, see shape().
pinholes_exist() {
	if grep -qE -e "$2" /vm/events; then ok "$1"; else not_ok "$1: no expectation is like $2"; fi
	SHAPES+=(-e "$2")
}
SHAPES=()

# None was of a shape that the case does not name.
no_other_pinholes() {
	is "expectations of other shapes" "$(grep -F '[NEW]' /vm/events | grep -vE "${SHAPES[@]}" || true)" ""
}

# shape HELPER SECONDS PORT GROUP CLIENT NETWORK [REPLY-PORT]: a line of conntrack -E expect, which says
# that whoever is in the network (a /24, or a /64) may send to the port that the client asked from.
shape() {
	local mask=255.255.255.0 exact=255.255.255.255 sport=${7:-0} sport_mask=65535
	[[ $4 != *:* ]] || mask=ffff:ffff:ffff:ffff:: exact=ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
	[ "$sport" != 0 ] || sport_mask=0
	printf '%s ' "^ +\[NEW\] ($2) proto=17 src=$6 dst=$5 sport=$sport dport=([0-9]+) mask-src=$mask" \
		"mask-dst=$exact sport=$sport_mask dport=65535 master-src=$5 master-dst=$4 sport=\2 dport=$3" \
		"PERMANENT class=0"
	printf '%s' "helper=$1\$"
}

# Every pinhole that was seen: the stranger's and the foreigner's datagrams were dropped, the
# neighbour's was accepted.
scopes_are_right() {
	local where
	[ -s /vm/events ] || fail "nothing was opened"
	python3 ../datagrams.py expected </vm/events >/vm/expected
	for where in accepted dropped; do
		remembered $where >/vm/$where
		is "not $where, of $(grep -c "^$where" /vm/expected) datagrams that had to be" \
			"$(sed -n "s/^$where //p" /vm/expected | grep -vxF -f /vm/$where || true)" ""
	done
	is "accepted from outside" "$(grep -E "^($STRANGER4|$STRANGER6|$FOREIGN4|$FOREIGN6) " /vm/accepted || true)" ""
}

# ---- servers

# avahi_conf NAME INTERFACE DBUS: one that says nothing but its name.
avahi_conf() {
	printf '%s\n' '[server]' "host-name=$1" "enable-dbus=$3" "allow-interfaces=$2" \
		'ratelimit-burst=10000' '[publish]' 'publish-workstation=no' 'publish-hinfo=no'
}

start_avahi() { # HOST NAME INTERFACE DBUS
	avahi_conf "$2" "$3" "$4" >"/vm/avahi-$1.conf"
	on "$1" mkdir -p /run/avahi-daemon
	command on "$1" avahi-daemon --no-rlimits --no-drop-root --no-chroot -f "/vm/avahi-$1.conf" \
		>"/vm/avahi-$1.log" 2>&1 &
}

avahi_is_up() { grep -q 'startup complete' "/vm/avahi-$1.log"; } # HOST

# samba_conf NAME INTERFACE
samba_conf() {
	printf '%s = %s\n' 'netbios name' "$1" workgroup pinhole interfaces "$2" \
		'bind interfaces only' yes 'preferred master' no 'local master' no \
		'lock directory' /vm/samba 'state directory' /vm/samba 'cache directory' /vm/samba \
		'pid directory' /vm/samba 'private dir' /vm/samba 'ncalrpc dir' /vm/samba/ncalrpc
}

# The system's message bus, which lets everybody do everything.
start_bus() { # HOST
	local policy
	policy=$(printf '<allow %s="*"/>' user own send_type receive_type send_destination)
	cat >/vm/bus.conf <<-FILE
		<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
			"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
		<busconfig>
			<type>system</type>
			<listen>unix:path=/run/dbus/system_bus_socket</listen>
			<auth>EXTERNAL</auth>
			<policy context="default">$policy</policy>
		</busconfig>
	FILE
	on "$1" mkdir -p /run/dbus
	command on "$1" dbus-daemon --config-file=/vm/bus.conf --nofork --nopidfile >/vm/bus.log 2>&1 &
}
