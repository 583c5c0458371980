#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Datagrams into pinholes, for discovery.sh.

datagrams.py stranger          prints what `conntrack -E expect` says on the client, and sends to each
                               new expectation from the other link at once
datagrams.py scope <EVENTS     sends to each expectation of these lines from a neighbour, and from an
                               address on the link that is in none of its networks
datagrams.py expected <EVENTS  prints what must have become of all that: WHERE SOURCE . PORT . PORT"""

import os
import re
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hosts  # noqa: E402  pylint: disable=wrong-import-position

STRANGER = {4: "10.3.0.2", 6: "fd03::2"}
FOREIGN = {4: "10.9.0.9", 6: "fd09::9"}
NEIGHBOUR = {4: "10.1.0.9", 6: "fd01::9"}
ANY_PORT = 40404  # where an expectation leaves the source port open
LINE = re.compile(r"\[NEW\] .*proto=17 src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+) mask-src")


def expectations(lines):
    for line in lines:
        match = LINE.search(line)
        if match:
            source, to, sport, dport = match.groups()
            yield source, to, int(sport) or ANY_PORT, int(dport)


def version(address):
    return 6 if ":" in address else 4


def send(host, source, sport, to, dport):
    """A datagram from a port that another program may hold, so from a raw socket."""
    family = socket.AF_INET6 if version(to) == 6 else socket.AF_INET
    with hosts.on(host):
        sock = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_UDP)
        scope = 0
        if source.startswith("fe80") or to.startswith("fe80"):
            scope = socket.if_nametoindex({"peer": "p0", "stranger": "t0"}[host])
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_CHECKSUM, 6)
            sock.bind((source, 0, 0, scope))
            target = (to, 0, 0, scope)
        else:
            sock.bind((source, 0))
            target = (to, 0)
        payload = b"let me in"
        sock.sendto(struct.pack("!4H", sport, dport, 8 + len(payload), 0) + payload, target)
        sock.close()


def strangers(source, to):
    """Who may not. The other link does not know an address of this one."""
    if not to.startswith("fe80"):
        yield "stranger", STRANGER[version(source)]
    yield "peer", FOREIGN[version(source)]


def neighbour(source):
    return os.environ["PEER_LOCAL"] if source.startswith("fe80") else NEIGHBOUR[version(source)]


def watch():
    command = ["on", "client", "/usr/sbin/conntrack", "-E", "expect"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as events:
        print("ready", file=sys.stderr, flush=True)
        for line in events.stdout:
            print(line, end="", flush=True)
            for source, to, sport, dport in expectations([line]):
                if not to.startswith("fe80"):
                    send("stranger", STRANGER[version(source)], sport, to, dport)


def scope(lines):
    for source, to, sport, dport in expectations(lines):
        for host, address in strangers(source, to):
            send(host, address, sport, to, dport)
        send("peer", neighbour(source), sport, to, dport)


def expected(lines):
    for source, to, sport, dport in expectations(lines):
        for _, address in strangers(source, to):
            print(f"dropped {address} . {sport} . {dport}")
        print(f"accepted {neighbour(source)} . {sport} . {dport}")


def main():
    if sys.argv[1] == "stranger":
        watch()
    else:
        {"scope": scope, "expected": expected}[sys.argv[1]](sys.stdin)


main()
