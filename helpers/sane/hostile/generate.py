#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the hostile messages next to itself: NNN-what.{call,reply,call2,reply2}.tcp.

Files of one number belong to one flow, in the order of their names above. One of them is hostile, the
others are what would open a pinhole if the hostile one were believed: INIT, its answer, START, its
answer. None may open one.
"""
import glob
import os
import random
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
END = b"\xff" * 64  # what was cut is not waited for
PORT = 49801
INIT, GET_DEVICES, OPEN, CLOSE, GET_OPTIONS, CONTROL, GET_PARAMETERS, START, CANCEL, AUTHORIZE, EXIT = range(11)


def words(*values):
    return b"".join(v if isinstance(v, bytes) else struct.pack(">I", v & 0xFFFFFFFF) for v in values)


def text(s):
    return words(len(s) + 1) + s.encode() + b"\0"


VERSION = 0x01010003
HELLO = words(INIT, VERSION, text("user"))
WELCOME = words(0, VERSION)
ASK = words(START, 0)
ANSWER = words(0, PORT, 0x1234, 0)
WEB = (b"GET / HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\n", b"PUT / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00",
       b"SSH-2.0-x\r\n", b"USER x\r\n", b"\r\n\r\n", b"\0", b"\0\0", b"\0\0\0", b"\1", b"\xff")


def bad_hellos():
    for code in (*range(1, 40), 64, 255, 256, 0x10000, 0x1000000, 0x80000000, 0xFFFFFFFF):
        yield f"code-{code}", words(code, VERSION, text("user"))
    for major in (0, *range(2, 20), 127, 128, 255):
        yield f"major-{major}", words(INIT, major << 24 | 0x10003, text("user"))
    for length in (1024 * 1024 + 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100005, 0x1000005):
        yield f"length-{length}", words(INIT, VERSION, length) + b"user\0"
    for size in range(12):
        yield f"cut-{size}", HELLO[:size] + END
    for i, junk in enumerate(WEB):
        yield f"behind-{i}", junk + HELLO
    yield "twice", HELLO + HELLO
    yield "with-start", HELLO + ASK
    yield "with-open-and-start", HELLO + words(OPEN, text("test")) + ASK
    yield "start-in-the-name-too-long", words(INIT, VERSION, len(ASK) + 100) + ASK
    yield "little-endian", struct.pack("<3I", INIT, VERSION, 5) + b"user\0"
    yield "zeros", bytes(64)
    yield "noise", random.Random(1).randbytes(300)


def bad_welcomes():
    for status in (*range(1, 24), 0x100, 0x80000000, 0xFFFFFFFF):
        yield f"status-{status}", words(status, VERSION)
    for version in (0, 1, 3, 0x01000000, 0x01010000, 0x01010001, 0x01010002, 0x01010004, 0x01010103, 0x01018003, 0x02010003, 0x03000101,
                    0x81010003, 0xFF010003, 0xFFFFFFFF):
        yield f"version-{version:x}", words(0, version)
    for size in range(8):
        yield f"cut-{size}", WELCOME[:size] + END
    for i, junk in enumerate(WEB):
        if junk.strip(b"\0"):
            yield f"behind-{i}", junk + WELCOME
    yield "with-an-answer", WELCOME + ANSWER
    yield "with-answers", WELCOME + ANSWER * 9
    yield "twice", WELCOME + WELCOME
    yield "an-answer", ANSWER
    yield "ones", END


def option(constraint=0, rest=b"", name="n"):
    return words(0, text(name), text("t"), text("d"), 1, 0, 4, 5, constraint, rest)


def bad_asks():
    """Another request than START, or START out of turn, and then an answer to START."""
    long = ANSWER + b"\xff" * 17408
    for code in (*range(11, 60), 100, 255, 256, 0x700, 0x70000, 0x7000000, 0x80000007, 0xFFFFFFFF):
        yield f"code-{code}", words(code, 0), ANSWER
    for what, ask in (("devices", words(GET_DEVICES)), ("options", words(GET_OPTIONS, 0)), ("close", words(CLOSE, 0)), ("cancel", words(CANCEL, 0)),
                      ("init", HELLO), ("authorize", words(AUTHORIZE, text("a"), text("b"), text("c"))), ("exit", words(EXIT))):
        yield what, ask, ANSWER + END
        yield what + "-with-start", ask + ASK, ANSWER + END
        yield what + "-start-exit", ask + ASK + words(EXIT), ANSWER + ANSWER + END
    for what, ask in (("open", words(OPEN, text("test"))), ("parameters", words(GET_PARAMETERS, 0)),
                      ("control", words(CONTROL, 0, 1, 2)), ("open-without-name", words(OPEN, 0))):
        yield what, ask, long
        yield what + "-with-start", ask + ASK, long
    for size in range(4):
        yield f"cut-{size}", ASK[:size] + END, ANSWER
    for i, junk in enumerate(WEB):
        yield f"behind-{i}", junk + ASK, ANSWER
    for length in (1024 * 1024 + 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF8, 0xFFFFFFFF):
        yield f"open-length-{length}", words(OPEN, length) + ASK, ANSWER
        yield f"value-length-{length}", words(CONTROL, 0, 1, 1, 3, 4, length) + ASK, ANSWER
    for length in (262145, 0x40000000, 0x40000001, 0x7FFFFFFF, 0x80000000, 0xC0000000, 0xFFFFFFFF):
        yield f"words-{length}", words(CONTROL, 0, 1, 1, 1, 4, length) + ASK, ANSWER
    for action in (3, 4, 7, 255, 0x80000000, 0xFFFFFFFF):
        yield f"action-{action}", words(CONTROL, 0, 1, action) + ASK, ANSWER
    for kind in (*range(6, 12), 255, 0x80000000, 0xFFFFFFFF):
        yield f"type-{kind}", words(CONTROL, 0, 1, 1, kind, 4, 1, 0) + ASK, ANSWER
    for n in range(0, 24):
        yield f"start-in-a-name-{n}", words(OPEN, text("x" * n + "\0\0\0\7\0\0\0\0")), long
        yield f"start-in-a-value-{n}", words(CONTROL, 0, 1, 1, 3, 4, n + 8) + b"x" * n + ASK, words(0, 0, 3, 4, n + 8) + b"x" * n + ASK + words(0) + ANSWER
    yield "value-holds-an-answer-to-start", words(CONTROL, 0, 1, 1, 1, 20, 5, 0, ANSWER), words(0, 0, 1, 20, 5, 0, ANSWER, 0) + ANSWER
    yield "zeros", bytes(64), ANSWER
    yield "noise", random.Random(2).randbytes(300), ANSWER


def bad_answers():
    """To START."""
    for port in (0, 1, 22, 80, 111, 445, 1023, 65536, 65558, 65536 + PORT, 0x10000 * 3 + PORT, 0x80000000 + PORT, 0xFFFF0000 + PORT, PORT << 16,
                 PORT << 8, 0xFFFFFFFF, -PORT, -1):
        yield f"port-{port}", words(0, port, 0x1234, 0)
        yield f"port-{port}-again", words(0, port, 0x4321, 0) + ANSWER
    for status in (*range(1, 32), 255, 256, 0x10000, 0x80000000, 0xFFFFFFFF):
        yield f"status-{status}", words(status, PORT, 0x1234, 0)
    for order in (0, 1, 2, 3, 4, 0x12, 0x34, 0x1233, 0x1235, 0x2143, 0x3412, 0x4320, 0x12340000, 0x34120000, 0x43210000, 0x11234, 0x80001234,
                  0x12341234, PORT, 0xFFFFFFFF):
        yield f"order-{order:x}", words(0, PORT, order, 0)
    for length in (1, 2, 5, 16, 17, 255, 4096, 1024 * 1024, 1024 * 1024 + 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        yield f"resource-{length}", words(0, PORT, 0x1234, length) + ANSWER * 2
    for size in range(16):
        yield f"cut-{size}", ANSWER[:size] + END
    for n in range(1, 32):
        yield f"shifted-{n}", b"\1" * n + ANSWER
    for n in range(1, 16):
        yield f"shifted-zeros-{n}", bytes(n) + ANSWER
    for i, junk in enumerate(WEB):
        yield f"behind-{i}", junk + ANSWER
    yield "little-endian", struct.pack("<4I", 0, PORT, 0x1234, 0)
    yield "an-answer-to-open", words(0, 1, 0) + END
    yield "an-answer-to-init", WELCOME + words(0, 0)
    yield "zeros", bytes(64)
    yield "ones", END
    yield "noise", random.Random(3).randbytes(300)


def bad_lists():
    """Answers that hold one to START, and then another START is not waited for."""
    for n in (*range(4096, 4100), 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        yield f"options-{n}", words(GET_OPTIONS, 0), words(n) + ANSWER * 2 + END
        yield f"devices-{n}", words(GET_DEVICES), words(0, n) + ANSWER * 2 + END
    for pointer in (2, 3, 255, 256, 0x80000000, 0xFFFFFFFF):
        yield f"pointer-{pointer}", words(GET_OPTIONS, 0), words(2, pointer) + ANSWER
        yield f"range-pointer-{pointer}", words(GET_OPTIONS, 0), words(1) + option(1, words(pointer)) + ANSWER
        yield f"device-pointer-{pointer}", words(GET_DEVICES), words(0, 1, pointer) + ANSWER
    for constraint in (*range(4, 12), 255, 0x80000000, 0xFFFFFFFF):
        yield f"constraint-{constraint}", words(GET_OPTIONS, 0), words(1) + option(constraint) + ANSWER
    for n in (4096, 65536, 262145, 0x40000000, 0x80000000, 0xFFFFFFFF):
        yield f"choices-{n}", words(GET_OPTIONS, 0), words(1) + option(3, words(n)) + ANSWER + END
        yield f"words-{n | 1 << 20}", words(GET_OPTIONS, 0), words(1) + option(2, words(n | 1 << 20)) + ANSWER + END
    for what, rest in (("none", option()), ("range", option(1, words(0, ANSWER[:12]))), ("no-range", option(1, words(1))),
                       ("words", option(2, words(4, ANSWER))), ("choices", option(3, words(2) + words(16) + ANSWER + words(0))),
                       ("name", option(name="\0\0\0\0\0\0\3\1\0\0\x124\0\0\0\0")), ("null", words(1))):
        for n in (1, 2, 3):
            yield f"{what}-{n}", words(GET_OPTIONS, 0), words(n) + rest * n + ANSWER
        yield f"{what}-with-start", words(GET_OPTIONS, 0) + ASK, words(1) + rest + ANSWER
    for kind in (6, 7, 255, 0xFFFFFFFF):
        yield f"value-type-{kind}", words(CONTROL, 0, 1, 2), words(0, 0, kind, 4, 1) + ANSWER
    for n in (1, 5, 16):
        yield f"who-asks-{n}", words(CONTROL, 0, 1, 2), words(0, 0, 0, 4, 1, 1, n) + b"x" * n + ANSWER
        yield f"who-opens-{n}", words(OPEN, text("test")), words(0, 0, n) + b"x" * n + ANSWER


def flows():
    for what, call in bad_hellos():
        yield "hello-" + what, call, WELCOME, ASK, ANSWER
    for what, reply in bad_welcomes():
        yield "welcome-" + what, HELLO, reply, ASK, ANSWER
    for source in bad_asks, bad_lists:
        for what, call, reply in source():
            yield what, HELLO, WELCOME, call, reply
    for what, reply in bad_answers():
        yield "answer-" + what, HELLO, WELCOME, ASK, reply


def main():
    for old in glob.glob(os.path.join(HERE, "*.tcp")):
        os.unlink(old)
    for number, (what, *sides) in enumerate(flows(), 1):
        for side, data in zip(("call", "reply", "call2", "reply2"), sides):
            with open(os.path.join(HERE, f"{number:03}-{what}.{side}.tcp"), "wb") as f:
                f.write(data)


main()
