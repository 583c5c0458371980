# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The thin driver of node-oracledb is redirected by a scripted listener, in every form, to another port
# of the server and to another host. The second listener refuses it with a number that nobody else
# sends (20000 and the port on the server, 21000 and the port on the other host), and the driver
# says that number: proof that it came through.

[ -e /pinhole/.cache/npm/node_modules/oracledb ] || fail "no driver: run ./dev setup"
# shellcheck source=tests/vm/tns.sh
. ../tns.sh
topology
other_server
configure firewall <<-COMMANDS
	address add $LONG4/24 dev f0
	address add $LONG6/64 dev f0 nodad
COMMANDS
# A name means what the client knows: the server, the address that it dials instead, the other host.
printf '%s\n' "$SERVER4 db-plain4" "$SERVER6 db-plain6" "$SERVER4 db-snat4" "$SERVER6 db-snat6" \
	"$LONG4 db-dnat4" "$LONG6 db-dnat6" "$OTHER4 node2" "$OTHER6 node2-6.db.example" >>/etc/hosts

# start_client NAME COMMAND...: takes questions at /vm/NAME.in, writes answers to /vm/NAME.out.
start_client() {
	local name=$1
	shift
	mkfifo "/vm/$name.in"
	command on client "$@" <"/vm/$name.in" >"/vm/$name.out" 2>&1 &
	sleep infinity >"/vm/$name.in" & # keeps it open
	wait_for 100 "$name" grep -q ready "/vm/$name.out"
}

# ask CLIENT ADDRESS SERVICE=CODE...: leaves the numbers of the questions in ASKED.
n_asked=0 n_through=0
ask() {
	local client=$1 address=$2 word
	shift 2
	ASKED=()
	for word; do
		ASKED+=($((++n_asked)))
		echo "$n_asked $address ${word/=/ }" >"/vm/$client.in"
	done
}

answered() { # CLIENT NUMBER...
	local client=$1 number
	shift
	for number; do grep -q "^$number " "/vm/$client.out" || return 1; done
}

# comes_through CLIENT ADDRESS SERVICE=CODE...: the client reaches the second listener each time.
comes_through() {
	local client=$1 address=$2 word i=0
	ask "$@"
	shift 2
	soon 100 "answers" answered "$client" "${ASKED[@]}" || true
	for word; do
		if grep -q "^${ASKED[i]} good" "/vm/$client.out"; then
			ok "$client, $variant, dialed $address: ${word%=*}"
			n_through=$((n_through + 1))
		else
			not_ok "$client, $variant, dialed $address: ${word%=*}: $(grep "^${ASKED[i]} " "/vm/$client.out")"
		fi
		i=$((i + 1))
	done
}

# stays_closed ADDRESS SERVICE=CODE...: the driver must be stopped; closed judges, as all_blocked does.
stays_closed() {
	ask driver "$@"
	shift
	CLOSED+=("${ASKED[@]}")
	CLOSED_WHAT+=("$@")
}
CLOSED=() CLOSED_WHAT=()

closed() {
	local i
	soon 60 "drops" enough_dropped ${#CLOSED[@]} ||
		not_ok "only $(dropped_flows) flows of ${#CLOSED[@]} attempts were dropped"
	sleep 2
	for i in "${!CLOSED[@]}"; do
		if grep -q "^${CLOSED[i]} good" /vm/driver.out; then not_ok "it passed: ${CLOSED_WHAT[i]}"; else
			ok "blocked: ${CLOSED_WHAT[i]}"
		fi
	done
	CLOSED=() CLOSED_WHAT=()
}

# through CLIENT ADDRESS CODE FORM,HOST...: each redirect to a port of its own, so that none comes
# through by what another one has opened.
through() {
	local client=$1 address=$2 code=$3 form words=() port=3000
	shift 3
	for form; do
		port=$((port + 1))
		words+=("$form,$port=$((code + port))")
	done
	comes_through "$client" "$address" "${words[@]}"
}

# in_pieces ADDRESS SERVICE=CODE...: as comes_through, one after the other and in up to three tries. A
# redirect that has to change is kept back for 200 ms until it is whole, which a busy machine that is
# emulated may not keep. What is not rewritten is dropped by the firewall.
in_pieces() {
	local address=$1 word try
	shift
	for word; do
		for try in 1 2 3; do
			ask driver "$address" "$word"
			soon 20 "answer" answered driver "${ASKED[@]}" && break
		done
		if grep -q "^${ASKED[0]} good" /vm/driver.out; then
			ok "driver, $variant, dialed $address: ${word%=*} (try $try)"
			n_through=$((n_through + 1))
		else
			not_ok "driver, $variant, dialed $address: ${word%=*}"
		fi
	done
}

# The driver's forms of a redirect to the server by its address or its name. Byte by byte only
# where nothing is kept back: TCP begins with ten segments, and then waits for an answer.
forms() { # ADDRESS NAME
	local form
	for form in inline data two two+data resend portfirst quoted+data; do echo "$form,$1"; done
	printf '%s\n' "inline,$2" "data+split,$2"
	[ "$variant" != plain ] || printf '%s\n' "slow,$1" "slow+data,$1"
	[ "$variant" = dnat ] || printf '%s\n' "split,$1" "split+data,$1"
}

command on server python3 "$PWD/listener.py" 20000 1521 {3001..3013} &
command on other python3 "$PWD/listener.py" 21000 {3001..3005} &
start_client large python3 "$PWD/large.py"
start_client driver /usr/bin/node "$PWD/client.js" 60

note "without helper"
variant=plain
firewall_rules plain bare
stays_closed "$TARGET4" "inline,$SERVER4,3001=23001"
stays_closed "$TARGET6" "data,$SERVER6,3001=23001"
closed

note "with helper, no policy"
start_daemon ../tns.conf
for variant in $(variants plain snat dnat); do
	firewall_rules "$variant" helper
	mapfile -t services < <(forms "$SERVER4" "db-${variant}4")
	through driver "$TARGET4" 20000 "${services[@]}"
	mapfile -t services < <(forms "$SERVER6" "db-${variant}6")
	through driver "$TARGET6" 20000 "${services[@]}"
	if [ "$variant" = dnat ]; then
		in_pieces "$TARGET4" "split,$SERVER4,3012=23012" "split+data,$SERVER4,3013=23013"
		in_pieces "$TARGET6" "split,$SERVER6,3012=23012" "split+data,$SERVER6,3013=23013"
	fi
	flush_flows
	through large "$TARGET4" 20000 "large,$SERVER4" "large+data,$SERVER4"
	through large "$TARGET6" 20000 "large+two,$SERVER6" "large+data,$SERVER6"
	flush_flows
	comes_through driver "$TARGET4" "inline,$SERVER4,3001=23001" "data,$SERVER4,3001=23001" \
		"two,$SERVER4,3001=23001" "two+data,$SERVER4,3001=23001"
done

note "what stays closed without policy"
variant=plain
firewall_rules plain helper
stays_closed "$TARGET4" "inline,$OTHER4,3001=24001" "inline,node2,3001=24001" \
	"inline,$SERVER4,1000=21000"
stays_closed "$TARGET6" "data,$OTHER6,3001=24001"
closed
stop_daemon

note "with policy"
start_daemon policy.conf
for variant in $(variants plain snat dnat); do
	firewall_rules "$variant" helper
	through driver "$TARGET4" 21000 "inline,$OTHER4" "data+split,$OTHER4" "inline,node2" "data,NODE2"
	through driver "$TARGET6" 21000 "two,$OTHER6" "inline,node2-6.db.example"
	through driver "$TARGET6" 20000 "data+split,$SERVER6"
done
note "what stays closed with policy"
variant=plain
firewall_rules plain helper
stays_closed "$TARGET4" "inline,$OTHER4,1000=22000"
stays_closed "$TARGET6" "data,fd03::1,3001=24001"
closed
note "$n_through combinations came through"
on firewall conntrackd -C "$CONF" -s helper || true
queues_are_clean
stop_daemon
