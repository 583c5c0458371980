# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A helper of the user's own, in a few lines of conntrackd.conf, while the daemon runs: SIGHUP makes it
# live, and what another helper has opened, and reads, goes on. A mistake in it is refused with its line
# and the old configuration keeps running.

# shellcheck disable=SC1091 # checked for itself
. ../discovery.sh
discovery_hosts

command on peer python3 /pinhole/tests/vm/devices.py answer p0 >/vm/devices.log 2>&1 &
helper_of slp 427 4 6 <<<"ExpectTimeout 300"
discovery_conf >"$CONF"
start_daemon "$CONF"
start_stranger
wait_for 60 "devices.py" grep -q ready /vm/devices.log

my_printer() { # SECONDS more lines of the Define
	cat <<-FILE
			Define my-printer {
				Protocol udp
				Port 8612
				Query multicast broadcast
				ReplyFrom subnet
				ReplyPort any
				ExpectTimeout $1
				Match 0 "BJNP"
				${2:-}
			}
	FILE
}

devices() { timeout 60 on client python3 /pinhole/tests/vm/devices.py ask c0 "$@"; }

flow_ids() { on client "$LOOK" -L -p udp --orig-port-dst 427 -o id 2>/dev/null | grep -oE 'id=[0-9]+' || true; }

client_rules helper
is "an answer by the helper slp" "$(devices slp4)" "slp4: service:printer:lpr://printer"
pinhole=$(expectations | grep -oE 'proto=.*')
matches "its pinhole" "$pinhole" '.*dport=427 PERMANENT class=0 helper=slp'
flows=$(flow_ids)
queue=$(queues | awk '$1 == 1 { print $1, $2 }')
workers=$(pids_of pinhole-worker)

note "a definition of the user's own"
helper_of my-printer 8612 4 </dev/null
discovery_conf "$(my_printer 200)" >"$CONF"
sed -n '/^Helper/,$p' "$CONF"
kill -HUP "$DAEMON"
soon 30 "the new helper" ready 3 || not_ok "SIGHUP: the new helper does not run: $(queues)"
matches "nfct shows it" "$(on client nfct helper list)" '.*name = my-printer.*'
is "the pinhole of slp is still there" "$(expectations | grep -oE 'proto=.*')" "$pinhole"
is "its flow is the same" "$(flow_ids)" "$flows"
is "its queue has the same owner" "$(queues | awk '$1 == 1 { print $1, $2 }')" "$queue"
is "its workers are the same" "$(pids_of pinhole-worker | grep -cxF -e "$workers")" 2
on client nft -f - <<-RULES
	table inet fw {
		ct helper my-printer-4 { type "my-printer" protocol udp; l3proto ip; }
		chain output {
			meta nfproto ipv4 udp dport 8612 ct helper set "my-printer-4"
		}
	}
RULES
is "an answer by the new helper" "$(devices bjnp4)" "bjnp4: 020000000003"
pinholes_exist "its pinhole" "$(shape my-printer '200|19[0-9]' 8612 10.1.0.255 "$CLIENT4" 10.1.0.0)"
other_addresses add
python3 ../datagrams.py scope </vm/events
scopes_are_right

note "mistakes"
before=$(queues | awk '{ print $1, $2 }')
mistake() { # WHAT LINE-OF-THE-DEFINE REASON
	local line
	discovery_conf "$(my_printer 200 "$2")" >"$CONF"
	line=$(grep -nF -e "$2" "$CONF" | cut -d: -f1)
	: >"$LOG"
	kill -HUP "$DAEMON"
	soon 20 "a complaint" grep -q "$CONF:$line" "$LOG" || true
	matches "$1: line and reason" "$(cat "$LOG")" ".*$CONF:$line(:[0-9]+)?: .*$3.*"
	is "$1: the queues stay" "$(queues | awk '{ print $1, $2 }')" "$before"
}
mistake "a word that is none" "ReplyPorts 5" "ReplyPorts"
mistake "bytes that are none" "Match 4 0x1g" "hex"
mistake "a mask too short" "Match 4 0x1234/0xff" "mask"
is "the old definition still works" "$(devices bjnp4)" "bjnp4: 020000000003"
is "and so does slp" "$(devices slp4)" "slp4: service:printer:lpr://printer"

note "a changed definition; and the pinhole closes after its time"
discovery_conf "$(my_printer 4)" >"$CONF"
kill -HUP "$DAEMON"
shorter() { : >/vm/events && devices bjnp4 && grep -E '^ *\[NEW\] [34] .*helper=my-printer$' /vm/events; }
soon 60 "the shorter time" shorter || not_ok "it is not live: $(cat /vm/events)"
sleep 4.5 # it is as long as the pinhole lives
python3 ../datagrams.py scope </vm/events
is "later a neighbour is not let in" "$(python3 ../datagrams.py expected </vm/events |
	sed -n 's/^accepted //p' | grep -cxF -f <(remembered dropped) || true)" 1
is "the pinhole of slp is still there" "$(expectations | grep -cF -e "$pinhole")" 1
stop_stranger
queues_are_clean
stop_daemon
