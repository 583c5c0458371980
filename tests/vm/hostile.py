# SPDX-License-Identifier: GPL-2.0-or-later
"""What the hostile cases share: flows are played on real sockets, between the client and the second
server of lib.sh, and every byte must arrive: a hostile flow is not stopped, it only opens nothing.

A flow is (name, transport, steps), a step is (sender, bytes), a sender "client" or "server".
"""

import glob
import os
import socket
import sys

import hosts

KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}

# Parts of a flow in files, in the order in which they are sent.
PARTS = {"greeting": "server", "call": "client", "reply": "server", "call2": "client",
         "reply2": "server"}


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def flows_of(folder):
    """Flows from files NNN-what.PART.TRANSPORT; each part may be missing. With HOSTILE_EVERY in the
    environment only every so many."""
    every = int(os.environ.get("HOSTILE_EVERY", "1"))
    names = {}
    for path in glob.glob(folder + "/*.udp") + glob.glob(folder + "/*.tcp"):
        stem, part, transport = os.path.basename(path).rsplit(".", 2)
        names.setdefault((stem, transport), {})[part] = path
    return [(stem, transport, [(sender, contents(parts[part])) for part, sender in PARTS.items()
                               if part in parts and os.path.getsize(parts[part])])
            for (stem, transport), parts in sorted(names.items())[::every]]


def swapped(flows):
    """The same bytes, each from the other side."""
    other = {"client": "server", "server": "client"}
    return [(name, transport, [(other[sender], data) for sender, data in steps])
            for name, transport, steps in flows]


def play_udp(server, client, steps):
    peer = None
    if not steps or steps[0][0] != "client":
        steps = [("client", b""), *steps]  # the server must learn the client's port
    for sender, data in steps:
        if sender == "client":
            client.send(data)
            got, peer = server.recvfrom(65535)
        else:
            server.sendto(data, peer)
            got = client.recv(65535)
        assert got == data, f"a datagram of the {sender} did not arrive whole"


def play_tcp(listener, client, steps):
    server, _ = listener.accept()
    with server:
        server.settimeout(hosts.TIMEOUT)
        for sender, data in steps:
            ends = (client, server) if sender == "client" else (server, client)
            ends[0].sendall(data)
            assert hosts.receive(ends[1], len(data)) == data, f"what the {sender} sent was changed"


def play(address, port, flows):
    """Returns how many messages there were; ends the program where one does not arrive. /vm/played
    gets the client's port of each flow, by which events name it."""
    servers = {name: hosts.server("other", address, kind, port) for name, kind in KINDS.items()}
    played = open("/vm/played", "w", encoding="utf-8")
    for name, transport, steps in flows:
        with hosts.client("client", address, KINDS[transport], port) as client:
            print(f"sport={client.getsockname()[1]} {name}", file=played, flush=True)
            try:
                {"udp": play_udp, "tcp": play_tcp}[transport](servers[transport], client, steps)
            except (AssertionError, OSError) as error:
                sys.exit(f"{name} ({transport}, {address}): {error!r}")
    return sum(len(steps) for _, _, steps in flows)
