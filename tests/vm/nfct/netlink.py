#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What another program might do to the kernel, without any library of ours.

    netlink.py register NAME PRIVATE_BYTES POLICY...   a helper object, inet tcp, disabled
    netlink.py listen QUEUE                            binds a queue, says "listening", stays
"""
import socket
import struct
import sys
import time

NETLINK_NETFILTER, REQUEST, ACK, CREATE, NESTED = 12, 1, 4, 0x400, 0x8000


def attribute(kind, data):
    return struct.pack('=HH', len(data) + 4, kind) + data + bytes(-len(data) % 4)


def number(kind, n):
    return attribute(kind, struct.pack('>I', n))


def talk(sock, kind, res_id, attributes):
    body = struct.pack('>BBH', 0, 0, res_id) + attributes
    flags = REQUEST | ACK | CREATE
    sock.send(struct.pack('=IHHII', len(body) + 16, kind, flags, 1, 0) + body)
    answer = sock.recv(65536)
    error = struct.unpack_from('=i', answer, 16)[0]
    if error:
        raise OSError(-error, 'the kernel refused')


def register(sock, name, private_bytes, policies):
    group = number(1, len(policies))
    for i, policy in enumerate(policies):
        group += attribute(NESTED | (2 + i), attribute(1, policy.encode() + b'\0') +
                           number(2, 1) + number(3, 300))
    key = attribute(1, struct.pack('>H', socket.AF_INET)) + attribute(2, bytes([socket.IPPROTO_TCP]))
    talk(sock, 9 << 8, 0, attribute(1, name.encode() + b'\0') + attribute(NESTED | 2, key) +
         attribute(NESTED | 4, group) + number(5, private_bytes))


def listen(sock, queue):
    talk(sock, 3 << 8 | 2, queue, attribute(1, struct.pack('>BBH', 1, 0, 0)))
    print('listening', flush=True)
    time.sleep(600)


def main():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    if sys.argv[1] == 'register':
        register(sock, sys.argv[2], int(sys.argv[3]), sys.argv[4:])
    else:
        listen(sock, int(sys.argv[2]))


main()
