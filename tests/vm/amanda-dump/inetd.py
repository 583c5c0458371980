#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""inetd.py PORT COMMAND...: what inetd does for a service "dgram udp wait": the command gets the socket
as its standard input and output when something has come, and it is waited for."""

import os
import select
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", int(sys.argv[1])))
while True:
    select.select([server], [], [])
    child = os.fork()
    if not child:
        for fd in range(3):
            os.dup2(server.fileno(), fd)
        os.execv(sys.argv[2], sys.argv[2:])
    os.waitpid(child, 0)
