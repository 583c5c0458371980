#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""split.py plain|snat|dnat whole|apart|hasty 4|6

Plays client and server of FTP sessions through the firewall. Each way to announce a data connection
is sent as a whole, or in two segments that meet at every byte: `apart`, where the second is sent
when the first has arrived, or `hasty`, one right after the other (there the firewall may keep the
first until it has seen the second). Behind each announcement the data connection must come about,
and the control connection must still be in step. The receiver must have got the announcement as
the firewall has to translate it: with snat the commands, with dnat the replies.
"""

import ipaddress
import os
import re
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hosts  # noqa: E402  pylint: disable=wrong-import-position

DATA_PORT = 50123
FAILURES = 5  # of one kind, then the next kind's turn


def commas(data):
    return ",".join(map(str, data))


def comma_port(port):
    return commas(port.to_bytes(2, "big"))


def comma_form(address, port):
    return f"{commas(ipaddress.ip_address(address).packed)},{comma_port(port)}"


def long_form(address, port):
    """RFC 1639"""
    packed = ipaddress.ip_address(address)
    return f"{packed.version},{len(packed.packed)},{commas(packed.packed)},2,{comma_port(port)}"


def extended_form(address, port):
    return f"|{1 if ipaddress.ip_address(address).version == 4 else 2}|{address}|{port}|"


def port_form(_, port):
    return f"|||{port}|"


# name: IP version, the command that asks for a reply that announces, what stands around the form.
KINDS = {
    "PASV": (4, "PASV", "227 Entering Passive Mode ({}).", comma_form),
    "EPSV": (4, "EPSV", "229 Entering Extended Passive Mode ({})", port_form),
    "EPSV6": (6, "EPSV", "229 Entering Extended Passive Mode ({})", port_form),
    "LPSV": (4, "LPSV", "228 Entering Long Passive Mode ({})", long_form),
    "LPSV6": (6, "LPSV", "228 Entering Long Passive Mode ({})", long_form),
    "PORT": (4, None, "PORT {}", comma_form),
    "EPRT1": (4, None, "EPRT {}", extended_form),
    "EPRT2": (6, None, "EPRT {}", extended_form),
    "LPRT": (4, None, "LPRT {}", long_form),
    "LPRT6": (6, None, "LPRT {}", long_form),
}


def say(sender, receiver, line):
    data = line.encode() + b"\r\n"
    sender.sendall(data)
    got = hosts.receive(receiver, len(data))
    assert got == data, f"{got} arrived for {data}"


def send_in_two(sender, receiver, data, cut, mode):
    """What arrived, as far as the end of the line."""
    got = b""
    if cut:
        sender.sendall(data[:cut])
        if mode == "apart":
            got = hosts.receive(receiver, cut)
            assert got == data[:cut], f"{got} arrived for {data[:cut]}"
    sender.sendall(data[cut:])
    while not got.endswith(b"\n"):
        part = receiver.recv(4096)
        assert part, f"the connection ended after {got}"
        got += part
    return got


def announced_port(text, form, address, around):
    """The port in an announcement that must name this address."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    port = numbers[-1] if "|" in text else numbers[-2] * 256 + numbers[-1]
    wanted = around.format(form(address, port)) + "\r\n"
    assert text == wanted, f"{text!r} arrived where {wanted!r} was to"
    return port


def data_connection(listener, host, address, port):
    data = hosts.make(host, address, socket.SOCK_STREAM)
    data.settimeout(hosts.TIMEOUT)
    with data:
        data.connect((address, port))
        accepted, _ = listener.accept()
        with accepted:
            accepted.settimeout(hosts.TIMEOUT)
            accepted.sendall(b"there")
            assert hosts.receive(data, 5) == b"there", "data are wrong"


class Rig:
    def __init__(self, variant, mode, name):
        self.mode = mode
        self.version, self.asks, self.around, self.form = KINDS[name]
        self.announcer, self.dialler = ("server", "client") if self.asks else ("client", "server")
        self.own = hosts.ADDRESSES[self.announcer][self.version]
        hidden = (variant, self.announcer) in (("snat", "client"), ("dnat", "server"))
        facade = {"client": "outside", "server": "firewall"}[self.announcer]
        self.seen = hosts.ADDRESSES[facade][self.version] if hidden else self.own
        self.target = hosts.ADDRESSES["firewall" if variant == "dnat" else "server"][self.version]
        self.line = self.around.format(self.form(self.own, DATA_PORT)) + "\r\n"
        self.control = hosts.server("server", hosts.ADDRESSES["server"][self.version],
                                    socket.SOCK_STREAM, 21)
        self.data = hosts.server(self.announcer, self.own, socket.SOCK_STREAM, DATA_PORT)

    def session(self, cut):
        with hosts.client("client", self.target, socket.SOCK_STREAM, 21) as client:
            server, _ = self.control.accept()
            with server:
                for end in (client, server):
                    end.settimeout(hosts.TIMEOUT)
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                say(server, client, "220 hello")
                say(client, server, "USER anonymous")
                say(server, client, "230 welcome")
                if self.asks:
                    say(client, server, self.asks)
                ends = (server, client) if self.asks else (client, server)
                got = send_in_two(*ends, self.line.encode(), cut, self.mode).decode()
                port = announced_port(got, self.form, self.seen, self.around)
                if not self.asks:
                    say(server, client, "200 well")
                data_connection(self.data, self.dialler, self.seen, port)
                say(client, server, "NOOP")
                say(server, client, "200 still here")

    def cuts(self):
        return [0] if self.mode == "whole" else range(1, len(self.line))


def main():
    variant, mode, version = sys.argv[1:]
    wrong = 0
    for name, kind in KINDS.items():
        if kind[0] != int(version):
            continue
        if variant == ("snat" if kind[1] else "dnat"):
            continue  # nothing is translated there
        rig = Rig(variant, mode, name)
        good = bad = 0
        for cut in rig.cuts():
            try:
                rig.session(cut)
                good += 1
            except (AssertionError, OSError) as error:
                bad += 1
                print(f"  {name} cut at {cut}, {rig.line[:cut]!r} {rig.line[cut:]!r}: {error}")
                if bad == FAILURES:
                    break
        print(f"{variant}, {mode}, {name}: {good} of {len(rig.cuts())}", flush=True)
        wrong += bad
        rig.control.close()
        rig.data.close()
    return wrong > 0


sys.exit(main())
