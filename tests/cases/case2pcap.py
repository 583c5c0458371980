#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""case2pcap.py FILE.pcap FILE.case...: flows of case files as a capture, Ethernet.

As a module it makes captures for tests: read_cases(), packets_of(), write_pcap(). A case that has kept
state or a translated flow cannot be captured: such cases are left out.
"""
import ipaddress
import re
import struct
import sys

FIN, SYN, PSH, ACK = 1, 2, 8, 16
MSS = 1400
APART = 36000  # seconds between flows: the next one with the same ports is another one
ETHERNET, RAW, COOKED, COOKED2, NULL = 1, 101, 113, 276, 0

TOKEN = re.compile(
    r'xdr:"((?:[^"\\]|\\.)*)"|"((?:[^"\\]|\\.)*)"|u(16|32):(\d+)|(last|part)\{|(\})|((?:[0-9a-fA-F]{2})+)|(#.*)')


def unescape(text):
    plain = {"n": b"\n", "r": b"\r", "t": b"\t", "0": b"\0"}
    out = b""
    for hexed, one, other in re.findall(r"\\x(..)|\\(.)|([^\\])", text):
        out += bytes.fromhex(hexed) if hexed else plain.get(one, one.encode()) if one else other.encode()
    return out


def value_of(m):
    if m[1] is not None:
        text = unescape(m[1])
        return struct.pack(">I", len(text)) + text + bytes(-len(text) % 4)
    if m[2] is not None:
        return unescape(m[2])
    if m[3]:
        return int(m[4]).to_bytes(int(m[3]) // 8, "big")
    return bytes.fromhex(m[7])


class Bytes:
    """Lines of one message, as tests/cases/README.md has them."""

    def __init__(self):
        self.data, self.mark = b"", None

    def add(self, line):
        at = 0
        while line[at:].strip():
            at += len(line[at:]) - len(line[at:].lstrip())
            m = TOKEN.match(line, at)
            if not m:
                raise ValueError(f"no token: {line[at:]}")
            at = m.end()
            if m[8]:
                return
            if m[5]:
                self.mark, self.data = (len(self.data), m[5] == "last"), self.data + bytes(4)
            elif m[6]:
                start, last = self.mark
                mark = (len(self.data) - start - 4) | (last << 31)
                self.data = self.data[:start] + struct.pack(">I", mark) + self.data[start + 4 :]
            else:
                times = re.compile(r"\*(\d+)").match(line, at)
                at = times.end() if times else at
                self.data += value_of(m) * (int(times[1]) if times else 1)


class Case:
    def __init__(self, title):
        self.title, self.flow, self.messages, self.expected, self.odd = title, None, [], [], False


def read_cases(path):
    """Cases with title, flow (l4, src, sport, dst, dport), messages [(sign, bytes)] and `=` lines."""
    cases, message = [], None
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        word, _, rest = line.partition(" ")
        if word == "title":
            cases.append(Case(rest))
        elif word == "flow":
            l4, src, sport, _, dst, dport = rest.split()
            cases[-1].flow = (l4, ipaddress.ip_address(src), int(sport), ipaddress.ip_address(dst), int(dport))
        elif word in ("state", "reply"):
            cases[-1].odd = True
        elif word in (">", "<"):
            message = Bytes()
            cases[-1].messages.append((word, message))
            message.add(rest)
        elif line[:1] in (" ", "\t") and line.strip():
            message.add(line)
        elif word == "=":
            cases[-1].expected.append(line)
    for case in cases:
        case.messages = [(sign, message.data) for sign, message in case.messages]
    return cases


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2 + len(data) % 2}H", data + bytes(len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip_packet(l4, src, dst, segment, at):
    """`segment` with its checksum, at offset `at`, in an IP packet."""
    number = {"tcp": 6, "udp": 17}[l4]
    pseudo = src.packed + dst.packed + struct.pack(">II", len(segment), number)
    segment = segment[:at] + struct.pack(">H", checksum(pseudo + segment)) + segment[at + 2 :]
    if src.version == 6:
        return struct.pack(">IHBB", 6 << 28, len(segment), number, 64) + src.packed + dst.packed + segment
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 1, 0x4000, 64, number, 0) + src.packed + dst.packed
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + segment


def udp(src, sport, dst, dport, data):
    return ip_packet("udp", src, dst, struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data, 6)


def tcp(src, sport, dst, dport, seq, ack, flags, data=b""):
    head = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 80, flags, 65535, 0, 0)
    return ip_packet("tcp", src, dst, head + data, 16)


def packets_of(flow, messages, mss=MSS):
    """IP packets of a flow: with handshake and end for TCP."""
    l4, src, sport, dst, dport = flow
    ends = {">": (src, sport, dst, dport), "<": (dst, dport, src, sport)}
    if l4 == "udp":
        return [udp(*ends[sign], data) for sign, data in messages]
    seq = {">": 0xFFFFFF00, "<": 5000}
    out = [tcp(*ends[">"], seq[">"], 0, SYN), tcp(*ends["<"], seq["<"], seq[">"] + 1, SYN | ACK)]
    seq = {sign: n + 1 for sign, n in seq.items()}
    for sign, data in messages:
        other = "<" if sign == ">" else ">"
        for i in range(0, len(data), mss):
            part = data[i : i + mss]
            out.append(tcp(*ends[sign], seq[sign], seq[other], PSH | ACK, part))
            seq[sign] += len(part)
    out.append(tcp(*ends[">"], seq[">"], seq["<"], FIN | ACK))
    out.append(tcp(*ends["<"], seq["<"], seq[">"] + 1, FIN | ACK))
    return out


def frame(packet, link=ETHERNET, vlan=()):
    kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"
    for tag in reversed(vlan):
        kind = b"\x81\x00" + struct.pack(">H", tag) + kind
    return {
        ETHERNET: bytes(12) + kind,
        RAW: b"",
        COOKED: bytes(14) + kind,
        COOKED2: kind[:2] + bytes(18) + kind[2:],
        NULL: struct.pack("<I", 2),
    }[link] + packet


def write_pcap(path, frames, link=ETHERNET, snap=262144):
    """frames: (seconds, bytes)"""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, link))
        for time, data in frames:
            kept = data[:snap]
            f.write(struct.pack("<IIII", int(time), round(time % 1 * 1e6), len(kept), len(data)) + kept)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    frames, start = [], 1_700_000_000
    for path in sys.argv[2:]:
        for case in read_cases(path):
            if case.odd:
                continue
            for i, packet in enumerate(packets_of(case.flow, case.messages)):
                frames.append((start + i / 1000, frame(packet)))
            start += APART
    write_pcap(sys.argv[1], frames)


if __name__ == "__main__":
    main()
