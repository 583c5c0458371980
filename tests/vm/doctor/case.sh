# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Each of the classic mistakes of doc/doctor.md is made, found by `pinhole doctor`, and mended by the command
# that it says.
# shellcheck source=tests/vm/ftp.sh
. ../ftp.sh

# finding CHECK: its command to mend it; fails if doctor has no such finding.
finding() {
	local status=0
	on firewall pinhole doctor -o json >/vm/doctor.json 2>/vm/doctor.err || status=$?
	python3 - "$1" $status <<-'PYTHON'
		import json, sys
		found = [f for f in json.load(open("/vm/doctor.json")) if f["check"] == sys.argv[1]]
		assert (sys.argv[2] == "3") == bool(json.load(open("/vm/doctor.json"))), "exit code"
		if not found:
		    sys.exit(1)
		assert found[0]["what"] and found[0]["why"]
		print(found[0]["mend"])
	PYTHON
}

# mistake CHECK WHAT: it is found, the command mends it, and it is gone.
mistake() {
	local mend
	if ! mend=$(finding "$1"); then
		not_ok "$1: $2 was not found: $(cat /vm/doctor.json /vm/doctor.err)"
		return
	fi
	ok "$1: $2 is found"
	note "mend: $mend"
	# shellcheck disable=SC2086 # two words or none
	passes 60 "$1: the command works" ${MEND_ON-on firewall} sh -c "$mend"
	if finding "$1" >/vm/again; then not_ok "$1: it is not mended: $(cat /vm/again)"; else
		ok "$1: it mends that"
	fi
}

well() {
	local status=0
	on firewall pinhole doctor >/vm/out 2>&1 || status=$?
	is "$1: nothing is found" "$(cat /vm/out)" "nothing found"
	is "$1: exit code" $status 0
}

rules() { # a firewall without mistakes; $1, $2: more for its forward chain, for the table
	on firewall nft -f - <<-RULES
		flush ruleset
		table inet filter {
			chain forward {
				type filter hook forward priority filter; policy drop
				${1:-ct state established accept}
				tcp dport 21 accept
			}
			${2:-}
		}
	RULES
}

topology
# shellcheck disable=SC2119 # nothing of its own to configure
start_vsftpd
on firewall mount -t tmpfs tmpfs /etc/conntrackd
install -d -o pinhole -g pinhole /var/lib/pinhole
on firewall sysctl -qw net.ipv4.conf.all.rp_filter=1
rules

note "before anything is set up"
well "an idle machine"

note "1: the module is kept from loading by itself"
mkdir -p /etc/modprobe.d
echo "blacklist nfnetlink_cthelper" >/etc/modprobe.d/pinhole-test.conf
modprobe -r nfnetlink_cthelper
mistake kernel "a module on the black list"

note "2: the kernel's own helper"
modprobe -a nf_conntrack_ftp nf_nat_ftp
status=0; on firewall pinhole enable ftp --server "$SERVER4" >/vm/out 2>&1 || status=$?
is "enable says no" $status 1
matches "enable names the module" "$(cat /vm/out)" '.*nf_conntrack_ftp.*'
on firewall sh -c 'mkdir -p /etc/conntrackd/helpers.d; printf "General { UNIX { Path /run/conntrackd.ctl } LockFile /run/conntrackd.lock }\n" >/etc/conntrackd/conntrackd.conf; printf "Helper { Type ftp inet tcp { QueueNum 5 Attach { Server '"$SERVER4"' } } }\n" >/etc/conntrackd/helpers.d/ftp.conf'
mistake module "nf_conntrack_ftp"

note "3: the daemon does not run"
mistake daemon "a daemon that does not run"

note "4: no rule attaches the helper"
mistake attach "a helper that nothing attaches"
passes 30 "EPSV works then" on client curl -sS --max-time 20 "ftp://$SERVER4/message"
well "all is set up"

note "5: the firewall was loaded anew: nothing accepts what is announced"
rules
on firewall nft delete table inet pinhole 2>/dev/null || true
mistake accept "a firewall loaded anew"
well "it was applied again"

note "6: enabled without listener"
pkill -STOP 'conntrackd|pinhole-' # or the first to go would be seen by the others
pkill -KILL 'conntrackd|pinhole-'
soon 10 "the end" none_runs conntrackd pinhole-broker pinhole-worker pinhole-keeper || not_ok "some live on"
mistake unserved "a helper left enabled"
mistake daemon "and no daemon"
well "it runs again"

note "7: attached after NAT"
rules "ct state established accept" 'ct helper late { type "ftp" protocol tcp; l3proto ip; }
	chain late { type filter hook prerouting priority 0; ip daddr 10.2.0.2 tcp dport 21 ct helper set "late"; }'
mistake after_nat "a rule after NAT"
is "after_nat: the rule stands before NAT" "$(on firewall nft list chain inet filter before_nat_prerouting | grep -c 'ip daddr 10.2.0.2 tcp dport 21 ct helper set "late"')" 1

note "8: any host with any other"
rules "ct state established accept" 'ct helper wide { type "ftp" protocol tcp; l3proto ip; }
	chain pre { type filter hook prerouting priority -150; tcp dport 21 ct helper set "wide"; }'
mistake anywhere "a rule without hosts"
rules
passes 60 "enable --anywhere" on firewall pinhole enable ftp --anywhere
mistake anywhere "--anywhere"
passes 60 "enable with a server" on firewall pinhole enable ftp --server "$SERVER4"
well "enabled again"

note "9: every related packet is accepted"
rules "ct state established,related accept"
on firewall pinhole apply >/dev/null
mistake related "a rule for all that is related"
passes 30 "EPSV works then" on client curl -sS --max-time 20 "ftp://$SERVER4/message"
rules "ct state vmap { established : accept, related : accept, invalid : drop }"
on firewall pinhole apply >/dev/null
mistake related "the same as a map"
passes 30 "EPSV works then, too" on client curl -sS --max-time 20 "ftp://$SERVER4/message"

note "10: another program queues the same packets"
rules "ct state established queue num 77 bypass; ct state established accept"
on firewall pinhole apply >/dev/null
mistake other_queue "an IDS on the same connections"

note "11: forged sources"
rules
on firewall pinhole apply >/dev/null
on firewall sysctl -qw net.ipv4.conf.all.rp_filter=0
on firewall sysctl -qw net.ipv4.conf.f0.rp_filter=0
mistake rp_filter "no reverse path filter"

note "12: sysctls"
sysctl -qw net.netfilter.nf_conntrack_expect_max=8 # of all namespaces, and only of the first one to change
MEND_ON='' mistake expect_max "few expectations"
on firewall sysctl -qw net.netfilter.nf_conntrack_events=0
mistake events "no events"
well "in the end"
passes 30 "EPSV in the end" on client curl -sS --max-time 20 "ftp://$SERVER4/message"

note "mistakes in the file are named by the parser"
on firewall sh -c 'echo "Helper { Type ftp inet tcp { QueueNum 5 Attack { } } }" >/etc/conntrackd/helpers.d/bad.conf'
status=0; on firewall pinhole doctor >/vm/out 2>&1 || status=$?
is "doctor cannot look then" $status 1
matches "and names file, line and word" "$(cat /vm/out)" "/etc/conntrackd/helpers.d/bad.conf:1: 'Attack'.*"
