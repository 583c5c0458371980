#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""strangers.py CLIENT NEIGHBOUR, link-local addresses: to port 546 of the client, where a pinhole leads,
sends a neighbour from an address that is not link-local, a host of another network to the
client's other address, and at last the neighbour as it should. Only that arrives."""

import os
import select
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hosts  # noqa: E402  pylint: disable=wrong-import-position

PORT = 546


def bound(host, address, interface, port=0):
    with hosts.on(host):
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sock.bind((address, port, 0, socket.if_nametoindex(interface)))
        return sock


def send(sock, data, address, host, interface):
    with hosts.on(host):
        sock.sendto(data, (address, PORT, 0, socket.if_nametoindex(interface)))


def main():
    client, neighbour = sys.argv[1:]
    there = hosts.ADDRESSES["client"][6]
    listeners = bound("client", client, "c0", PORT), bound("client", there, "c0", PORT)
    send(bound("firewall", hosts.ADDRESSES["firewall"][6], "f0"), b"global", client, "firewall", "f0")
    send(bound("server", hosts.ADDRESSES["server"][6], "s0"), b"far", there, "server", "s0")
    send(bound("firewall", neighbour, "f0"), b"neighbour", client, "firewall", "f0")
    got = []
    while ready := select.select(listeners, [], [], 2 if got else hosts.TIMEOUT)[0]:
        got += [sock.recv(100) for sock in ready]
    if got != [b"neighbour"]:
        sys.exit(f"the client got {got}")


main()
