# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# conntrackd --selftest: what is known of each kernel is what it finds out; it leaves nothing behind,
# neither beside a daemon that runs.

topology

# What a selftest could leave: helpers, flows, expectations, queues, namespaces (each process).
traces() {
	on firewall nfct helper list
	{ on firewall "$LOOK" -L 2>/dev/null; expectations; } | grep 192.0.2. || true
	queues
	find /proc/[0-9]*/ns/net -printf '%l\n' 2>/dev/null | sort -u
	pids_of conntrackd
}

selftest() { on firewall conntrackd --selftest; }

line() { matches "$1 is $2" "$OUT" "$1: $2  - .*"; }

note "nobody without rights"
OUT=$(on firewall setpriv --reuid 65534 --clear-groups conntrackd --selftest 2>&1) || true
matches "refused" "$OUT" 'conntrackd --selftest: needs CAP_NET_ADMIN, .*'
refused 30 "and not with a request" conntrackd --selftest -s
OUT=$(on firewall setpriv --bounding-set=-all,+net_admin conntrackd --selftest 2>&1) || true
matches "refused without a namespace" "$OUT" 'conntrackd --selftest: cannot make a network namespace .*'

note "an idle machine"
is "no address is translated yet" "$(lsmod | grep -c '^nf_nat ' || true)" 0
before=$(traces)
status=0
OUT=$(selftest) || status=$?
note "it says:
$OUT"
is "status" "$status" 0
matches "the daemon can work" "$OUT" "the daemon can work on this kernel"
for feature in helpers queue fail-open queue-conntrack helper-flow expectations expect-eexist \
	expect-ebusy expect-delete seqadj events; do
	line $feature yes
done
line nat-follow-master no
is "nothing is left" "$(traces)" "$before"
is "nf_nat was not loaded for it" "$(lsmod | grep -c '^nf_nat ' || true)" 0

note "what kernels differ in"
# Told by the release here, so that a change of a kernel is noticed.
case $(uname -r) in
6.*) detach=yes limit=no ;;
*) detach=no limit=yes ;;
esac
line detach $detach
line limit-0 $limit
matches "expiry is told" "$OUT" "expiry-event: (yes|no)  - .*"

note "beside a daemon, behind NAT"
PROTOCOL=rpc PORT=111 TRANSPORTS="tcp udp"
start_daemon ../rpc.conf
firewall_rules snat helper
before=$(traces)
OUT=$(selftest) || not_ok "status beside a daemon"
line nat-follow-master yes
is "nothing is left" "$(traces)" "$before"
queues_are_clean
is "the helpers are enabled" "$(enabled_helpers)" 4

note "killed in the middle"
command on firewall conntrackd --selftest >/dev/null &
pid=$!
wait_for 30 "its helper" sh -c 'nfct helper list | grep -q selftest-'
kill -TERM $pid
wait $pid || true
is "nothing is left" "$(traces)" "$before"
stop_daemon
