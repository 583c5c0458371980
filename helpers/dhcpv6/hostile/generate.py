#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the hostile datagrams next to itself: NNN-what.call.udp from the client, and for some
NNN-what.reply.udp from the server, in answer to it.

None may open anything: they are no messages of clients or relays, or broken ones that a server would
discard, or come from the wrong side. They are played over IPv4, to one host, which the parser takes
for an address like any other.
"""
import glob
import os
import random
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
DUID = bytes.fromhex("00030001525400123456")
# What clients and relays send, with the options that a message needs.
CLIENT_TYPES = {1: (1,), 3: (1, 2), 4: (1,), 5: (1, 2), 6: (1,), 8: (1, 2), 9: (1, 2), 11: (), 14: (1,), 18: (1,),
                20: (87,), 36: (1,)}
RELAY_FORW = 12


def option(code, data=DUID, length=None):
    return struct.pack(">HH", code, len(data) if length is None else length) + data


def message(kind, *options, xid=b"\xa1\xb2\xc3"):
    return bytes([kind]) + xid + b"".join(options)


def good(kind):
    return message(kind, *map(option, CLIENT_TYPES[kind]))


def relayed(*options, kind=RELAY_FORW, hops=0):
    return bytes([kind, hops]) + bytes(32) + b"".join(options)


def types():
    for kind in range(256):
        if kind not in CLIENT_TYPES and kind != RELAY_FORW:
            yield f"type-{kind}", message(kind, option(1), option(2))
    for kind in (0, 2, 7, 10, 13, 15, 16, 17, 19, 21, 22, 37, 255):
        yield f"relayed-{kind}", relayed(option(9, message(kind, option(1), option(2))))
        yield f"relayed-twice-{kind}", relayed(option(9, relayed(option(9, message(kind, option(1), option(2))))))
    yield "relay-reply", relayed(option(9, message(7, option(1), option(2))), kind=13)
    yield "relay-reply-with-a-solicit", relayed(option(9, good(1)), kind=13)


def cut():
    """Beginnings that are not whole; those that end behind an option lack another that is needed."""
    for kind in CLIENT_TYPES:
        for size in (1, 2, 3):
            yield f"cut-{kind}-to-{size}", good(kind)[:size]
    for size in range(4, 18):
        yield f"solicit-cut-to-{size}", good(1)[:size]
        yield f"confirm-cut-to-{size}", good(4)[:size]
    for size in range(4, 32):
        yield f"request-cut-to-{size}", good(3)[:size]
    whole = relayed(option(18, b"eth0"), option(9, good(1)))
    for size in range(1, len(whole)):
        yield f"relay-cut-to-{size}", whole[:size]


def missing():
    for kind, needs in CLIENT_TYPES.items():
        for code in needs:
            rest = [option(c) for c in needs if c != code]
            yield f"{kind}-without-{code}", message(kind, *rest)
            yield f"{kind}-without-{code}-relayed", relayed(option(9, message(kind, *rest)))
            yield f"{kind}-without-{code}-but-others", message(kind, *rest, option(6, b"\0\x17"), option(8, b"\0\0"))
            yield f"{kind}-{code}-inside-another", message(kind, *rest, option(3, bytes(12) + option(code)))
    yield "relay-without-message", relayed(option(18, b"eth0"), option(37, DUID))
    yield "relay-with-nothing", relayed(option(9, b""))
    yield "relay-with-a-relay-with-nothing", relayed(option(9, relayed()))
    yield "relay-message-in-a-solicit", message(1, option(9, good(1)))


def lengths():
    for length in (0, 9, 11, 12, 255, 256, 0x7FFF, 0x8000, 0xFFF0, 0xFFFE, 0xFFFF):
        yield f"identifier-says-{length}", message(1, option(1, length=length))
        yield f"identifier-says-{length}-second", message(1, option(6, b"\0\x17"), option(1, length=length))
        yield f"relay-message-says-{length}", relayed(option(9, good(1), length=length))
        if length > 12:
            yield f"option-behind-says-{length}", message(1, option(1), option(8, b"\0\0", length=length))
            yield f"inner-option-behind-says-{length}", relayed(
                option(9, message(1, option(1), option(8, b"\0\0", length=length))))
    for size in (0, 1, 2, 131, 132, 200, 255, 256, 500, 1200):
        yield f"identifier-of-{size}", message(1, option(1, bytes(size)))
        yield f"server-identifier-of-{size}", message(3, option(1), option(2, bytes(size)))
        yield f"identifier-of-{size}-information", message(11, option(1, bytes(size)))
    for size in (0, 1, 3, 4, 100):
        yield f"source-port-of-{size}", relayed(option(135, bytes(size)), option(9, good(1)))
    for n in range(1, 4):
        yield f"{n}-zeros-behind", good(1) + bytes(n)
        yield f"{n}-zeros-behind-the-relayed", relayed(option(9, good(1))) + bytes(n)
        yield f"{n}-zeros-in-the-relayed", relayed(option(9, good(1) + bytes(n)))
        yield f"{n}-bytes-behind", good(11) + b"x" * n


def doubled():
    for kind, needs in CLIENT_TYPES.items():
        for code in needs:
            yield f"{kind}-twice-{code}", message(kind, *map(option, needs), option(code))
    yield "relay-message-twice", relayed(option(9, good(1)), option(9, good(11)))
    yield "relay-message-twice-second-bad", relayed(option(9, good(1)), option(9, message(7)))
    yield "source-port-twice", relayed(option(135, b"\0\0"), option(135, b"\0\x16"), option(9, good(1)))
    for n in (257, 258, 300, 350):
        yield f"{n}-options", message(1, option(1), *[option(20, b"")] * (n - 1))
        yield f"{n}-options-relayed", relayed(option(9, message(11, *[option(20, b"")] * n)))


def nested():
    for depth in range(9, 33):
        whole = good(1)
        for hops in range(depth):
            whole = relayed(option(9, whole), hops=hops)
        yield f"relayed-{depth}-times", whole


def strangers():
    yield "http-get", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    yield "tls-hello", bytes.fromhex("1603010200010001fc0303")
    yield "dhcpv4-discover", bytes.fromhex("01010600a1b2c3d4") + bytes(228) + bytes.fromhex("638253633501 01ff")
    yield "tftp-request", b"\0\1vmlinuz\0octet\0"
    yield "zeros", bytes(300)
    yield "ones", b"\xff" * 300
    for size in (1, 4, 5, 8, 16, 40, 200, 1200):
        for kind in (1, 3, 5, RELAY_FORW):
            noise = random.Random(size * 100 + kind).randbytes(size)
            yield f"noise-{kind}-{size}", bytes([kind]) + noise


def from_server():
    """What would open something if the client had sent it."""
    for kind in CLIENT_TYPES:
        yield f"server-sends-{kind}", good(kind)
        yield f"server-relays-{kind}", relayed(option(9, good(kind)))


def write(number, what, part, data):
    with open(os.path.join(HERE, f"{number:03}-{what}.{part}.udp"), "wb") as f:
        f.write(data)


def main():
    for old in glob.glob(os.path.join(HERE, "*.udp")):
        os.unlink(old)
    number = 0
    for source in (types, cut, missing, lengths, doubled, nested, strangers):
        for what, data in source():
            number += 1
            write(number, what, "call", data)
    for what, data in from_server():
        number += 1
        write(number, what, "call", message(7, option(1), option(2)))
        write(number, what, "reply", data)
    print(number, "hostile flows")


main()
