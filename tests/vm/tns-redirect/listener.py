#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""listener.py CODE PORT...: an Oracle Net listener as far as redirects go, on all addresses.

A client says by its SERVICE_NAME what it wants to be answered: FORM,HOST,PORT is a redirect to
there. FORM is any of these words with '+' between: `inline`, `data` (the descriptor follows in a DATA
packet), `two` (connect data behind a NUL), `split` (in segments of 20 bytes), `slow` (byte by byte),
`resend` (ask for the CONNECT again first), `large` (32-bit lengths), `portfirst`, `quoted`.

A client that has been redirected (flag in its CONNECT) is refused with ORA-<CODE + PORT>, where PORT
is the one that it reached: nobody else sends that.
"""
import re
import socket
import struct
import sys
import threading

CONNECT, REFUSE, REDIRECT, DATA, RESEND = 1, 4, 5, 6, 11
FLAG_TWO, FLAG_REDIRECTED = 2, 4
HEADER, BODY = 8, 10


def packet(kind, body, flags=0, large=False):
    size = HEADER + len(body)
    length = struct.pack(">I", size) if large else struct.pack(">HH", size, 0)
    return length + bytes([kind, flags, 0, 0]) + body


def exactly(sock, size):
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def read_packet(sock):
    """(type, flags, body)"""
    header = exactly(sock, HEADER)
    size = struct.unpack(">H", header[:2])[0] or struct.unpack(">I", header[:4])[0]
    return header[4], header[5], exactly(sock, size - HEADER)


def read_connect(sock):
    """(flags, connect data)"""
    kind, flags, body = read_packet(sock)
    if kind != CONNECT:
        raise EOFError
    size, offset = struct.unpack(">HH", body[16:20])
    data = body[offset - HEADER:]
    if len(data) < size:
        data = read_packet(sock)[2][BODY - HEADER:]
    return flags, data.decode("latin-1")


def descriptor(words, host, port, service):
    host = f'"{host}"' if "quoted" in words else host
    pairs = [f"(HOST={host})", f"(PORT={port})"]
    if "portfirst" in words:
        pairs = [f" ( Port = {port} ) ", f" ( host = {host} )\n"]
    return f"(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp){''.join(pairs)})(CONNECT_DATA=(SERVICE_NAME={service})))"


def redirect(words, host, port):
    text = descriptor(words, host, port, "redirected").encode()
    if "two" in words:
        text += b"\0" + text
    flags, large = FLAG_TWO if "two" in words else 0, "large" in words
    size = struct.pack(">H", len(text))
    if "data" in words:
        return packet(REDIRECT, size, flags, large) + packet(DATA, b"\0\0" + text, 0, large)
    return packet(REDIRECT, size + text, flags, large)


def send(sock, data, words):
    size = 1 if "slow" in words else 20 if "split" in words else len(data)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(0, len(data), size):
        sock.sendall(data[i:i + size])


def refuse(code):
    text = f"(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR={code})(ERROR_STACK=(ERROR=(CODE={code})(EMFI=4))))".encode()
    return packet(REFUSE, b"\1\1" + struct.pack(">H", len(text)) + text)


def serve(sock, code):
    with sock:
        flags, data = read_connect(sock)
        found = re.search(r"SERVICE_NAME=([a-z+]+),([^,)]*),([0-9]*)\)", data)
        if flags & FLAG_REDIRECTED or not found:
            sock.sendall(refuse(code + sock.getsockname()[1]))
        else:
            words, host, port = found[1].split("+"), found[2], found[3]
            if "resend" in words:
                sock.sendall(packet(RESEND, b""))
                read_connect(sock)
            send(sock, redirect(words, host, port), words)
        while sock.recv(4096):
            pass


def serve_quietly(sock, code):
    try:
        serve(sock, code)
    except (EOFError, OSError):
        pass


def listen(port, code):
    server = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
    while True:
        threading.Thread(target=serve_quietly, args=(server.accept()[0], code), daemon=True).start()


def main():
    code, *ports = map(int, sys.argv[1:])
    threads = [threading.Thread(target=listen, args=(port, code)) for port in ports]
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main()
