#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the hostile messages next to itself: NNN-what.{call,reply}.tcp.

Files of one number belong to one flow: the client sends `call`, then the server sends `reply`. One
of the two is hostile, the other is what would open a pinhole if the hostile one were believed.
None may open one (the addresses named belong to nobody in the lab: the gate refuses them).
"""
import glob
import os
import random
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
CONNECT, ACCEPT, REFUSE, REDIRECT, DATA, RESEND = 1, 2, 4, 5, 6, 11
SERVER = "192.0.2.1"


def packet(kind, body, flags=0, length=None, large=False, sums=(0, 0)):
    length = 8 + len(body) if length is None else length
    head = struct.pack(">I", length & 0xFFFFFFFF) if large else struct.pack(">HH", length & 0xFFFF, sums[0])
    return head + struct.pack(">BBH", kind, flags, sums[1]) + body


def connect(length=None, size=45, data=b"(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=x)))"):
    return packet(CONNECT, struct.pack(">HH12xHH30x", 319, 300, size, 58) + data, length=length)


def redirect(text, size=None, inline=True, **more):
    text = text if isinstance(text, bytes) else text.encode("latin-1")
    size = struct.pack(">H", len(text) if size is None else size)
    if inline:
        return packet(REDIRECT, size + text, **more)
    return packet(REDIRECT, size) + packet(DATA, b"\0\0" + text, **more)


def address(host=SERVER, port=3000, protocol="TCP"):
    return f"(ADDRESS=(PROTOCOL={protocol})(HOST={host})(PORT={port}))"


def described(inner):
    return f"(DESCRIPTION={inner}(CONNECT_DATA=(SERVICE_NAME=x)))"


END = b"c" * 200  # no packet, and nothing that a list could hold
GOOD = redirect(described(address()))
ACCEPTED = packet(ACCEPT, struct.pack(">H", 318) + bytes(30))
REFUSED = packet(REFUSE, b"\1\1\0\0")


def bad_calls():
    """The client's side is hostile, the server's a redirect that would open a pinhole."""
    for size in (*range(1, 28), 40, 57):
        yield f"connect-cut-to-{size}-length-too", struct.pack(">H", min(size, 27)) + connect()[2:size] + END
    for length in (0, 1, 7, 8, 9, 10, 27):
        yield f"connect-length-{length}", connect(length=length)
    for kind in range(256):
        if kind != CONNECT and (kind < 32 or kind % 32 == 0 or kind in (97, 127, 129, 255)):
            yield f"first-type-{kind}", packet(kind, connect()[8:])
    yield "connect-32-bit-of-2-31", packet(CONNECT, connect()[8:], length=0x80000000, large=True)
    yield "connect-32-bit-of-65536", packet(CONNECT, connect()[8:], length=0x10000, large=True)
    yield "connect-32-bit-of-7", packet(CONNECT, connect()[8:], length=7, large=True)
    yield "connect-32-bit-of-0", packet(CONNECT, connect()[8:], length=0, large=True)
    web = ("GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nContent-Length: 103\r\n\r\n", "PUT / HTTP/1.1\r\n\r\n",
           "OPTIONS / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HELO x\r\n", "USER x\r\n", "\r\n\r\n", "x" * 4000)
    for i, text in enumerate(web):
        yield f"web-{i}", text.encode() + connect()
    yield "tls-hello", bytes.fromhex("1603010200010001fc0303") + connect()
    yield "tls-hello-of-2-kb", bytes.fromhex("1603030800010007fc0303") + bytes(2040) + connect()
    yield "little-endian", struct.pack("<H", 103) + connect()[2:]
    yield "one-byte-before", b"\0" + connect()
    yield "two-bytes-before", b"\0\0" + connect()
    yield "data-that-holds-a-connect", packet(DATA, b"\0\0" + connect())
    yield "noise", random.Random(1).randbytes(600)
    yield "zeros", bytes(600)
    yield "ones", b"\xff" * 600
    yield "redirect-from-the-client", GOOD
    yield "resend-from-the-client", packet(RESEND, b"")


def bad_frames():
    """The server's packets are hostile, their text would open a pinhole."""
    text = described(address()).encode()
    size = len(text)
    for cut in (*range(1, 18), *range(18, size + 10, 12)):
        yield f"redirect-ends-at-{cut}", GOOD[:cut] + END
    for length in (0, 1, 7, 8, 9, 10, 11, 12, 18, 50, size + 9, size + 11, 0x7FFF, 0xFFFF):
        yield f"redirect-length-{length}", redirect(text, length=length) + END
    for length in (0, 7, 9, size + 9, size + 11, 0x10000, 0x80000000, 0xFFFFFFFF):
        yield f"redirect-32-bit-length-{length}", redirect(text, length=length, large=True) + END
    for announced in (0, 1, 10, size - 1, size + 1, 3072, 3073, 0x7FFF, 0x8000, 0xFFFF):
        yield f"data-length-{announced}", redirect(text, size=announced) + END
        yield f"data-length-{announced}-following", redirect(text, size=announced, inline=False) + END
    for length in (0, 7, 8, 9, 10, size + 9, size + 11, 0xFFFF):
        yield f"data-packet-length-{length}", redirect(text, inline=False, length=length) + END
    for kind in (*range(0, 6), *range(7, 17), 32, 80, 255):
        yield f"data-as-type-{kind}", packet(REDIRECT, struct.pack(">H", size)) + packet(kind, b"\0\0" + text)
        if kind not in (5, RESEND):
            yield f"redirect-as-type-{kind}", packet(kind, struct.pack(">H", size) + text)
    pieces = [packet(DATA, b"\0\0" + text[i:i + 1]) for i in range(size)]
    yield "data-bytewise", packet(REDIRECT, struct.pack(">H", size)) + b"".join(pieces)
    yield "data-without-end", packet(REDIRECT, struct.pack(">H", size)) + packet(DATA, b"\0\0") * 400
    yield "data-in-the-wrong-order", packet(DATA, b"\0\0" + text) + packet(REDIRECT, b"\0\0")
    yield "redirect-in-a-data-packet", packet(DATA, b"\0\0" + GOOD)
    yield "redirect-in-a-marker", packet(12, GOOD)
    yield "accepted-first", ACCEPTED + GOOD
    yield "refused-first", REFUSED + GOOD
    yield "redirect-in-the-accept", packet(ACCEPT, GOOD)
    yield "redirect-in-a-refusal", packet(REFUSE, b"\1\1" + struct.pack(">H", size) + text) + GOOD
    yield "empty-redirect-first", redirect("") + GOOD
    yield "ssh", b"SSH-2.0-OpenSSH_9.2\r\n" + GOOD
    yield "http", b"HTTP/1.1 200 OK\r\n\r\n" + GOOD
    yield "noise", random.Random(2).randbytes(600)
    yield "zeros", bytes(600)
    yield "ones", b"\xff" * 600
    yield "large-object", redirect(described(address()) + " " * 60000)


def bad_ports():
    for port in (0, 1, 22, 111, 445, 1023, 65536, 65558, 131094, 4294967318, 18446744073709551638, "", "+3000", "-3000", "-1",
                 "03000", "003000", "0x0bb8", "0b1", "3e3", "3000.0", "3,000", "3 000", "\t3000x", "3000;", "3000:3001",
                 "3000-3001", "(3000)", "\\3000", "'3000", "\"3000", "\"\"", "' 3000'", "ssh", "%s", "%n" * 9, "\xb3\xb0",
                 "9" * 300, "0" * 300, "*", "?"):
        yield str(port)[:12].strip(), described(address(port=port))


def bad_hosts():
    for host in ("", ".", "..", "-", "_", "1", "127.1", "192.0.2", "192.0.2.1.1", "192.0.2.256", "192.0.2.-1", "192.0.2.01",
                 "300.0.2.1", "3221225985", "0xc0000201", "0300.0.2.1", "192.0.2.0x1", "192.0.2.1 ", "127.0.0.1", "127.255.255.254",
                 "0.0.0.0", "0.0.0.1", "224.0.0.1", "239.255.255.250", "255.255.255.255", "::", "::1", "ff02::1", "fe80::1%eth0",
                 "::ffff:127.0.0.1", "::ffff:192.0.2.1", "2001:db8::1", "[192.0.2.1", "192.0.2.1]", "[::1]", "[]", "[[192.0.2.1]]",
                 "192.0.2.1/32", "192.0.2.1:3000", "192.0.2.1,192.0.2.2", "a b", "a\tb", "a/b", "a@b", "a:b", "a%00b", "*",
                 "xn--\xe4", "\xff" * 9, "a" * 128, "a." * 70, "(192.0.2.1)", "\\192.0.2.1", "\"192.0.2.1", "'192.0.2.1\"",
                 "$(reboot)", "%n%n%n%s", "198.51.100.77"):
        if host != "192.0.2.1 ":
            yield host[:12], described(address(host=host))


def bad_lists():
    a, h, p = address(), f"(HOST={SERVER})", "(PORT=3000)"
    texts = ("", "(", ")", "()", "(=)", "((", "))", "(((((((((", "=", "ADDRESS", "ADDRESS=", a[1:], a[:-1], a + ")", a + "(", a + a, a + "x",
             "x" + a, a + ";", a + ",", "(" + a + ")", "(A=1)" + a, "#" + a, a.replace("=", ":"), a.replace("(", "["),
             a.replace("(", "{").replace(")", "}"), a.replace("ADDRESS", "ADRESS"), a.replace("ADDRESS", "ADDRESSES"),
             a.replace("ADDRESS", "ADD RESS"), a.replace("ADDRESS", ""), a.replace("HOST", "HOSTS"), a.replace("PORT", "SPORT"),
             a.replace("HOST", "\"HOST\""), a.replace("=", "=="), a.replace("TCP", "UDP"), a.replace("TCP", "IPC"), a.replace("TCP", "SDP"),
             a.replace("TCP", ""), a.replace("TCP", "TC\\P"), a.replace("TCP", "TCP6"), a.replace("TCP", "TCP,UDP"),
             f"(DESCRIPTION={h}{p})", f"(HOST={SERVER})", f"(ADDRESS={h})", f"(ADDRESS={p})", f"(ADDRESS={h}{h}{p})",
             f"(ADDRESS={h}{p}(PORT=3001))", f"(ADDRESS={h}{p}{p})", f"(ADDRESS={h}{p}(HOST=198.51.100.77))",
             f"(ADDRESS=(PROTOCOL=IPC)(PROTOCOL=TCP){h}{p})", f"(ADDRESS=(X={h}{p}))", f"(ADDRESS=(ADDRESS={h}{p}))",
             f"(ADDRESS={h}(X={p}))", f"(X={a})", f"(CONNECT_DATA={a})", f"(DESCRIPTION=(CONNECT_DATA={a}))",
             f"(DESCRIPTION=(SECURITY=(X={a})))", f"(DESCRIPTION=(X=\"{a}\"))", f"(DESCRIPTION=(X='{a}'))",
             f"(DESCRIPTION=(X=\\{a}))", f"(DESCRIPTION=(X=\"{a}))", f"(DESCRIPTION=(CONNECT_DATA=(CID=(PROGRAM=\")){a}))))",
             f"(DESCRIPTION=(ADDRESS={h})(ADDRESS={p}))", f"(DESCRIPTION=(ADDRESS={h}){a})", f"(ADDRESS={h},{p})",
             f"(ADDRESS=(HOST=(A={SERVER})){p})", f"(ADDRESS={h}(PORT=(A=3000)))", "(A=" * 13 + a + ")" * 13, "(A=" * 1000,
             "(DESCRIPTION=" * 13 + a + ")" * 13, "(" * 3000, ")" * 3000, "\0" + a, a + "\0" + a, a + "\0x", a[:20] + "\0" + a[20:],
             a.replace("3000", "3000\0"), a.replace(SERVER, SERVER + "\0"), "\xef\xbb\xbf" + a, "".join(c + "\0" for c in a),
             f"{SERVER}:3000/x", f"tcp://{SERVER}:3000", f"//{SERVER}:3000", "x" * 3072, random.Random(3).randbytes(900).decode("latin-1"))
    for i, text in enumerate(texts):
        yield str(i), text


def flows():
    for what, call in bad_calls():
        yield what, call, GOOD
    for what, reply in bad_frames():
        yield "reply-" + what, connect(), reply
    for kind, source in ("port", bad_ports), ("host", bad_hosts), ("list", bad_lists):
        for i, (what, text) in enumerate(source()):
            name = what if what.isalnum() else str(i)
            yield f"{kind}-{name}", connect(), redirect(text, inline=i % 2 == 0)


def main():
    for old in glob.glob(os.path.join(HERE, "*.tcp")):
        os.unlink(old)
    for number, (what, *sides) in enumerate(flows(), 1):
        for side, data in zip(("call", "reply"), sides):
            with open(os.path.join(HERE, f"{number:03}-{what}.{side}.tcp"), "wb") as f:
                f.write(data)


main()
