#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile.py good ADDRESS              one look-up that must open a pinhole, per transport
hostile.py straight|swapped ADDRESS   the flows of helpers/rpc/hostile, which must not

Plays the client, and the second server's port 111 on ADDRESS. A flow is NNN-what.{call,reply}.{udp,tcp}: the
client sends the call, the server the reply. Swapped sends them in the wrong directions. Every
byte must arrive: a hostile flow is not stopped, it only opens nothing."""

import glob
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hosts  # noqa: E402  pylint: disable=wrong-import-position

FLOWS = "/pinhole/helpers/rpc/hostile"
KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}


def good_flow(transport, port):
    """GETPORT of mountd, and its answer."""
    xid = 0x600D0000 + port
    call = struct.pack("!10I4I", xid, 0, 2, 100000, 2, 3, 0, 0, 0, 0, 100005, 3, 17, 0)
    reply = struct.pack("!6II", xid, 1, 0, 0, 0, 0, port)
    if transport == "tcp":
        call, reply = (struct.pack("!I", 0x80000000 | len(m)) + m for m in (call, reply))
    return call, reply


def hostile_flows():
    """(name, transport, call, reply) of every pair of files; a missing half is empty."""
    names = {}
    for path in sorted(glob.glob(FLOWS + "/*.udp") + glob.glob(FLOWS + "/*.tcp")):
        stem, half, transport = os.path.basename(path).rsplit(".", 2)
        with open(path, "rb") as file:
            names.setdefault((stem, transport), {})[half] = file.read()
    return [(stem, transport, halves.get("call", b""), halves.get("reply", b""))
            for (stem, transport), halves in names.items()]


def play_udp(server, client, call, reply):
    # An empty datagram in place of a missing call: the server must learn the client's port.
    client.send(call)
    got, peer = server.recvfrom(65535)
    assert got == call, "the call did not arrive whole"
    if reply:
        server.sendto(reply, peer)
        assert client.recv(65535) == reply, "the reply did not arrive whole"


def play_tcp(listener, client, call, reply):
    server, _ = listener.accept()
    with server:
        server.settimeout(hosts.TIMEOUT)
        for sender, receiver, data in ((client, server, call), (server, client, reply)):
            sender.sendall(data)
            assert hosts.receive(receiver, len(data)) == data, "the stream was changed"


def play(address, flows):
    servers = {name: hosts.server("other", address, kind) for name, kind in KINDS.items()}
    for name, transport, call, reply in flows:
        with hosts.client("client", address, KINDS[transport]) as client:
            try:
                {"udp": play_udp, "tcp": play_tcp}[transport](servers[transport], client, call, reply)
            except (AssertionError, OSError) as error:
                sys.exit(f"{name} ({transport}, {address}): {error!r}")


def main():
    mode, address = sys.argv[1:]
    if mode == "good":
        flows = [("good", transport, *good_flow(transport, 3000 + i))
                 for i, transport in enumerate(KINDS)]
    else:
        flows = hostile_flows()
        if mode == "swapped":
            flows = [(n, t, reply, call) for n, t, call, reply in flows]
    play(address, flows)
    print(sum(bool(call) + bool(reply) for _, _, call, reply in flows))


main()
