#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""large.py: as client.js, but takes redirects with lengths of 32 bits (node-oracledb 6.10 reads them as
0 and loops for ever)."""
import re
import socket
import struct
import sys

import listener


def ask(address, port, service, flags=0):
    """(type, data) of the answer"""
    data = f"(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME={service})))".encode()
    body = struct.pack(">HH12xHH30x", 319, 300, len(data), 58) + data
    with socket.create_connection((address, port), timeout=30) as sock:
        sock.sendall(listener.packet(listener.CONNECT, body, flags))
        kind, _, body = listener.read_packet(sock)
        if kind == listener.REDIRECT and len(body) == 2:
            rest = listener.read_packet(sock)[2]
            if len(rest) != 2 + struct.unpack(">H", body)[0]:
                raise ValueError("lengths of the redirect contradict each other")
            body = rest
        return kind, body[2:].decode()


def attempt(address, service, code):
    kind, text = ask(address, 1521, service)
    if kind != listener.REDIRECT:
        return f"bad no redirect but {kind} {text}"
    host, port = re.search(r"\(HOST=([^)]*)\)", text)[1], re.search(r"\(PORT=([0-9]*)\)", text)[1]
    kind, text = ask(host, int(port), "redirected", listener.FLAG_REDIRECTED)
    good = kind == listener.REFUSE and f"(ERR={code})" in text
    return f"{'good' if good else 'bad'} {host} port {port}: {kind} {text}"


def main():
    print("ready", flush=True)
    for line in sys.stdin:
        number, *words = line.split()
        try:
            result = attempt(*words)
        except (OSError, EOFError, ValueError) as error:
            result = f"bad {error!r}"
        print(number, result, flush=True)


main()
