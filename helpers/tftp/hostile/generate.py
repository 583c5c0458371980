#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the hostile datagrams next to itself: NNN-what.call.udp from the client, and for some
NNN-what.reply.udp from the server, in answer to it.

None may open anything: they are no requests, or broken ones, or come from the wrong side.
"""
import glob
import os
import random
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
ACK = b"\0\4\0\0"


def request(opcode, *texts, end=b"\0"):
    return struct.pack(">H", opcode) + b"\0".join(texts) + end


def read(*options, name=b"vmlinuz", mode=b"octet", **more):
    return request(1, name, mode, *options, **more)


def opcodes():
    for opcode in (0, *range(3, 24), 0x0100, 0x0200, 0x0101, 0x0201, 0x7FFF, 0x8001, 0x8002, 0xFF01, 0xFFFF):
        yield f"opcode-{opcode}", request(opcode, b"vmlinuz", b"octet")
    for opcode in range(3, 7):
        yield f"request-in-{opcode}", struct.pack(">H", opcode) + read()
    yield "opcode-little-endian", b"\1\0" + read()[2:]
    yield "opcode-one-byte", b"\1" + read()[2:]
    yield "opcode-four-bytes", b"\0\0" + read()
    yield "request-behind-a-blank", b" " + read()


def cut():
    """Every beginning that is no request by itself."""
    options = read(b"tsize", b"0", b"blksize", b"1456", b"windowsize", b"8")
    good = {len(read()), len(read(b"tsize", b"0")), len(read(b"tsize", b"0", b"blksize", b"1456"))}
    for word, opcode in ("read", b"\0\1"), ("write", b"\0\2"):
        for size in range(1, len(options)):
            if size not in good:
                yield f"{word}-cut-to-{size}", (opcode + options[2:])[:size]


def names_and_modes():
    yield "no-name", read(name=b"")
    yield "no-name-no-mode", read(name=b"", mode=b"")
    yield "one-nul", b"\0\1\0"
    yield "name-alone", request(1, b"vmlinuz")
    yield "name-without-end", request(1, b"vmlinuz", end=b"")
    yield "mode-without-end", read(end=b"")
    yield "blanks-for-nuls", b"\0\1vmlinuz octet "
    yield "newlines-for-nuls", b"\0\1vmlinuz\noctet\n"
    yield "mode-and-name-exchanged", read(name=b"octet", mode=b"vmlinuz")
    modes = (
        b"", b"mail", b"Mail", b"binary", b"image", b"ascii", b"text", b"o", b"octe", b"octets", b"octett", b"octet ", b" octet",
        b"octet\n", b"\toctet", b"0ctet", b"oct\x05t", b"\x0fctet", b"octe\xf4", b"OCTET\xa0", b"netasci", b"netasciii", b"net ascii",
        b"netascii,octet", b"octet;netascii", b"OCTET/1.0", b"octet=1", b"%s%s%n", b"\xef\xbb\xbfoctet", b"\xff\xfe", b"o" * 200,
        b"octet" * 40, "ＯＣＴＥＴ".encode(), b"nEtAsCiX", b"netascil", b"null", b"-1", b"../octet", b"tftp", b"multicast",
    )
    for i, mode in enumerate(modes):
        yield f"mode-{i}", read(mode=mode)
        if mode.lower() != b"mail":
            yield f"mode-{i}-write", request(2, b"vmlinuz", mode)
            yield f"mode-{i}-option", read(b"tsize", b"0", mode=mode)


def lengths():
    for size in (504, 505, 506, 511, 512, 513, 1000, 1024, 1400, 1472):
        yield f"name-of-{size}", read(name=b"f" * size)
        yield f"name-of-{size}-write", request(2, b"f" * size, b"netascii")
        yield f"value-of-{size}", read(b"blksize", b"1" * size)
        yield f"option-of-{size}", read(b"b" * size, b"1")
    for size in (513, 600, 1400):
        yield f"padded-to-{size}", read() + bytes(size - len(read()))
        yield f"options-to-{size}", read(*[b"a", b"1"] * (size // 4))


def options():
    for n in range(17, 81):
        yield f"{n}-options", read(*[b"a", b"1"] * n)
    for i, option in enumerate((b"blksize", b"tsize", b"timeout", b"windowsize", b"multicast")):
        yield f"option-{i}-without-value", read(option)
        yield f"option-{i}-value-without-end", read(option, b"1", end=b"")
        yield f"option-{i}-without-end", read(option, end=b"")
        yield f"option-{i}-then-half-of-one", read(option, b"1", b"tsize")
    for n in range(1, 33):
        yield f"{n}-nuls-behind", read() + bytes(n)
        yield f"{n}-nuls-behind-an-option", read(b"tsize", b"0") + bytes(n)
    for n in range(1, 20):
        yield f"{n}-bytes-behind", read() + b"x" * n
    yield "no-option-name", read(b"", b"1")
    yield "no-option-name-second", read(b"tsize", b"0", b"", b"1")
    yield "request-behind", read() + read()
    yield "options-without-mode", request(1, b"vmlinuz", b"tsize", b"0")
    yield "line-behind", read() + b"\r\n"
    yield "data-behind", read() + b"\0\3\0\1" + b"a" * 100


def multicast():
    words = (b"multicast", b"MULTICAST", b"Multicast", b"mULTICASt", b"multiCast")
    values = (b"", b"1", b"224.0.0.1,1758,1", b"ff02::1,69,1", b"192.0.2.10,22,1", b",,1", b"\xff" * 40)
    for i, word in enumerate(words):
        for j, value in enumerate(values):
            yield f"multicast-{i}-{j}", read(word, value)
        yield f"multicast-{i}-last", read(b"tsize", b"0", b"blksize", b"512", word, b"")
        yield f"multicast-{i}-first", read(word, b"", b"tsize", b"0")
        yield f"multicast-{i}-write", request(2, b"core", b"octet", word, b"")


def strangers():
    yield "http-get", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + read()
    yield "http-post", b"POST / HTTP/1.1\r\nContent-Length: 20\r\n\r\n" + read()
    yield "tls-hello", bytes.fromhex("1603010200010001fc0303") + read()
    yield "dns", bytes.fromhex("000101000001000000000000") + b"\7octet\0\0\1\0\1"
    yield "sip", b"INVITE sip:a@192.0.2.1 SIP/2.0\r\n\r\n"
    yield "zeros", bytes(512)
    yield "ones", b"\xff" * 512
    for size in (1, 2, 3, 4, 8, 16, 64, 200, 512, 1400):
        for seed in range(4):
            noise = random.Random(seed * 10000 + size).randbytes(size)
            yield f"noise-{size}-{seed}", noise
            if size > 2:
                yield f"noise-as-name-{size}-{seed}", b"\0\1" + noise.replace(b"\0", b"x")


def from_server():
    """What would open something if the client had sent it."""
    for opcode in (1, 2):
        for mode in (b"octet", b"netascii", b"OCTET"):
            yield f"server-asks-{opcode}-{mode.decode()}", request(opcode, b"vmlinuz", mode)
            yield f"server-asks-{opcode}-{mode.decode()}-option", request(opcode, b"vmlinuz", mode, b"tsize", b"0")
    yield "server-asks-twice", read() + read()
    yield "oack-with-a-request", b"\0\6" + read()


def write(number, what, part, data):
    with open(os.path.join(HERE, f"{number:03}-{what}.{part}.udp"), "wb") as f:
        f.write(data)


def main():
    for old in glob.glob(os.path.join(HERE, "*.udp")):
        os.unlink(old)
    number = 0
    for source in (opcodes, cut, names_and_modes, lengths, options, multicast, strangers):
        for what, data in source():
            number += 1
            write(number, what, "call", data)
    for what, data in from_server():
        number += 1
        write(number, what, "call", ACK)
        write(number, what, "reply", data)
    print(number, "hostile flows")


main()
