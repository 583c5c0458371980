#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""lookup_load.py TARGET RATE FLOWS LOG: asks rpcbind for its own port over UDP, RATE times a second, on
FLOWS flows at a time, each of which is replaced by a new one after a while. A look-up that is not
answered in two seconds is made again with a number of its own, so that each datagram that is lost is
counted once. A line for each event, in seconds of CLOCK_MONOTONIC:

    lookup BEGIN END      answered
    again BEGIN           made again
    lost BEGIN            never answered

SIGTERM: no new look-ups, and an end when all are answered or lost.
"""

import selectors
import signal
import socket
import struct
import sys
import time

RETRY = 2.0
LOST = 20.0
LOOKUPS_PER_FLOW = 20

PMAP_CALL = struct.pack(">9I", 0, 2, 100000, 2, 3, 0, 0, 0, 0)  # GETPORT, behind the xid
RPCBIND = struct.pack(">4I", 100000, 2, 17, 0)


class Flow:
    def __init__(self, target):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.connect((target, 111))
        self.waiting = {}  # xid: when it was asked
        self.busy = False
        self.asked = 0     # when the look-up at hand was last made
        self.done = 0


class Load:
    def __init__(self, target, rate, flows, log):
        self.target, self.interval = target, 1 / rate
        self.log = open(log, "w", encoding="ascii")
        self.selector = selectors.DefaultSelector()
        self.xid = 1
        self.over = False
        self.flows = []
        self.retired = []
        for _ in range(flows):
            self.open_flow()

    def open_flow(self):
        flow = Flow(self.target)
        self.flows.append(flow)
        self.selector.register(flow.sock, selectors.EVENT_READ, flow)

    def ask(self, flow, now):
        self.xid += 1
        flow.waiting[self.xid] = flow.asked = now
        flow.busy = True
        try:
            flow.sock.send(struct.pack(">I", self.xid) + PMAP_CALL + RPCBIND)
        except OSError:
            pass  # is lost, and counted so

    def answer(self, flow, now):
        try:
            data = flow.sock.recv(2048)
        except OSError:
            return
        begin = flow.waiting.pop(struct.unpack(">I", data[:4])[0], None)
        if begin is None:
            return
        self.log.write(f"lookup {begin:.3f} {now:.3f}\n")
        if not flow.busy:
            return
        flow.busy = False
        flow.done += 1
        if flow.done >= LOOKUPS_PER_FLOW and flow in self.flows:
            self.flows.remove(flow)
            self.retired.append(flow)
            self.open_flow()

    def look_after(self, now):
        """What waits for too long."""
        for flow in self.flows + self.retired:
            for xid in [x for x, begin in flow.waiting.items() if now - begin > LOST]:
                self.log.write(f"lost {flow.waiting.pop(xid):.3f}\n")
        for flow in self.flows:
            if flow.busy and now - flow.asked > RETRY and not self.over:
                self.log.write(f"again {now:.3f}\n")
                self.ask(flow, now)
        for flow in [f for f in self.retired if not f.waiting]:
            self.retired.remove(flow)
            self.selector.unregister(flow.sock)
            flow.sock.close()
        self.log.flush()

    def run(self):
        due = look = time.monotonic()
        while not self.over or any(f.waiting for f in self.flows + self.retired):
            for key, _ in self.selector.select(max(0, min(due, look) - time.monotonic())):
                self.answer(key.data, time.monotonic())
            now = time.monotonic()
            if now >= look:
                self.look_after(now)
                look = now + 0.2
            idle = [f for f in self.flows if not f.busy]
            while due <= now and idle and not self.over:
                self.ask(idle.pop(0), now)
                due += self.interval
            if due <= now:  # all flows wait, or it is over: what is not asked now is not asked later
                due = now + self.interval


def main():
    target, rate, flows, log = sys.argv[1:]
    load = Load(target, float(rate), int(flows), log)

    def end(*_):
        load.over = True

    signal.signal(signal.SIGTERM, end)
    load.run()
    load.log.close()


main()
