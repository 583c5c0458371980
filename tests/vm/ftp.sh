# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Words for the cases about ftp, sourced by them after lib.sh. FTP_HELPER=kernel (run --set) puts
# nf_conntrack_ftp into our place, to show what the cases themselves are worth.

# shellcheck disable=SC2034 # read by firewall_rules
PROTOCOL=ftp PORT=21 TRANSPORTS=tcp
FTP_HELPER=${FTP_HELPER:-pinhole}
FTP_ROOT=/vm/ftp       # what the servers show; clients write to FTP_ROOT/in
FTP_MESSAGE="through the pinhole"

# See tests/vm/unpack.
PATH=$PATH:/pinhole/.cache/servers/usr/sbin

start_ftp_helper() { # [configuration]
	if [ "$FTP_HELPER" = kernel ]; then
		modprobe -a nf_conntrack_ftp nf_nat_ftp
		note "helper: nf_conntrack_ftp"
	else
		start_daemon "${1:-/pinhole/tests/vm/ftp.conf}"
	fi
}

stop_ftp_helper() {
	[ "$FTP_HELPER" != kernel ] || return 0
	queues_are_clean
	# A packet that went on without an answer may have been an announcement.
	on firewall conntrackd -C "$CONF" -s helper >/vm/statistics 2>&1 || true
	is "packets that no worker answered in time" \
		"$(awk '$1 == "unanswered:" { n += $2 } END { print n }' /vm/statistics)" 0
	stop_daemon
}

# ---- servers

# What the user of anonymous sessions may see.
ftp_files() {
	sed -i '/^ftp:/d' /etc/passwd
	echo "ftp:x:989:65534::$FTP_ROOT:/usr/sbin/nologin" >>/etc/passwd
	mkdir -p $FTP_ROOT/in
	chmod 777 $FTP_ROOT/in
	echo "$FTP_MESSAGE" >$FTP_ROOT/message
	head -c 30000 /dev/urandom | base64 >$FTP_ROOT/file
	echo "uploaded, too" >/vm/upload
}

# Left to themselves vsftpd and pure-ftpd take any port from 1024 on: one transfer in a thousand would meet
# the deny list (X11, 6000 to 6063).
PASSIVE_MIN=20000 PASSIVE_MAX=26999

# start_vsftpd [CONFIGURATION LINE...]: on both addresses of the host server.
start_vsftpd() {
	local address
	ftp_files
	on server mkdir -p /run/vsftpd/empty
	printf '%s\n' anonymous_enable=YES local_enable=NO write_enable=YES anon_upload_enable=YES \
		anon_world_readable_only=NO allow_writeable_chroot=YES anon_umask=022 no_anon_password=YES \
		anon_other_write_enable=YES anon_root=$FTP_ROOT connect_from_port_20=YES background=NO \
		isolate=NO isolate_network=NO seccomp_sandbox=NO \
		pasv_min_port=$PASSIVE_MIN pasv_max_port=$PASSIVE_MAX \
		secure_chroot_dir=/run/vsftpd/empty "$@" >/vm/vsftpd.conf
	SERVER_PIDS=()
	for address in "listen=YES listen_ipv6=NO listen_address=$SERVER4" \
		"listen=NO listen_ipv6=YES listen_address6=$SERVER6"; do
		# It says what is wrong to its standard input.
		# shellcheck disable=SC2046,SC2086 # -o for each word
		command on server vsftpd /vm/vsftpd.conf $(printf -- '-o%s ' $address) 0<>/vm/vsftpd.log &
		SERVER_PIDS+=($!)
	done
	ftp_server_answers
}

start_pure_ftpd() {
	local address
	ftp_files
	SERVER_PIDS=()
	for address in "$SERVER4" "$SERVER6"; do
		command on server pure-ftpd -e -H -c 200 -C 200 -p $PASSIVE_MIN:$PASSIVE_MAX -S "$address,21" >>/vm/pure-ftpd.log 2>&1 &
		SERVER_PIDS+=($!)
	done
	ftp_server_answers
}

ftp_server_answers() {
	local address
	for address in "$SERVER4" "[$SERVER6]"; do
		wait_for 60 "an FTP server on $address" \
			on server curl -sS -o /dev/null --max-time 5 "ftp://$address/message"
	done
}

stop_ftp_server() {
	kill "${SERVER_PIDS[@]}"
	wait "${SERVER_PIDS[@]}" || true
}

# ---- clients

FTP_MODES="curl4-pasv curl4-epsv curl4-port curl4-eprt curl6-epsv curl6-eprt
	lftp4-pasv lftp4-port lftp6-epsv lftp6-eprt"

# ftp_sessions NAME MODE...: see bin/ftp-sessions.
ftp_sessions() { command on client ftp-sessions "$TARGET4" "$TARGET6" "$TARGET_PORT" "$@"; }
