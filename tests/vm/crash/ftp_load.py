#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ftp_load.py TARGET SESSIONS PAUSE STARTERS LOG: FTP sessions that stay, each with a transfer (PASV,
connect, RETR) every PAUSE seconds, and starters that open new ones all the time: to port 21, and to a
port that has no helper, which shows what the machine itself needs meanwhile. A line for each event:

    KIND BEGIN END [WHY]     seconds of CLOCK_MONOTONIC

    login       a session that is to stay has begun
    command     PASV was answered
    transfer    a file arrived
    closed      the data connection was refused or not answered: no pinhole
    broken      an established session ended
    start       a starter's connection was greeted
    unstarted   it was not
    bare        the same without a helper
    bare-unstarted
"""

import random
import socket
import sys
import threading
import time

PATIENCE = 60       # longer than a stall may be; a session that is silent for so long is broken
DATA_PATIENCE = 6   # SYNs after 0, 1 and 3 seconds
START_PATIENCE = 30
BARE_PORT = 2121

threading.stack_size(256 * 1024)


class Broken(Exception):
    """An established session does not work any more."""


class Load:
    def __init__(self, target, pause, log):
        self.target, self.pause = target, pause
        self.log = open(log, "w", encoding="ascii", buffering=1)

    def note(self, kind, begin, why=""):
        self.log.write(f"{kind} {begin:.3f} {time.monotonic():.3f} {why}".rstrip() + "\n")

    def session(self):
        while True:
            begin = time.monotonic()
            try:
                with Control(self.target, 21) as control:
                    control.log_in()
                    self.note("login", begin)
                    control.sock.settimeout(PATIENCE)
                    self.turns(control)
            except (OSError, ValueError, Broken) as error:
                self.note("unstarted", begin, repr(error).replace(" ", "_"))
            time.sleep(self.pause)

    def turns(self, control):
        try:
            while True:
                self.turn(control)
                time.sleep(self.pause * random.uniform(0.8, 1.2))
        except (OSError, ValueError, Broken) as error:
            self.note("broken", time.monotonic(), repr(error).replace(" ", "_"))

    def turn(self, control):
        begin = time.monotonic()
        address = control.passive()
        self.note("command", begin)
        begin = time.monotonic()
        try:
            data = socket.create_connection(address, DATA_PATIENCE)
        except OSError as error:
            self.note("closed", begin, repr(error).replace(" ", "_"))
            return
        begin = time.monotonic()
        with data:
            data.settimeout(PATIENCE)
            control.ask("RETR message", "150")
            text = b""
            while part := data.recv(4096):
                text += part
        control.expect("226")
        if not text:
            raise Broken("an empty file")
        self.note("transfer", begin)

    def start(self, port, kind, failure):
        begin = time.monotonic()
        try:
            with Control(self.target, port):
                self.note(kind, begin)
        except (OSError, ValueError, Broken) as error:
            self.note(failure, begin, repr(error).replace(" ", "_"))
        time.sleep(0.3)

    def starter(self):
        while True:
            self.start(21, "start", "unstarted")

    def bare_starter(self):
        while True:
            self.start(BARE_PORT, "bare", "bare-unstarted")


class Control:
    """A control connection, greeted."""

    def __init__(self, target, port):
        self.sock = socket.create_connection((target, port), START_PATIENCE)
        self.lines = self.sock.makefile("rb")

    def __enter__(self):
        self.expect("220")
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.sock.close()

    def expect(self, code):
        line = self.lines.readline()
        while line[3:4] == b"-":
            line = self.lines.readline()
        if not line.startswith(code.encode()):
            raise Broken(f"{line!r} instead of {code}")
        return line.decode()

    def ask(self, command, code):
        self.sock.sendall(command.encode() + b"\r\n")
        return self.expect(code)

    def log_in(self):
        self.ask("USER ftp", "230")  # the server wants no password

    def passive(self):
        line = self.ask("PASV", "227")
        numbers = line[line.index("(") + 1:line.index(")")].split(",")
        return ".".join(numbers[:4]), int(numbers[4]) * 256 + int(numbers[5])


def main():
    target, sessions, pause, starters, log = sys.argv[1:]
    load = Load(target, float(pause), log)
    for work, number in ((load.session, sessions), (load.starter, starters),
                         (load.bare_starter, starters)):
        for _ in range(int(number)):
            threading.Thread(target=work, daemon=True).start()
            time.sleep(0.02)
    threading.Event().wait()


main()
