# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Who is compared. A contender is a word with start_WORD, which leaves its helpers ready for rules;
# rules_WORD loads them, where it needs others than the rest; all end the same way. Sourced by the case
# `speed` after lib.sh.

BUILD=/pinhole/build/bench
PROCESSES=(conntrackd pinhole-broker pinhole-worker pinhole-keeper bench-loop)

# In which the bench asks for more pinholes in a second than a client may by default.
BUDGET='Budget { Client 8192 Server 8192 Helper 8192 Rate 1000000 FlowRate 1000000 }'

# configuration WORDS NAME FAMILY TRANSPORT...: queues from 1 on, in this order.
configuration() {
	local words=$1 queue=1
	shift
	cat <<-FILE
		General {
			LockFile $LOCK
			UNIX {
				Path $SOCKET
			}
		}
		Helper {
			Setup yes
	FILE
	while [ $# -gt 0 ]; do
		cat <<-FILE
			Type $1 $2 $3 {
				QueueNum $queue
				QueueLen 10240
				$words
				Policy $1 {
					ExpectMax 1
					ExpectTimeout 300
				}
			}
		FILE
		shift 3
		queue=$((queue + 1))
	done
	echo "}"
}

THREE=(ftp inet tcp rpc inet udp tns inet tcp)
TEN=("${THREE[@]}" tftp inet udp amanda inet udp sane inet tcp mdns inet udp ssdp inet udp
	slp inet udp dhcpv6 inet6 udp)
SIXTEEN=("${TEN[@]}" ftp inet6 tcp rpc inet6 udp rpc inet tcp tftp inet6 udp sane inet6 tcp rpc inet6 tcp)

start_none() { :; }

start_kernel() { modprobe nf_conntrack_ftp; }

start_reference() { # [NAME FAMILY TRANSPORT...]
	[ $# -gt 0 ] || set -- "${THREE[@]}"
	configuration "" "$@" >"$CONF"
	command on firewall /usr/sbin/conntrackd -C "$CONF" >>"$LOG" 2>&1 &
	daemon_is_ready
}

start_loop() { # [flows]
	on firewall nfct add helper ftp inet tcp queue-num 1
	on firewall nfct add helper rpc inet udp queue-num 2
	on firewall nfct add helper tns inet tcp queue-num 3
	command on firewall "$BUILD/bench-loop" "$@" 1 2 3 &
	all_bound() { [ "$(queues | wc -l)" = 3 ]; }
	wait_for 30 "three queues" all_bound
	on firewall nfct helper enable ftp inet tcp
	on firewall nfct helper enable rpc inet udp
	on firewall nfct helper enable tns inet tcp
}

start_told() { start_loop flows; }

start_pinhole() { # [NAME FAMILY TRANSPORT...]
	[ $# -gt 0 ] || set -- "${THREE[@]}"
	configuration "$BUDGET" "$@" >"$CONF"
	command on firewall conntrackd -C "$CONF" >>"$LOG" 2>&1 &
	daemon_is_ready
}

# Its packets are queued by rules of its own (doc/transports.md).
start_rule() {
	configuration "Transport rule Attach { Anywhere } $BUDGET" "${THREE[@]}" >"$CONF"
	command on firewall conntrackd -C "$CONF" >>"$LOG" 2>&1 &
	TRANSPORT=rule daemon_is_ready
}

rules_rule() {
	rules
	on firewall pinhole apply --no-accept -C "$CONF" >>"$LOG" 2>&1
}

# The kernel has none for rpc.
helpers_of() {
	case $1 in
	none) ;;
	kernel) echo ftp ;;
	*) echo ftp rpc tns ;;
	esac
}

# rules HELPER...: default drop, all ports open, whichever helpers are there for them.
rules() {
	local objects='' lines=''
	case " $* " in *" ftp "*)
		objects+='ct helper ftp-tcp4 { type "ftp" protocol tcp; l3proto ip; }'
		lines+='meta nfproto ipv4 tcp dport 21 ct helper set "ftp-tcp4"'
		;;
	esac
	case " $* " in *" rpc "*)
		objects+=$'\n''ct helper rpc-udp4 { type "rpc" protocol udp; l3proto ip; }'
		lines+=$'\n''meta nfproto ipv4 udp dport 111 ct helper set "rpc-udp4"'
		;;
	esac
	case " $* " in *" tns "*)
		objects+=$'\n''ct helper tns-tcp4 { type "tns" protocol tcp; l3proto ip; }'
		lines+=$'\n''meta nfproto ipv4 tcp dport 1521 ct helper set "tns-tcp4"'
		;;
	esac
	on firewall nft -f - <<-RULES
		flush ruleset
		table inet fw {
			$objects
			chain raw {
				type filter hook prerouting priority mangle
				$lines
			}
			chain forward {
				type filter hook forward priority filter; policy drop
				ct state established,related accept
				tcp dport { 21, 1521 } accept
				udp dport 111 accept
			}
		}
	RULES
}

# PID,PID...
processes_of_contender() {
	local name
	for name in "${PROCESSES[@]}"; do pids_of "$name"; done | paste -sd ,
}

# start CONTENDER [what start_CONTENDER takes]
start() {
	local word=$1
	shift
	: >"$LOG"
	"start_$word" "$@"
	if declare -F "rules_$word" >/dev/null; then
		"rules_$word"
	else
		# shellcheck disable=SC2046 # a list of words
		rules $(helpers_of "$word")
	fi
}

stop_processes() {
	pkill -TERM -x conntrackd || true
	pkill -TERM -x bench-loop || true
	soon 60 "the end" none_runs "${PROCESSES[@]}" || fail "a contender does not end"
	rm -f "$LOCK"
}

# Nothing of it stays: flows, helpers, processes, the kernel's module.
stop() {
	on firewall nft flush ruleset
	flush_flows
	stop_processes
	on firewall nfct flush helper || true
	modprobe -r nf_conntrack_ftp 2>/dev/null || true
	wait_for 10 "no helper" no_helpers
}

no_helpers() { [ -z "$(on firewall nfct helper list)" ]; }
