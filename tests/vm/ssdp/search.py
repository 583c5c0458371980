#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""search.py HOST INTERFACE GROUP SEEN PORT [DEVICE]

Searches from a fixed port of HOST. Every answer is printed as "answer ADDRESS LOCATION". Once the way
back is open the host `other`, who was not asked, sends to SEEN, which is what HOST's address looks
like from outside, port PORT; what of this arrives is printed as "stray". DEVICE is asked instead of the
GROUP, if given."""

import os
import re
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hosts  # noqa: E402  pylint: disable=wrong-import-position

SEARCH = ('M-SEARCH * HTTP/1.1\r\nHOST: {}:1900\r\nMAN: "ssdp:discover"\r\n{}'
          'ST: upnp:rootdevice\r\n\r\n')


def make(host, interface, group, port):
    sock = hosts.make(host, group, socket.SOCK_DGRAM)
    with hosts.on(host):
        index = socket.if_nametoindex(interface)
    if ":" in group:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 4)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                        socket.inet_aton("0.0.0.0") * 2 + index.to_bytes(4, sys.byteorder))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 4)
    sock.bind(("", port))
    return sock


def listen(sock, seconds, enough):
    """Prints what comes; ends early when `enough` answers have come."""
    sock.settimeout(0.2)
    end = time.monotonic() + seconds
    answers = 0
    while time.monotonic() < end and answers < enough:
        try:
            data, sender = sock.recvfrom(65535)
        except TimeoutError:
            continue
        location = re.search(rb"\nlocation: *([^\r\n]*)", data, re.IGNORECASE)
        if location:
            answers += 1
            print("answer", sender[0].partition("%")[0], location[1].decode(), flush=True)
        else:
            print("stray", sender[0], flush=True)
    return answers


def main():
    host, interface, group, seen, port = sys.argv[1:6]
    target = sys.argv[6] if len(sys.argv) > 6 else group
    sock = make(host, interface, group, int(port))
    other = hosts.make("other", group, socket.SOCK_DGRAM)
    question = SEARCH.format(target, "MX: 1\r\n").encode()
    for _ in range(4):  # one may be lost while routes and neighbours are learnt
        sock.sendto(question, (target, 1900))
        if listen(sock, 5, 1):
            break
    else:
        sys.exit("no answer")
    for _ in range(3):
        other.sendto(b"stray\r\n\r\n", (seen, int(port)))
    sock.sendto(question, (target, 1900))
    listen(sock, 2, 100)


main()
