# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The thin driver of node-oracledb is redirected by a scripted listener, in every form, to another port
# of the server and to another host. The second listener refuses it with a number that nobody else
# sends (20000 and the port on the server, 21000 and the port on the other host), and the driver
# says that number: proof that it came through.

[ -e /pinhole/.cache/npm/node_modules/oracledb ] || fail "no driver: run ./dev setup"
topology
other_server
LONG4=10.1.0.222 LONG6=fd01::1234:5678:9abc
configure firewall <<-COMMANDS
	address add $LONG4/24 dev f0
	address add $LONG6/64 dev f0 nodad
COMMANDS
# A name means what the client knows: the server, the address that it dials instead, the other host.
printf '%s\n' "$SERVER4 db-plain4" "$SERVER6 db-plain6" "$SERVER4 db-snat4" "$SERVER6 db-snat6" \
	"$LONG4 db-dnat4" "$LONG6 db-dnat6" "$OTHER4 node2" "$OTHER6 node2-6.db.example" >>/etc/hosts

# tns_rules plain|snat|dnat helper|bare: as firewall_rules of lib.sh, for port 1521.
tns_rules() {
	local nat='' objects='' helper=''
	TARGET4=$SERVER4 TARGET6=$SERVER6
	case $1 in
	plain) ;;
	snat) nat='chain source_nat { type nat hook postrouting priority srcnat; oifname { "f1", "f2" } masquerade; }' ;;
	dnat)
		TARGET4=$LONG4 TARGET6=$LONG6
		nat="chain target_nat { type nat hook prerouting priority dstnat
			iifname f0 ip daddr $LONG4 tcp dport 1521 dnat ip to $SERVER4
			iifname f0 ip6 daddr $LONG6 tcp dport 1521 dnat ip6 to $SERVER6
		}"
		;;
	esac
	if [ "$2" = helper ]; then
		objects='
		ct helper tns4 { type "tns" protocol tcp; l3proto ip; }
		ct helper tns6 { type "tns" protocol tcp; l3proto ip6; }'
		helper='
		meta nfproto ipv4 tcp dport 1521 ct helper set "tns4"
		meta nfproto ipv6 tcp dport 1521 ct helper set "tns6"'
	fi
	flush_flows
	on firewall nft -f - <<-RULES
		flush ruleset
		table inet fw {
			$objects
			set dropped {
				type inet_proto . inet_service . inet_service
				size 4096
				flags dynamic
			}
			chain raw {
				type filter hook prerouting priority mangle
				$helper
			}
			chain forward {
				type filter hook forward priority filter; policy drop;
				ct state established,related accept
				ip daddr $SERVER4 tcp dport 1521 accept
				ip6 daddr $SERVER6 tcp dport 1521 accept
				meta l4proto { tcp, udp } update @dropped { meta l4proto . th sport . th dport }
			}
			chain input {
				type filter hook input priority filter; policy drop;
				ct state established,related accept
				meta l4proto { icmp, icmpv6 } accept
				meta l4proto { tcp, udp } update @dropped { meta l4proto . th sport . th dport }
			}
			$nat
		}
	RULES
}

n_combinations=0

driver=(on client /usr/bin/node "$PWD/client.js" 60)

# comes_through ADDRESS SERVICE=CODE...: the driver reaches the second listener for each service.
comes_through() {
	local address=$1 out word
	shift
	out=$(timeout -k 2 100 "${driver[@]}" "$address" "$@" 2>&1) || true
	for word; do
		if grep -qF "good ${word%=*}:" <<<"$out"; then
			ok "$variant, dialed $address: ${word%=*}"
			n_combinations=$((n_combinations + 1))
		else
			not_ok "$variant, dialed $address: ${word%=*}: $(grep -F "${word%=*}" <<<"$out" || tail -3 <<<"$out")"
		fi
	done
}

takes_large() { # ADDRESS SERVICE=CODE...
	local word address=$1
	shift
	for word; do
		passes 60 "$variant, dialed $address: ${word%=*}" on client python3 "$PWD/large.py" "$address" "$word"
		n_combinations=$((n_combinations + 1))
	done
}

# The forms of a redirect to the server, HOST and its name.
forms() {
	local form
	for form in inline data two two+data resend split split+data portfirst quoted+data; do
		echo "$form,$1,3001=23001"
	done
	printf '%s\n' "inline,$2,3001=23001" "data+split,$2,3001=23001"
	[ "$variant" = dnat ] || printf '%s\n' "slow,$1,3001=23001" "slow+data,$1,3001=23001"
}

command on server python3 "$PWD/listener.py" 20000 1521 3001 &
command on other python3 "$PWD/listener.py" 21000 3001 &
wait_for 60 "listeners" on server python3 "$PWD/large.py" "$SERVER6" "inline,$SERVER6,3001=23001"

note "without helper"
variant=plain
tns_rules plain bare
blocked "redirect, IPv4" "${driver[@]}" "$TARGET4" "inline,$SERVER4,3001=23001"
blocked "redirect, IPv6" "${driver[@]}" "$TARGET6" "data,$SERVER6,3001=23001"
all_blocked

note "with helper, no policy"
start_daemon plain.conf
for variant in plain snat dnat; do
	tns_rules $variant helper
	mapfile -t services < <(forms "$SERVER4" db-${variant}4)
	comes_through "$TARGET4" "${services[@]}"
	mapfile -t services < <(forms "$SERVER6" db-${variant}6)
	comes_through "$TARGET6" "${services[@]}"
	takes_large "$TARGET4" "large,$SERVER4,3001=23001" "large+data,$SERVER4,3001=23001"
	takes_large "$TARGET6" "large+two,$SERVER6,3001=23001" "large+data+split,$SERVER6,3001=23001"
done

note "what stays closed without policy"
variant=plain
tns_rules plain helper
blocked "a third party, IPv4" "${driver[@]}" "$TARGET4" "inline,$OTHER4,3001=24001"
blocked "a third party, IPv6" "${driver[@]}" "$TARGET6" "data,$OTHER6,3001=24001"
blocked "a name that is a third party's" "${driver[@]}" "$TARGET4" "inline,node2,3001=24001"
blocked "port 1000" "${driver[@]}" "$TARGET4" "inline,$SERVER4,1000=21000"
all_blocked
stop_daemon

note "with policy"
start_daemon policy.conf
for variant in plain snat dnat; do
	tns_rules $variant helper
	comes_through "$TARGET4" "inline,$OTHER4,3001=24001" "data+split,$OTHER4,3001=24001" \
		"inline,node2,3001=24001" "data,NODE2,3001=24001" "inline,$SERVER4,3001=23001"
	comes_through "$TARGET6" "two,$OTHER6,3001=24001" "inline,node2-6.db.example,3001=24001" \
		"data+split,$SERVER6,3001=23001"
done
variant=plain
tns_rules plain helper
blocked "a third party outside the networks" "${driver[@]}" "$TARGET6" "data,fd03::1,3001=24001"
blocked "port 1000 of a third party" "${driver[@]}" "$TARGET4" "inline,$OTHER4,1000=22000"
all_blocked
note "$n_combinations combinations passed"
on firewall conntrackd -C "$CONF" -s helper || true
queues_are_clean
stop_daemon
