# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion of pinhole, nfct, conntrackd and conntrack. Words between @ are filled in by the build.

_pinhole_helpers="@HELPERS@"

_pinhole_words() { # WORDS: those that begin as the current one does
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

_pinhole_files() {
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
	compopt -o filenames 2>/dev/null
	return 0
}

_pinhole_options() { # VERB
	case $1 in
	enable) echo --server --client --port --on --anywhere --transport --queues --nat-safe --no-accept --dry-run --print-rules ;;
	disable) echo --dry-run ;;
	apply) echo --no-accept ;;
	log) echo -f -n --helper --refused --opened ;;
	top) echo -d --once ;;
	replay) echo --helper --port --verbose ;;
	new-helper) echo --template ;;
	esac
}

_pinhole() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]-}

	case $before in
	-C | --config) _pinhole_files "$word" && return ;;
	-o | --output) _pinhole_words json "$word" && return ;;
	-H | --helper) _pinhole_words "$_pinhole_helpers" "$word" && return ;;
	--print-rules) _pinhole_words "nft iptables" "$word" && return ;;
	esac
	if [ "$COMP_CWORD" = 1 ]; then
		_pinhole_words "@VERBS@ --help --version" "$word"
		return
	fi
	case $word in
	-*) _pinhole_words "$(_pinhole_options "$verb") --config --output --help" "$word" ;;
	*)
		case $verb in
		enable | disable | show) _pinhole_words "$_pinhole_helpers" "$word" ;;
		selftest) _pinhole_words ftp "$word" ;;
		replay | new-helper) _pinhole_files "$word" ;;
		*) COMPREPLY=() ;;
		esac
		;;
	esac
}

_pinhole_nfct() {
	local word=${COMP_WORDS[COMP_CWORD]} subsystem=${COMP_WORDS[2]-}

	case $COMP_CWORD in
	1) _pinhole_words "list add delete get flush enable disable default-set default-get" "$word" ;;
	2) _pinhole_words "helper timeout version help" "$word" ;;
	3) [ "$subsystem" != helper ] || _pinhole_words "$_pinhole_helpers" "$word" ;;
	4) _pinhole_words "inet inet6" "$word" ;;
	5) _pinhole_words "tcp udp" "$word" ;;
	*) _pinhole_words "queue-num status enabled disabled policy max timeout" "$word" ;;
	esac
}

_pinhole_conntrackd() {
	local word=${COMP_WORDS[COMP_CWORD]}

	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-C) _pinhole_files "$word" ;;
	-s) _pinhole_words "helper audit runtime process network cache link rsqueue queue ct expect" "$word" ;;
	-c | -i | -e | -F | -R) _pinhole_words "ct expect" "$word" ;;
	-f) _pinhole_words "internal external" "$word" ;;
	*) _pinhole_words "-d -C -s -k -c -i -e -x -f -F -R -B -n -t -v -h --selftest" "$word" ;;
	esac
}

_pinhole_conntrack() {
	local word=${COMP_WORDS[COMP_CWORD]}

	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-L | -G | -D | -I | -E | -F | -C | -S | --dump | --get | --delete | --create | --event | --flush | --counter)
		case $word in
		-*) ;;
		*) _pinhole_words "conntrack expect dying unconfirmed" "$word"
		return
		;;
		esac
		;;
	-p | --protonum) _pinhole_words "tcp udp udplite sctp dccp icmp icmpv6 gre" "$word"
		return
		;;
	-f | --family) _pinhole_words "ipv4 ipv6" "$word"
		return
		;;
	-o | --output)
		_pinhole_words "xml json save extended id timestamp ktimestamp labels userspace" "$word" && return
		;;
	-e | --event-mask) _pinhole_words "ALL NEW UPDATES DESTROY" "$word"
		return
		;;
	--helper) _pinhole_words "$_pinhole_helpers" "$word"
		return
		;;
	-R | --load-file | --labelmap) _pinhole_files "$word"
		return
		;;
	esac
	case $word in
	--*)
		_pinhole_words "--dump --get --delete --create --add --update --event --flush --counter --stats
			--load-file --version --help --src --dst --reply-src --reply-dst --protonum --family
			--src-nat --dst-nat --any-nat --mark --secmark --status --timeout --zone --orig-zone
			--reply-zone --label --label-add --label-del --labelmap --id --helper --mask-src --mask-dst
			--tuple-src --tuple-dst --class --expect-flags --master-src --master-dst --output
			--event-mask --buffer-size" "$word"
		;;
	*) _pinhole_words "-L -G -D -I -A -U -E -F -C -S -R -V -h -s -d -r -q -p -f -o -e" "$word" ;;
	esac
}

complete -F _pinhole pinhole
complete -F _pinhole_nfct nfct
complete -F _pinhole_conntrackd conntrackd
complete -F _pinhole_conntrack conntrack
