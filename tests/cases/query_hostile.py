#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""query_hostile.py WORD RUNNER: makes hostile datagrams for a defined helper and plays them through
hostile-runner. query_hostile.py WORD --write DIR: leaves them in a folder, as helpers/*/hostile are.

They are good queries with bits turned, bytes lost, doubled, moved and replaced, other protocols'
messages, and noise. What is a query is said here once more, as the protocol's text has it and not as
helpers/WORD/WORD.conf does: a mutant that still is one is left out. Each also comes from the wrong
side, where even good queries open nothing. Always the same for a word.
"""
import os
import random
import struct
import subprocess
import sys
import tempfile

COUNT = 560
SOAP = (b'<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>'
        b'<a:Action>%s</a:Action><a:MessageID>urn:uuid:1</a:MessageID></s:Header><s:Body/></s:Envelope>')
WSD = b"http://schemas.xmlsoap.org/ws/2005/04/discovery/"
WSD11 = b"http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01/"
NETBIOS_NAME = b"\x20FHEPFCELEHFCEPFFFACACACACACACABL\0"
SLP_TAIL = b"\0\0\0\x0eservice:printr\0\7DEFAULT\0\0\0\0"


def dns(flags=0, qd=1, an=0, ns=0, name=b"\4host\0", rest=b"\0\1\0\1", ident=0x1234):
    return struct.pack(">6H", ident, flags, qd, an, ns, 0) + name + rest


def slp(function, version=2):
    return bytes([version, function]) + b"\0\0\x31\0\0\0\0\0\0\7\0\2en" + SLP_TAIL


def snmp(version, length=b"\x29"):
    return b"\x30" + length + b"\2\1" + bytes([version]) + b"\4\6public" + bytes.fromhex(
        "a01c02040000000102010002010030 0e300c06082b060102010101000500")


def steam():
    return bytes.fromhex("ffffffff214c5fa0 0d000000 08e98ca5d7e5a0ffaf62100018 02000000 0801")


def bjnp(magic=b"BJNP", device=2, command=1):
    return magic + bytes([device, command]) + bytes(10)


# ---- what a query is

def header(data):
    return struct.unpack(">5H", data[:10]) if len(data) >= 10 else None


def is_mdns(data):
    if len(data) < 6:
        return False
    flags, questions = struct.unpack(">HH", data[2:6])
    return not flags >> 15 and not flags >> 11 & 15 and not flags & 15 and 1 <= questions <= 255


def is_llmnr(data):
    h = header(data)
    return bool(h) and not h[1] >> 11 and not h[1] & 15 and h[2:5] == (1, 0, 0)


def is_netbios(data):
    if len(data) < 6:
        return False
    flags, questions = struct.unpack(">HH", data[2:6])
    return flags >> 11 in (0, 5) and not flags & 15 and questions == 1


def is_slp(data):
    return len(data) >= 2 and data[0] == 2 and data[1] in (1, 6, 9)


def is_wsd(data):
    return any(action + b"<" in data[:4096]
               for action in ((b"/ws/2005/04/discovery/Probe"), (b"/ws/2005/04/discovery/Resolve"),
                              (b"/discovery/2009/01/Probe"), (b"/discovery/2009/01/Resolve")))


def is_snmp(data):
    if len(data) < 2 or data[0] != 0x30:
        return False
    at = 2
    if data[1] >= 0x80:
        if data[1] not in (0x81, 0x82, 0x84):
            return False
        at += data[1] & 0x7f
    return data[at:at + 2] == b"\2\1" and at + 2 < len(data) and data[at + 2] <= 3


def is_coap(data):
    if len(data) < 2:
        return False
    return data[0] >> 6 == 1 and data[0] >> 4 & 3 == 1 and data[0] & 15 <= 8 and 1 <= data[1] <= 7


def is_steam(data):
    return data.startswith(bytes.fromhex("ffffffff214c5fa0"))


def is_bjnp(data):
    return data[:4] in (b"BJNP", b"MFNP") and len(data) >= 6 and data[4] < 128 and data[5] == 1


WORDS = {
    "mdns": (is_mdns, [dns(0x0100), dns(0, 2, 1, rest=b"\0\x0c\x80\1" * 2)]),
    "slp": (is_slp, [slp(1), slp(6), slp(9)]),
    "llmnr": (is_llmnr, [dns(), dns(0x0400, rest=b"\0\x1c\0\1")]),
    "wsd": (is_wsd, [SOAP % (WSD + b"Probe"), SOAP % (WSD + b"Resolve"), SOAP % (WSD11 + b"Probe")]),
    "netbios-ns": (is_netbios, [dns(0x0110, name=NETBIOS_NAME, rest=b"\0\x20\0\1"),
                                dns(0x2910, name=NETBIOS_NAME, rest=b"\0\x20\0\1")]),
    "snmp": (is_snmp, [snmp(0), snmp(1, b"\x81\x29"), snmp(3, b"\x82\0\x29")]),
    "coap": (is_coap, [b"\x52\1\x12\x34\xab\xcd\xbb.well-known\4core", b"\x50\3\0\1\xb1a"]),
    "steam": (is_steam, [steam()]),
    "bjnp": (is_bjnp, [bjnp(), bjnp(b"MFNP"), bjnp(device=1)]),
}

OTHERS = [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    b"M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\n\r\n", b"NOTIFY * HTTP/1.1\r\n\r\n",
    b"\x16\3\1\0\x2e\1\0\0\x2a\3\3" + bytes(40), b"\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\x10" + bytes(16),
    b"\0\1file\0octet\0", b"INVITE sip:a@b SIP/2.0\r\n\r\n", b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12),
    b"\x80\x60" + bytes(10), b"SSH-2.0-x\r\n", b"\xff" * 64, b"\0" * 64, b"\0", b"\xff", b"a" * 1400,
    dns(0x8400, 1, 1), dns(0x8580, 0, 1), SOAP % (WSD + b"Hello"), SOAP % (WSD + b"ProbeMatches"),
    SOAP % (WSD11 + b"ResolveMatches"), slp(2), slp(8), slp(11), bjnp(device=0x82), bjnp(command=0x30),
]


def others(word):
    yield from (("other", data) for data in OTHERS)
    for other, (_, queries) in WORDS.items():
        if other != word:
            yield from (("query-of-" + other, query) for query in queries)


def cuts(query):
    for size in range(1, len(query)):
        yield f"cut-to-{size}", query[:size]
        yield f"begun-at-{size}", query[size:]


def changes(query, rng):
    for at in range(min(len(query), 40)):
        for bit in range(8):
            yield f"bit-{at}-{bit}", query[:at] + bytes([query[at] ^ 1 << bit]) + query[at + 1:]
        for byte in (0x00, 0x7f, 0x80, 0xff):
            yield f"byte-{at}-is-{byte:02x}", query[:at] + bytes([byte]) + query[at + 1:]
        yield f"byte-{at}-lost", query[:at] + query[at + 1:]
        yield f"byte-{at}-doubled", query[:at + 1] + query[at:]
        yield f"moved-by-{at + 1}", bytes(rng.randrange(256) for _ in range(at + 1)) + query
    yield "backwards", query[::-1]
    yield "inverted", bytes(b ^ 0xff for b in query)
    yield "other-case", query.swapcase()
    yield "late", b" " * 4096 + query


def noise(query, rng):
    while True:
        data = bytearray(query)
        for _ in range(rng.choice((1, 2, 4, 8, 16))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        yield "damaged", bytes(data)
        yield "noise", bytes(rng.randrange(256) for _ in range(rng.randrange(1, 200)))


def hostile(word):
    """(what, datagram): first what is said by name, then a fair share of all mutants."""
    is_query, queries = WORDS[word]
    rng = random.Random(word)
    assert all(map(is_query, queries))
    seen = set()
    named = list(others(word))
    mutants = [m for query in queries for m in list(cuts(query)) + list(changes(query, rng))]
    rng.shuffle(mutants)
    for what, data in named + mutants:
        if data and data not in seen and not is_query(data):
            seen.add(data)
            yield what, data
    for what, data in noise(queries[0], rng):
        if data not in seen and not is_query(data):
            seen.add(data)
            yield what, data


def write(word, folder):
    os.makedirs(folder, exist_ok=True)
    queries = WORDS[word][1]
    for number, (what, data) in zip(range(1, COUNT + 1), hostile(word)):
        stem = os.path.join(folder, f"{number:03}-{what}")
        with open(stem + ".call.udp", "wb") as f:
            f.write(data)
        with open(stem + ".reply.udp", "wb") as f:
            f.write(queries[number % len(queries)])


def main(word, runner, folder=None):
    if runner == "--write":
        write(word, folder)
        return 0
    with tempfile.TemporaryDirectory() as made:
        write(word, made)
        return subprocess.run([runner, word, made], check=False).returncode


sys.exit(main(*sys.argv[1:]))
