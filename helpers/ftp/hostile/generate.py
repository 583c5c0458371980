#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the hostile flows next to itself: NNN-what.{greeting,call,reply}.tcp.

Files of one number belong to one flow: the server sends `greeting`, the client `call`, the server
`reply`. One of them is hostile, the others are what would open a pinhole if it were believed. None
may open one (third parties, which some of them name, the gate refuses).
"""
import glob
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
GREETING = "220 ready\r\n"
HOST = "192,0,2,1"  # the server
ME = "192,0,2,10"  # the client
PASV, EPSV, LPSV = "PASV\r\n", "EPSV\r\n", "LPSV\r\n"
GOOD227 = f"227 Entering Passive Mode ({HOST},78,80)\r\n"
GOOD228 = f"228 Entering Long Passive Mode (4,4,{HOST},2,78,80)\r\n"
GOOD229 = "229 Entering Extended Passive Mode (|||20048|)\r\n"
PORT = f"PORT {ME},78,80\r\n"
EPRT = "EPRT |1|192.0.2.10|20048|\r\n"
LPRT = f"LPRT 4,4,{ME},2,78,80\r\n"
OK = "200 ok\r\n"

# What stands for the last number, or the last two, of a list with commas.
NUMBERS = [
    "78,256", "256,80", "78,336", "334,80", "65536,80", "78,65616", "0,65558", "0,4294967318", "4294967374,80",
    "78,18446744073709551696", "0,0", "-78,80", "78,-80", "+78,80", "78,+80", "0x4e,0x50", "4e,50", "78,0x50",
    "0078,80", "78,00000000080", "78", "78,", "78,,80", ",78,80", "78,80,1", "78,80,", "78 ,80", "78;80", "78.80",
    "78,80x", "x78,80", "78,8e1", "78,8_0", "%d,%n", "78,\xb280", "\u0668,80".encode().decode("latin-1"), "0,22", "3,255",
]
PORTS = [
    "0", "00", "22", "1023", "65536", "65558", "131072", "4294967318", "18446744073709551638", "99999", "-1", "+20048",
    "0x4e50", "4e50", "020048", " 20048", "20048 ", "", "20048x", "20,048", "2.0048", "1e4", "%n", "20048|22",
]
SPECIAL = ["0,0,0,0", "127,0,0,1", "127,255,255,254", "224,0,0,1", "239,1,2,3", "255,255,255,255"]
OTHERS = ["192,0,2,66", "10,0,0,1", "192,168,0,1", "198,51,100,1", "8,8,8,8"]


def bad_passive():
    for n in NUMBERS:
        yield "227", PASV, f"227 Entering Passive Mode ({HOST},{n})\r\n"
    for host in ["192,0,2", "192,0,2,1,1", "192.0.2.1", "192,0,2,257", "448,0,2,1", "-192,0,2,1", "0xc0,0,2,1", "1.192,0,2,1",
                 "0192,0,2,1", "a192,0,2,1", *SPECIAL[1:], *OTHERS]:
        yield "227-host", PASV, f"227 Entering Passive Mode ({host},78,80)\r\n"
    for text in ["", "(", "()", ",,,,,", "(,,,,,)", "1", "1,2,3,4,5", "(|||20048|)", f"(4,4,{HOST},2,78,80)", "0" * 900, "9," * 450,
                 f"({HOST},78,80) ({HOST},78,81)", f"{HOST},78,80 {HOST},78,80,1", f"({HOST},78,80)({HOST},0,22)",
                 f"({HOST},78,256) ({HOST},78,80)", f"({HOST},78,80) " * 6, f"(10,{HOST},78,80)", f"{HOST},78,80-1"]:
        yield "227-text", PASV, f"227 {text}\r\n"
    for n in NUMBERS[:22] + NUMBERS[-2:]:
        yield "228", LPSV, f"228 (4,4,{HOST},2,{n})\r\n"
    for head in [f"4,4,{HOST},1", f"4,4,{HOST},3", f"4,5,{HOST},2", f"5,4,{HOST},2", f"6,16,{HOST},2", f"6,4,{HOST},2",
                 f"4,4,{HOST},258", f"260,4,{HOST},2", *[f"4,4,{h},2" for h in SPECIAL[1:] + OTHERS]]:
        yield "228-head", LPSV, f"228 ({head},78,80)\r\n"
    yield "228-of-ipv6", LPSV, "228 (6,16,32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,1,2,78,80)\r\n"
    yield "228-of-227", LPSV, f"228 ({HOST},78,80)\r\n"
    for p in PORTS:
        yield "229", EPSV, f"229 Entering Extended Passive Mode (|||{p}|)\r\n"
    for text in ["", "(", "(|", "(|||", "(||||)", "(|||20048)", "(||20048|)", "(||||20048|)", "(|||20048||)", "(|1||20048|)",
                 "(||192.0.2.1|20048|)", "(|1|192.0.2.1|20048|)", "(|||20048!)", "(!||20048|)", "111200481", "(\x7f\x7f\x7f20048\x7f)",
                 "(   20048 )", "\t\t\t20048\t", "\xff\xff\xff20048\xff", f"({HOST},78,80)", "(|||20048|) (|||20049|)",
                 "|||20048| !!!20049!", "(|||20048|)(|||0|)", "|" * 900]:
        yield "229-text", EPSV, f"229 {text}\r\n"


def bad_active():
    for n in NUMBERS:
        yield "port", f"PORT {ME},{n}\r\n", OK
    for host in SPECIAL + OTHERS + ["192,0,2,266", "0192,0,2,10", "192.0.2.10", "192,0,2", "-192,0,2,10", "192, 0,2,10"]:
        yield "port-host", f"PORT {host},78,80\r\n", OK
    for text in ["", " ", ",,,,,", f"({ME},78,80)", f"{ME},78,80 x", f"{ME},78,80\t", f"x {ME},78,80", f"{ME},78,80\r",
                 f"{ME},78,80;{ME},78,81", f"{ME},78,80 {ME},78,80", "1," * 450, "|1|192.0.2.10|20048|", f"4,4,{ME},2,78,80"]:
        yield "port-text", f"PORT {text}\r\n", OK
    for p in PORTS:
        yield "eprt", f"EPRT |1|192.0.2.10|{p}|\r\n", OK
    for a in ["|2|192.0.2.10|", "|0|192.0.2.10|", "|3|192.0.2.10|", "||192.0.2.10|", "|01|192.0.2.10|", "|1||", "|1|192.0.2|", "|1|3221225994|",
              "|1|0xc0.0.2.10|", "|1|192.0.2.010|", "|1|192.0.2.266|", "|1| 192.0.2.10|", "|1|192.0.2.10 |", "|1|192,0,2,10|",
              "|1|localhost|", "|1|::ffff:192.0.2.10|", "|2|::ffff:192.0.2.10|", "|2|2001:db8::10|", "|1|127.0.0.1|", "|1|0.0.0.0|",
              "|1|192.0.2.66|", "!1|192.0.2.10|", "|1!192.0.2.10|", "1|192.0.2.10|"]:
        yield "eprt-host", f"EPRT {a}20048|\r\n", OK
    for text in ["|", "||", "|||", "||||", "|1|192.0.2.10|20048", "|1|192.0.2.10|20048|x", "|1|192.0.2.10|20048||", "111192.0.2.101200481", f"{ME},78,80"]:
        yield "eprt-text", f"EPRT {text}\r\n", OK
    for n in NUMBERS[:22] + NUMBERS[-2:]:
        yield "lprt", f"LPRT 4,4,{ME},2,{n}\r\n", OK
    for head in [f"4,4,{ME},3", f"4,5,{ME},2", f"5,4,{ME},2", f"6,16,{ME},2", "4,4,127,0,0,1,2", "4,4,192,0,2,66,2", f" 4, 4,{ME},2", f"{ME}"]:
        yield "lprt-head", f"LPRT {head},78,80\r\n", OK
    yield "lprt-of-ipv6", "LPRT 6,16,32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,16,2,78,80\r\n", OK
    for ask in (PORT, EPRT, LPRT):
        for code in (400, 421, 425, 500, 501, 502, 530, 599):
            yield f"refused-{code}", ask, f"{code} no\r\n"


def bad_verbs():
    """The reply would open something if the command were taken for a request."""
    for verb in ["PAS", "PASVX", "XPASV", "P ASV", " PASV", "\tPASV", "PASV\t", "SITE PASV", "HELP PASV", "-PASV", "PASV;", "\rPASV", "\x0bPASV",
                 "NOOP PASV", "PA\xffSV", "USER x\rPASV", "PASV\rx", "EPSV ALL", "EPSV", "LPSV", "PORT", "QUIT"]:
        yield "verb", verb + "\r\n", GOOD227
    for verb in ["POR", "PORTX", "XPORT", " PORT", "\tPORT", "SITE PORT", "-PORT", "\rPORT", "USER x\rPORT", "NOOP;PORT", "PORT\t", "EPRT", "LPRT"]:
        yield "port-verb", f"{verb} {ME},78,80\r\n", OK + GOOD227
    yield "answer-from-the-client", PASV + GOOD227, "500 no\r\n"
    yield "commands-from-the-server", "NOOP\r\n", PASV + GOOD227 + PORT + OK
    yield "greeting-again-and-port-from-the-server", "NOOP\r\n", GREETING + PORT + OK


def bad_replies():
    for code in (100, 110, 150, 200, 202, 220, 221, 225, 226, 230, 234, 235, 250, 331, 350, 421, 425, 500, 502, 530, 599):
        yield f"code-{code}", PASV, f"{code} Entering Passive Mode ({HOST},78,80)\r\nwhat\r\n"
    for line in ["22 7", "2 27", "2277", "0227", "+227", "-227", " 227", "\t227", "627", "927", "2\x327".replace("\x32", "\xb2"), "227=", "227:", "227.", "227\t",
                 "227(", "x227", "\r227", "2 2 7", "227_", "HTTP/1.1 227"]:
        yield "no-reply", PASV, f"{line} ({HOST},78,80)\r\n"
    inside = f"227 Entering Passive Mode ({HOST},78,80)\r\n"
    for head in ("211-", "227-", "150-", "226-", "500-"):
        tail = head[:3] + " end\r\n"
        yield f"inside-{head[:3]}", PASV, head + "\r\n" + inside.replace("227 ", "227-") + tail
    for head in ("211-", "200-", "150-", "229-"):
        yield f"inside-{head[:3]}-without-end", PASV, head + "\r\n" + inside * 3
        yield f"inside-{head[:3]}-then-refused", PASV, head + "\r\n" + inside + head + "x\r\n" + head[:3] + " end\r\n550 no\r\n"
    yield "refused-then-227", PASV, "550 no\r\n" + GOOD227
    yield "broken-then-227", PASV, "227 no\r\n" + GOOD227
    yield "ambiguous-then-227", PASV, f"227 {HOST},78,80 {HOST},78,81\r\n" + GOOD227
    for name, ask, answer in ("227-for-epsv", EPSV, GOOD227), ("229-for-pasv", PASV, GOOD229), ("228-for-pasv", PASV, GOOD228), \
                             ("227-for-lpsv", LPSV, GOOD227), ("229-for-eprt", EPRT, GOOD229), ("227-for-port", PORT, GOOD227):
        yield name, ask, answer
    for answer in (GOOD227, GOOD228, GOOD229):
        yield "unasked", "NOOP\r\n", answer
        yield "unasked-late", "NOOP\r\nTYPE I\r\n", OK + OK + OK + answer
    yield "200-after-a-refusal", PORT, "500 no\r\n" + OK * 5
    for size in (1, 2, 3, 4, 10, 30, 36):
        yield f"227-cut-to-{size}", PASV, GOOD227[:size] + "\r\n"


def bad_lines():
    for name, line in ("pasv", PASV), ("port", PORT):
        for at in (0, 2, 4, 5, len(line) - 2):
            if at <= len(line):
                yield f"nul-in-{name}-{at}", line[:at] + "\0" + line[at:], OK + GOOD227
    for at in (0, 3, 4, 10, 30, len(GOOD227) - 2):
        yield f"nul-in-227-{at}", PASV, GOOD227[:at] + "\0" + GOOD227[at:]
    for size in (1020, 1024, 5000, 70000):
        yield f"long-line-{size}", "USER " + "x" * size + PORT, OK + GOOD227
        yield f"long-reply-{size}", PASV, "227 " + "x" * size + GOOD227
        yield f"long-blanks-{size}", "PORT" + " " * size + PORT[5:], OK + GOOD227
    yield "line-without-end", "USER " + "x" * 100 + PORT[:-2], GOOD227
    yield "only-line-feeds", "\n" * 500, GOOD227
    yield "only-iac", "\xff" * 500 + "\r\n", GOOD227
    yield "iac-eats-a-byte", "\xffPASV\r\n", GOOD227
    for seed in range(8):
        noise = random.Random(seed).randbytes(600).decode("latin-1")
        yield "noise", noise + "\n", GOOD227
        yield "reply-of-noise", PASV, noise.replace("\n", " ") + "\n"


def bad_webs():
    body = PASV + PORT + EPRT
    for head in ["POST / HTTP/1.1", "GET /PORT HTTP/1.1", "PUT /x HTTP/1.0", "HEAD / HTTP/1.1", "DELETE /x HTTP/1.1", "PATCH / HTTP/1.1",
                 "OPTIONS * HTTP/1.1", "CONNECT x:21 HTTP/1.1", "TRACE / HTTP/1.1", "post / http/1.1"]:
        yield "web", f"{head}\r\nHost: 192.0.2.1:21\r\nContent-Length: {len(body)}\r\n\r\n{body}", OK + GOOD227 + OK * 3
    yield "web-padded", "POST / HTTP/1.1\r\nX: " + "x" * 1400 + "\r\n\r\n" + body, OK + GOOD227 + OK
    yield "web-after-login", "USER x\r\nPASS y\r\nPOST / HTTP/1.1\r\n\r\n" + body, "331 x\r\n230 y\r\n" + OK + GOOD227 + OK
    for hello in ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "\x16\x03\x03\x00\x05"):
        yield "tls", hello + "\n" + body, OK + GOOD227
    for how in ("TLS", "SSL", "TLS-C", "TLS-P", "GSSAPI"):
        yield f"auth-{how.lower()}", f"AUTH {how}\r\n" + PASV, "234 go on\r\n" + GOOD227
    yield "auth-with-security-data", "AUTH GSSAPI\r\nADAT x\r\n" + PASV, "334 go on\r\n235 ADAT=y\r\n" + GOOD227
    yield "pbsz", "PBSZ 0\r\n" + PASV, OK + GOOD227


def bad_greetings():
    for text in ["", "220", "220-", "220-ready", "220-ready\r\n221 no", "200 ready", "120 in a minute", "221 bye", "230 in", "421 too many",
                 "500 no", "530 no", "500-no\r\n220 ready\r\n500 no", "2200 ready", "22 0 ready", " 220 ready", "+220 ready", "220=ready",
                 "220:ready", "SSH-2.0-OpenSSH_9.2", "HTTP/1.1 220 ready", "* OK ready", "+OK ready", "220 re\0ady", "\xff\xfd\x01220 ready",
                 "620 ready", "020 ready", "x220 ready", "220 " + "x" * 1100]:
        end = "" if text in ("", "220") else "\r\n"
        yield "greeting", text + end, PASV, GOOD227
        yield "greeting-port", text + end, PORT + "RETR x\r\n", "500 no\r\n500 no\r\n"
    yield "late-greeting", "", PASV + PORT + "RETR x\r\n", GREETING + GOOD227 + OK + OK
    yield "greeting-from-the-client", "", GREETING + PASV, GOOD227
    yield "answer-before-all", GOOD227, PASV, "500 no\r\n"


def flows():
    for what, greeting, call, reply in bad_greetings():
        yield what, greeting, call, reply
    for source in (bad_passive, bad_active, bad_verbs, bad_replies, bad_lines, bad_webs):
        for what, call, reply in source():
            yield what, GREETING, call, reply


def main():
    number = 0
    for old in glob.glob(os.path.join(HERE, "*.tcp")):
        os.unlink(old)
    for what, *parts in flows():
        number += 1
        for suffix, data in zip(("greeting", "call", "reply"), parts):
            if data:
                with open(os.path.join(HERE, f"{number:03}-{what}.{suffix}.tcp"), "wb") as f:
                    f.write(data.encode("latin-1"))
    print(number, "hostile flows")


main()
