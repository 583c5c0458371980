#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pcap2case.py FILE.pcap PORT: the TCP and UDP flows to a port as cases, without expectations.

TCP segments are taken in the order of the capture, each once by sequence number. Review what comes
out, give it titles, then let the runner bless it. Ethernet captures of libpcap's old format only.
"""
import ipaddress
import struct
import sys

TCP, UDP = 6, 17


def packets(path):
    data = open(path, "rb").read()
    order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    if struct.unpack_from(order + "I", data)[0] != 0xA1B2C3D4 or data[20 if order == ">" else 23] > 1:
        sys.exit(f"{path}: not an old-format Ethernet capture")
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack_from(order + "I", data, at + 8)[0]
        yield data[at + 16 : at + 16 + size]
        at += 16 + size


def parse(frame):
    """(l4, src, sport, dst, dport, seq, payload) or None."""
    kind, ip = frame[12:14], frame[14:]
    if kind == b"\x08\x00":
        ip = ip[: struct.unpack_from(">H", ip, 2)[0]]
        l4, src, dst, rest = ip[9], ip[12:16], ip[16:20], ip[(ip[0] & 15) * 4 :]
    elif kind == b"\x86\xdd":
        ip = ip[: 40 + struct.unpack_from(">H", ip, 4)[0]]
        l4, src, dst, rest = ip[6], ip[8:24], ip[24:40], ip[40:]
    else:
        return None
    if l4 not in (TCP, UDP):
        return None
    sport, dport, seq = struct.unpack_from(">HHI", rest)
    payload = rest[(rest[12] >> 4) * 4 :] if l4 == TCP else rest[8:]
    return l4, ipaddress.ip_address(src), sport, ipaddress.ip_address(dst), dport, seq, payload


def hex_lines(data):
    rows = [data[i : i + 32] for i in range(0, len(data), 32)]
    return "\n  ".join(row.hex(" ", -4) for row in rows)


def main():
    path, port = sys.argv[1], int(sys.argv[2])
    flows, seen = {}, set()
    for frame in packets(path):
        p = parse(frame)
        if not p or port not in (p[2], p[4]) or not p[6]:
            continue
        l4, src, sport, dst, dport, seq, payload = p
        if l4 == TCP and (src, sport, seq) in seen:
            continue
        seen.add((src, sport, seq))
        key, sign = ((l4, src, sport, dst, dport), ">") if dport == port else ((l4, dst, dport, src, sport), "<")
        flows.setdefault(key, []).append((sign, payload))
    for number, ((l4, src, sport, dst, dport), messages) in enumerate(flows.items(), 1):
        print(f"title recorded flow {number}")
        print(f"flow {'tcp' if l4 == TCP else 'udp'} {src} {sport} -> {dst} {dport}\n")
        for sign, payload in messages:
            print(f"{sign} {hex_lines(payload)}")
        print()


main()
