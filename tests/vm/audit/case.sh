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

on firewall conntrackd -C "$CONF" -s audit
on firewall conntrackd -C "$CONF" -s helper
for word in opened used expired replaced master_gone refused=low_port refused=budget_client; do
	is "a line in the log: $word" "$(grep -cE "] $word helper=" "$LOG" | sed 's/^[1-9][0-9]*$/some/')" some
done
queues_are_clean
stop_daemon
