#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""daemon.py WATCH_TEST FOLDER: a control socket FOLDER/ctl that answers as the made-up daemon of
daemon/watch_test.c does, and FOLDER/conf that names it. FOLDER/how says how, and is read for each
answer: `whole`, `cut N` (bytes), `text ...` (that instead), `silent` (nothing), `grow` (counters and the
trail grow with every answer), `restarted`. It prints a line when it listens, and runs until it is killed."""

import json
import os
import pathlib
import socket
import struct
import subprocess
import sys

WORDS = {1002: "status", 1003: "audit", 1004: "metrics"}
FOLDER = pathlib.Path(sys.argv[2])
RECORDED = {word: subprocess.run([sys.argv[1], word], check=True, capture_output=True).stdout
            for word in WORDS.values()}
turns = 0


def grown(word, answer):
    """A busier daemon every time: ftp 100, rpc 300 packets a second; one more record, and a fate."""
    global turns
    turns += 1
    if word == "status":
        status = json.loads(answer)
        status["uptime_ms"] += 1000 * turns
        for helper, a_second in zip(status["helpers"], (100, 300)):
            helper["counters"]["packets"] += a_second * turns
        return json.dumps(status).encode()
    if word == "audit":
        trail = json.loads(answer)
        records = trail["records"]
        for number in range(1, turns + 1):
            new = json.loads(json.dumps(records[1]))
            new["number"] = 1000 + number
            new["claim"]["port"] = new["granted"]["dport"] = 26000 + number
            if turns > number:
                new["fate"], new["fate_time"] = "used", "2023-11-15T03:46:42.000Z"
            records.append(new)
        return json.dumps(trail).encode()
    return answer


def answer_to(number):
    how, _, argument = (FOLDER / "how").read_text("utf-8").strip().partition(" ")
    word = WORDS.get(number)
    whole = RECORDED[word] if word else b""
    if how == "cut":
        return whole[:int(argument)]
    if how == "text":
        return argument.encode("utf-8").decode("unicode_escape").encode("latin-1")
    if how == "silent":
        return b""
    if how == "grow" and word:
        return grown(word, whole)
    return whole


def main():
    (FOLDER / "conf").write_text(f"General {{ UNIX {{ Path {FOLDER}/ctl }} }}\n", "utf-8")
    if not (FOLDER / "how").exists():
        (FOLDER / "how").write_text("whole", "utf-8")
    listener = socket.socket(socket.AF_UNIX)
    if os.path.exists(FOLDER / "ctl"):
        os.unlink(FOLDER / "ctl")
    listener.bind(str(FOLDER / "ctl"))
    listener.listen(20)
    print("listening", flush=True)
    while True:
        client = listener.accept()[0]
        try:
            client.sendall(answer_to(struct.unpack("=i", client.recv(4))[0]))
        except (OSError, struct.error):
            pass
        client.close()


main()
