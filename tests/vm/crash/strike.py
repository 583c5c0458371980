#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""strike.py SIGNAL TIMES INTERVAL NAME...: sends a signal to a process of one of the names, in turn; the
name `all` stands for every process of the daemon at once. Waits for one to be there. Prints how many
signals were sent."""

import os
import sys
import time

ALL = ("conntrackd", "pinhole-keeper", "pinhole-broker", "pinhole-worker")
PATIENCE = 20


def processes(names):
    """Pids, oldest first."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                stat = file.read()
        except OSError:
            continue
        # A program's name has 15 bytes there; Z: dead already.
        name = stat[stat.index("(") + 1:stat.rindex(")")]
        if name in [n[:15] for n in names] and stat[stat.rindex(")") + 2] != "Z":
            found.append(int(pid))
    return sorted(found)


def send(pid, signal):
    try:
        os.kill(pid, signal)
    except ProcessLookupError:
        pass


def main():
    signal, times, interval = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    names = ALL if sys.argv[4:] == ["all"] else sys.argv[4:]
    sent = 0
    for turn in range(times):
        end = time.monotonic() + PATIENCE
        while not (victims := processes(names)) and time.monotonic() < end:
            time.sleep(0.05)
        if names is ALL:
            for pid in victims:
                send(pid, signal)
        elif victims:
            send(victims[turn % len(victims)], signal)
        sent += bool(victims)
        time.sleep(interval)
    print(sent)


main()
