#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""lookups.py tcp|udp ADDRESS: asks rpcbind behind ADDRESS for mountd three times on one socket.

Each answer must name ADDRESS itself (the firewall translates it), and mountd must answer a NULL call
at the port that it names: the pinhole is there. The netid is the transport's own, because rpcbind
answers for the transport by which it is asked (RFC 1833 2.1).
"""
import socket
import struct
import sys

MOUNTD, GETADDR = 100005, 3


def text(value):
    data = value.encode()
    return struct.pack(">I", len(data)) + data + bytes(-len(data) % 4)


def call(xid, program, version, procedure):
    return struct.pack(">10I", xid, 0, 2, program, version, procedure, 0, 0, 0, 0)


def look_up(xid, netid):
    return (call(xid, 100000, 4, GETADDR) + struct.pack(">2I", MOUNTD, 3) + text(netid) + text("")
            + text(""))


def exactly(sock, size):
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            sys.exit("the connection ended early")
        data += part
    return data


def ask(sock, transport, message):
    if transport == "udp":
        sock.send(message)
        return sock.recv(65536)
    sock.sendall(struct.pack(">I", 0x80000000 | len(message)) + message)
    mark = struct.unpack(">I", exactly(sock, 4))[0]
    return exactly(sock, mark & 0x7FFFFFFF)


def dial(transport, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    sock = socket.socket(family, kind)
    sock.settimeout(10)
    sock.connect((address, port))
    return sock


def main(transport, address):
    netid = transport + ("6" if ":" in address else "")
    sock = dial(transport, address, 111)
    for xid in range(1, 4):
        reply = ask(sock, transport, look_up(xid, netid))
        if struct.unpack(">I", reply[:4])[0] != xid:
            sys.exit("an answer to another call")
        size = struct.unpack(">I", reply[24:28])[0]
        host, high, low = reply[28:28 + size].decode().rsplit(".", 2)
        if host != address:
            sys.exit(f"the answer names {host}, not {address}")
        with dial(transport, address, int(high) * 256 + int(low)) as mountd:
            reply = ask(mountd, transport, call(xid, MOUNTD, 3, 0))
        if struct.unpack(">2I", reply[:8]) != (xid, 1):
            sys.exit("mountd did not answer")


main(*sys.argv[1:])
