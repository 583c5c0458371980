#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""transfer.py SERVER FILE SIZE OWN: fetches a file from an address of this host, and prints the seconds
from the first byte to the end of the data connection. What the control connection says before and
after is not in them."""

import ftplib
import sys
import time


def main():
    server, name, size, own = sys.argv[1:]
    with ftplib.FTP(server, timeout=60, source_address=(own, 0)) as ftp:
        ftp.login()
        ftp.voidcmd("TYPE I")
        buffer = bytearray(1 << 20)
        with ftp.transfercmd("RETR " + name) as data:
            got = data.recv_into(buffer)
            start = time.monotonic()
            while count := data.recv_into(buffer):
                got += count
            seconds = time.monotonic() - start
        ftp.voidresp()
    if got != int(size):
        sys.exit(f"{got} bytes")
    print(f"{seconds:.5f}")


main()
