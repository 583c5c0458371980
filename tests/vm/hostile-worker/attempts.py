#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""attempts.py LIST SUPERVISOR: makes the hostile worker try what the file LIST names, a line each, as
`hostile-worker --list` prints them, and prints how each ended: `ok` or `not ok`, name, what became of it.

An attempt is a packet to the second server whose payload names it, on a flow of its own. It must
arrive, so must a datagram and a piece of a long stream sent while the attempt lasts, all unchanged;
broker, keeper and supervisor must live; and the counters and the log must say what the list does.

After five deaths within a minute a worker is not replaced for a while, so each gets three here, and one
or two that a busy machine may cost. What is left over is written back to LIST: for the next daemon."""

import os
import re
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hosts  # noqa: E402  pylint: disable=wrong-import-position

CONTROL, LOG = "/vm/conntrackd.ctl", "/vm/conntrackd.log"
STATS_PROCESS, STATS_HELPER = 35, 1000
DEATHS, PATIENCE, PAUSE = 3, 15, 0.25
KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}
LETHAL = ("sigsys", "violation", "silent", "death")
TEXT = "hostile:%s PORT 2049 LEN 00042\n"


def ask(request):
    """The daemon hangs up on whoever is slow, as all are on a busy machine: then again."""
    for _ in range(20):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(CONTROL)
            try:
                sock.send(struct.pack("=i", request))
                text = b"".join(iter(lambda: sock.recv(65536), b"")).decode()
            except ConnectionError:
                continue
        if text:
            return text
    raise AssertionError("the daemon does not answer")


def contents(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


class Lane:
    """A queue, and a way to send packets through it."""

    def __init__(self, queue, transport, version, port):
        self.queue, self.transport, self.port = queue, transport, port
        self.address = hosts.ADDRESSES["other"][version]
        self.server = hosts.server("other", self.address, KINDS[transport], port)
        self.deaths = 0
        if transport == "tcp":
            self.client = self.connect()
            self.peer = self.accept()

    def connect(self):
        return hosts.client("client", self.address, KINDS[self.transport], self.port)

    def accept(self):
        peer, _ = self.server.accept()
        peer.settimeout(hosts.TIMEOUT)
        return peer

    def send(self, data):
        """On a new flow."""
        with self.connect() as client:
            if self.transport == "tcp":
                with self.accept() as peer:
                    client.sendall(data)
                    assert hosts.receive(peer, len(data)) == data, "the stream was changed"
            else:
                parts = data, b"behind " + data  # known by its bytes, so never the same twice
                for part in parts:
                    client.send(part)
                for part in parts:
                    assert self.server.recv(65535) == part, "a datagram was changed"

    def echo(self, data):
        """There and back; on the long stream, or by datagrams of a new flow."""
        if self.transport == "tcp":
            for sender, receiver in ((self.client, self.peer), (self.peer, self.client)):
                sender.sendall(data)
                assert hosts.receive(receiver, len(data)) == data, "the stream was changed"
            return
        with self.connect() as client:
            client.send(data)
            got, peer = self.server.recvfrom(65535)
            self.server.sendto(got, peer)
            assert client.recv(65535) == data == got, "a datagram was changed"


def pids():
    """By queue; broker and keeper by name."""
    found = {}
    for line in ask(STATS_PROCESS).splitlines():
        words = dict(word.split("=", 1) for word in line.split() if "=" in word)
        if words.get("PID", "0") != "0":
            found[int(words["queue"]) if "queue" in words else words["type"]] = int(words["PID"])
    return found


def counters(queue):
    text = re.search(rf"^helper \S+ queue {queue}:.*\n((?:\t.*\n)*)", ask(STATS_HELPER), re.M)
    return {name: int(n) for name, n in re.findall(r"^\t+(.+?): +(\d+)$", text.group(1), re.M)}


class Sight:
    """What can be seen of a lane and its processes."""

    def __init__(self, queue):
        self.count = counters(queue)
        self.pid = pids()
        self.worker = self.pid.get(queue)
        self.others = (self.pid.get("broker"), self.pid.get("keeper"))


def lives(pid):
    try:
        return not re.search(r"^State:\s*Z", contents(f"/proc/{pid}/status"), re.M)
    except OSError:
        return False


def buried(pid):
    """The log's word on a worker's death."""
    match = re.search(rf"\(pid {pid}\) (.*?)(?:,|$)", contents(LOG), re.M)
    return match.group(1) if match else ""


def replaced(before, now):
    return now.worker not in (None, before.worker) and buried(before.worker)


def is_over(end, reason, before, now):
    """Has it ended as it must?"""
    more = {name: n - before.count.get(name, 0) for name, n in now.count.items()}
    if end not in LETHAL:
        return now.worker == before.worker and not more["violations"] and {
            "refused": lambda: more.get("refused " + reason, 0) == 1,
            "opened": lambda: more["opened"] + more["refreshed"] and not more["refused"],
            "nothing": lambda: not more["opened"] and not more["refused"]}[end]()
    if not replaced(before, now):
        return False
    return {"sigsys": lambda: "signal 31" in buried(before.worker) and more["unanswered"],
            "violation": lambda: more["violations"] > 0,
            "silent": lambda: not more["violations"] and more["unanswered"],
            "death": lambda: not more["violations"]}[end]()


def run(lane, echoes, name, end, reason):
    """Returns what became of it; an assertion says what is wrong."""
    before = Sight(lane.queue)
    assert before.worker, "there is no worker"
    start = time.monotonic()
    lane.send((TEXT % name).encode())
    for echo in echoes:
        echo.echo(f"while {name} is tried, port 2049, 00042\n".encode() * 4)
    passed = time.monotonic() - start
    now = Sight(lane.queue)
    while not is_over(end, reason, before, now) and time.monotonic() < start + PATIENCE:
        time.sleep(0.1)
        now = Sight(lane.queue)
    assert now.others == before.others, "broker or keeper died"
    if not is_over(end, reason, before, now):
        changes = {n: c - before.count.get(n, 0) for n, c in now.count.items() if c != before.count.get(n, 0)}
        raise AssertionError(f"{before.worker} {buried(before.worker)}, now {now.worker}, {changes}")
    time.sleep(max(0, start + PAUSE - time.monotonic()))  # the log has five lines a second for deaths
    what = buried(before.worker) if end in LETHAL else "lives"
    return f"{end} {reason}".strip() + f": worker {what}; traffic passed in {passed:.1f} s"


def lanes_for(where):
    if where == "ftp":
        lane = Lane(5, "tcp", 4, 21)
        return {"ftp": [lane]}, [lane]
    udp, tcp = Lane(1, "udp", 4, 111), Lane(2, "tcp", 4, 111)
    if where == "nat":
        return {"nat": [tcp]}, [udp, tcp]
    udp6, tcp6 = Lane(3, "udp", 6, 111), Lane(4, "tcp", 6, 111)
    return {"udp": [udp, udp6], "tcp": [tcp, tcp6], "any": [udp, tcp, udp6, tcp6]}, [udp, tcp]


def choose(lanes, where, end):
    """The lane with the fewest deaths; what is no death is tried over IPv4. None: not with this daemon."""
    if end not in LETHAL:
        return lanes[where][0]
    lane = min(lanes[where], key=lambda one: one.deaths)
    if lane.deaths == DEATHS:
        return None
    lane.deaths += 1
    return lane


def main():
    path, supervisor = sys.argv[1:]
    lines, left = contents(path).splitlines(), []
    lanes, echoes = lanes_for(lines[0].split()[0])
    for line in lines:
        where, name, end, reason = (line.split() + [""])[:4]
        lane = choose(lanes, where, end)
        if not lane:
            left.append(line + "\n")
            continue
        try:
            result = "ok", run(lane, echoes, name, end, reason)
        except (AssertionError, OSError) as error:
            result = "not ok", repr(error)
        if not lives(supervisor):
            result = "not ok", "the supervisor died"
        print(f"{result[0]} {name}: {result[1]}", flush=True)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(left)


main()
