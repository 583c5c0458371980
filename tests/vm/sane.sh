# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Words for the cases about sane, sourced by them after lib.sh.

# shellcheck disable=SC2034 # read by firewall_rules
PROTOCOL=sane PORT=6566 TRANSPORTS=tcp

# saned on the host server, whose scanner is SANE's own test backend; a client that knows scanners of
# other hosts only.
start_saned() {
	local address
	mkdir -p /vm/saned /vm/scanimage
	echo test >/vm/saned/dll.conf
	echo + >/vm/saned/saned.conf
	: >/vm/saned/test.conf
	echo net >/vm/scanimage/dll.conf
	echo connect_timeout=60 >/vm/scanimage/net.conf
	for address in "$SERVER4" "$SERVER6"; do
		command on server with-sane saned saned -l -e -b "$address" >>/vm/saned.log 2>&1 &
	done
	for address in "$SERVER4" "$SERVER6"; do
		wait_for 60 "saned on $address" on server python3 -c \
			"import socket; socket.create_connection(('$address', $PORT)).close()"
	done
}

# What is scanned: small, and the same each time.
SCAN=(--format=pnm --mode Color --test-picture "Color pattern" -x 8 -y 8 --resolution 75)

# SCANNER4, SCANNER6: how scanimage on the client calls the scanner after firewall_rules.
name_scanners() { SCANNER4="net:$TARGET4:test" SCANNER6="net:[$TARGET6]:test"; }
