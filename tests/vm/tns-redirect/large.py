#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""large.py ADDRESS FORM,HOST,PORT=CODE...: what client.js does, by a client that takes redirects with
lengths of 32 bits (node-oracledb 6.10 reads them as 0 and loops for ever)."""
import re
import socket
import struct
import sys

import listener


def ask(address, port, service, flags=0):
    """(type, flags, data) of the answer"""
    data = f"(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME={service})))".encode()
    body = struct.pack(">HH12xHH30x", 319, 300, len(data), 58) + data
    with socket.create_connection((address, port), timeout=20) as sock:
        sock.sendall(listener.packet(listener.CONNECT, body, flags))
        kind, flags, body = listener.read_packet(sock)
        if kind == listener.REDIRECT and len(body) == 2:
            data = listener.read_packet(sock)[2]
            if len(data) != 2 + struct.unpack(">H", body)[0]:
                sys.exit("lengths of the redirect contradict each other")
            body = data
        return kind, flags, body[2:].decode()


def main(address, *wanted):
    for word in wanted:
        service, code = word.split("=")
        kind, _, text = ask(address, 1521, service)
        if kind != listener.REDIRECT:
            sys.exit(f"{service}: no redirect but {kind} {text}")
        host, port = re.search(r"\(HOST=([^)]*)\)", text)[1], re.search(r"\(PORT=([0-9]*)\)", text)[1]
        kind, _, text = ask(host, int(port), "redirected", listener.FLAG_REDIRECTED)
        if kind != listener.REFUSE or f"(ERR={code})" not in text:
            sys.exit(f"{service}: no refusal with {code} but {kind} {text}")
        print(f"good {service}")


main(*sys.argv[1:])
