# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Every pinhole is explained: what was opened and refused, for whom, and what became of it. And
# budgets: one request too many is refused, evicts nobody, and traffic goes on.

topology
start_daemon "$PWD/audit.conf"

judge() { # SCRIPT ARGUMENT...: its lines "ok WHAT" and "NOT OK WHAT" are checks of ours
	local line
	timeout 400 python3 "$@" 2>/vm/error | while read -r line; do
		case $line in
		"ok "*) ok "${line#ok }" ;;
		"NOT OK "*) not_ok "${line#NOT OK }" ;;
		*) note "$line" ;;
		esac
	done
	is "the script came to its end" "$(tail -1 /vm/error)" "end"
}

PROTOCOL=ftp PORT=21 TRANSPORTS=tcp
firewall_rules plain helper
judge sessions.py ftp

PROTOCOL=rpc PORT=111 TRANSPORTS=udp
firewall_rules plain helper
judge sessions.py rpc

# ---- the same over HTTP

on firewall nft insert rule inet fw input iifname lo accept

scrape() { on firewall curl -sS --max-time 20 "http://$1/metrics"; }

# Both change while they are compared.
steady() { grep -E '^pinhole_(opened|used|refused)_total' <<<"$1"; }

page=$(scrape 127.0.0.1:947)
is "HTTP says what the control socket says" "$(steady "$page")" "$(steady "$(on firewall pinhole metrics -C "$CONF")")"
is "to the end" "$(tail -1 <<<"$page")" "# EOF"
refused 10 "not to another host" on client curl -sS --max-time 5 "http://$FW4:947/metrics"

applied() { grep -cE "conf applied|was not applied" "$LOG" || true; }

reload() { # ADDRESS PORT
	local before
	before=$(applied)
	sed -i "s/^\tMetrics .*/\tMetrics $1 $2/" "$CONF"
	kill -HUP "$DAEMON"
	soon 30 "the reload" more_applied "$before" || not_ok "no reload: $1 $2"
}

more_applied() { [ "$(applied)" -gt "$1" ]; }

reload ::1 9477
is "SIGHUP changes the address" "$(scrape '[::1]:9477' | tail -1)" "# EOF"
refused 10 "nobody listens at the old one" scrape 127.0.0.1:947
reload 127.0.0.1 947
is "a low port takes a new daemon" "$(grep -c 'port 947, as .Metrics. says: for a port below 1024' "$LOG")" 1
is "so the old one stays" "$(scrape '[::1]:9477' | tail -1)" "# EOF"

# Who connects and says nothing delays nobody.
on firewall python3 -c '
import socket, time
held = [socket.create_connection(("::1", 9477)) for _ in range(6)]
time.sleep(20)' &
idle=$!
sleep 1
passes 10 "the daemon answers meanwhile" on firewall pinhole top --once -C "$CONF"
kill $idle
wait $idle 2>/dev/null || true

on firewall pinhole top --once -C "$CONF"
on firewall pinhole log -C "$CONF" -n 20
on firewall conntrackd -C "$CONF" -s audit
on firewall conntrackd -C "$CONF" -s helper
for word in opened used expired replaced master_gone refused=low_port refused=budget_client; do
	is "a line in the log: $word" "$(grep -cE "] $word helper=" "$LOG" | sed 's/^[1-9][0-9]*$/some/')" some
done
queues_are_clean
stop_daemon
