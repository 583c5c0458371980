#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile_ftp.py good|third ADDRESS         sessions that must open a pinhole to port 20560, each of them
                                          (third: where policy allows third parties)
hostile_ftp.py straight|swapped ADDRESS   flows of helpers/ftp/hostile, which must not
hostile_ftp.py scripted ADDRESS           those below, which must not

Prints the number of messages. Each element of a flow is a segment of its own, so that text in the
middle of a message can begin a segment, as in NAT slipstreaming."""

import ipaddress
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hosts  # noqa: E402
import hostile  # noqa: E402  pylint: disable=wrong-import-position

GOOD = (80, 80)  # port 20560
GREETING = "220 hello"


def flow(name, *steps):
    """Steps are `>` what the client sends or `<` what the server sends, as a line."""
    sender = {">": "client", "<": "server"}
    return name, "tcp", [(sender[step[0]], step[1:].encode("latin-1") + b"\r\n") for step in steps]


class Words:
    """Announcements over one IP version."""

    def __init__(self, version):
        self.version = version
        self.client, self.server, self.third = (hosts.ADDRESSES[host][version]
                                                for host in ("client", "other", "server"))

    def command(self, address=None, port=GOOD):
        address = address or self.client
        if self.version == 4:
            return f"PORT {address},{port[0]},{port[1]}".replace(".", ",")
        return self.eprt(address, port[0] * 256 + port[1])

    def eprt(self, address=None, port=20560):
        return f"EPRT |{1 if self.version == 4 else 2}|{address or self.client}|{port}|"

    def asks(self):
        return "PASV" if self.version == 4 else "EPSV"

    def reply(self, address=None, port=GOOD):
        if self.version == 4:
            where = f"{address or self.server},{port[0]},{port[1]}".replace(".", ",")
            return f"227 Entering Passive Mode ({where})."
        return self.extended(port[0] * 256 + port[1])

    @staticmethod
    def extended(port=20560):
        return f"229 Entering Extended Passive Mode (|||{port}|)"

    def long_reply(self, address=None):
        packed = ipaddress.ip_address(address or self.server).packed
        where = ",".join(map(str, [self.version, len(packed), *packed, 2, *GOOD]))
        return f"228 Entering Long Passive Mode ({where})"


def is_address(text):
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def good(w):
    return [
        flow("reply", "<" + GREETING, ">" + w.asks(), "<" + w.reply()),
        flow("extended reply", "<" + GREETING, ">EPSV", "<" + w.extended()),
        flow("command", "<" + GREETING, ">" + w.command(), "<200 well"),
        flow("extended command", "<" + GREETING, ">" + w.eprt(), "<200 well"),
    ]


def third(w):
    """Transfers between two servers (FXP)."""
    flows = [flow("command", "<" + GREETING, ">" + w.command(w.third), "<200 well"),
             flow("extended command", "<" + GREETING, ">" + w.eprt(w.third), "<200 well")]
    if w.version == 4:
        flows.append(flow("reply", "<" + GREETING, ">PASV", "<" + w.reply(w.third)))
    return flows


def slipstreaming(w):
    post = ">POST / HTTP/1.1\r\nHost: server:21\r\nContent-Length: 5000\r\n\r\n" + "A" * 1000
    get = ">GET / HTTP/1.1\r\nHost: server\r\nConnection: keep-alive\r\n\r\n"
    for what, text in (("command", w.command()), ("extended command", w.eprt())):
        yield flow(f"POST, {what}", "<" + GREETING, post, ">" + text, "<200 well")
        yield flow(f"POST before the greeting, {what}", post, "<" + GREETING, ">" + text, "<200 well")
        yield flow(f"pipeline, {what}", "<" + GREETING, get, get, ">" + text, "<200 well", get)
        yield flow(f"pipeline with answers, {what}", get, "<HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
                   "<" + GREETING, ">" + text, "<200 well")
        yield flow(f"TLS, {what}", "<" + GREETING, ">\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                   ">" + text)
    yield flow("POST, request", "<" + GREETING, post, ">" + w.asks(), "<" + w.reply())


def wrong_place(w):
    replies = {"reply": w.reply(), "extended reply": w.extended(), "long reply": w.long_reply()}
    for what, text in replies.items():
        yield flow(f"{what} by the client", "<" + GREETING, ">" + w.asks(), ">EPSV", ">LPSV", ">" + text)
        yield flow(f"{what} unasked", "<" + GREETING, "<" + text)
        yield flow(f"{what} to NOOP", "<" + GREETING, ">NOOP", "<" + text)
        yield flow(f"{what} without greeting", ">" + w.asks(), ">EPSV", "<" + text)
        yield flow(f"{what} as greeting", "<" + text, ">" + w.asks())
        yield flow(f"{what} in a long reply", "<" + GREETING, ">" + w.asks(), "<211-Status",
                   "< " + text, "<211 End")
        yield flow(f"{what} in a refusal", "<" + GREETING, ">" + w.asks(), "<500 " + text)
    for what, text in (("command", w.command()), ("extended command", w.eprt())):
        yield flow(f"{what} by the server", "<" + GREETING, "<" + text, ">200 well")
        yield flow(f"{what} without greeting", ">" + text, "<200 well")
        yield flow(f"{what} refused", "<" + GREETING, ">" + text, "<500 no")
        yield flow(f"{what} unanswered", "<" + GREETING, ">" + text)
        yield flow(f"{what} as a name", "<" + GREETING, ">USER " + text, "<331 password")
        yield flow(f"{what} behind AUTH TLS", "<" + GREETING, ">AUTH TLS", "<234 go on", ">" + text,
                   "<200 well")


def wrong_ends(w):
    addresses = [w.third, hosts.ADDRESSES["firewall"][w.version],
                 *(["127.0.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "10.1.0.256", "266.1.0.2"]
                   if w.version == 4 else ["::1", "::", "ff02::1", "::ffff:10.1.0.2", "fd01:::2"])]
    for address in addresses:
        yield flow(f"command names {address}", "<" + GREETING, ">" + w.command(address), "<200 well")
        yield flow(f"extended command names {address}", "<" + GREETING, ">" + w.eprt(address), "<200 well")
        if address in ("0.0.0.0", "::"):
            continue  # a server that names this one means itself
        if is_address(address):
            yield flow(f"long reply names {address}", "<" + GREETING, ">LPSV", "<" + w.long_reply(address))
        if w.version == 4:
            yield flow(f"reply names {address}", "<" + GREETING, ">PASV", "<" + w.reply(address))
    for port in (0, 1, 21, 22, 80, 445, 1023, 3389, 5900, 6000, 6063):
        pair = divmod(port, 256)
        yield flow(f"command names port {port}", "<" + GREETING, ">" + w.command(port=pair), "<200 well")
        yield flow(f"reply names port {port}", "<" + GREETING, ">" + w.asks(), "<" + w.reply(port=pair))
    for port in (0, 22, 3389, 65536, 65558, 86096, "4294987856", "-1", "+20560", " 20560", "0x5050", ""):
        yield flow(f"extended command names port {port}", "<" + GREETING, ">" + w.eprt(port=port),
                   "<200 well")
        yield flow(f"extended reply names port {port}", "<" + GREETING, ">EPSV", "<" + w.extended(port))
    if w.version == 4:
        for pair in ((336, 80), (80, 336), (256, 1), (-1, 80), (80, "")):
            yield flow(f"command names port {pair}", "<" + GREETING, ">" + w.command(port=pair), "<200 well")
            yield flow(f"reply names port {pair}", "<" + GREETING, ">PASV", "<" + w.reply(port=pair))


def main():
    mode, address = sys.argv[1:]
    words = Words(6 if ":" in address else 4)
    if mode in ("straight", "swapped"):
        flows = hostile.flows_of("/pinhole/helpers/ftp/hostile")
        if mode == "swapped":
            flows = hostile.swapped(flows)
    elif mode == "scripted":
        flows = [*slipstreaming(words), *wrong_place(words), *wrong_ends(words)]
    else:
        flows = {"good": good, "third": third}[mode](words)
    if mode in ("straight", "swapped", "scripted"):
        # Where the pinhole of this one is seen, those of others before it would have been, too.
        flows.append(("sentinel", *good(words)[0][1:]))
    print(hostile.play(address, 21, flows))


main()
