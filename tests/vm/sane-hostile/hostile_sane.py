#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile_sane.py good ADDRESS             a scan that must open a pinhole to port 3000
hostile_sane.py straight|swapped ADDRESS   flows of helpers/sane/hostile, which must not

Swapped sends them in the wrong directions. Prints the number of messages."""

import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hostile  # noqa: E402  pylint: disable=wrong-import-position


def words(*values):
    return struct.pack(f"!{len(values)}I", *values)


def good_flow(port):
    """INIT, START, and their answers."""
    return "good", "tcp", [("client", words(0, 0x01010003, 0)), ("server", words(0, 0x01010003)),
                           ("client", words(7, 0)), ("server", words(0, port, 0x1234, 0))]


def main():
    mode, address = sys.argv[1:]
    if mode == "good":
        flows = [good_flow(3000)]
    else:
        flows = hostile.flows_of("/pinhole/helpers/sane/hostile")
        if mode == "swapped":
            flows = hostile.swapped(flows)
    print(hostile.play(address, 6566, flows))


if __name__ == "__main__":
    main()
