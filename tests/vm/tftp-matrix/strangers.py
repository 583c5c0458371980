#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""strangers.py PORT VARIANT ADDRESS...: the client asks the server, called by that address and port, for a
file. Before the server answers another host sends to the same port, then the server from some
port, then the server again from yet another. Of all these one datagram arrives."""

import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hosts  # noqa: E402  pylint: disable=wrong-import-position

REQUEST = b"\0\1file\0octet\0"


def sender(host, version, port=0):
    sock = hosts.make(host, hosts.ADDRESSES[host][version], socket.SOCK_DGRAM)
    sock.bind((hosts.ADDRESSES[host][version], port))
    return sock


def ask(address, port, variant):
    version = 6 if ":" in address else 4
    server = sender("server", version, 69)
    client = sender("client", version)
    client.sendto(REQUEST, (address, port))
    data, seen = server.recvfrom(2048)
    assert data == REQUEST, f"the server got {data!r}"
    public = hosts.ADDRESSES["outside" if variant in ("snat", "both") else "client"][version]
    assert seen[0] == public, f"the request came from {seen[0]}"

    # From port 69, too: it is the server's address that counts.
    for stranger in sender("other", version), sender("other", version, 69):
        stranger.sendto(b"stranger", seen[:2])
    sender("server", version).sendto(b"\0\3\0\1first", seen[:2])
    data, (source, source_port, *_) = client.recvfrom(2048)
    assert data == b"\0\3\0\1first", f"the client got {data!r}"
    assert source == address, f"from {source}"
    client.sendto(b"\0\4\0\1", (source, source_port))

    # The way was for one flow only.
    sender("server", version).sendto(b"\0\3\0\1second", seen[:2])
    client.settimeout(1)
    try:
        data = client.recv(2048)
    except TimeoutError:
        return
    sys.exit(f"{address}: the client got {data!r}, too")


def main():
    port, variant, *addresses = sys.argv[1:]
    for address in addresses:
        ask(address, int(port), variant)


main()
