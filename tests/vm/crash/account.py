#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""account.py REFERENCE FOLDER SESSIONS: adds up what the loads have written, phase by phase, and judges it by the
promises of doc/reliability.md unless it is the reference's. Prints lines `json {...}`, `ok WHAT`,
`bad WHAT`, `# NOTE`."""

import collections
import json
import os
import sys

# Of new sessions, over what those without a helper need in the same phase.
START_LIMIT = 1.0


def read_phases(path):
    phases = []
    with open(path, encoding="ascii") as file:
        for line in file:
            name, begin, end, times, retransmitted, stuck = line.split()
            phases.append({"name": name, "begin": float(begin), "end": float(end), "times": int(times),
                           "retransmitted": int(retransmitted), "stuck": int(stuck)})
    return phases


def read_events(folder, phases):
    """By name of the phase and kind: lists of (seconds, why)."""
    events = collections.defaultdict(list)
    for name in ("ftp.log", "lookup.log"):
        with open(f"{folder}/{name}", encoding="ascii") as file:
            for line in file:
                kind, begin, *rest = line.split() + [""]
                at = [p["name"] for p in phases if p["begin"] <= float(begin)]
                if at:
                    seconds = float(rest[0]) - float(begin) if rest[0] else 0
                    events[at[-1], kind].append((seconds, rest[1] if len(rest) > 1 else ""))
    return events


def longest(events, name, *kinds):
    return max((seconds for kind in kinds for seconds, _ in events[name, kind]), default=0)


def add_up(phase, events):
    name = phase["name"]
    count = {kind: len(events[name, kind]) for kind in
             ("command", "transfer", "closed", "broken", "start", "unstarted", "bare", "bare-unstarted",
              "lookup", "again", "lost")}
    seconds = phase["end"] - phase["begin"]
    return {"phase": name, "seconds": round(seconds, 1), "times": phase["times"],
            "retransmitted": phase["retransmitted"], "stuck": phase["stuck"], **count,
            "lookups_per_second": round(count["lookup"] / seconds, 1),
            "longest_start": round(longest(events, name, "start", "login"), 2),
            "longest_bare_start": round(longest(events, name, "bare"), 2),
            "longest_stall": round(longest(events, name, "command", "transfer"), 2),
            "longest_lookup": round(longest(events, name, "lookup"), 2)}


def judge(sums, events, sessions):
    controls = [s for s in sums if s["phase"].startswith("control")]
    lost_rate = max(s["lost"] / max(s["lookup"], 1) for s in controls)
    for s in sums:
        name, base = s["phase"], s["longest_bare_start"]
        s["late"] = sum(seconds > base + START_LIMIT for kind in ("start", "login")
                        for seconds, _ in events[name, kind])
        expected = lost_rate * s["lookup"]
        yield s["broken"] == 0, f"{name}: established sessions broken: {s['broken']}"
        yield s["unstarted"] <= s["bare-unstarted"], f"{name}: sessions that could not start: {s['unstarted']}"
        # Few starts on a busy host say nothing of a second.
        if name.startswith("kill") and os.environ.get("CRASH") == "bench":
            yield s["late"] == 0, (f"{name}: sessions that started more than {START_LIMIT:.0f} s late: "
                                   f"{s['late']} (longest {s['longest_start']} s, without helper {base} s)")
        if name.startswith("kill"):
            yield s["lost"] <= s["times"] + expected, f"{name}: look-ups lost: {s['lost']} of {s['times']} kills"
        # A line that passes unread makes FTP forget what waits for an answer in either direction.
        if name == "kill-worker":
            yield s["closed"] <= 3 * s["times"], f"{name}: transfers without a pinhole: {s['closed']}"
        if name == "kill-broker":  # of the flows whose packets it had in its hands: on a slow machine of all
            few = (s["transfer"] + s["closed"] - 1) // 2 if os.environ.get("CRASH") == "bench" else sessions * s["times"]
            yield s["closed"] <= few, f"{name}: transfers without a pinhole: {s['closed']}, at most {few}"
        if not name.startswith("control"):
            yield s["stuck"] == 0, f"{name}: packets stuck in a queue: {s['stuck']}"


def main():
    reference, folder, sessions = sys.argv[1] == "1", sys.argv[2], int(sys.argv[3])
    phases = read_phases(folder + "/phases")
    events = read_events(folder, phases)
    sums = [add_up(phase, events) for phase in phases]
    verdicts = list(judge(sums, events, sessions))
    for s in sums:
        print("json", json.dumps(s))
        for kind in ("broken", "unstarted", "closed"):
            whys = collections.Counter(why for _, why in events[s["phase"], kind])
            for why, number in whys.most_common(3):
                print(f"# {s['phase']}: {kind} {number} times: {why}")
    if reference:
        print("ok the reference is only measured")
        return
    for good, what in verdicts:
        print("ok" if good else "bad", what)


main()
