# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# nfct on a kernel that has user-space helpers: the command lines of tests/cli/nfct through ours and
# through the packaged one; who owns a name that is taken; enabling with and without a listener;
# what is said when the kernel refuses.

compare=/pinhole/tests/cli/nfct
ours=$(command -v nfct)

fails() { # WHAT REGEX COMMAND...: the command fails and a line of its stderr matches as a whole
	local what=$1 regex="nfct v[0-9.]*: $2" err
	shift 2
	if err=$("$@" 2>&1 >/dev/null); then not_ok "$what: it succeeded"; else matches "$what" "$err" "$regex"; fi
}

status() { nfct get helper rpc inet tcp | sed -n 's/.*status = \(.*\),/\1/p'; }

note "against the packaged nfct"
# words.lines needs no kernel and runs with the other tests.
"$compare/compare" /usr/sbin/nfct "$ours" "$compare"/{helper,timeout}.lines >/vm/compare.tap || true
grep -v '^ok' /vm/compare.tap
is "same answers" "$(sed -n '/^not ok/p; /left out/p' /vm/compare.tap)" ""
matches "all ran" "$(tail -n 1 /vm/compare.tap)" '1\.\.1?[0-9][0-9]'

note "a name that is taken"
./netlink.py register rpc 24 rpc
fails "another private length" 'rpc inet tcp is registered already, with 24 private bytes.* instead of 16: .*' \
	nfct add helper rpc inet tcp
nfct flush helper
./netlink.py register rpc 16 other names
fails "other policies" 'rpc inet tcp is registered already, with other policies \(other, names instead of rpc\): .*' \
	nfct add helper rpc inet tcp
nfct delete helper rpc
if nfct add helper ftp inet tcp; then # once pinhole has that helper
	nfct flush helper
	modprobe nf_conntrack_ftp
	fails "a module owns it" "the kernel's own helper in module nf_conntrack_ftp owns ftp inet tcp: .*" \
		nfct add helper ftp inet tcp
	modprobe -r nf_conntrack_ftp
	passes 10 "not any more" nfct add helper ftp inet tcp
	nfct flush helper
fi

note "a listener"
nfct add helper rpc inet tcp queue-num 7
fails "no listener, no enable" 'nobody listens on queue 7: .*' nfct enable helper rpc inet tcp
is "still off" "$(status)" disabled
./netlink.py listen 7 >/vm/listener &
listener=$!
wait_for 120 "a listener" grep -q listening /vm/listener
passes 10 "enable" nfct enable helper rpc inet tcp
is "on" "$(status)" enabled
passes 10 "disable" nfct disable helper rpc inet tcp
is "off" "$(status)" disabled
passes 10 "add and enable at once" nfct add helper rpc inet tcp queue-num 7 status enabled
is "on again" "$(status)" enabled
nfct disable helper rpc inet tcp
kill "$listener"

note "a helper in use"
nft 'table inet t { ct helper h { type "rpc" protocol tcp; l3proto ip; }; }'
if nfct delete helper rpc inet tcp 2>/vm/busy; then
	note "this kernel deletes it all the same"
else
	matches "who holds it" "$(cat /vm/busy)" 'nfct v[0-9.]*: a rule still refers to it .*'
fi
nft delete table inet t
nfct flush helper

note "refusals"
fails "not privileged" 'only root of the initial user namespace .*' \
	setpriv --reuid 65534 --clear-groups --bounding-set -all nfct list helper
modprobe -r nfnetlink_cthelper
echo /bin/false >/proc/sys/kernel/modprobe
fails "no kernel support" 'no kernel support for user-space helpers: load nfnetlink_cthelper' \
	nfct list helper
echo /sbin/modprobe >/proc/sys/kernel/modprobe
passes 10 "and loaded by asking" nfct list helper
