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
truncate -s 200M "$FTP_ROOT/large"
# One address of the client goes without the helper, and its data ports are open.
firewall_rules plain helper
on firewall nft -f - <<-RULES
	insert rule inet fw raw ip saddr 10.1.0.101 return
	insert rule inet fw forward ip saddr 10.1.0.101 tcp dport 1024-65535 accept
RULES
declare -A address=([helper]=$CLIENT4 [bare]=10.1.0.101)

# transfer helper|bare: seconds of its data connection.
transfer() {
	on client timeout 120 python3 "$PWD/transfer.py" "$SERVER4" large 209715200 "${address[$1]}" || echo failed
}

queued() { queue_field 1 8; }

# Of the best of each: what disturbs here comes from other machines on the host and only ever slows
# down, on a busy host by a factor of three.
ratio() { paste <(sort -n /vm/helper) <(sort -n /vm/bare) | awk 'NR == 1 { printf "%.3f", $2 / $1 }'; }

is_fast() { awk -v r="$(ratio)" 'BEGIN { exit !(r >= 0.95) }'; }

# Three rounds, and up to nine more while chance is against us: a real price would be seen in all of
# them. Which goes first changes from round to round.
order="helper bare"
for round in {1..12}; do
	for kind in $order; do
		before=$([ "$FTP_HELPER" = kernel ] || queued)
		transfer "$kind" >>"/vm/$kind"
		[ "$FTP_HELPER" = kernel ] || echo $(($(queued) - before)) >>"/vm/$kind.queued"
	done
	note "$order: helper $(tail -1 /vm/helper) s, bare $(tail -1 /vm/bare) s"
	order="${order#* } ${order% *}"
	[ "$round" -lt 3 ] || ! is_fast || break
done
is "complete transfers" "$(cat /vm/helper /vm/bare | grep -cE '^[0-9.]+$')" $((2 * round))
if [ "$FTP_HELPER" != kernel ]; then
	note "packets queued: helper $(tr '\n' ' ' </vm/helper.queued), bare $(tr '\n' ' ' </vm/bare.queued)"
	# Those of the control connection; the data are thousands.
	most=$(sort -n /vm/helper.queued | tail -1)
	if [ "$most" -lt 100 ]; then ok "no packet of the data is queued"; else
		not_ok "$most packets of a transfer were queued"
	fi
fi

echo "throughput with helper / without: $(ratio) (best of $round each)"
note "all times: helper $(tr '\n' ' ' </vm/helper), bare $(tr '\n' ' ' </vm/bare)"
if is_fast; then ok "the helper costs no throughput"; else not_ok "throughput with helper / without is $(ratio)"; fi
stop_ftp_helper
