# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Explicit FTPS: after AUTH TLS nobody can read the control connection, so the worker is not asked
# any more, and where the kernel can take a helper from a flow (before 7.2) its packets are
# not queued either. Data ports have to be opened by hand.

# shellcheck disable=SC1091 # checked for itself
. ../ftp.sh
topology

can_detach=$(on firewall conntrackd --selftest | sed -n 's/^detach: \([a-z]*\) .*/\1/p')
# A rule looks at the flow's label, which any kernel takes away.
can_detach() { [ "$can_detach" = yes ] || [ "$TRANSPORT" = rule ]; }
note "the kernel takes a helper from a flow: $can_detach"

counter() { # NAME: of all Types together
	on firewall conntrackd -C "$CONF" -s helper 2>&1 | awk -v name="$1" '
		$1 == name || $1 == name ":" { n += $2 } END { print n + 0 }'
}

queued() { echo $(($(queue_field 1 8) + $(queue_field 2 8))); }

# session URL COMMANDS [OPTION...]: a TLS session with so many commands after the login.
session() {
	local url=$1 commands=$2 i quotes=()
	shift 2
	for ((i = 0; i < commands; i++)); do quotes+=(-Q NOOP); done
	timeout -k 2 60 nsenter --net=/run/hosts/client.net -- curl -gsSvk --ssl-reqd --max-time 50 \
		"${quotes[@]}" "$@" "$url" >/vm/tls.log 2>&1
}

# Queued packets and parsed ones that a session costs.
cost() {
	local queued parsed
	queued=$(queued) parsed=$(counter parsed)
	session "$@" || not_ok "session $*: $(tail -3 /vm/tls.log)"
	is "AUTH TLS was accepted" "$(grep -c '^< 234' /vm/tls.log)" 1
	echo "$(($(queued) - queued)) $(($(counter parsed) - parsed))" >/vm/cost
	note "$1, $2 commands: queued and parsed packets: $(cat /vm/cost)"
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=server \
	-keyout /vm/key.pem -out /vm/cert.pem 2>/dev/null
start_vsftpd ssl_enable=YES allow_anon_ssl=YES force_anon_logins_ssl=NO force_anon_data_ssl=NO \
	rsa_cert_file=/vm/cert.pem rsa_private_key_file=/vm/key.pem ssl_ciphers=HIGH \
	require_ssl_reuse=NO pasv_min_port=40000 pasv_max_port=40009
FTP_HELPER=pinhole start_ftp_helper
firewall_rules plain helper

for target in "$TARGET4" "[$TARGET6]"; do
	cost "ftp://$target/message" 2 -I
	read -r queued_short parsed_short </vm/cost
	cost "ftp://$target/message" 42 -I
	read -r queued_long parsed_long </vm/cost
	# A packet or two may be on their way when the reply is judged.
	more=$((parsed_long - parsed_short))
	if [ $more -le 4 ]; then ok "$target: 40 commands more, $more packets more parsed"; else
		not_ok "$target: of 40 encrypted commands $more packets were parsed"
	fi
	more=$((queued_long - queued_short))
	if ! can_detach; then
		note "$target: 40 commands more, $more packets more queued"
	elif [ $more -le 4 ]; then
		ok "$target: 40 commands more, $more packets more queued"
	else
		not_ok "$target: of 40 encrypted commands $more packets were queued"
	fi
done
is "flows that went dark" "$(counter dark)" 4
is "flows that the kernel relieved of the helper" "$(counter detached)" \
	"$(if can_detach; then echo 4; else echo 0; fi)"

note "with the data ports opened by hand"
on firewall nft add rule inet fw forward tcp dport 40000-40009 accept
for target in "$TARGET4" "[$TARGET6]"; do
	: >/vm/listing
	session "ftp://$target/" 0 -o /vm/listing || not_ok "$target: $(tail -3 /vm/tls.log)"
	is "$target: an encrypted listing" "$(grep -c message /vm/listing)" 1
done
is "expectations" "$(expectations)" ""

note "a plain session beside"
is "sessions that failed" "$(ftp_sessions plain curl4-pasv curl6-eprt 2>&1)" ""
stop_ftp_helper
