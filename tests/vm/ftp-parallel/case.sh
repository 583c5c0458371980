# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Twenty active-mode transfers at the same time from hosts behind one address, all of which announce
# the same port: each gets a port of its own. And what the helper costs a large transfer.

# shellcheck disable=SC1091 # checked for itself
. ../ftp.sh
topology
start_vsftpd
start_ftp_helper

note "twenty transfers behind one address"
firewall_rules snat helper
files=()
for i in {1..20}; do
	on client ip address add 10.1.0.$((100 + i))/24 dev c0
	head -c $((20000 + 1000 * i)) /dev/urandom >"$FTP_ROOT/file$i"
	files+=("$FTP_ROOT/file$i")
done
: >/vm/events
command on firewall "$LOOK" -E expect >>/vm/events 2>/dev/null &
bad=$(on client timeout 240 python3 "$PWD/clients.py" "$SERVER4" "${files[@]}" 2>/vm/clients.log) ||
	tail -5 /vm/clients.log
is "transfers that failed" "$bad" ""
enough_events() { [ "$(grep -c NEW /vm/events)" -ge 20 ]; }
soon 10 "events" enough_events || true
is "ports of the twenty expectations" \
	"$(sed -nE 's/.*NEW.* dport=([0-9]+) mask.*/\1/p' /vm/events | sort -u | wc -l)" 20
is "expectations that remain" "$(expectations)" ""

note "a large transfer, with and without the helper, in turns"
size=$((50 << 20))
truncate -s $size "$FTP_ROOT/large"
# One address of the client goes without the helper, and its data ports are open.
firewall_rules plain helper
on firewall nft -f - <<-RULES
	insert rule inet fw raw ip saddr 10.1.0.101 return
	insert rule inet fw forward ip saddr 10.1.0.101 tcp dport 1024-65535 accept
RULES

# transfer ADDRESS: seconds of the data connection of a transfer to that address of the client.
transfer() {
	on client timeout 120 python3 "$PWD/transfer.py" "$SERVER4" large $size "$1" || echo failed
}

# Seconds are instructions here (file `icount`), so that a few rounds are enough, on whatever host.
rounds=3
before=$(queue_field 1 8)
for ((round = 0; round < rounds; round++)); do
	transfer "$CLIENT4" >>/vm/helper
	transfer 10.1.0.101 >>/vm/bare
done
queued=$(($(queue_field 1 8) - before)) # nothing, where the kernel's helper takes our place
note "seconds: helper $(tr '\n' ' ' </vm/helper), bare $(tr '\n' ' ' </vm/bare)"
is "complete transfers" "$(cat /vm/helper /vm/bare | grep -cE '^[0-9.]+$')" $((2 * rounds))
ratio=$(paste <(sort -n /vm/helper) <(sort -n /vm/bare) | awk 'NR == 2 { printf "%.3f", $2 / $1 }')
if awk -v r="$ratio" 'BEGIN { exit !(r >= 0.95) }'; then ok "the helper costs no throughput: $ratio"; else
	not_ok "throughput with helper / without, median of $rounds: $ratio"
fi
# Those of the control connections; the data are thousands.
if [ $queued -lt $((100 * rounds)) ]; then ok "no packet of the data is queued: $queued"; else
	not_ok "$queued packets of $rounds transfers were queued"
fi
stop_ftp_helper
