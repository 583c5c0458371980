#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""session.py [--no-transfer] LINE...: one FTP session through the firewall. Says each line by itself,
each must be answered; then, unless told otherwise, a passive transfer must work, tried again when the
parser was not there to read the announcement. Exit status 3: a line got no answer."""

import ftplib
import sys

SERVER = "10.2.0.2"
TRIES = 5


def transfer():
    with ftplib.FTP(SERVER, timeout=5) as ftp:
        ftp.login()
        got = []
        ftp.retrlines("RETR message", got.append)
        return got == ["through the pinhole"]


def main():
    lines = [line for line in sys.argv[1:] if line != "--no-transfer"]
    ftp = ftplib.FTP(SERVER, timeout=15)
    ftp.login()
    for line in lines:
        try:
            ftp.sendcmd(line)
        except ftplib.error_perm:  # "500 Unknown SITE command." is an answer, too
            pass
        except TimeoutError:
            return 3
    ftp.quit()
    if "--no-transfer" in sys.argv:
        return 0
    for _ in range(TRIES):
        try:
            return 0 if transfer() else 1
        except OSError as error:
            print(error)
    return 1


sys.exit(main())
