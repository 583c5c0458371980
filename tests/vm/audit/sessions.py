#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""sessions.py ftp|rpc: sessions whose pinholes have every fate, and what `conntrackd -s audit` and `pinhole
why` say of each. Prints "ok WHAT" or "NOT OK WHAT"; "end" on standard error as the last word."""

import json
import os
import shlex
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hosts

CONF = "/vm/conntrackd.conf"
SERVER = hosts.ADDRESSES["server"]
CLIENT = hosts.ADDRESSES["client"]
KEYS = """time verdict fate fate-time helper proto dport permanent class master reply zone flow queue direction
seq offset asked-from asked-to asked-port kernel renewals audit message""".split()
FIREWALL = ["nsenter", "--net=/run/hosts/firewall.net", "--mount=/run/hosts/firewall.mnt", "--wdns=/"]


def check(what, good, otherwise=""):
    print(f"ok {what}" if good else f"NOT OK {what}: {otherwise}", flush=True)


def ask_firewall(*command):
    return subprocess.run(FIREWALL + list(command), check=False, capture_output=True, text=True).stdout


def records():
    """The trail, oldest first: a dictionary for each line."""
    out = ask_firewall("conntrackd", "-C", CONF, "-s", "audit")
    return [dict(word.partition("=")[::2] for word in shlex.split(line) if "=" in word)
            for line in out.splitlines()]


def record_of(port):
    found = [r for r in records() if r["asked-port"] == str(port)]
    return found[-1] if found else {}


def soon(seconds, condition):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.3)
    return condition()


def has_fate(port, fate, seconds=60):
    soon(seconds, lambda: record_of(port).get("fate") == fate)
    r = record_of(port)
    check(f"{port}: verdict opened, fate {fate}", r.get("verdict") == "opened" and r["fate"] == fate, r)
    return r


def is_refused(port, why):
    soon(10, lambda: record_of(port))
    r = record_of(port)
    check(f"{port}: refused, {why}", r.get("verdict") == why and r["fate"] == "none", r)
    return r


def in_kernel():
    """Ports of the expectations that the kernel has."""
    out = ask_firewall("/usr/sbin/conntrack", "-L", "expect")
    return sorted(int(line.split(" dport=")[1].split()[0]) for line in out.splitlines() if " dport=" in line)


class Session:
    """A control connection, both ends of it."""

    def __init__(self, version=4):
        self.version = version
        self.listener = hosts.server("server", SERVER[version], socket.SOCK_STREAM, 21)
        self.client = hosts.client("client", SERVER[version], socket.SOCK_STREAM, 21)
        self.server = self.listener.accept()[0]
        self.listener.close()
        self.server.settimeout(hosts.TIMEOUT)
        self.say("220 ready")

    def say(self, text):
        """The server says a line, and the client reads it as it was said."""
        self.server.sendall(text.encode() + b"\r\n")
        got = hosts.receive(self.client, len(text) + 2).decode().rstrip()
        if got != text:
            check("an answer arrives as it was sent", False, f"{got} for {text}")

    def command(self, text):
        self.client.sendall(text.encode() + b"\r\n")
        hosts.receive(self.server, len(text) + 2)

    def announcement(self, port, host=None):
        if self.version == 6:
            return f"229 Entering Extended Passive Mode (|||{port}|)"
        host = (host or SERVER[4]).replace(".", ",")
        return f"227 Entering Passive Mode ({host},{port >> 8},{port & 255})"

    def passive(self, port, host=None):
        self.command("PASV" if self.version == 4 else "EPSV")
        self.say(self.announcement(port, host))

    def data(self, port):
        """A data connection: does it pass?"""
        listener = hosts.server("server", SERVER[self.version], socket.SOCK_STREAM, port)
        try:
            with hosts.client("client", SERVER[self.version], socket.SOCK_STREAM, port) as there:
                with listener.accept()[0] as here:
                    here.sendall(b"data")
                    return hosts.receive(there, 4) == b"data"
        except OSError:
            return False
        finally:
            listener.close()

    def goes_on(self, what):
        self.command("NOOP")
        self.say("200 well")
        check(f"the control connection goes on: {what}", True)

    def forget(self):
        """The kernel forgets the flow."""
        port = self.client.getsockname()[1]
        ask_firewall("/usr/sbin/conntrack", "-D", "-p", "tcp", "--orig-port-src", str(port))


def fates():
    one, two = Session(), Session()
    one.passive(20001)
    r = has_fate(20001, "open")
    port = one.client.getsockname()[1]
    want = (f"proto=6 src={CLIENT[4]} dst={SERVER[4]} sport={port} dport=21")
    check("its master", r["master"] == want, r["master"])
    check("who sent the message, and where the announcement stands in it",
          r["direction"] == "reply" and r["offset"] == "27", r)
    check("the message", r["message"].startswith("227 Entering Passive Mode (10,2,0,2,78,33)"), r["message"])
    check("the granted tuple", (r["src"], r["dst"], r["sport"], r["dport"]) ==
          (CLIENT[4], SERVER[4], "0", "20001"), r)
    check("every key", all(key in r for key in KEYS), r)
    check("data pass", one.data(20001))
    has_fate(20001, "used")
    one.passive(20002)
    one.passive(20003)
    has_fate(20002, "replaced")
    two.passive(22)
    is_refused(22, "low_port")
    two.goes_on("low port")
    two.passive(20004, "10.2.0.77")
    is_refused(20004, "third_party")
    two.passive(20005)
    has_fate(20005, "open")
    two.forget()
    has_fate(20005, "master_gone")
    check("data pass, still", one.data(20003))
    has_fate(20003, "used")
    short = Session(6)
    short.passive(20006)
    has_fate(20006, "expired", 120)
    short.goes_on("an expired pinhole")


def budgets():
    sessions = [Session() for _ in range(6)]
    for i in range(4):
        sessions[i].passive(20011 + i)
    sessions[4].passive(20015)
    is_refused(20015, "budget_client")
    check("nobody was evicted", in_kernel() == [20011, 20012, 20013, 20014], in_kernel())
    sessions[4].goes_on("over budget")
    other = Session(6)
    other.passive(20021)
    check("the other family has a budget of its own", record_of(20021).get("verdict") == "opened")
    check("data pass where the budget was not exceeded", sessions[0].data(20011))
    sessions[5].passive(20016) # at once: what was used must not count any more
    has_fate(20016, "open")
    check("and there", sessions[5].data(20016))
    for i in range(1, 4):
        check(f"all of the others, too: {20011 + i}", sessions[i].data(20011 + i))
    for port in (20011, 20012, 20013, 20014, 20016):
        has_fate(port, "used")


def pids(name):
    return [int(pid) for pid in subprocess.run(["pgrep", "-x", name], check=False, capture_output=True,
                                               text=True).stdout.split()]


def dead_master():
    """The kernel forgets the flow while its packet is with a worker that is kept from answering."""
    for port in range(20031, 20039):
        session = Session()
        session.command("PASV")
        workers = pids("pinhole-worker")
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        session.server.sendall(session.announcement(port).encode() + b"\r\n")
        session.forget()
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
        if soon(3, lambda: record_of(port)):
            r = is_refused(port, "no_master")
            check("what the kernel said", r.get("kernel") == "ENOENT", r)
            return
        print(f"{port}: the worker was replaced before", flush=True)
    check("a master that dies in time", False)


def broker_dies():
    session = Session()
    session.passive(20041)
    before = pids("pinhole-broker")
    os.kill(before[0], signal.SIGKILL)
    check("another broker", soon(30, lambda: pids("pinhole-broker") not in ([], before)))
    check("what its predecessor opened is told", record_of(20041).get("fate") == "open", record_of(20041))
    check("data pass", session.data(20041))
    has_fate(20041, "used")


def why(port):
    """What `pinhole why` says of a port: exit status, text, records."""
    command = FIREWALL + ["pinhole", "why", "-C", CONF, str(port)]
    text = subprocess.run(command, check=False, capture_output=True, text=True)
    as_json = subprocess.run(command + ["-o", "json"], check=False, capture_output=True, text=True)
    return text.returncode, text.stdout + text.stderr, json.loads(as_json.stdout or "[]")


def are_explained():
    """Every record of the trail, and whatever the kernel has: the port that was granted, and the one that
    was asked for."""
    trail = records()
    wrong = []
    for r in trail:
        for port in {r["dport"], r["asked-port"]} - {"back", "0"}:
            status, text, found = why(port)
            mine = [f for f in found if f["number"] == int(r["audit"])]
            words = [r["helper"], r["message"][:40]]
            words += [r["fate"]] if r["verdict"] == "opened" else [r["verdict"], "to allow:"]
            if status != 0 or len(mine) != 1 or not all(word in text for word in words):
                wrong.append((port, status, text, words))
    check(f"pinhole why explains all {len(trail)} of the trail", trail and not wrong, wrong)
    for port in in_kernel():
        status, text, _ = why(port)
        check(f"and {port}, which the kernel has now", status == 0 and "became:   open" in text, text)
    status, text, _ = why(1)
    check("of another port nothing is known", status == 3 and "The trail goes back to 20" in text, text)


def metrics(name):
    """The sum of a metric over helpers and queues, as `pinhole metrics` has it."""
    out = ask_firewall("pinhole", "metrics", "-C", CONF)
    return sum(float(line.split()[-1]) for line in out.splitlines() if line.startswith(f"pinhole_{name}{{"))


def are_counted():
    trail = records()
    opened = [r for r in trail if r["verdict"] == "opened"]
    check("pinholes opened", metrics("opened_total") == len(opened), (metrics("opened_total"), len(opened)))
    for fate in ("used", "expired", "replaced"):
        n = len([r for r in opened if r["fate"] == fate])
        check(f"pinholes {fate}: {n}", metrics(f"{fate}_total") == n, metrics(f"{fate}_total"))
    check("refusals", metrics("refused_total") == len(trail) - len(opened), metrics("refused_total"))
    check("refusals by reason", metrics("refusals_total") == len(trail) - len(opened), metrics("refusals_total"))
    check("what is open now is what the kernel has", soon(30, lambda: metrics("open") == len(in_kernel())),
          (metrics("open"), in_kernel()))
    check("each packet has its time", metrics("verdict_seconds_count") > 0.9 * metrics("packets_total"),
          (metrics("verdict_seconds_count"), metrics("packets_total")))
    check("the kernel's queues are read", "pinhole_queue_waiting{" in ask_firewall("pinhole", "metrics", "-C", CONF))


def ftp():
    fates()
    budgets()
    dead_master()
    broker_dies()
    are_explained()
    are_counted()


def look_up(server, port):
    """GETPORT over UDP (RFC 1833 3.2), from a port of its own."""
    with hosts.client("client", SERVER[4], socket.SOCK_DGRAM) as client:
        client.send(struct.pack(">14I", 7, 0, 2, 100000, 2, 3, 0, 0, 0, 0, 100005, 3, 17, 0))
        _, address = server.recvfrom(1024)
        server.sendto(struct.pack(">7I", 7, 1, 0, 0, 0, 0, port), address)
        client.recv(1024)


def rpc():
    """A permanent one is asked for again, then its time is over."""
    server = hosts.server("server", SERVER[4], socket.SOCK_DGRAM)
    for _ in range(3):
        look_up(server, 20051)
    found = [r for r in records() if r["asked-port"] == "20051"]
    check("one record of three look-ups", len(found) == 1 and found[0]["renewals"] == "2", found)
    check("no pinhole more", in_kernel() == [20051], in_kernel())
    are_explained()
    has_fate(20051, "ended", 120)
    are_explained()
    are_counted()


{"ftp": ftp, "rpc": rpc}[sys.argv[1]]()
print("end", file=sys.stderr)
