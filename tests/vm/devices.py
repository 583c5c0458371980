#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Both ends of discovery protocols that Debian has no peer, or no client, for.

devices.py answer INTERFACE          a host that answers SLP (RFC 2608), Steam and BJNP there, for ever
devices.py ask INTERFACE QUESTION... prints "QUESTION: what the answer says", one a line

Questions: slp4 slp6 slp-broadcast steam bjnp4 bjnp6 snmp-broadcast."""

import select
import socket
import struct
import sys

BROADCAST = "10.1.0.255"
SLP_GROUPS = {4: "239.255.255.253", 6: "ff02::116"}
URL = b"service:printer:lpr://printer"
STEAM = bytes.fromhex("ffffffff214c5fa0")
HOSTNAME = b"printer"
SNMP_NAME = bytes.fromhex("06082b06010201010500")  # sysName.0
SNMP_GET = bytes.fromhex("302902010004067075626c6963a01c02042a000001020100020100300e300c"
                         ) + SNMP_NAME + b"\x05\0"  # NULL; community "public"


def counted(data):
    return struct.pack("!H", len(data)) + data


def slp(function, body):
    """Header of RFC 2608 8, language "en"."""
    length = 14 + 2 + len(body)
    return (bytes((2, function)) + length.to_bytes(3, "big") + bytes(5) + struct.pack("!H", 7)
            + counted(b"en") + body)


def slp_request():
    """SrvRqst, 8.1: previous responders, service type, scopes, predicate, security."""
    return slp(1, counted(b"") + counted(b"service:printer") + counted(b"DEFAULT") + counted(b"")
               + counted(b""))


def slp_reply(request):
    """SrvRply, 8.2: error, count, entries of lifetime and URL."""
    if request[:2] != b"\x02\x01" or b"service:printer" not in request:
        return None
    entry = b"\0" + struct.pack("!H", 600) + counted(URL) + b"\0"
    return slp(2, struct.pack("!2H", 0, 1) + entry)


def slp_says(reply):
    if reply[:2] != b"\x02\x02":
        return None
    start = 14 + struct.unpack_from("!H", reply, 12)[0] + 4 + 3
    length, = struct.unpack_from("!H", reply, start)
    return reply[start + 2:start + 2 + length]


def steam(kind, body):
    """Length, header (client 8, kind 16), length, body; little endian, protocol buffers."""
    header = bytes((8, 42, 16, kind))
    return STEAM + struct.pack("<I", len(header)) + header + struct.pack("<I", len(body)) + body


def steam_reply(request):
    """A status message, field 4 is the host's name."""
    if request[:8] != STEAM or request[15] != 0:
        return None
    return steam(1, bytes((0x22, len(HOSTNAME))) + HOSTNAME)


def steam_says(reply):
    if reply[:8] != STEAM or reply[15] != 1:
        return None
    return reply[22:22 + reply[21]]


def bjnp(command, payload):
    """Scanner, discovery: sequence number, session, length."""
    return b"BJNP" + bytes((command, 1)) + struct.pack("!IHI", 1, 0, len(payload)) + payload


def bjnp_reply(request):
    """Addresses of the scanner; here a MAC address and IPv4."""
    if request[:6] != b"BJNP\x02\x01":
        return None
    return bjnp(0x82, bytes.fromhex("000108000604020000000003") + socket.inet_aton("10.1.0.3"))


def bjnp_says(reply):
    return reply[22:28].hex().encode() if reply[:6] == b"BJNP\x82\x01" else None


def snmp_says(reply):
    """A GetResponse ends with the value: type, length, text."""
    start = reply.find(SNMP_NAME)
    return reply[start + len(SNMP_NAME) + 2:] if start > 0 and b"\xa2" in reply else None


def udp(interface, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    sock.bind((address, port))
    return sock


def answer(interface):
    """From the port that was asked, as all three protocols do."""
    replies = {}
    for port, reply in ((427, slp_reply), (27036, steam_reply), (8612, bjnp_reply)):
        for address in ("0.0.0.0", "::"):
            replies[udp(interface, address, port)] = reply
    index = socket.if_nametoindex(interface)
    for sock in replies:
        if sock.family == socket.AF_INET:
            group = struct.pack("@4s4si", socket.inet_aton(SLP_GROUPS[4]), bytes(4), index)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
        else:
            group = socket.inet_pton(socket.AF_INET6, SLP_GROUPS[6]) + struct.pack("@i", index)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
    print("ready", flush=True)
    while True:
        for sock in select.select(list(replies), [], [])[0]:
            request, sender = sock.recvfrom(2048)
            reply = replies[sock](request)
            if reply:
                sock.sendto(reply, sender)


QUESTIONS = {
    "slp4": (SLP_GROUPS[4], 427, slp_request, slp_says),
    "slp6": (SLP_GROUPS[6], 427, slp_request, slp_says),
    "slp-broadcast": (BROADCAST, 427, slp_request, slp_says),
    "steam": ("255.255.255.255", 27036, lambda: steam(0, b"\x08\x01"), steam_says),
    "bjnp4": (BROADCAST, 8612, lambda: bjnp(2, b""), bjnp_says),
    "bjnp6": ("ff02::1", 8612, lambda: bjnp(2, b""), bjnp_says),
    "snmp-broadcast": ("255.255.255.255", 161, lambda: SNMP_GET, snmp_says),
}


def ask(interface, questions):
    """All at once, each from a port of its own."""
    says = {}
    for name in questions:
        to, port, query, judge = QUESTIONS[name]
        sock = udp(interface, "::" if ":" in to else "0.0.0.0", 0)
        says[sock] = name, judge
        sock.sendto(query(), (to, port))
    while says:
        for sock in select.select(list(says), [], [])[0]:
            name, judge = says[sock]
            text = judge(sock.recv(2048))
            if text:
                print(f"{name}: {text.decode(errors='replace')}", flush=True)
                del says[sock]


if sys.argv[1] == "answer":
    answer(sys.argv[2])
else:
    ask(sys.argv[2], sys.argv[3:])
