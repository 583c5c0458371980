#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""clients.py TARGET FILE...: active mode from one address for each file, 10.1.0.101 and so on, all at
the same time and all with the same port number for the data: behind one SNAT address they clash.
Prints the files that did not arrive."""

import ftplib
import hashlib
import os
import socket
import sys
import threading

DATA_PORT = 50000


class Client(ftplib.FTP):
    """Listens on DATA_PORT of its own address, and goes on when all others have announced it, too."""

    barrier = None

    def makeport(self):
        listener = socket.create_server((self.sock.getsockname()[0], DATA_PORT))
        listener.settimeout(self.timeout)
        self.sendport(*listener.getsockname())
        self.barrier.wait()
        return listener


def digest(data):
    return hashlib.sha256(data).hexdigest()


def fetch(address, target, path, done):
    parts = []
    with Client(source_address=(address, 0), timeout=120) as client:
        client.connect(target)
        client.login()
        client.set_pasv(False)
        client.retrbinary("RETR " + os.path.basename(path), parts.append)
    with open(path, "rb") as file:
        if digest(file.read()) == digest(b"".join(parts)):
            done.append(path)


def main():
    target, paths = sys.argv[1], sys.argv[2:]
    Client.barrier = threading.Barrier(len(paths), timeout=180)
    done = []
    threads = [threading.Thread(target=fetch, args=(f"10.1.0.{101 + i}", target, path, done))
               for i, path in enumerate(paths)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(*sorted(set(paths) - set(done)))
    return len(done) != len(paths)


sys.exit(main())
