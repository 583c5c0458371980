# SPDX-License-Identifier: GPL-2.0-or-later
"""sessions.py PORT TIMES HOST...: control connections of a real client, one for each HOST, that are open at once.

Lines on standard input make them work: `files N`, each fetches /message N times, passive, and `said` is what
it has to say; `ask`, each says PASV and leaves it at that. Answers each with `ok`, or what went wrong.
"""
import ftplib
import sys


def fetch(session):
    got = []
    session.retrlines("RETR message", got.append)
    return "\n".join(got)


def work(sessions, words):
    if words[0] == "ask":
        for session in sessions:
            session.sendcmd("PASV" if session.af == 2 else "EPSV")
        return "ok"
    wanted = open("/vm/ftp/message", encoding="ascii").read().strip()
    for _ in range(int(words[1])):
        for number, session in enumerate(sessions):
            if fetch(session) != wanted:
                return f"session {number} got something else"
    return "ok"


def main(port, hosts):
    sessions = []
    for host in hosts:
        session = ftplib.FTP(timeout=30)
        session.connect(host, int(port))
        session.login()
        session.trust_server_pasv_ipv4_address = True
        sessions.append(session)
    print("ok", flush=True)
    for line in sys.stdin:
        try:
            print(work(sessions, line.split()), flush=True)
        except (OSError, EOFError, ftplib.Error) as why:
            print(f"{type(why).__name__}: {why}", flush=True)


main(sys.argv[1], sys.argv[2:])
