# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What each failure costs traffic that is under way: FTP sessions that stay, new ones all the time, and
# look-ups over UDP, while processes are killed or stopped, the firewall is loaded again, and helpers
# are switched off and on. account.py counts; bench/crash makes the table of doc/reliability.md of it
# with the numbers of CRASH=bench. The reference has one process: what needs more is left out.

# shellcheck disable=SC1091 # checked for itself
. ../ftp.sh
PROTOCOL=ftp

# How often each is done, and how much goes on meanwhile.
if [ "${CRASH:-}" = bench ]; then
	SESSIONS=50 PAUSE=3 STARTERS=2 RATE=500 FLOWS=8 CONTROL=20 SETTLE=3
	WORKERS=100 BROKERS=20 KEEPERS=5 SUPERVISORS=5 ALL=5 STOP=10 RELOADS=20 SWITCHES=20
else
	SESSIONS=10 PAUSE=1 STARTERS=1 RATE=50 FLOWS=6 CONTROL=5 SETTLE=2
	WORKERS=10 BROKERS=3 KEEPERS=1 SUPERVISORS=1 ALL=0 STOP=0 RELOADS=3 SWITCHES=0
fi

mkdir -p /vm/load
topology
start_rpcbind server
start_vsftpd one_process_model=YES max_clients=0 max_per_ip=0 idle_session_timeout=600
# The same without a helper: what the machine itself needs meanwhile.
command on server vsftpd /vm/vsftpd.conf -olisten=YES -olisten_ipv6=NO -olisten_address="$SERVER4" \
	-olisten_port=2121 0<>/vm/vsftpd-bare.log &

# ---- the daemon, under somebody who starts it again

# As a service manager does. The reference leaves a lock file that no start gets past.
keep_running() {
	while [ ! -e /vm/load/over ]; do
		[ "$VM_REFERENCE" = 0 ] || rm -f "$LOCK"
		(exec -a service nsenter --net=/run/hosts/firewall.net --mount=/run/hosts/firewall.mnt --wdns=/ \
			-- conntrackd -C "$CONF" >>"$LOG" 2>&1) || true
		sleep 0.1
	done
}

cp conntrackd.conf "$CONF"
keep_running &
daemon_is_ready
note "daemon: $(command -v conntrackd), $(conntrackd -v 2>&1 | head -1)"

cat >/vm/load/rules <<-RULES
	flush ruleset
	table inet fw {
		ct helper ftp-tcp4 { type "ftp" protocol tcp; l3proto ip; }
		ct helper rpc-udp4 { type "rpc" protocol udp; l3proto ip; }
		chain raw {
			type filter hook prerouting priority mangle
			meta nfproto ipv4 tcp dport 21 ct helper set "ftp-tcp4"
			meta nfproto ipv4 udp dport 111 ct helper set "rpc-udp4"
		}
		chain forward {
			type filter hook forward priority filter; policy drop
			ct state established,related accept
			tcp dport { 21, 2121 } accept
			udp dport 111 accept
		}
	}
RULES

load_rules() { on firewall nft -f /vm/load/rules; }

load_rules

# ---- phases

now() { read -r NOW _ </proc/uptime; }

# phase NAME COMMAND...: the command prints how often it has done it. What begins after its begin and
# before that of the next phase is its.
phase() {
	local name=$1 begin times sample
	shift
	note "$name"
	now && begin=$NOW
	sleep 0.5
	times=$("$@")
	sleep "$SETTLE"
	now
	sample=$(python3 "$PWD/sample.py")
	echo "$name $begin $NOW $times $((${sample% *} - SENT_AGAIN)) ${sample#* }" >>/vm/load/phases
	SENT_AGAIN=${sample% *}
}

kill_them() { python3 "$PWD/strike.py" 9 "$@"; }

stop_one() { # NAME: for STOP seconds
	local times
	times=$(python3 "$PWD/strike.py" 19 1 "$STOP" "$1")
	pkill -CONT -x "$1" || true
	echo "$times"
}

reloads() {
	local i
	for ((i = 0; i < RELOADS; i++)); do
		load_rules >&2
		sleep 0.4
	done
	echo "$RELOADS"
}

switches() {
	local i word
	for ((i = 0; i < SWITCHES; i++)); do
		for word in disable enable; do
			on firewall nfct helper $word ftp inet tcp >&2
			on firewall nfct helper $word rpc inet udp >&2
			sleep 0.3
		done
	done
	echo "$SWITCHES"
}

control() {
	sleep "$CONTROL"
	echo 0
}

note "load: $SESSIONS sessions, $RATE look-ups a second on $FLOWS flows"
command on client python3 "$PWD/ftp_load.py" "$SERVER4" "$SESSIONS" "$PAUSE" "$STARTERS" /vm/load/ftp.log &
ftp_load=$!
# Its offer may be more than an emulated machine can do; the others come first.
command on client nice -n 19 python3 "$PWD/lookup_load.py" "$SERVER4" "$RATE" "$FLOWS" /vm/load/lookup.log &
lookup_load=$!
logged_in() { [ "$(grep -c ^login /vm/load/ftp.log)" -ge "$SESSIONS" ]; }
soon 120 "all sessions" logged_in || fail "not all sessions began: $(tail -3 /vm/load/ftp.log)"

SENT_AGAIN=$(python3 "$PWD/sample.py")
SENT_AGAIN=${SENT_AGAIN% *}
phase control control
if [ "$VM_REFERENCE" = 0 ]; then
	phase kill-worker kill_them $WORKERS 0.2 pinhole-worker
	phase kill-broker kill_them $BROKERS 1 pinhole-broker
	[ $STOP = 0 ] || phase stop-worker stop_one pinhole-worker
	[ $STOP = 0 ] || phase stop-broker stop_one pinhole-broker
else
	[ $STOP = 0 ] || phase stop-daemon stop_one conntrackd
fi
phase reload reloads
[ $SWITCHES = 0 ] || phase switch switches
phase kill-daemon kill_them $SUPERVISORS 4 conntrackd
if [ "$VM_REFERENCE" = 0 ]; then
	phase kill-keeper kill_them $KEEPERS 4 pinhole-keeper
	[ $ALL = 0 ] || phase kill-all kill_them $ALL 4 all
fi
phase control-again control

kill -TERM $lookup_load
wait $lookup_load || true
kill -KILL $ftp_load
cp "$LOG" /vm/load/daemon.log
: >/vm/load/over
python3 "$PWD/account.py" "$VM_REFERENCE" /vm/load "$SESSIONS" >/vm/load/account
sed -n 's/^json /crash: /p' /vm/load/account
grep ^# /vm/load/account || true
while read -r word what; do
	case $word in
	ok) ok "$what" ;;
	bad) not_ok "$what" ;;
	esac
done </vm/load/account
is "where the daemon is started again, its helpers work" "$(enabled_helpers)" 2
pkill -TERM -x conntrackd || true
soon 20 "the daemon's end" none_runs conntrackd pinhole-keeper || not_ok "the daemon does not end"
is "helpers disabled at the end" "$(disabled_helpers)" "$([ "$VM_REFERENCE" = 0 ] && echo 2)"
