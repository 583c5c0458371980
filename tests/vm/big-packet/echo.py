#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""echo.py ADDRESS udp|tcp SIZE...: sends SIZE bytes to port 111 of ADDRESS on the second server and back
again, every size on a flow of its own; the bytes must arrive unchanged in both directions."""

import os
import random
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hosts  # noqa: E402  pylint: disable=wrong-import-position


def udp(address, data):
    with hosts.server("other", address, socket.SOCK_DGRAM) as server, \
            hosts.client("client", address, socket.SOCK_DGRAM) as client:
        client.send(data)
        got, peer = server.recvfrom(65535)
        assert got == data, f"the request arrived as {len(got)} bytes"
        server.sendto(got, peer)
        got = client.recv(65535)
        assert got == data, f"the answer arrived as {len(got)} bytes"


def tcp(address, data):
    with hosts.server("other", address, socket.SOCK_STREAM) as listener, \
            hosts.client("client", address, socket.SOCK_STREAM) as client:
        server, _ = listener.accept()
        with server:
            server.settimeout(hosts.TIMEOUT)
            for sender, receiver in ((client, server), (server, client)):
                for start in range(0, len(data), 32768):
                    part = data[start:start + 32768]
                    sender.sendall(part)
                    assert hosts.receive(receiver, len(part)) == part, "the stream was changed"


def main():
    address, transport, sizes = sys.argv[1], sys.argv[2], sys.argv[3:]
    for size in sizes:
        {"udp": udp, "tcp": tcp}[transport](address, random.Random(size).randbytes(int(size)))


main()
