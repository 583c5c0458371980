# SPDX-License-Identifier: GPL-2.0-or-later
"""What the VM case `speed` has measured: running it, and figures by contender, work and round."""

import collections
import datetime
import json
import os
import re
import subprocess
import sys

REPO = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# By the clock on two processors, or on one whose time is the instructions it has done, so that a busy host
# changes nothing.
MODES = {"clock": ["--cpus", "2", "--tsc", "--set", "SPEED_SECONDS=1"],
         "count": ["--icount", "--set", "SPEED_SECONDS=0.3"]}


# ---- the page

PAGE = os.path.join(REPO, "doc/performance.md")


def write_page(begin, end, text):
    """Puts the text between two lines of it."""
    with open(PAGE, encoding="utf-8") as file:
        head, rest = file.read().split(begin)
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(head + begin + "\n" + text + "\n" + end + rest.split(end, 1)[1])


# ---- a run

def run_case(mode, rounds, extra):
    command = ["tests/vm/run", "--jobs", "1", "--kernel", "newest", "--memory", "3072", "--timeout", "14400", "--tail",
               "10", "--set", f"SPEED_ROUNDS={rounds}", *MODES[mode], *extra, "speed"]
    print("==>", *command, flush=True)
    failed = subprocess.run(command, cwd=REPO, check=False).returncode
    kernel = subprocess.run(["tests/vm/kernel", "path", "newest"], cwd=REPO, check=True, text=True,
                            stdout=subprocess.PIPE).stdout.strip()
    release = os.path.basename(kernel)
    with open(os.path.join(REPO, ".cache/vm-log", release, "speed.log"), encoding="utf-8", errors="replace") as file:
        measured = [json.loads(line) for line in re.findall(r"^speed: (\{.*\})\s*$", file.read(), re.M)]
    if not measured:
        sys.exit("bench: the case measured nothing")
    return {"kernel": release, "date": datetime.date.today().isoformat(), "rounds": rounds, "failed": failed,
            "measured": measured}


# ---- what a measurement says

def per_second(m):
    return m["done"] * 1e6 / m["us"]


def expected_per_second(m):
    return m["expected"] * 1e6 / m["us"]


def bytes_per_second(m):
    return m["bytes"] * 1e6 / m["us"]


def p50(m):
    return m["p50_us"]


def p99(m):
    return m["p99_us"]


def queued_per_session(m):
    return m["queued"] / m["done"]


def of_processes(m, what, names=("conntrackd", "pinhole-", "bench-loop")):
    return sum(p[what] for p in m["processes"] if p["name"].startswith(names))


def user_per_packet(m):
    """Ticks are coarse: their share in what the scheduler has counted."""
    user, system = of_processes(m, "user"), of_processes(m, "system")
    return of_processes(m, "run_ns") * user / max(user + system, 1) / m["queued"]


def sleeps_per_packet(m):
    return of_processes(m, "sleeps") / m["queued"]


def run_per_packet(m):
    return of_processes(m, "run_ns") / m["queued"]


# ---- figures: value by round, or none

class Run:
    def __init__(self, run):
        self.by = collections.defaultdict(dict)
        for m in run["measured"]:
            self.by[m["contender"], m["work"]][m["round"]] = m

    def values(self, contender, work, value):
        """By round. What a contender did nothing of has no value."""
        found = {}
        for number, m in self.by.get((contender, work), {}).items():
            try:
                found[number] = value(m)
            except (KeyError, ZeroDivisionError):
                pass
        return found

    def ratio(self, one, other, work, value, other_work=None):
        ours, theirs = self.values(one, work, value), self.values(other, other_work or work, value)
        return [ours[n] / theirs[n] for n in ours if theirs.get(n)]


    def added(self, contender, work, value):
        """To what it is without helper."""
        ours, bare = self.values(contender, work, value), self.values("none", work, value)
        return [ours[n] - bare[n] for n in ours if n in bare]


def ratio(one, other, work, value=per_second, other_work=None):
    return lambda run: run.ratio(one, other, work, value, other_work)


def plain(contender, work, value):
    return lambda run: list(run.values(contender, work, value).values())


def memory(names):
    """Of the largest process of each name, in MB."""
    def of(m):
        return sum(max((p["pss_kb"] for p in m["processes"] if p["name"] == name), default=0) for name in names) / 1024
    return of
