# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What `./dev demo` shows. Lines for the reader begin with "| ".

tell() { echo "| $*"; }
show() { sed 's/^/|     /'; }

topology
start_nfs_server server
tell "A client, a firewall and an NFS server; the firewall forwards port 111 and drops the rest."
firewall_rules plain bare

tell
tell "Without a helper: mount -t nfs -o nfsvers=3 server:/srv/export"
blocked "mount without the helper" on client nfs-read "$TARGET4" proto=tcp,mountproto=udp
all_blocked
tell "    blocked: mountd and nfsd listen on ports that no rule names."

tell
tell "nfct helper add rpc inet udp; nfct helper add rpc inet tcp; conntrackd -C rpc.conf"
on firewall nfct helper add rpc inet udp
on firewall nfct helper add rpc inet tcp
start_daemon /pinhole/tests/vm/rpc.conf
firewall_rules plain helper
pgrep -a 'conntrackd|pinhole' | show

tell
tell "The same mount again:"
passes 60 "mount with the helper" on client nfs-read "$TARGET4" proto=tcp,mountproto=udp
tell "    mounted, and read: through the pinhole"

tell
tell "Who opened what (conntrackd's log):"
grep -o 'opened helper=.*' "$LOG" | show
tell
tell "conntrackd -s helper:"
on firewall conntrackd -C "$CONF" -s helper | grep -E '^helper|opened|refused|parsed|malformed' | show
tell
tell "The expectations (conntrack -L expect):"
on firewall conntrack -L expect 2>/dev/null >/vm/expectations
show </vm/expectations
matches "expectation of mountd or nfsd" "$(cat /vm/expectations)" \
	'[0-9]+ proto=6 src=10\.1\.0\.2 dst=10\.2\.0\.2 .* dport=111 PERMANENT class=0 helper=rpc'
