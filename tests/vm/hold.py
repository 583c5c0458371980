# SPDX-License-Identifier: GPL-2.0-or-later
"""For cases that show for whom a pinhole is: a flow that opened one stays open, and whoever connects to the
port gets a word.

hold.py SCRIPT ADDRESS PORT NAMED   SCRIPT has good_flow(named), which opens port NAMED
hold.py ADDRESS NAMED               reads the word"""

import importlib.util
import socket
import sys

import hosts

KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}


def hold():
    script, address, port, named = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    spec = importlib.util.spec_from_file_location("script", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    _, transport, steps = module.good_flow(named)
    server = hosts.server("other", address, KINDS[transport], port)
    listener = hosts.server("other", address, socket.SOCK_STREAM, named)
    listener.settimeout(None)
    client = hosts.client("client", address, KINDS[transport], port)
    peer = None
    if transport == "tcp":
        server, _ = server.accept()
    for sender, data in steps:
        if sender == "client":
            client.sendall(data)
            if transport == "udp":
                _, peer = server.recvfrom(65535)
            else:
                hosts.receive(server, len(data))
        elif transport == "udp":
            server.sendto(data, peer)
            client.recv(65535)
        else:
            server.sendall(data)
            hosts.receive(client, len(data))
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        connection.sendall(b"through\n")
        connection.close()


def main():
    if len(sys.argv) > 3:
        hold()
    address, named = sys.argv[1:]
    with socket.create_connection((address, int(named)), 80) as connection:
        sys.exit(connection.recv(9) != b"through\n")


main()
