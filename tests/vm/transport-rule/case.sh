# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2086 # TRANSFER is a list of words
#
# `pinhole enable ftp --transport rule`, from nothing: transfers with kinds of NAT, how many packets are queued, what
# becomes of connections when everything of ours is killed, and the way back to the other transport.
# shellcheck source=tests/vm/ftp.sh
. ../ftp.sh

TRANSFER="on client curl -sS --max-time 20"

# Packets that the queue has got since it was bound.
queued() { queue_field "$1" 8; }

# session QUEUE: one transfer, and how many packets of it were queued, in $packets.
session() {
	local before
	before=$(queued "$1")
	passes 30 "a session over queue $1" $TRANSFER ftp://$SERVER4/message
	packets=$(($(queued "$1") - before))
}

all_modes() { # WHAT
	local url=ftp://$TARGET4:$TARGET_PORT url6=ftp://[$TARGET6]:$TARGET_PORT
	passes 30 "$1: EPSV" $TRANSFER $url/message
	passes 30 "$1: PASV" $TRANSFER --disable-epsv $url/message
	passes 30 "$1: PORT" $TRANSFER -o /dev/null --ftp-port - --disable-eprt $url/file
	passes 30 "$1: EPSV, IPv6" $TRANSFER -g $url6/message
	passes 30 "$1: EPRT, IPv6" $TRANSFER -g -o /dev/null --ftp-port - $url6/file
}

topology
# shellcheck disable=SC2119 # nothing of its own to configure
start_vsftpd
on firewall mount -t tmpfs tmpfs /etc/conntrackd
install -d -o pinhole -g pinhole /var/lib/pinhole
install -d -o pinhole -g pinhole -m 700 /var/lib/pinhole/quarantine

note "the helper's way, to compare"
firewall_rules plain bare
passes 60 "pinhole enable ftp --transport helper" on firewall pinhole enable ftp --anywhere --transport helper
passes 60 "pinhole enable ftp, once more" on firewall pinhole enable ftp --anywhere
is "helpers that are still enabled" "$(enabled_helpers)" 2
session 20000
by_helper=$packets

note "by rule"
passes 60 "pinhole enable ftp --transport rule" on firewall pinhole enable ftp --anywhere --transport rule
is "helpers that are enabled" "$(enabled_helpers)" 0
on firewall pinhole show ftp >/vm/out
matches "show knows of it" "$(cat /vm/out)" ' *type +inet tcp, queue 20001 by rule, served; .*'
session 20001
by_rule=$packets
if [ "$by_rule" -gt 0 ] && [ "$by_rule" -lt "$by_helper" ]; then
	ok "$by_rule packets by rule, $by_helper by helper"
else
	not_ok "$by_rule packets by rule, $by_helper by helper"
fi
passes 60 "selftest beside it" on firewall pinhole selftest ftp
is "helpers that are enabled after it" "$(enabled_helpers)" 0
for variant in $(variants plain snat dnat both); do
	firewall_rules $variant bare
	passes 30 "pinhole apply" on firewall pinhole apply
	all_modes $variant
done
about_queues() { on firewall pinhole doctor | grep -c queue || true; }
is "other queues, and missing rules, that doctor sees" "$(about_queues)" 0
for chain in postrouting input; do on firewall nft flush chain inet pinhole $chain; done
matches "doctor misses the rules that queue" "$(on firewall pinhole doctor || true)" \
	'.*no rule queues packets of helper ftp to queue 20001.*'

note "everything of ours is killed"
firewall_rules plain bare
passes 30 "pinhole apply" on firewall pinhole apply
mkfifo /vm/commands
# shellcheck disable=SC2016 # of that shell
command on client bash -c 'exec 3<>/dev/tcp/$1/21; cat <&3 >/vm/replies & cat /vm/commands >&3' - $SERVER4 &
exec 7>/vm/commands
wait_for 30 "the greeting" grep -q '^220' /vm/replies
printf 'USER ftp\r\n' >&7
wait_for 30 "a login" grep -q '^230' /vm/replies
pkill -KILL 'conntrackd|pinhole-'
wait_for 10 "their end" none_runs conntrackd pinhole-broker pinhole-worker pinhole-keeper
printf 'PASV\r\n' >&7
passes 30 "an old connection goes on" sh -c "until grep -q '^227' /vm/replies; do sleep 0.2; done"
exec 7>&-
passes 30 "a new one passes" on client bash -c "head -1 </dev/tcp/$SERVER4/21 | grep -q '^220'"
refused 30 "and nothing is opened" $TRANSFER ftp://$SERVER4/message

note "and back"
passes 60 "pinhole enable ftp --transport helper" on firewall pinhole enable ftp --anywhere --transport helper
session 20000
is "rules that queue" "$(on firewall nft list table inet pinhole | grep -c queue || true)" 0
passes 60 "pinhole disable ftp" on firewall pinhole disable ftp
