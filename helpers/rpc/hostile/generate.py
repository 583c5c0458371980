#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the hostile messages next to itself: NNN-what.{call,reply}.{udp,tcp}.

Files of one number belong to one flow: the client sends `call`, then the server sends `reply`. One
of the two is hostile, the other is what would open a pinhole if the hostile one were believed.
None may open one (the addresses named belong to nobody in the lab: the gate refuses them).
"""
import glob
import os
import random
import struct

ACCEPT = [0, 0, 0, 0]  # accepted, empty verifier, success
HERE = os.path.dirname(os.path.abspath(__file__))


def words(*values):
    return b"".join(v if isinstance(v, bytes) else struct.pack(">I", v & 0xFFFFFFFF) for v in values)


def text(s, length=None, pad=b"\0"):
    s = s.encode("latin-1")
    return struct.pack(">I", len(s) if length is None else length) + s + pad * (-len(s) % 4)


def call(xid, vers, proc, *args, prog=100000, rpcvers=2, auth=(0, 0, 0, 0), kind=0):
    return words(xid, kind, rpcvers, prog, vers, proc, *auth, *args)


def getport(xid, prot=6, **more):
    return call(xid, 2, 3, 100005, 3, prot, 0, **more)


def getaddr(xid, netid=text("tcp"), proc=3, vers=4):
    return call(xid, vers, proc, 100005, 3, netid, text(""), text(""))


def reply(xid, *result):
    return words(xid, 1, *ACCEPT, *result)


def good(xid):
    return reply(xid, 20048)


def mark(data, last=True, length=None):
    return struct.pack(">I", (len(data) if length is None else length) | (0x80000000 if last else 0)) + data


def bad_replies(x):
    """(what, call, reply): the reply is hostile."""
    ask = getport(x)
    for port in (0, 1, 22, 110, 111, 1023, 65536, 65558, 0x10801, 0x80000801, 0xFFFF0801, 0xFFFFFFFF):
        yield f"port-{port}", ask, reply(x, port)
    for size in range(1, 28):
        yield f"reply-cut-to-{size}", ask, good(x)[:size]
    swapped = struct.unpack("<I", struct.pack(">I", x))[0]
    for name, xid in ("next", x + 1), ("swapped", swapped), ("zero", 0), ("inverted", ~x):
        yield f"xid-{name}", ask, good(xid)
    for kind in (0, 2, 0xFFFFFFFF):
        yield f"reply-type-{kind}", ask, words(x, kind, *ACCEPT, 20048)
    for stat in (1, 2, 0xFFFFFFFF):
        yield f"reply-stat-{stat}", ask, words(x, 1, stat, 0, 0, 0, 20048)
    for size in (8, 401, 404, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF):
        yield f"verifier-{size}", ask, words(x, 1, 0, 0, size, 0, 20048)
    for stat in (1, 2, 3, 4, 5, 6, 0xFFFFFFFF):
        yield f"accept-stat-{stat}", ask, words(x, 1, 0, 0, 0, stat, 20048)
    yield "error-then-success", ask, words(x, 1, 0, 0, 0, 5) + good(x)
    yield "getaddr-for-getport", ask, reply(x, text("192.0.2.1.78.80"))
    yield "reply-of-noise", ask, random.Random(1).randbytes(600)
    yield "reply-of-zeros", ask, bytes(600)
    yield "reply-of-ones", ask, b"\xff" * 600


def bad_addresses(x):
    ask = getaddr(x)
    texts = [
        "1", ".", "8.1", "......", "1.2.3.4", "1.2.3.4.5", "1.2.3.4.78.256", "1.2.3.4.300.1", "1.2.3.4.78.-1",
        "1.2.3.4.78.+1", "1.2.3.4.078.80", "1.2.3.4.0x4e.80", "1.2.3.4. 78.80", " 1.2.3.4.78.80",
        "1.2.3.4.78.80 ", "1.2.3.4.78.80\0", "1.2.3.4.78.80.90", "1.2.3.256.78.80", "1,2,3,4,78,80",
        "127.0.0.1.78.80", "0.0.0.0.0.0", "0.0.0.0.0.111", "0.0.0.0.3.255", "224.0.0.1.78.80",
        "255.255.255.255.78.80", "::1.78.80", "::.78.80.", "ff02::1.78.80", "fe80::1%lo.78.80", ":::.78.80",
        "1:2:3:4:5:6:7:8:9.78.80", "::ffff:127.0.0.1.78.80", "/run/rpcbind.sock", "localhost.78.80",
        "198.51.100.77.78.80", "\xff" * 20, "%n%n%n%n%s%s", "9" * 60, "." * 63, "\n" * 10,
    ]
    for i, t in enumerate(texts):
        yield f"uaddr-{i}", ask, reply(x, text(t))
    for size in (0, 14, 17, 64, 1000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF):
        yield f"uaddr-length-{size}", ask, reply(x, text("192.0.2.1.78.80", length=size))
    yield "uaddr-padding", ask, reply(x, text("192.0.2.1.78.80", pad=b"x"))
    yield "getport-for-getaddr", ask, good(x)


def bad_lists(x):
    entry = words(1, text("198.51.100.77.78.80"), text("udp"), 1, text("inet"), text("udp"))
    ask = getaddr(x, proc=11)
    yield "list-boolean-2", ask, reply(x, 2, text("0.0.0.0.78.80"), text("tcp"))
    yield "list-of-others", ask, reply(x, entry * 5, 0)
    yield "list-without-end", ask, reply(x, entry * 100)
    yield "list-string-of-2-31", ask, reply(x, 1, text("0.0.0.0.78.80"), 0x80000000)
    yield "list-cut-in-netid", ask, reply(x, 1, text("0.0.0.0.78.80"), 3)
    yield "dump-of-ports", call(x, 2, 4), reply(x, words(1, 100003, 3, 6, 2049) * 50, 0)
    yield "dump-without-end", call(x, 2, 4), reply(x, words(1, 100003, 3, 6, 2049) * 400)
    yield "dump-read-as-getport", call(x, 2, 4), good(x)
    yield "null-read-as-getport", call(x, 2, 0), good(x)
    yield "callit-port-65558", call(x, 2, 5, 100005, 3, 0, 0), reply(x, 65558, 0)
    yield "callit-own-port", call(x, 2, 5, 100000, 2, 3, 0), reply(x, 111, 4, 20048)
    yield "indirect-loopback", call(x, 4, 10, 100005, 3, 0, 0), reply(x, text("127.0.0.1.78.80"), 0)


def bad_calls(x):
    """The call is hostile, the reply a good one."""
    for size in list(range(1, 24)) + list(range(24, 56, 4)):
        yield f"call-cut-to-{size}", getport(x)[:size], good(x)
    for v in (0, 1, 3, 0x102, 0xFFFFFFFF):
        yield f"rpc-version-{v}", getport(x, rpcvers=v), good(x)
    for p in (0, 99999, 100003, 0x400186A0, 0xFFFFFFFF):
        yield f"program-{p}", getport(x, prog=p), good(x)
    for v in (0, 1, 5, 0x10002, 0xFFFFFFFF):
        yield f"version-{v}", call(x, v, 3, 100005, 3, 6, 0), good(x)
    for p in (1, 2, 6, 259, 0xFFFFFFFF):
        yield f"procedure-{p}", call(x, 2, p, 100005, 3, 6, 0), good(x)
    for p in (0, 1, 2, 58, 132, 255, 262, 65542, 0xFFFFFFFF):
        yield f"protocol-{p}", getport(x, prot=p), good(x)
    for size in (401, 1000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        yield f"credentials-{size}", getport(x, auth=(1, size, 0, 0)), good(x)
        yield f"call-verifier-{size}", getport(x, auth=(0, 0, 6, size)), good(x)
    for i, n in enumerate((text("local"), text("TCP"), text("tcp\0"), text("tcp4"), text("icmp"), text("x" * 64),
                           text("tcp", length=0xFFFFFFFF), text("tcp", pad=b"!"))):
        yield f"netid-{i}", getaddr(x, n), reply(x, text("0.0.0.0.78.80"))
    yield "reply-from-the-client", good(x), None
    yield "call-of-noise", random.Random(2).randbytes(600), good(x)
    yield "large-datagram", call(x, 2, 5, 100005, 3, 0, 8000, bytes(8000), prog=100003), good(x)


def bad_streams(x):
    """Over TCP alone: (what, bytes of the client, bytes of the server)."""
    ask, answer = mark(getport(x)), mark(good(x))
    for length in (0x7FFFFFFF, 0x40000000, 0x00100001, 0x00FFFFFF):
        yield f"mark-{length}", mark(getport(x), length=length), answer
        yield f"mark-{length}-more", mark(getport(x), last=False, length=length), answer
        yield f"reply-mark-{length}", ask, mark(good(x), length=length)
    yield "mark-too-short", mark(getport(x), length=20), answer
    yield "reply-mark-too-short", ask, mark(good(x), length=24)
    yield "reply-mark-too-long-port-1023", ask, mark(reply(x, 1023), length=1000)
    for n in (16, 17, 100, 1000):
        yield f"empty-fragments-{n}", bytes(4 * n) + ask, answer
        yield f"reply-empty-fragments-{n}", ask, bytes(4 * n) + answer
    yield "empty-records", mark(b"") * 50 + ask, answer
    yield "bytewise-fragments", b"".join(mark(getport(x)[i : i + 1], last=i == 55) for i in range(56)), answer
    yield "reply-bytewise-fragments", ask, b"".join(mark(good(x)[i : i + 1], last=i == 27) for i in range(28))
    yield "never-the-last", mark(call(x, 2, 0), last=False) + mark(getport(x), last=False) * 40, answer
    yield "port-22-in-two-fragments", ask, mark(reply(x) + b"\0\0\0", last=False) + mark(b"\x16")
    yield "http-get", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + ask, answer
    yield "http-post", b"POST / HTTP/1.1\r\nContent-Length: 60\r\n\r\n" + ask, answer
    yield "tls-hello", bytes.fromhex("1603010200010001fc0303") + ask, answer
    yield "message-without-mark", getport(x), answer
    yield "reply-without-mark", ask, good(x)
    yield "reply-in-a-dump", mark(call(x, 2, 4)), mark(reply(x, 1, mark(good(x)), 0))


def write(number, what, suffix, data):
    if data:
        with open(os.path.join(HERE, f"{number:03}-{what}.{suffix}"), "wb") as f:
            f.write(data)


def main():
    number = 0
    for old in glob.glob(os.path.join(HERE, "*.udp")) + glob.glob(os.path.join(HERE, "*.tcp")):
        os.unlink(old)
    for source in (bad_replies, bad_addresses, bad_lists, bad_calls):
        count = sum(1 for _ in source(0))
        for i in range(count):
            number += 1
            what, ask, answer = list(source(0x51000000 + number))[i]
            over_tcp = number % 2
            for suffix, data in ("call", ask), ("reply", answer):
                wrapped = mark(data) if data and over_tcp else data
                write(number, what, suffix + (".tcp" if over_tcp else ".udp"), wrapped)
    for i in range(sum(1 for _ in bad_streams(0))):
        number += 1
        what, ask, answer = list(bad_streams(0x51000000 + number))[i]
        write(number, what, "call.tcp", ask)
        write(number, what, "reply.tcp", answer)
    print(number, "hostile flows")


main()
