#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile.py good ADDRESS             a redirect that must open a pinhole to port 3000
hostile.py straight|swapped ADDRESS N  every Nth flow of helpers/tns/hostile, which must not

Plays the client, and the second server's port 1521 on ADDRESS. The client sends a flow's `call`, the
server its `reply`; swapped sends them in the wrong directions. The address that the flows name is put
to ADDRESS, so that nothing but the parser keeps it shut. Every byte must arrive: a hostile flow is not
stopped, it only opens nothing."""

import glob
import os
import socket
import sys

sys.path[:0] = [os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "/pinhole/tests/vm/tns-redirect"]
import hosts  # noqa: E402  pylint: disable=wrong-import-position
import listener  # noqa: E402  pylint: disable=wrong-import-position

FLOWS = "/pinhole/helpers/tns/hostile"
NAMED = b"192.0.2.1"


def half(path, address):
    with open(path, "rb") as file:
        return file.read().replace(NAMED, address.encode().ljust(len(NAMED)))


def hostile_flows(address):
    """(name, call, reply) of every pair of files; a missing half is empty."""
    for call in sorted(glob.glob(FLOWS + "/*.call.tcp")):
        reply = call.replace(".call.", ".reply.")
        yield os.path.basename(call), half(call, address), half(reply, address) if os.path.exists(reply) else b""


def good_flow(address):
    """CONNECT, and a redirect to the server itself."""
    body = bytes.fromhex("013f012c") + bytes(12) + bytes.fromhex("0000003a") + bytes(30)
    return "good", listener.packet(listener.CONNECT, body), listener.redirect([], address, 3000)


def play(address, flows):
    server = hosts.server("other", address, socket.SOCK_STREAM, 1521)
    count = 0
    for name, call, reply in flows:
        try:
            with hosts.client("client", address, socket.SOCK_STREAM, 1521) as client:
                there, _ = server.accept()
                with there:
                    there.settimeout(hosts.TIMEOUT)
                    for sender, receiver, data in ((client, there, call), (there, client, reply)):
                        sender.sendall(data)
                        assert hosts.receive(receiver, len(data)) == data, "the stream was changed"
                        count += bool(data)
        except (AssertionError, OSError) as error:
            sys.exit(f"{name} ({address}): {error!r}")
    print(count)


def main():
    mode, address, *every = sys.argv[1:]
    flows = [good_flow(address)] if mode == "good" else list(hostile_flows(address))[::int(every[0])]
    if mode == "swapped":
        flows = [(name, reply, call) for name, call, reply in flows]
    play(address, flows)


main()
