# SPDX-License-Identifier: GPL-2.0-or-later
"""For the Python parts of VM cases: sockets on several hosts in one process, so that a script can
play client and server in turn without threads."""

import contextlib
import ctypes
import os
import socket

libc = ctypes.CDLL(None, use_errno=True)
TIMEOUT = 20

# As in lib.sh; by IP version.
ADDRESSES = {
    "client": {4: "10.1.0.2", 6: "fd01::2"},
    "firewall": {4: "10.1.0.1", 6: "fd01::1"},  # as the client sees it
    "outside": {4: "10.2.0.1", 6: "fd02::1"},   # as the server sees it
    "server": {4: "10.2.0.2", 6: "fd02::2"},
    "other": {4: "10.3.0.2", 6: "fd03::2"},
}


@contextlib.contextmanager
def on(host):
    """Sockets made inside belong to the host's network."""
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/hosts/{host}.net", os.O_RDONLY)
    try:
        if libc.setns(there, 0):
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        libc.setns(here, 0)
        os.close(there)
        os.close(here)


def make(host, address, kind):
    """Socket on the host, of the address's family."""
    with on(host):
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.settimeout(TIMEOUT)
    return sock


def server(host, address, kind, port=111):
    sock = make(host, address, kind)
    sock.bind((address, port))
    if kind == socket.SOCK_STREAM:
        sock.listen(64)
    return sock


def client(host, address, kind, port=111):
    sock = make(host, address, kind)
    sock.connect((address, port))
    return sock


def receive(sock, length):
    """Exactly so many bytes of a stream, or what came before its end."""
    data = b""
    while len(data) < length:
        chunk = sock.recv(length - len(data))
        if not chunk:
            break
        data += chunk
    return data
