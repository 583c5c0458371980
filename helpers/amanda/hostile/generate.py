#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the hostile messages next to itself: NNN-what.{call,reply}.udp.

Files of one number belong to one flow: the client sends `call`, then the server sends `reply`. One of
the two is hostile, the other is what would open pinholes if the hostile one were believed. None may
open one: the ports that are named are the gate's to refuse, or the line says nothing.
"""
import glob
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
SEQ = "SEQ 1700000000"
LINE = "CONNECT DATA 50001 MESG 50002 INDEX 50003 STATE 50004\n"
OPTIONS = "OPTIONS features=ffff;\n"
REQUEST = f"Amanda 3.5 REQ HANDLE 000-00000000 {SEQ}\nSECURITY USER backup\nSERVICE sendbackup\n{OPTIONS}"


def packet(kind="REP", body=LINE + OPTIONS, start="Amanda 3.5 ", handle=" HANDLE 000-00000000 ", seq=SEQ + "\n"):
    return start + kind + handle + seq + body


GOOD = packet()


def bad_calls():
    """What the client sends names streams: it must not."""
    for kind in ("REP", "PREP", "REQ", "ACK", "NAK"):
        yield f"client-{kind}", packet(kind)
        yield f"client-{kind}-other-version", packet(kind, start="Amanda 2.4 ")
    yield "request-that-holds-a-reply", REQUEST + GOOD
    yield "service-that-holds-a-line", REQUEST.replace("sendbackup", "\n" + LINE)
    yield "web", "GET / HTTP/1.1\r\n\r\n" + GOOD
    yield "nothing", ""


def bad_headers():
    head = GOOD[:GOOD.index("\n") + 1]
    for size in range(1, len(head)):
        yield f"cut-{size}", GOOD[:size]
        if size < len(head) - 1:
            yield f"hole-{size}", GOOD[:size] + "\0" + GOOD[size + 1:]
            if head[size] not in "0123456789-" or head[size:].startswith("3.5"):
                yield f"without-{size}", GOOD[:size] + GOOD[size + 1:]
                yield f"case-{size}", GOOD[:size] + head[size].swapcase() + "\x01" + GOOD[size + 1:]
    for start in ("", " ", "AMANDA 3.5 ", "amanda 3.5 ", "Amanda  3.5 ", "Amanda\t3.5 ", "Amanda 3 ", "Amanda .5 ", "Amanda 3. ",
                  "Amanda -3.5 ", "Amanda 03.5 ", "Amanda 0x3.5 ", "Amanda 4294967296.5 ", "Amanda 3,5 ", "Amanda 3.5",
                  "Amanda 3.5\n", "Amanda " + "3" * 100 + ".5 ", "Amanda 3." + "5" * 100 + " ", "xAmanda 3.5 ", "\0Amanda 3.5 ",
                  "Amanda 3.5 Amanda 3.5 ", "Amanda 3.\xff "):
        yield "start", packet(start=start)
    for kind in ("", "rep", "Rep", "RE", "REPP", "REP\0", "XREP", "PPREP", "REP REP", "ERR", "\xd2EP", "REQ", "REP,", "R" * 100):
        yield "kind", packet(kind)
    for handle in ("", " ", " HANDLE ", " HANDLE  ", " HANDLE 0", "HANDLE 0 ", " handle 0 ", " HANDLE a b ", " HANDLE \t ", " HANDLE \n ",
                   " HANDLE " + "0" * 65 + " ", " HANDLE " + "0" * 5000 + " ", " HANDLE \xff ", " HANDLE 0\0 ", " HANDLE 0  "):
        yield "handle", packet(handle=handle)
    for seq in ("", "\n", "SEQ\n", "SEQ \n", "SEQ -1\n", "SEQ +1\n", "SEQ 01\n", "SEQ 1 \n", "SEQ 1\r\n", "SEQ 0x1\n", "SEQ 1.0\n", "seq 1\n",
                "SEQ 4294967296\n", "SEQ " + "9" * 400 + "\n", "SEQ 1\0\n", "SEQ 1", "SEQ one\n", "SEQ  1\n", "SEQ 1 2\n"):
        yield "seq", packet(seq=seq)


def bad_lines():
    good = "DATA 50001 MESG 50002"
    size = len("CONNECT " + good)
    for cut in range(1, size + 1):
        yield "cut", ("CONNECT " + good)[:cut]
    for line in ("CONNECT\n", "CONNECT \n", "CONNECT  \n", f"CONNECT  {good}\n", f"CONNECT\t{good}\n", f"CONNECT\n{good}\n", f"CONNECT {good} \n",
                 f"CONNECT {good}\r\n", f"CONNECT {good}\0\n", f"CONNECT {good};\n", f"CONNECT {good}, INDEX 50003\n", f"CONNECT={good}\n",
                 f"CONNECT: {good}\n", f"CONNECTION {good}\n", f"connect {good}\n", f"Connect {good}\n", f" CONNECT {good}\n", f"\nCONNECT {good}\n",
                 f"\0CONNECT {good}\n", f"OPTIONS ;\nCONNECT {good}\n", f"ERROR [\nCONNECT {good}\n", f"KENCRYPT\nCONNECT {good}\n",
                 f"SECURITY USER x\nCONNECT {good}\n", f"Amanda 3.5 REP HANDLE 0 SEQ 1\nCONNECT {good}\n", f"xCONNECT {good}\n",
                 f"CONNECT CONNECT {good}\n", f"CONNECT {good} CONNECT {good}\n", "CONNECT DATA\n", "CONNECT DATA \n", "CONNECT DATA 50001 MESG\n",
                 "CONNECT DATA 50001 MESG \n", "CONNECT DATA50001\n", "CONNECT DATA=50001\n", "CONNECT DATA:50001\n", "CONNECT DATA  50001\n",
                 "CONNECT DATA\t50001\n", "CONNECT DATA\n50001\n", "CONNECT 50001\n", "CONNECT 50001 DATA\n", "CONNECT DATA -1\n",
                 "CONNECT DATA -1 MESG -1 INDEX -1 STATE -1\n", "CONNECT DATA 50001MESG 50002\n", "CONNECT DATA 50001 50002\n", "DATA 50001 MESG 50002\n",
                 f"/tmp/CONNECT {good}\n", "CONNECT " + "DATA 50001 " * 3000 + "\n", "CONNECT " * 6000 + "\n", "CONNECT " + " " * 5000 + "\n"):
        yield "line", line
    for i in range(0, 40, 2):
        yield "behind", "OPTIONS " + "x" * i + "\n" * (i % 3 + 1) + LINE
    noise = random.Random(1)
    for i in range(1, 25):
        yield "noise", "".join(chr(noise.randrange(256)) for _ in range(20 * i)) + LINE
        yield "noisy", "CONNECT " + "".join(chr(noise.randrange(256)) for _ in range(8 * i + 8)) + "\n"


def bad_streams():
    for name in ("", "data", "Data", "DATAS", "DAT", "XDATA", "SHELL", "CONNECT", "OPTIONS", "INDEX2", "MESG,", "\0DATA", "DATA\0", "%s", "%n%n",
                 "*", "-", "..", "A" * 64, "A" * 65, "A" * 4000, "\xffDATA", "DATA/", "DATA|MESG", "C", "CMDS", "CTRL", "STATES"):
        yield "name", f"CONNECT {name} 50001\n"
        yield "name-behind", f"CONNECT DATA 50001 {name} 50002\n"
    for name in ("DATA", "MESG", "INDEX", "STATE", "CMD", "CTL"):
        yield "twice", f"CONNECT {name} 50001 {name} 50002\n"
        yield "twice-and-not-wanted", f"CONNECT {name} 50001 {name} -1\n"
        yield "twice-not-wanted", f"CONNECT {name} -1 {name} 50001\n"


def bad_ports():
    for port in (0, 65536, 65558, 131094, 4294967295, 4294967296, 4294967318, 18446744073709551638, "", "+50001", "-50001", "-2", "-0", "--1",
                 "-1x", "-10", "050001", "0050001", "0xc351", "0b1", "5e4", "50001.0", "50,001", "50 001", "50001;", "50001:50002", "50001-50002",
                 "(50001)", "'50001'", "ssh", "%s", "%n" * 9, "\xb5\xb0", "9" * 300, "0" * 300, "*", "?", "50001\0", "\00050001", "\t50001"):
        yield "port", f"CONNECT DATA {port}\n"
        yield "port-behind", f"CONNECT DATA 50001 MESG {port}\n"
        yield "port-last", f"CONNECT DATA 50001 MESG 50002 INDEX 50003 STATE {port}\n"
    for port in (1, 22, 80, 111, 445, 1023):
        yield "low", f"CONNECT DATA {port}\n"
        yield "low-and-not-wanted", f"CONNECT DATA {port} MESG -1\n"
    for a, b in (("DATA", "MESG"), ("MESG", "INDEX"), ("INDEX", "STATE"), ("CTL", "DATA")):
        yield "port-twice", f"CONNECT {a} 50001 {b} 50001\n"


def flows():
    for what, call in bad_calls():
        yield what, call, packet("PREP")
    for kind in ("REQ", "PREP"):
        yield f"server-{kind}", REQUEST, packet(kind)
    for what, reply in bad_headers():
        if reply != GOOD:
            yield "header-" + what, REQUEST, reply
    for source in bad_lines, bad_streams, bad_ports:
        for what, body in source():
            yield what, REQUEST, packet(body=body)


def main():
    for old in glob.glob(os.path.join(HERE, "*.udp")):
        os.unlink(old)
    for number, (what, *sides) in enumerate(flows(), 1):
        for side, text in zip(("call", "reply"), sides):
            with open(os.path.join(HERE, f"{number:03}-{what}.{side}.udp"), "wb") as f:
                f.write(text.encode("latin-1"))


main()
