# SPDX-License-Identifier: GPL-2.0-or-later
"""One flow through a queue of the firewall, for case.sh.

transports.py QUEUE L4 PORT SEEN VERDICT EDIT TARGET...

QUEUE is bound and each packet of it judged: `accept`, or `past`, which sends it on to a queue that nobody has,
with bypass; `batch`, the same in a verdict for all so far; `nobody` does not even bind it. EDIT: of what the client and the server send, TOKEN is left as it is (none), or changed (same), or
made longer. A flow to each TARGET must bring every byte, from an address that the server knows as SEEN4 or
SEEN6. Prints `right PACKETS`, or `wrong PACKETS WHY`."""

import os
import socket
import struct
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hosts  # noqa: E402  pylint: disable=wrong-import-position

TOKEN = b"<token>"
EDITS = {"none": TOKEN, "same": b"<TOKEN>", "longer": b"<longer token>"}
KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
PATIENCE = 6
NOBODY = 65535  # a queue

ACCEPT, QUEUE, BYPASS = 1, 3, 0x8000
REQUEST, ACK = 1, 4
CT_NEW, Q_PACKET, Q_VERDICT, Q_CONFIG, Q_BATCH = 1 << 8, 3 << 8, 3 << 8 | 1, 3 << 8 | 2, 3 << 8 | 3
FAIL_OPEN, CONNTRACK = 1, 2


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def nest(kind, *attributes):
    return attribute(kind | 0x8000, b"".join(attributes))


def attributes_of(data):
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        found[kind & 0x3fff] = data[4:length]
        data = data[length + -length % 4:]
    return found


def message(kind, flags, family, number, *attributes):
    body = struct.pack("!BBH", family, 0, number) + b"".join(attributes)
    return struct.pack("=LHHLL", 16 + len(body), kind, flags, 0, 0) + body


def checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + bytes(len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Packet:
    """An IP packet without extension headers."""

    def __init__(self, data):
        self.version = data[0] >> 4
        self.transport = (data[0] & 15) * 4 if self.version == 4 else 40
        self.l4 = data[9] if self.version == 4 else data[6]
        header = (data[self.transport + 12] >> 4) * 4 if self.l4 == socket.IPPROTO_TCP else 8
        self.header, self.payload = data[:self.transport + header], data[self.transport + header:]

    def seq(self):
        return struct.unpack_from("!L", self.header, self.transport + 4)[0]

    def with_payload(self, payload):
        ip = bytearray(self.header[:self.transport])
        rest = bytearray(self.header[self.transport:] + payload)
        if self.version == 4:
            struct.pack_into("!H", ip, 2, len(ip) + len(rest))
            struct.pack_into("!H", ip, 10, 0)
            struct.pack_into("!H", ip, 10, checksum(bytes(ip)))
            addresses = bytes(ip[12:20])
        else:
            struct.pack_into("!H", ip, 4, len(rest))
            addresses = bytes(ip[8:40])
        if self.l4 == socket.IPPROTO_UDP:
            struct.pack_into("!H", rest, 4, len(rest))
        where = 16 if self.l4 == socket.IPPROTO_TCP else 6
        struct.pack_into("!H", rest, where, 0)
        pseudo = addresses + struct.pack("!LL", len(rest), self.l4)
        struct.pack_into("!H", rest, where, checksum(pseudo + bytes(rest)))
        return bytes(ip + rest)


class Judge(threading.Thread):
    """Reads the queue."""

    def __init__(self, number, verdict, edit):
        super().__init__(daemon=True)
        self.number, self.verdict, self.text = number, verdict, EDITS[edit]
        self.packets = 0
        if verdict == "nobody":
            return
        with hosts.on("firewall"):
            self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        self.socket.bind((0, 0))
        self.socket.send(message(
            Q_CONFIG, REQUEST | ACK, 0, number, attribute(1, struct.pack("!BxH", 1, 0)),
            attribute(2, struct.pack("!LB", 0xffff, 2)), attribute(5, struct.pack("!L", FAIL_OPEN | CONNTRACK)),
            attribute(4, struct.pack("!L", FAIL_OPEN | CONNTRACK))))
        error, = struct.unpack_from("=l", self.socket.recv(4096), 16)
        if error:
            raise OSError(-error, "queue")

    def run(self):
        while True:
            data = self.socket.recv(70000)
            if struct.unpack_from("=H", data, 4)[0] == Q_PACKET:
                self.judge(attributes_of(data[20:struct.unpack_from("=L", data)[0]]))

    def judge(self, found):
        self.packets += 1
        verdict = ACCEPT if self.verdict == "accept" else QUEUE | BYPASS | NOBODY << 16
        answer = [attribute(2, struct.pack("!L", verdict) + found[1][:4])]
        packet = Packet(found[10])
        before = b""
        if TOKEN in packet.payload and self.text != TOKEN:
            at, more = packet.payload.index(TOKEN), len(self.text) - len(TOKEN)
            if more and packet.l4 == socket.IPPROTO_TCP:
                before = self.adjustment(found, packet.seq() + at, more)
            answer.append(attribute(10, packet.with_payload(packet.payload.replace(TOKEN, self.text))))
        kind = Q_BATCH if self.verdict == "batch" else Q_VERDICT
        self.socket.send(before + message(kind, REQUEST, 0, self.number, *answer))

    @staticmethod
    def adjustment(found, position, more):
        reply = struct.unpack("!L", found[12])[0] >= 3
        return message(CT_NEW, REQUEST, 2 if found[10][0] >> 4 == 4 else 10, 0,
                       nest(1, attributes_of(found[11])[1]),
                       nest(16 if reply else 15, attribute(1, struct.pack("!L", position & 0xffffffff)),
                            attribute(2, struct.pack("!L", 0)), attribute(3, struct.pack("!L", more))))


class Wrong(Exception):
    """What did not come as it should."""


def pass_on(sender, receiver, data, judge, what):
    sender(data)
    wanted, got = data.replace(TOKEN, judge.text), b""
    while len(got) < len(wanted):
        try:
            chunk = receiver(len(wanted) - len(got))
        except OSError as error:
            raise Wrong(f"{what} {error}") from error
        if not chunk:
            break
        got += chunk
    if got != wanted:
        raise Wrong(f"{what} {got[:40]!r}")


def session(l4, target, port, seen, judge):
    server = hosts.server("server", hosts.ADDRESSES["server"][6 if ":" in target else 4], KINDS[l4], port)
    server.settimeout(PATIENCE)
    client = hosts.make("client", target, KINDS[l4])
    client.settimeout(PATIENCE)
    try:
        client.connect((target, port))
        if l4 == "tcp":
            listener, (server, peer) = server, server.accept()
            listener.close()
            server.settimeout(PATIENCE)
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ask, answer = server.recv, server.sendall
        else:
            peer = None

            def ask(_):
                nonlocal peer
                data, peer = server.recvfrom(4096)
                return data

            def answer(data):
                server.sendto(data, peer)
        pass_on(client.send, ask, b"first %s request\n" % TOKEN, judge, "request")
        pass_on(answer, client.recv, b"and its %s answer\n" % TOKEN, judge, "answer")
        pass_on(client.send, ask, b"another request\n", judge, "second request")
        pass_on(answer, client.recv, bytes(1000), judge, "second answer")
        if peer[0] != seen:
            raise Wrong(f"from {peer[0]}")
    except OSError as error:
        raise Wrong(f"connection {error}") from error
    finally:
        client.close()
        server.close()


def main():
    number, l4, port, seen, verdict, edit = sys.argv[1:7]
    judge = Judge(int(number), verdict, edit)
    if verdict != "nobody":
        judge.start()
    try:
        for target in sys.argv[7:]:
            session(l4, target, int(port), seen, judge)
    except Wrong as wrong:
        print("wrong", judge.packets, *wrong.args)
        return
    print("right", judge.packets)


main()
