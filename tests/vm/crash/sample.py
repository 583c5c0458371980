#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""sample.py: prints how many segments of TCP client and server have sent again so far, and how many
packets stay in a queue of the firewall whatever happens around them."""

import sys
import time

sys.path.insert(0, "/pinhole/tests/vm")
import hosts  # pylint: disable=wrong-import-position


def sent_again(host):
    with hosts.on(host), open("/proc/net/snmp", encoding="ascii") as file:
        names, values = [line.split() for line in file if line.startswith("Tcp:")]
    return int(values[names.index("RetransSegs")])


def pending():
    with hosts.on("firewall"), open("/proc/net/netfilter/nfnetlink_queue", encoding="ascii") as file:
        return sum(int(line.split()[2]) for line in file)


def stuck():
    least, end = pending(), time.monotonic() + 10
    while least and time.monotonic() < end:
        time.sleep(0.05)
        least = min(least, pending())
    return least


print(sent_again("client") + sent_again("server"), stuck())
