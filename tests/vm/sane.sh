# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Words for the cases about sane, sourced by them after lib.sh.

# shellcheck disable=SC2034 # read by firewall_rules
PROTOCOL=sane PORT=6566 TRANSPORTS=tcp

# See tests/vm/unpack.
SERVERS=/pinhole/.cache/servers

# with_sane HOST CONFIGURATION COMMAND...: with the libraries and the folder /vm/CONFIGURATION.
with_sane() {
	local host=$1 configuration=$2 libraries=$SERVERS/usr/lib/x86_64-linux-gnu
	shift 2
	command on "$host" env "PATH=$PATH:$SERVERS/usr/bin:$SERVERS/usr/sbin" \
		"LD_LIBRARY_PATH=$libraries:$libraries/sane" "SANE_CONFIG_DIR=/vm/$configuration" "$@"
}

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
	SANED=()
	for address in "$SERVER4" "$SERVER6"; do
		with_sane server saned saned -l -e -b "$address" >>/vm/saned.log 2>&1 &
		SANED+=($!)
	done
}

# What is scanned: small, and the same each time.
SCAN=(--format=pnm --mode Color --test-picture "Color pattern" -x 8 -y 8 --resolution 75)

# scan ADDRESS FILE: as the client would.
scan() { with_sane client scanimage scanimage -d "net:$1:test" "${SCAN[@]}" -o "$2"; }
